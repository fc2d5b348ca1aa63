package zonefile

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/schematest"
)

var oddNames = []string{
	"@", "*", "*.a", "no", "yes", "y", "null", "true", "on", "012", "1e3", "0x10", "1.10", "2024-01-02", "1_0", "-x", "a/b", "_dmarc", "1", "10", "2",
	"zone", "records", "ttl", "octodns", "include", "xn--bcher-kva", "www.example.com", "example.com", "a.b.c.d", "web10", "web2", "web02", "x-", "_",
}

var oddTexts = []string{
	"", " ", "  two  ", "no", "null", "~", "012", "1:30", "1.10", "1e3", "0x1f", "0o17", "0b1", "2024-01-02", "=", "<<", ".", "..", "...", "---", "-", "- a", "-a", "? b", "a: b", "a:", ":a",
	"a #b", "#b", "@", "*", "&a", "!b", "%c", "`", "|", ">", "{}", "[a, b]", ", ", "'", "''", `"`, `"a"`, `"a" "b"`, ` "a"`, `a"b`, `\`, `\\`, `\;`, `\"`, `\065`, `\1`, ";", `a\;b`,
	"${x}", "$${x}", "$$${x}", "${${", "$", "$$", "${", "a\nb", "\n", "\x00", "\t", "a\r\n", "\x7f", "\u0085", "\u00a0", "\u2028", "\ufeff", "\ufffe", "é", "日本", "\U0001f600", "\U0010ffff", "\ufffd",
	"v=DKIM1; k=rsa; p=abc", "!include x", "+1", "-.inf", ".nan", "0.", "1__2", "190:20:30", "a\\", `\\\`,
}

// randomZone makes a valid zone out of odd names and odd texts.
func randomZone(t testing.TB, random *rand.Rand) *schema.Zone {
	t.Helper()
	d := declaration()
	pick := func(from []string) string { return from[random.IntN(len(from))] }
	host := func() schema.Name {
		return schema.MustParseName(pick([]string{"example.com", "host.example.com", "mail.example.net", "no", "1.10", "a-b.012"}))
	}
	ttls := []schema.TTL{0, 60, 300, 300, 300, 3600, schema.MaxTTL}
	place := map[schema.Key]int{}
	add := func(n schema.Name, kind schema.Type, data schema.RDATA) {
		if data.Check() != nil {
			return
		}
		k := schema.Key{Name: n, Type: kind}
		i, known := place[k]
		if !known {
			i = len(d.RRsets)
			place[k] = i
			d.RRsets = append(d.RRsets, schema.RRset{Name: k.Name, Type: k.Type, TTL: ttls[random.IntN(len(ttls))]})
		}
		d.RRsets[i].Values = append(d.RRsets[i].Values, schema.Value{Data: data})
	}
	add(schema.MustParseName("host.example.com"), schema.A, must(schema.NewA(netip.MustParseAddr("192.0.2.1"))))
	for _, o := range oddNames {
		n, _, err := schema.ParseOwner(o, d.Name)
		if err != nil {
			t.Fatal(err)
		}
		if random.IntN(3) == 0 {
			continue
		}
		if random.IntN(6) == 0 && n != d.Name {
			add(n, schema.CNAME, schema.NewCNAME(schema.MustParseName("cname.example.net")))
			continue
		}
		for range 1 + random.IntN(6) {
			if kind := schema.Types()[random.IntN(len(schema.Types()))]; kind != schema.CNAME {
				add(n, kind, randomData(random, kind, host))
			}
		}
	}
	for i, s := range d.RRsets {
		d.RRsets[i].Values = nullMXAlone(s)
	}
	return schematest.Valid(t, d)
}

func declaration() schema.Declaration {
	return schema.Declaration{
		Name: schema.MustParseName("example.com"), File: "example.com.yaml", Manage: schema.ManageAll, TTL: schema.DefaultTTL,
	}
}

// nullMXAlone returns the values of an RRset, without others beside a null MX.
func nullMXAlone(s schema.RRset) []schema.Value {
	for _, v := range s.Values {
		if s.Type == schema.MX && v.Data.Host().IsZero() {
			return []schema.Value{v}
		}
	}
	return s.Values
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func randomData(random *rand.Rand, kind schema.Type, host func() schema.Name) schema.RDATA {
	number := func() uint16 { return uint16(random.UintN(1 << 16)) }
	switch kind {
	case schema.A:
		return must(schema.NewA(netip.AddrFrom4([4]byte{192, 0, 2, byte(random.UintN(256))})))
	case schema.AAAA:
		// Groups of decimal digits look like numbers in base 60.
		groups := make([]string, 8)
		for i := range groups {
			groups[i] = fmt.Sprint(1 + random.IntN(59))
		}
		return must(schema.NewAAAA(netip.MustParseAddr(strings.Join(groups, ":"))))
	case schema.CAA:
		tags := []string{"issue", "issuewild", "iodef", "no", "1"}
		return must(schema.NewCAA(uint8(random.IntN(2)*128), tags[random.IntN(len(tags))], randomText(random)))
	case schema.MX:
		if random.IntN(8) == 0 {
			return schema.NewMX(0, schema.MustParseName("."))
		}
		return schema.NewMX(number(), host())
	case schema.SRV:
		if random.IntN(8) == 0 {
			return schema.NewSRV(number(), number(), number(), schema.MustParseName("."))
		}
		return schema.NewSRV(number(), number(), number(), host())
	case schema.TXT:
		return schema.NewTXT(randomText(random))
	}
	return schema.NewNS(host())
}

// randomText gives odd texts, runs of them, any characters, and long ones.
func randomText(random *rand.Rand) string {
	var b strings.Builder
	switch random.IntN(4) {
	case 0:
		return oddTexts[random.IntN(len(oddTexts))]
	case 1:
		for range random.IntN(4) {
			b.WriteString(oddTexts[random.IntN(len(oddTexts))])
		}
	case 2:
		for range random.IntN(12) {
			const odd = "\"\\;${}: #'@\t\n\x00-,[]=%"
			if random.IntN(2) == 0 {
				b.WriteByte(odd[random.IntN(len(odd))])
			} else if r := rune(random.IntN(utf8.MaxRune + 1)); utf8.ValidRune(r) {
				b.WriteRune(r)
			}
		}
	default:
		for range random.IntN(600) {
			b.WriteString("word ")
		}
	}
	return b.String()
}

// zoneOfTexts has every text that is allowed as a TXT and as the value of a CAA.
func zoneOfTexts(t testing.TB, texts []string) *schema.Zone {
	t.Helper()
	d := declaration()
	for i, text := range texts {
		n := schema.MustParseName(fmt.Sprintf("n%06d.example.com", i))
		for _, data := range []schema.RDATA{must(schema.NewCAA(0, "issue", text)), schema.NewTXT(text)} {
			if data.Check() == nil {
				d.RRsets = append(d.RRsets, schema.RRset{
					Name: n, Type: data.Type(), TTL: 300 + schema.TTL(len(d.RRsets)%2), Values: []schema.Value{{Data: data}},
				})
			}
		}
	}
	if len(d.RRsets) < len(texts)/2 {
		t.Fatalf("only %d of %d texts are allowed", len(d.RRsets), len(texts))
	}
	return schematest.Valid(t, d)
}
