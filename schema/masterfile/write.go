package masterfile

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// The timers of the SOA, in seconds, as the service has them.
const (
	soaRefresh = 10800
	soaRetry   = 3600
	soaExpire  = 604800
	soaMinimum = 3600
)

// Options say what a zone file does not: what stands at the apex of every zone.
type Options struct {
	// NameServers are the NS RRset of a zone that declares none; at least one.
	NameServers []schema.Name
	// MName is the primary name server in the SOA; the zero Name is the first of the NS RRset.
	MName schema.Name
	// RName is the mailbox of the SOA as a name; the zero Name is hostmaster of the zone.
	RName  schema.Name
	Serial uint32
}

// Format writes a zone as an RFC 1035 master file: a SOA, the name servers, and every RRset
// in canonical order of names, each record on a line with its TTL. The same zone and options
// are written as the same bytes. A text of more than 255 octets is split into several
// strings. Read gives the same zone back.
func Format(z schema.Declaration, o Options) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "$ORIGIN %s\n$TTL %d\n", escape(z.Name.String()), z.TTL)
	servers := schema.RRset{Name: z.Name, Type: schema.NS, TTL: z.TTL}
	for _, n := range o.NameServers {
		servers.Values = append(servers.Values, schema.Value{Data: schema.NewNS(n)})
	}
	declared := false
	for _, s := range z.RRsets {
		if s.Key() == servers.Key() {
			servers, declared = s, true
		}
	}
	mname, rname := o.MName, o.RName
	if mname.IsZero() {
		mname = servers.Values[0].Data.Host()
	}
	mailbox := escape(rname.String())
	if rname.IsZero() {
		mailbox = "hostmaster." + escape(z.Name.String())
	}
	fmt.Fprintf(&b, "@\t%d\tIN\tSOA\t%s %s %d %d %d %d %d\n", z.TTL, escape(mname.String()), mailbox,
		o.Serial, soaRefresh, soaRetry, soaExpire, soaMinimum)
	if !declared {
		writeSet(&b, z.Name, servers)
	}
	for _, s := range z.RRsets {
		writeSet(&b, z.Name, s)
	}
	return b.Bytes()
}

func writeSet(b *bytes.Buffer, zone schema.Name, s schema.RRset) {
	owner := "@"
	if s.Name != zone {
		owner = escape(s.Name.Relative(zone))
	}
	for _, v := range s.Values {
		fmt.Fprintf(b, "%s\t%d\tIN\t%s\t%s\n", owner, s.TTL, s.Type, presentation(v.Data))
	}
}

// presentation is the data in the form of master files. A host may have characters that
// mean something there.
func presentation(d schema.RDATA) string {
	if host := d.Host(); !host.IsZero() {
		return strings.TrimSuffix(d.String(), host.String()) + escape(host.String())
	}
	return d.String()
}

// escape returns a name with a backslash before what has a meaning of its own in master
// files (RFC 1035 section 5.1); a space is \032.
func escape(name string) string {
	const special = `"();\@$`
	if !strings.ContainsAny(name, special+" ") {
		return name
	}
	var b strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case c == ' ':
			b.WriteString(`\032`)
			continue
		case strings.IndexByte(special, c) >= 0:
			b.WriteByte('\\')
		}
		b.WriteByte(name[i])
	}
	return b.String()
}
