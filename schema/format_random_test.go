package schema

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"
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

// randomZone makes a sound zone out of odd names and odd texts.
func randomZone(random *rand.Rand) *Zone {
	z := &Zone{Name: MustParseName("example.com"), File: "example.com.yaml", Manage: ManageAll, TTL: DefaultTTL}
	pick := func(from []string) string { return from[random.IntN(len(from))] }
	host := func() Name {
		return MustParseName(pick([]string{"example.com", "host.example.com", "mail.example.net", "no", "1.10", "a-b.012"}))
	}
	ttls := []TTL{0, 60, 300, 300, 300, 3600, MaxTTL}
	sets := map[Key]*RRset{}
	add := func(n Name, kind Type, d RDATA) {
		k := Key{n, kind}
		if sets[k] == nil {
			sets[k] = &RRset{Key: k, TTL: ttls[random.IntN(len(ttls))]}
		}
		sets[k].Values = append(sets[k].Values, Value{Data: d})
	}
	add(MustParseName("host.example.com"), A, must(NewA(netip.MustParseAddr("192.0.2.1"))))
	for _, o := range oddNames {
		n, _, err := ParseOwner(o, z.Name)
		if err != nil {
			panic(err)
		}
		if random.IntN(3) == 0 {
			continue
		}
		if random.IntN(6) == 0 && n != z.Name {
			add(n, CNAME, NewHost(MustParseName("cname.example.net")))
			continue
		}
		for range 1 + random.IntN(6) {
			if kind := Types()[random.IntN(len(Types()))]; kind != CNAME {
				add(n, kind, randomData(random, kind, host))
			}
		}
	}
	for _, s := range sets {
		z.RRsets = append(z.RRsets, settle(*s))
	}
	slices.SortFunc(z.RRsets, func(a, b RRset) int { return a.Key.Compare(b.Key) })
	return z
}

// settle sorts the values and leaves out repetitions; a null MX stays alone.
func settle(s RRset) RRset {
	for _, v := range s.Values {
		if s.Type == MX && v.Data.Host(MX).IsZero() {
			s.Values = []Value{v}
			break
		}
	}
	slices.SortFunc(s.Values, func(a, b Value) int { return a.Data.Compare(b.Data) })
	s.Values = slices.Compact(s.Values)
	return s
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func randomData(random *rand.Rand, kind Type, host func() Name) RDATA {
	number := func() uint16 { return uint16(random.UintN(1 << 16)) }
	switch kind {
	case A:
		return must(NewA(netip.AddrFrom4([4]byte{192, 0, 2, byte(random.UintN(256))})))
	case AAAA:
		// Groups of decimal digits look like numbers in base 60.
		groups := make([]string, 8)
		for i := range groups {
			groups[i] = fmt.Sprint(1 + random.IntN(59))
		}
		return must(NewAAAA(netip.MustParseAddr(strings.Join(groups, ":"))))
	case CAA:
		tags := []string{"issue", "issuewild", "iodef", "no", "1"}
		return must(NewCAA(uint8(random.IntN(2)*128), tags[random.IntN(len(tags))], randomText(random)))
	case MX:
		if random.IntN(8) == 0 {
			return NewMX(0, MustParseName("."))
		}
		return NewMX(number(), host())
	case SRV:
		if random.IntN(8) == 0 {
			return NewSRV(number(), number(), number(), MustParseName("."))
		}
		return NewSRV(number(), number(), number(), host())
	case TXT:
		return NewTXT(randomText(random))
	}
	return NewHost(host())
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

// zoneOfTexts has every text as a TXT and as the value of a CAA.
func zoneOfTexts(texts []string) *Zone {
	z := &Zone{Name: MustParseName("example.com"), Manage: ManageAll, TTL: DefaultTTL}
	for i, text := range texts {
		n := MustParseName(fmt.Sprintf("n%06d.example.com", i))
		z.RRsets = append(z.RRsets,
			RRset{Key: Key{n, CAA}, TTL: 300, Values: []Value{{Data: must(NewCAA(0, "issue", text))}}},
			RRset{Key: Key{n, TXT}, TTL: 300 + TTL(i%2), Values: []Value{{Data: NewTXT(text)}}})
	}
	return z
}
