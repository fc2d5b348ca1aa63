package worldtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// A Generator draws zones from few names and values, so that two zones often overlap.
type Generator struct{ Rand *rand.Rand }

// Generate returns a generator. Equal seeds draw equal zones.
func Generate(seed uint64) Generator { return Generator{rand.New(rand.NewPCG(seed, 53))} }

// Pick draws one of the texts.
func (g Generator) Pick(texts ...string) string { return texts[g.Rand.IntN(len(texts))] }

// Some returns true with a probability of percent.
func (g Generator) Some(percent int) bool { return g.Rand.IntN(100) < percent }

// value draws data of a type. A CNAME points out of the zone, or at a name without a CNAME.
func (g Generator) value(typ, domain string) string {
	switch typ {
	case "A":
		return g.Pick("192.0.2.1", "192.0.2.2", "192.0.2.3", "198.51.100.10")
	case "AAAA":
		return g.Pick("2001:db8::1", "2001:db8::2", "2001:db8:0:1::")
	case "CAA":
		return g.Pick(`0 issue "a.example"`, `0 issue "b.example; validationmethods=dns-01"`, `128 iodef "mailto:a@b.example"`, `0 issuewild ";"`)
	case "MX":
		return g.Pick("0", "10", "20") + " " + g.Pick("fixed-1."+domain+".", "fixed-2."+domain+".", "mail.example.net.")
	case "SRV":
		return g.Pick("0", "10") + " " + g.Pick("5 5060 ", "0 5061 ") + g.Pick("fixed-1."+domain+".", "sip.example.net.")
	case "TXT":
		return g.Pick("v=spf1 -all", "v=spf1 mx -all", `quoted "inside" \ and`, "two  spaces; here", "ünicode", strings.Repeat("long text ", 40))
	case "NS":
		return g.Pick("ns1.example.net.", "ns2.example.net.", "ns3.example.org.")
	}
	return g.Pick("fixed-1."+domain+".", "fixed-2."+domain+".", domain+".", "www.example.net.")
}

// Zone draws the records of a zone: a CNAME is alone at its name and never at the apex, the
// records of an RRset share a TTL, and no record occurs twice. The fixed names have
// addresses, so that there is something to point at.
func (g Generator) Zone(domain string) []string {
	lines := []string{"fixed-1 300 A 192.0.2.1", "fixed-2 300 A " + g.Pick("192.0.2.2", "192.0.2.3")}
	ttls := map[string]int{"fixed-1 A": 300, "fixed-2 A": 300}
	types := map[string][]string{"fixed-1": {"A"}, "fixed-2": {"A"}}
	for range g.Rand.IntN(30) {
		name := g.Pick("@", "@", "a", "b", "c", "*", "x.a", "_sip._tcp", "fixed-2", "xn--bcher-kva")
		typ := g.Pick("A", "AAAA", "CNAME", "MX", "TXT", "NS", "SRV", "CAA")
		has := types[name]
		cname := slices.Contains(has, "CNAME")
		switch {
		case typ == "CNAME" && (name == "@" || name == "fixed-2" || len(has) > 0), typ != "CNAME" && cname,
			typ == "NS" && (name == "*" || strings.HasPrefix(name, "_")):
			continue
		}
		key := name + " " + typ
		if ttls[key] == 0 {
			ttls[key] = 60 * (1 + g.Rand.IntN(3))
		}
		line := fmt.Sprintf("%s %d %s %s", name, ttls[key], typ, g.value(typ, domain))
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
			types[name] = append(has, typ)
		}
	}
	return lines
}

// Drift changes records into what a live zone may hold but no file can declare: RRsets with
// several TTLs.
func (g Generator) Drift(lines []string) []string {
	var out []string
	for _, line := range lines {
		if g.Some(20) {
			f := strings.SplitN(line, " ", 4)
			line = fmt.Sprintf("%s %d %s %s", f[0], 30+g.Rand.IntN(3), f[2], f[3])
		}
		out = append(out, line)
	}
	return out
}

// Copies adds records that occur twice.
func (g Generator) Copies(lines []string) []string {
	var out []string
	for _, line := range lines {
		out = append(out, line)
		if g.Some(10) && !strings.Contains(line, " CNAME ") {
			out = append(out, line)
		}
	}
	return out
}

// Others draws records that are not ours, at names that no file uses: ignored ones, and ones
// of foreign types.
func (g Generator) Others() []string {
	all := []string{"_acme-challenge 60 TXT token-1", "_acme-challenge.a 60 TXT token-2", "other-1 3600 PTR host.example.net", "other-2 3600 ALIAS app.example.net"}
	return all[:g.Rand.IntN(len(all)+1)]
}
