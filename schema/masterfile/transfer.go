package masterfile

import (
	"github.com/miekg/dns"

	"github.com/zonetender/zonetender/schema"
)

// FromTransfer reads the records that a zone transfer of zone has sent (RFC 5936), as Read
// does those of a master file. From names the server in problems.
func FromTransfer(from string, zone schema.Name, records []dns.RR) Zone {
	b := &builder{file: from}
	for _, rr := range records {
		if !b.transferred(zone, rr) {
			break
		}
	}
	return b.build(zone)
}

// transferred takes in a record, and reports whether the budget has room for it.
func (b *builder) transferred(zone schema.Name, rr dns.RR) bool {
	h := rr.Header()
	typ := dns.Type(h.Rrtype).String()
	name, err := nameOf(h.Name)
	switch {
	case err != nil:
		b.leaveOut(0, schema.Clip(h.Name)+" "+typ, err.Error())
		return b.room(0)
	case h.Class != dns.ClassINET:
		b.leaveOut(0, name.Display()+" "+typ, "its class is not IN")
		return b.room(0)
	case h.Rrtype == dns.TypeSOA && name == zone:
		return true // first and last, as the protocol has it
	case !schema.Type(typ).Managed():
		return b.addForeign(name, typ, 0)
	}
	r, err := fromRR(rr)
	if err != nil {
		b.leaveOut(0, name.Display()+" "+typ, err.Error())
		return b.room(0)
	}
	return b.add(r, 0)
}
