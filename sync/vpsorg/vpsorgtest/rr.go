package vpsorgtest

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// Timers of the SOA record, in seconds.
const (
	soaRefresh  = 10800
	soaRetry    = 3600
	soaExpire   = 604800
	soaNegative = 3600 // how long a name's absence is remembered
)

// soa returns the zone's SOA record, whose serial rises with every change. The caller holds the lock.
func (z *zone) soa(negative bool) dns.RR {
	ttl := uint32(defaultTTL)
	if negative {
		ttl = min(ttl, soaNegative) // RFC 2308 section 3
	}
	return &dns.SOA{
		Hdr: header(z.domain, dns.TypeSOA, ttl),
		Ns:  nameServers()[0] + ".", Mbox: "hostmaster.vps.org.", Serial: z.serial,
		Refresh: soaRefresh, Retry: soaRetry, Expire: soaExpire, Minttl: soaNegative,
	}
}

func header(name string, rrtype uint16, ttl uint32) dns.RR_Header {
	return dns.RR_Header{Name: name + ".", Rrtype: rrtype, Class: dns.ClassINET, Ttl: ttl}
}

// rrs returns the records of one type, or of all for ANY, that stand at source, under the name asked for. The
// caller holds the lock.
func (z *zone) rrs(source, name string, qtype uint16) []dns.RR {
	var all []dns.RR
	apexNS := false
	for _, r := range z.names[source] {
		rrtype, known := dns.StringToType[r.Type]
		if !known || rrtype == dns.TypeSOA || qtype != rrtype && qtype != dns.TypeANY {
			continue
		}
		if rr := r.rr(header(name, rrtype, uint32(r.TTL))); rr != nil {
			all = append(all, rr)
			apexNS = apexNS || rrtype == dns.TypeNS
		}
	}
	if source != z.domain {
		return all
	}
	if !apexNS && (qtype == dns.TypeNS || qtype == dns.TypeANY) {
		for _, host := range nameServers() {
			all = append(all, &dns.NS{Hdr: header(name, dns.TypeNS, 86400), Ns: host + "."})
		}
	}
	if qtype == dns.TypeSOA || qtype == dns.TypeANY {
		all = append(all, z.soa(false))
	}
	return all
}

// rr returns a record in the form of the DNS; nil where it has none, as a raw record may.
func (r *stored) rr(h dns.RR_Header) dns.RR {
	fqdn := func(host string) string { return strings.TrimSuffix(host, ".") + "." }
	switch r.Type {
	case "A":
		if a, err := netip.ParseAddr(r.Value); err == nil && a.Is4() {
			return &dns.A{Hdr: h, A: a.AsSlice()}
		}
	case "AAAA":
		if a, err := netip.ParseAddr(r.Value); err == nil && a.Is6() {
			return &dns.AAAA{Hdr: h, AAAA: a.AsSlice()}
		}
	case "CNAME":
		return &dns.CNAME{Hdr: h, Target: fqdn(r.Value)}
	case "NS":
		return &dns.NS{Hdr: h, Ns: fqdn(r.Value)}
	case "PTR":
		return &dns.PTR{Hdr: h, Ptr: fqdn(r.Value)}
	case "MX":
		if r.Priority >= 0 && !strings.Contains(r.Value, " ") {
			return &dns.MX{Hdr: h, Preference: uint16(r.Priority), Mx: fqdn(r.Value)}
		}
	case "SRV":
		return r.srv(h, fqdn)
	case "TXT":
		return &dns.TXT{Hdr: h, Txt: characterStrings(r.Value)}
	case "CAA":
		return r.caa(h)
	}
	return nil
}

func (r *stored) srv(h dns.RR_Header, fqdn func(string) string) dns.RR {
	parts := strings.Fields(r.Value)
	if len(parts) != 3 || r.Priority < 0 {
		return nil
	}
	weight, err1 := strconv.ParseUint(parts[0], 10, 16)
	port, err2 := strconv.ParseUint(parts[1], 10, 16)
	if err1 != nil || err2 != nil {
		return nil
	}
	return &dns.SRV{
		Hdr: h, Priority: uint16(r.Priority), Weight: uint16(weight), Port: uint16(port), Target: fqdn(parts[2]),
	}
}

func (r *stored) caa(h dns.RR_Header) dns.RR {
	flags, rest, _ := strings.Cut(r.Value, " ")
	tag, quoted, _ := strings.Cut(rest, " ")
	flag, err1 := strconv.ParseUint(flags, 10, 8)
	value, err2 := unquote(quoted)
	if err1 != nil || err2 != nil {
		return nil
	}
	return &dns.CAA{Hdr: h, Flag: uint8(flag), Tag: tag, Value: escaped(value)}
}

// characterStrings splits a text into the strings of at most 255 octets that a TXT record consists of.
func characterStrings(text string) []string {
	var parts []string
	for len(text) > 255 {
		parts, text = append(parts, escaped(text[:255])), text[255:]
	}
	return append(parts, escaped(text))
}

// escaped writes octets in the presentation form that the DNS library keeps texts in.
func escaped(octets string) string {
	var b strings.Builder
	for i := range len(octets) {
		switch c := octets[i]; {
		case c == '"', c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ', c > '~':
			b.WriteByte('\\')
			b.WriteString(strconv.Itoa(1000 + int(c))[1:])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
