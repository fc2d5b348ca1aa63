package vpsorgtest

import (
	"strings"

	"github.com/miekg/dns"
)

// maxChain is how many CNAME records one answer follows.
const maxChain = 16

// A lookup fills in the answer to one question, by the algorithm of RFC 1034 section 4.3.2 with the wildcards of
// RFC 4592.
type lookup struct {
	server *Server
	msg    *dns.Msg
	qtype  uint16
}

// run answers for a name, following CNAME records through the zones served here.
func (l *lookup) run(qname string) {
	name := strings.ToLower(strings.TrimSuffix(qname, "."))
	seen := map[string]bool{}
	for range maxChain {
		z := l.server.store.enclosing(name)
		if z != nil && l.qtype == dns.TypeDS && name == z.domain { // the parent's to answer, RFC 4035 3.1.4.1
			if _, above, _ := strings.Cut(name, "."); l.server.store.enclosing(above) != nil {
				z = l.server.store.enclosing(above)
			}
		}
		if z == nil {
			if len(seen) == 0 {
				l.msg.Rcode = dns.RcodeRefused
			}
			return
		}
		seen[name] = true
		name = l.step(z, name)
		if name == "" || seen[name] {
			return
		}
	}
}

// step answers from one zone and returns the target of a CNAME to follow, or nothing.
func (l *lookup) step(z *zone, name string) (target string) {
	z.mu.RLock()
	defer z.mu.RUnlock()
	if cut := l.delegation(z, name); cut != "" {
		l.refer(z, cut)
		return ""
	}
	l.msg.Authoritative = true
	source := name
	if z.nodes[name] == 0 && name != z.domain {
		if source = z.wildcard(name); source == "" {
			l.msg.Rcode = dns.RcodeNameError
			l.msg.Ns = append(l.msg.Ns, z.soa(true))
			return ""
		}
	}
	answer := z.rrs(source, name, l.qtype)
	if l.qtype != dns.TypeCNAME && l.qtype != dns.TypeANY {
		if alias := z.rrs(source, name, dns.TypeCNAME); len(alias) > 0 {
			l.msg.Answer = append(l.msg.Answer, alias[0])
			return strings.ToLower(strings.TrimSuffix(alias[0].(*dns.CNAME).Target, "."))
		}
	}
	if len(answer) == 0 {
		l.msg.Ns = append(l.msg.Ns, z.soa(true))
		return ""
	}
	l.msg.Answer = append(l.msg.Answer, answer...)
	l.addresses(z, answer)
	return ""
}

// delegation returns the highest name at or above this one, below the apex, that has NS records. A question for
// the DS of such a name stays with this zone.
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

func (l *lookup) refer(z *zone, cut string) {
	servers := z.rrs(cut, cut, dns.TypeNS)
	l.msg.Ns = append(l.msg.Ns, servers...)
	l.addresses(z, servers)
}

// wildcard returns the wildcard name that stands for a name that does not exist, or nothing.
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

// addresses adds the addresses that the zone has for the hosts in an answer.
func (l *lookup) addresses(z *zone, answer []dns.RR) {
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
