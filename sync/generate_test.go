package sync_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// A generator draws zones out of few names and values, so that two of them meet often.
type generator struct{ *rand.Rand }

func generate(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 53))} }

func (g generator) pick(texts ...string) string { return texts[g.IntN(len(texts))] }

// some says yes in so many of a hundred cases.
func (g generator) some(percent int) bool { return g.IntN(100) < percent }

// value draws data of a type. CNAMEs point out of the zone, or to names that have none.
func (g generator) value(typ, domain string) string {
	switch typ {
	case "A":
		return g.pick("192.0.2.1", "192.0.2.2", "192.0.2.3", "198.51.100.10")
	case "AAAA":
		return g.pick("2001:db8::1", "2001:db8::2", "2001:db8:0:1::")
	case "CAA":
		return g.pick(`0 issue "a.example"`, `0 issue "b.example; validationmethods=dns-01"`, `128 iodef "mailto:a@b.example"`, `0 issuewild ";"`)
	case "MX":
		return g.pick("0", "10", "20") + " " + g.pick("fixed-1."+domain+".", "fixed-2."+domain+".", "mail.example.net.")
	case "SRV":
		return g.pick("0", "10") + " " + g.pick("5 5060 ", "0 5061 ") + g.pick("fixed-1."+domain+".", "sip.example.net.")
	case "TXT":
		return g.pick("v=spf1 -all", "v=spf1 mx -all", `quoted "inside" \ and`, "two  spaces; here", "ünicode", strings.Repeat("long text ", 40))
	case "NS":
		return g.pick("ns1.example.net.", "ns2.example.net.", "ns3.example.org.")
	}
	return g.pick("fixed-1."+domain+".", "fixed-2."+domain+".", domain+".", "www.example.net.")
}

// zone draws the records of a zone: a CNAME stands alone and not at the apex, the
// records of an RRset share a TTL, and none stands there twice. The fixed names hold
// addresses, so that there is something to point at.
func (g generator) zone(domain string) []string {
	lines := []string{"fixed-1 300 A 192.0.2.1", "fixed-2 300 A " + g.pick("192.0.2.2", "192.0.2.3")}
	ttls := map[string]int{"fixed-1 A": 300, "fixed-2 A": 300}
	types := map[string][]string{"fixed-1": {"A"}, "fixed-2": {"A"}}
	for range g.IntN(30) {
		name := g.pick("@", "@", "a", "b", "c", "*", "x.a", "_sip._tcp", "fixed-2", "xn--bcher-kva")
		typ := g.pick("A", "AAAA", "CNAME", "MX", "TXT", "NS", "SRV", "CAA")
		has := types[name]
		cname := slices.Contains(has, "CNAME")
		switch {
		case typ == "CNAME" && (name == "@" || name == "fixed-2" || len(has) > 0), typ != "CNAME" && cname,
			typ == "NS" && (name == "*" || strings.HasPrefix(name, "_")):
			continue
		}
		key := name + " " + typ
		if ttls[key] == 0 {
			ttls[key] = 60 * (1 + g.IntN(3))
		}
		line := fmt.Sprintf("%s %d %s %s", name, ttls[key], typ, g.value(typ, domain))
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
			types[name] = append(has, typ)
		}
	}
	return lines
}

// drift draws what a zone may hold beside what a file could say: RRsets with several
// TTLs, and copies where the service has them.
func (g generator) drift(lines []string, copies bool) []string {
	var out []string
	for _, line := range lines {
		if g.some(20) {
			f := strings.SplitN(line, " ", 4)
			line = fmt.Sprintf("%s %d %s %s", f[0], 30+g.IntN(3), f[2], f[3])
		}
		out = append(out, line)
		if copies && g.some(10) && !strings.Contains(line, " CNAME ") {
			out = append(out, line)
		}
	}
	return out
}

// others draws records of a zone that are not ours, at names that no file takes: ignored
// ones and those of foreign types.
func (g generator) others() []string {
	all := []string{"_acme-challenge 60 TXT token-1", "_acme-challenge.a 60 TXT token-2", "other-1 3600 PTR host.example.net", "other-2 3600 ALIAS app.example.net"}
	return all[:g.IntN(len(all)+1)]
}
