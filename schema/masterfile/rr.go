package masterfile

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/miekg/dns"

	"github.com/zonetender/zonetender/schema"
)

// fromRR returns a record of a managed type in canonical form. The error says why a zone
// file cannot have it.
func fromRR(rr dns.RR) (schema.Record, error) {
	h := rr.Header()
	r := schema.Record{Type: schema.Type(dns.TypeToString[h.Rrtype])}
	name, err := nameOf(h.Name)
	if err != nil {
		return r, err
	}
	if h.Ttl > uint32(schema.MaxTTL) {
		return r, fmt.Errorf("TTL %d, expected at most %d seconds", h.Ttl, schema.MaxTTL)
	}
	r.Name, r.TTL = name, schema.TTL(h.Ttl)
	r.Data, err = dataOf(rr)
	return r, err
}

// expected says what the data of a type is.
func expected(typ string) string {
	switch schema.Type(typ) {
	case schema.A:
		return "an IPv4 address such as 192.0.2.1"
	case schema.AAAA:
		return "an IPv6 address such as 2001:db8::1"
	case schema.MX:
		return "a preference and an exchange such as 10 mail.example.com."
	case schema.SRV:
		return "priority, weight, port and target such as 10 5 5060 sip.example.com."
	case schema.TXT:
		return "strings in quotes"
	case schema.CAA:
		return `flags, tag and value such as 0 issue "letsencrypt.org"`
	}
	return "the name of a host"
}

func dataOf(rr dns.RR) (schema.RDATA, error) {
	switch rr := rr.(type) {
	case *dns.A:
		addr, _ := netip.AddrFromSlice(rr.A.To4())
		return schema.NewA(addr)
	case *dns.AAAA:
		addr, _ := netip.AddrFromSlice(rr.AAAA.To16())
		return schema.NewAAAA(addr)
	case *dns.TXT:
		return schema.NewTXT(octetsOf(strings.Join(rr.Txt, ""))), nil
	case *dns.CAA:
		return schema.NewCAA(rr.Flag, rr.Tag, octetsOf(rr.Value))
	}
	return hostDataOf(rr)
}

// hostDataOf returns the data of the types that end in the name of a host.
func hostDataOf(rr dns.RR) (schema.RDATA, error) {
	var text string
	switch rr := rr.(type) {
	case *dns.CNAME:
		text = rr.Target
	case *dns.NS:
		text = rr.Ns
	case *dns.MX:
		text = rr.Mx
	case *dns.SRV:
		text = rr.Target
	default:
		return schema.RDATA{}, fmt.Errorf("data of the type %s, expected that of %s", dns.TypeToString[rr.Header().Rrtype], schema.TypeList())
	}
	host, err := nameOf(text)
	if err != nil {
		return schema.RDATA{}, err
	}
	switch rr := rr.(type) {
	case *dns.MX:
		return schema.NewMX(rr.Preference, host), schema.CheckNullMX(rr.Preference, host)
	case *dns.SRV:
		return schema.NewSRV(rr.Priority, rr.Weight, rr.Port, host), nil
	}
	if host.IsRoot() {
		return schema.RDATA{}, errors.New("it points at the root, expected the name of a host")
	}
	if _, ok := rr.(*dns.NS); ok {
		return schema.NewNS(host), nil
	}
	return schema.NewCNAME(host), nil
}

// nameOf reads a name in presentation form. Escapes of printable characters are undone, as
// names of package schema have none.
func nameOf(text string) (schema.Name, error) {
	if strings.Contains(text, `\`) {
		var b strings.Builder
		for rest := text; rest != ""; {
			o, escaped, n := octet(rest)
			if escaped && (o < ' ' || o > '~' || o == '.') {
				return schema.Name{}, fmt.Errorf("name %s has the octet %d within a label, which zone files cannot express", schema.Clip(text), o)
			}
			b.WriteByte(o)
			rest = rest[n:]
		}
		text = b.String()
	}
	n, err := schema.ParseName(text)
	if err != nil {
		return schema.Name{}, fmt.Errorf("name %s: %w", schema.Clip(text), err)
	}
	return n, nil
}

// octetsOf undoes the escapes of a character-string (RFC 1035 section 5.1).
func octetsOf(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for text != "" {
		o, _, n := octet(text)
		b.WriteByte(o)
		text = text[n:]
	}
	return b.String()
}

// octet reads the first octet of text, which is not empty: itself, \DDD or \X. n is how many
// octets of text it takes.
func octet(text string) (o byte, escaped bool, n int) {
	if text[0] != '\\' || len(text) == 1 {
		return text[0], false, 1
	}
	if len(text) >= 4 {
		value := 0
		for _, c := range []byte(text[1:4]) {
			if c < '0' || c > '9' {
				value = 256
				break
			}
			value = value*10 + int(c-'0')
		}
		if value < 256 {
			return byte(value), true, 4
		}
	}
	return text[1], true, 2
}
