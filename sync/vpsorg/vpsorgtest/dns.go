package vpsorgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/sync/errgroup"
)

const (
	dnsGrace = 2 * time.Second // for queries in progress when the server is told to stop
	maxChain = 16              // CNAME records that one answer follows
	apexTTL  = 86400           // seconds, of the NS records that come with a zone
)

// A DNS answers queries for the server's zones as an authoritative name server does, over UDP
// and TCP on one port. It shows the stored state at once, whatever the dialect, and refuses
// zone transfers. Make one with [Server.ListenDNS]; the zero value is invalid.
type DNS struct {
	server *Server
	packet net.PacketConn
	stream net.Listener
}

// ListenDNS opens an address such as 127.0.0.1:5353 for queries; port 0 picks one that is
// free for both UDP and TCP. Nothing is answered until [DNS.Serve] runs.
func (s *Server) ListenDNS(addr string) (*DNS, error) {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("dns %s: listen: %w", addr, err)
	}
	var lastErr error
	for range 16 { // a port free for UDP may be taken for TCP
		packet, err := net.ListenPacket("udp", addr)
		if err != nil {
			return nil, fmt.Errorf("dns %s: listen: %w", addr, err)
		}
		stream, err := net.Listen("tcp", packet.LocalAddr().String())
		if err == nil {
			return &DNS{server: s, packet: packet, stream: stream}, nil
		}
		lastErr = errors.Join(err, packet.Close())
		if port != "0" {
			break
		}
	}
	return nil, fmt.Errorf("dns %s: listen: %w", addr, lastErr)
}

// Addr returns the address with its port.
func (d *DNS) Addr() string { return d.stream.Addr().String() }

// Close closes the address of a DNS that does not serve.
func (d *DNS) Close() error { return errors.Join(d.packet.Close(), d.stream.Close()) }

// Serve answers queries until the context ends, then lets those in progress finish, closes
// the address and returns nil. It may be called once.
func (d *DNS) Serve(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	servers := []*dns.Server{{PacketConn: d.packet, Net: "udp"}, {Listener: d.stream, Net: "tcp"}}
	for _, srv := range servers {
		srv.Handler = dns.HandlerFunc(d.server.serveDNS)
		g.Go(func() error {
			if err := srv.ActivateAndServe(); err != nil && ctx.Err() == nil {
				return fmt.Errorf("dns %s: serve: %w", d.Addr(), err)
			}
			return nil
		})
	}
	g.Go(func() error {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), dnsGrace)
		defer cancel()
		for _, srv := range servers {
			_ = srv.ShutdownContext(grace) // an error where it has ended, or not started yet
		}
		_ = d.Close() // ends one that has not started yet; closed already for the others
		return nil
	})
	return g.Wait()
}

// serveDNS answers one query.
func (s *Server) serveDNS(w dns.ResponseWriter, q *dns.Msg) {
	m := s.resolve(q)
	size := dns.MaxMsgSize
	if w.LocalAddr().Network() == "udp" {
		size = dns.MinMsgSize
		if opt := q.IsEdns0(); opt != nil {
			size = max(size, int(opt.UDPSize()))
		}
	}
	m.Truncate(size)
	_ = w.WriteMsg(m) // a client that has gone misses nothing
}

// resolve returns the answer to a query of any kind.
func (s *Server) resolve(q *dns.Msg) *dns.Msg {
	m := new(dns.Msg)
	m.SetReply(q)
	m.Compress = true
	opt := q.IsEdns0()
	if opt != nil {
		m.SetEdns0(dns.DefaultMsgSize, false)
	}
	switch {
	case opt != nil && opt.Version() != 0:
		m.Rcode = dns.RcodeBadVers
	case q.Opcode != dns.OpcodeQuery:
		m.Rcode = dns.RcodeNotImplemented
	case len(q.Question) != 1:
		m.Rcode = dns.RcodeFormatError
	case q.Question[0].Qclass != dns.ClassINET, q.Question[0].Qtype == dns.TypeAXFR, q.Question[0].Qtype == dns.TypeIXFR:
		m.Rcode = dns.RcodeRefused
	default:
		l := lookup{store: s.store, msg: m, qtype: q.Question[0].Qtype}
		l.run(strings.ToLower(strings.TrimSuffix(q.Question[0].Name, ".")))
	}
	return m
}

// A lookup fills in the answer to one question, by the algorithm of RFC 1034 section 4.3.2
// with the wildcards of RFC 4592. Names have no final dot.
type lookup struct {
	store *store
	msg   *dns.Msg
	qtype uint16
}

// run answers for a name, following CNAME records through the zones served here.
func (l *lookup) run(name string) {
	seen := map[string]bool{}
	for range maxChain {
		z := l.store.enclosing(name)
		if z != nil && l.qtype == dns.TypeDS && name == z.domain { // the parent's to answer, RFC 4035 section 3.1.4.1
			_, above, _ := strings.Cut(name, ".")
			if parent := l.store.enclosing(above); parent != nil {
				z = parent
			}
		}
		if z == nil {
			if len(seen) == 0 {
				l.msg.Rcode = dns.RcodeRefused
			}
			return
		}
		seen[name] = true
		name = l.answer(z, name)
		if name == "" || seen[name] {
			return
		}
	}
}

// answer answers from one zone and returns the target of a CNAME to follow; empty for none.
func (l *lookup) answer(z *zone, name string) (target string) {
	z.mu.RLock()
	defer z.mu.RUnlock()
	if cut := l.delegation(z, name); cut != "" {
		servers := z.rrs(cut, cut, dns.TypeNS)
		l.msg.Ns = append(l.msg.Ns, servers...)
		l.addAddresses(z, servers)
		return ""
	}
	l.msg.Authoritative = true
	source := name
	if z.nodes[name] == 0 && name != z.domain {
		if source = z.wildcard(name); source == "" {
			l.msg.Rcode = dns.RcodeNameError
			l.msg.Ns = append(l.msg.Ns, z.soa())
			return ""
		}
	}
	if l.qtype != dns.TypeCNAME && l.qtype != dns.TypeANY {
		if alias := z.rrs(source, name, dns.TypeCNAME); len(alias) > 0 {
			l.msg.Answer = append(l.msg.Answer, alias[0])
			return strings.ToLower(strings.TrimSuffix(alias[0].(*dns.CNAME).Target, "."))
		}
	}
	answer := z.rrs(source, name, l.qtype)
	if len(answer) == 0 {
		l.msg.Ns = append(l.msg.Ns, z.soa())
		return ""
	}
	l.msg.Answer = append(l.msg.Answer, answer...)
	l.addAddresses(z, answer)
	return ""
}

// delegation returns the highest name at or above this one, below the apex, that has NS
// records; empty for none. A question for the DS of such a name stays with this zone.
func (l *lookup) delegation(z *zone, name string) (cut string) {
	for above := range z.upwards(name) {
		if above == z.domain || above == name && l.qtype == dns.TypeDS {
			continue
		}
		if len(z.rrs(above, above, dns.TypeNS)) > 0 {
			cut = above
		}
	}
	return cut
}

// addAddresses adds the addresses that the zone has for the hosts in an answer.
func (l *lookup) addAddresses(z *zone, answer []dns.RR) {
	done := map[string]bool{}
	for _, rr := range answer {
		host := ""
		switch rr := rr.(type) {
		case *dns.NS:
			host = rr.Ns
		case *dns.MX:
			host = rr.Mx
		case *dns.SRV:
			host = rr.Target
		}
		host = strings.TrimSuffix(host, ".")
		if host == "" || done[host] || !inZone(host, z.domain) {
			continue
		}
		done[host] = true
		l.msg.Extra = append(l.msg.Extra, z.rrs(host, host, dns.TypeA)...)
		l.msg.Extra = append(l.msg.Extra, z.rrs(host, host, dns.TypeAAAA)...)
	}
}

// wildcard returns the wildcard name that stands for a name that does not exist; empty for
// none. The caller holds the lock.
func (z *zone) wildcard(name string) string {
	for above := range z.upwards(name) {
		if z.nodes[above] > 0 || above == z.domain { // the closest encloser
			if source := "*." + above; z.nodes[source] > 0 {
				return source
			}
			return ""
		}
	}
	return ""
}

// soa returns the zone's SOA record, whose serial rises with every change. The caller holds
// the lock.
func (z *zone) soa() dns.RR {
	return &dns.SOA{
		Hdr: dns.RR_Header{Name: z.domain + ".", Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: defaultTTL},
		Ns:  nameServers()[0] + ".", Mbox: "hostmaster.vps.org.", Serial: z.serial,
		Refresh: 10800, Retry: 3600, Expire: 604800, Minttl: defaultTTL,
	}
}

// rrs returns the records of one type, or of all for ANY, that exist at source, under the name
// asked for. The caller holds the lock.
func (z *zone) rrs(source, name string, qtype uint16) []dns.RR {
	var all []dns.RR
	wanted := func(rrtype uint16) bool { return qtype == rrtype || qtype == dns.TypeANY }
	apexNS := false
	for _, r := range z.names[source] {
		if r.rec.Type == "SOA" || !wanted(dns.StringToType[r.rec.Type]) {
			continue
		}
		if rr := r.rec.rr(name); rr != nil {
			apexNS = apexNS || r.rec.Type == "NS"
			all = append(all, rr)
		}
	}
	if source != z.domain {
		return all
	}
	if wanted(dns.TypeNS) && !apexNS {
		for _, host := range nameServers() {
			all = append(all, Record{Type: "NS", Value: host, TTL: apexTTL}.rr(name))
		}
	}
	if wanted(dns.TypeSOA) {
		all = append(all, z.soa())
	}
	return all
}

// rr returns a record as the DNS carries it under a name; nil where it has no such form, as a
// raw record may.
func (r Record) rr(name string) dns.RR {
	value := r.Value
	switch {
	case r.Type == "TXT":
		value = characterStrings(value)
	case hasPriority(r.Type) && r.Priority >= 0:
		value = strconv.Itoa(r.Priority) + " " + value
	}
	rr, err := dns.NewRR(fmt.Sprintf("%s. %d IN %s %s", name, r.TTL, r.Type, value))
	if err != nil {
		return nil
	}
	return rr
}

// characterStrings returns a text as the strings of at most 255 octets that a TXT record
// consists of, in the form of a master file.
func characterStrings(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if i%255 == 0 {
			b.WriteString(`" "`)
		}
		switch c := text[i]; {
		case c == '"', c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ', c > '~':
			fmt.Fprintf(&b, `\%03d`, c)
		default:
			b.WriteByte(c)
		}
	}
	return strings.TrimPrefix(b.String()+`"`, `" `)
}
