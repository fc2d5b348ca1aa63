package lookup

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/zonetender/zonetender/schema"
)

// A served RRset is what a server has at a name: the data that package schema can express,
// sorted, the text of what it cannot, and the highest TTL.
type served struct {
	data  []schema.RDATA
	other []string
	ttl   schema.TTL
}

func (s served) empty() bool { return len(s.data)+len(s.other) == 0 }

// texts returns the data as zone files have it.
func (s served) texts() []string {
	out := make([]string, 0, len(s.data)+len(s.other))
	for _, d := range s.data {
		out = append(out, d.String())
	}
	return append(out, s.other...)
}

// find returns the records of a name and type in a section of an answer.
func find(section []dns.RR, name schema.Name, t schema.Type) served {
	var s served
	want := dns.StringToType[string(t)]
	for _, rr := range section {
		h := rr.Header()
		if h.Rrtype != want || h.Class != dns.ClassINET || !strings.EqualFold(unescape(h.Name), name.String()) {
			continue
		}
		s.ttl = max(s.ttl, schema.TTL(h.Ttl))
		if d, ok := dataOf(rr); ok {
			s.data = append(s.data, d)
		} else {
			s.other = append(s.other, strings.TrimPrefix(rr.String(), h.String()))
		}
	}
	slices.SortFunc(s.data, schema.RDATA.Compare)
	s.data = slices.Compact(s.data)
	slices.Sort(s.other)
	return s
}

// dataOf returns the data of a record. ok is false where package schema cannot express it.
func dataOf(rr dns.RR) (data schema.RDATA, ok bool) {
	var err error
	host := func(text string) schema.Name {
		var n schema.Name
		n, err = parseWireName(text)
		return n
	}
	switch rr := rr.(type) {
	case *dns.A:
		addr, _ := netip.AddrFromSlice(rr.A)
		data, err = schema.NewA(addr.Unmap())
	case *dns.AAAA:
		addr, _ := netip.AddrFromSlice(rr.AAAA)
		data, err = schema.NewAAAA(addr)
	case *dns.CNAME:
		data = schema.NewCNAME(host(rr.Target))
	case *dns.NS:
		data = schema.NewNS(host(rr.Ns))
	case *dns.MX:
		data = schema.NewMX(rr.Preference, host(rr.Mx))
	case *dns.SRV:
		data = schema.NewSRV(rr.Priority, rr.Weight, rr.Port, host(rr.Target))
	case *dns.TXT:
		data = schema.NewTXT(unescape(strings.Join(rr.Txt, "")))
	case *dns.CAA:
		data, err = schema.NewCAA(rr.Flag, rr.Tag, rr.Value)
	default:
		return schema.RDATA{}, false
	}
	return data, err == nil
}
