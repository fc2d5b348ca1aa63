package vpsorg

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// decode reads a record of example.com from its JSON, in each way that its spelling
// allows, the documented one first.
func decode(t testing.TB, body string) []diff.Live {
	t.Helper()
	w, err := readRecord(newJSONReader(strings.NewReader(body), -1))
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	var out []diff.Live
	for _, r := range w.readings(zoneName(), spelling{}) {
		if !slices.ContainsFunc(out, func(l diff.Live) bool { return l.Record == r.live.Record }) {
			out = append(out, r.live)
		}
	}
	return out
}

// show returns what a record was read as: each reading, or why there is none.
func show(readings []diff.Live) string {
	if l := readings[0]; l.Unreadable != "" {
		return "unreadable: " + l.Unreadable
	}
	var out []string
	for _, l := range readings {
		out = append(out, l.Record.Name.Relative(zoneName())+" "+l.Record.Data.String())
	}
	return strings.Join(out, " | ")
}

func TestNames(t *testing.T) {
	for _, test := range []struct{ name, want string }{
		{"@", "@"}, {"", "@"}, {" www ", "www"}, {"www", "www"}, {"WWW", "www"}, {"a.b", "a.b"}, {"*", "*"}, {"*.a", "*.a"}, {"_dmarc", "_dmarc"},
		{"www.example.com.", "www"}, {"WWW.Example.COM.", "www"}, {"example.com.", "@"},
		{"www.example.com", "www | www.example.com"}, {"example.com", "@ | example.com"}, {"EXAMPLE.com", "@ | example.com"},
		{"www.example.com.example.com", "www.example.com | www.example.com.example.com"},
		{"notexample.com", "notexample.com"}, {"com", "com"},
		{"bücher", "xn--bcher-kva"}, {"BÜCHER.example.com.", "xn--bcher-kva"}, {"xn--bcher-kva", "xn--bcher-kva"},
		{"www.example.net.", "unreadable"}, {"a..b", "unreadable"}, {"a b", "a b"}, {strings.Repeat("a", 64), "unreadable"},
		{strings.Repeat(strings.Repeat("a", 48)+".", 4) + strings.Repeat("b", 44) + ".example.com", strings.Repeat(strings.Repeat("a", 48)+".", 4) + strings.Repeat("b", 44)},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := decode(t, fmt.Sprintf(`{"uuid": "1", "record_type": "A", "name": %q, "value": "192.0.2.1", "ttl": 60}`, test.name))
			got := strings.ReplaceAll(show(l), " 192.0.2.1", "")
			if test.want == "unreadable" && strings.HasPrefix(got, "unreadable: ") && l[0].Record.Data.IsZero() {
				return
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestValues(t *testing.T) {
	for _, test := range []struct{ typ, value, priority, want string }{
		{"A", "192.0.2.1", "null", "192.0.2.1"},
		{"A", " 192.0.2.1 ", "0", "192.0.2.1"},
		{"A", "192.0.2.1", `""`, "192.0.2.1"},
		{"A", "192.0.2.1", `"x"`, "192.0.2.1"},
		{"A", "2001:db8::1", "null", "unreadable"},
		{"A", "", "null", "unreadable"},
		{"AAAA", "2001:0db8::1", "null", "2001:db8::1"},
		{"AAAA", "2001:0DB8:0:0:0:0:0:1", "null", "2001:db8::1"},
		{"AAAA", "::ffff:192.0.2.1", "null", "::ffff:192.0.2.1"},
		{"AAAA", "::FFFF:C000:0201", "null", "::ffff:192.0.2.1"},
		{"AAAA", "192.0.2.1", "null", "unreadable"},
		{"AAAA", "fe80::1%eth0", "null", "unreadable"},

		{"CNAME", "www.example.net.", "null", "www.example.net."},
		{"CNAME", "WWW.Example.net.", "null", "www.example.net."},
		{"CNAME", "www.example.net", "null", "www.example.net. | www.example.net.example.com."},
		{"CNAME", "www.example.com", "0", "www.example.com. | www.example.com.example.com."},
		{"CNAME", "www", "null", "www.example.com. | www."},
		{"CNAME", "@", "null", "example.com."},
		{"CNAME", "bücher.example.", "null", "xn--bcher-kva.example."},
		{"CNAME", "a b", "null", "unreadable"},
		{"CNAME", "", "null", "unreadable"},
		{"NS", "ns1", "null", "ns1.example.com. | ns1."},

		{"MX", "mail.example.net.", "10", "10 mail.example.net."},
		{"MX", "mail.example.net.", `"10"`, "10 mail.example.net."},
		{"MX", "mail.example.net.", "10.0", "10 mail.example.net."},
		{"MX", "mail.example.net.", "0", "0 mail.example.net."},
		{"MX", "10 mail.example.net.", "null", "10 mail.example.net."},
		{"MX", "10 mail.example.net.", "10", "10 mail.example.net."},
		{"MX", "0 mail.example.net.", "0", "0 mail.example.net."},
		{"MX", "10 mail.example.net.", "0", "unreadable: MX value \"10 mail.example.net.\": priority is 0, but the value says 10"},
		{"MX", "10 mail.example.net.", "20", "unreadable: MX value \"10 mail.example.net.\": priority is 20, but the value says 10"},
		{"MX", "mail.example.net.", "null", "unreadable: MX value \"mail.example.net.\": no priority"},
		{"MX", "mail.example.net.", "65536", "unreadable"},
		{"MX", "mail.example.net.", "-1", "unreadable"},
		{"MX", "mail.example.net.", "1.5", "unreadable"},
		{"MX", "x mail.example.net.", "null", "unreadable"},
		{"MX", "1 2 mail.example.net.", "null", "unreadable"},
		{"MX", ".", "0", "0 ."},
		{"MX", "0 .", "null", "0 ."},
		{"MX", "mail", "5", "5 mail.example.com. | 5 mail."},

		{"SRV", "5 5060 sip.example.net.", "0", "0 5 5060 sip.example.net."},
		{"SRV", "10 5 5060 sip.example.net.", "null", "10 5 5060 sip.example.net."},
		{"SRV", "10 5 5060 sip.example.net.", "10", "10 5 5060 sip.example.net."},
		{"SRV", "10 5 5060 sip.example.net.", "11", "unreadable"},
		{"SRV", "5 5060 sip.example.net.", "null", "unreadable"},
		{"SRV", "0 0 .", "1", "1 0 0 ."},
		{"SRV", "5060 sip.example.net.", "1", "unreadable"},
		{"SRV", "5 65536 sip.example.net.", "1", "unreadable"},

		{"CAA", `0 issue "letsencrypt.org"`, "null", `0 issue "letsencrypt.org"`},
		{"CAA", `0 issue letsencrypt.org`, "null", `0 issue "letsencrypt.org"`},
		{"CAA", ` 128  ISSUE   "letsencrypt.org" `, "null", `128 issue "letsencrypt.org"`},
		{"CAA", `0 issue ca.example; account=7`, "null", `0 issue "ca.example; account=7"`},
		{"CAA", `0 issue ;`, "null", `0 issue ";"`},
		{"CAA", `0 issue`, "null", `0 issue ""`},
		{"CAA", `1 issue "x"`, "null", "unreadable"},
		{"CAA", `issue "x"`, "null", "unreadable"},
	} {
		t.Run(test.typ+" "+test.value+" "+test.priority, func(t *testing.T) {
			value, _ := json.Marshal(test.value)
			all := decode(t, fmt.Sprintf(`{"uuid": "1", "record_type": %q, "name": "x", "value": %s, "ttl": 60, "priority": %s}`, test.typ, value, test.priority))
			l := all[0]
			if l.Value != test.value {
				t.Errorf("got value %q shown, want %q", l.Value, test.value)
			}
			got := strings.ReplaceAll(show(all), "x ", "")
			if test.want == "unreadable" && l.Unreadable != "" {
				got = test.want
			}
			// The text of a CAA without quotes is always a second reading; the first one counts.
			if test.typ == "CAA" {
				got, _, _ = strings.Cut(got, " | ")
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if l.Unreadable != "" && !l.Record.Data.IsZero() {
				t.Errorf("got %+v, want no data", l)
			}
		})
	}
}

func TestTXT(t *testing.T) {
	for _, test := range []struct {
		shown string
		want  []string
	}{
		{"v=spf1 include:_spf.google.com ~all", []string{"v=spf1 include:_spf.google.com ~all"}},
		{"  Keep  Case ", []string{"  Keep  Case "}},
		{"v=DMARC1; p=none", []string{"v=DMARC1; p=none"}},
		{`"v=DMARC1; p=none"`, []string{`"v=DMARC1; p=none"`, "v=DMARC1; p=none"}},
		{`"a" "b"`, []string{`"a" "b"`, "ab"}},
		{`"a""b"`, []string{`"a""b"`, "ab"}},
		{`" a " " b "`, []string{`" a " " b "`, " a  b "}},
		{`"a\"b\\c\;d\065"`, []string{`"a\"b\\c\;d\065"`, `a"b\c;dA`}},
		{`""`, []string{`""`, ""}},
		{`v=DMARC1\; p=none`, []string{`v=DMARC1\; p=none`, "v=DMARC1; p=none"}},
		{`a\\b\"c`, []string{`a\\b\"c`, `a\b"c`}},
		{`a\; b; c`, []string{`a\; b; c`}},
		{`a\; "b"`, []string{`a\; "b"`}},
		{`C:\Temp\;x`, []string{`C:\Temp\;x`}},
		{`a\`, []string{`a\`}},
		{`a\25`, []string{`a\25`}},
		{`a\256`, []string{`a\256`}},
		{`a\255`, []string{`a\255`, "a\xff"}},
		{`"a" b`, []string{`"a" b`}},
		{`a "b"`, []string{`a "b"`}},
		{`"`, []string{`"`}},
		{`"a\"`, []string{`"a\"`}},
		{"", []string{""}},
		{"ü", []string{"ü"}},
	} {
		t.Run(test.shown, func(t *testing.T) {
			value, _ := json.Marshal(test.shown)
			l := decode(t, fmt.Sprintf(`{"uuid": "1", "record_type": "TXT", "name": "x", "value": %s}`, value))
			var got []string
			for _, r := range l {
				got = append(got, r.Record.Data.TXT())
			}
			if d := cmp.Diff(test.want, got); d != "" || l[0].Unreadable != "" {
				t.Errorf("%s %s", d, l[0].Unreadable)
			}
		})
	}
}

func TestTTL(t *testing.T) {
	for _, test := range []struct {
		field string
		want  schema.TTL
		bad   bool
	}{
		{`"ttl": 60`, 60, false}, {`"ttl": "60"`, 60, false}, {`"ttl": 60.0`, 60, false}, {`"ttl": 0`, 0, false}, {`"ttl": 6e1`, 60, false},
		{`"ttl": 2147483647`, schema.MaxTTL, false}, {`"ttl": null`, 3600, false}, {`"ttl": ""`, 3600, false}, {`"x": 1`, 3600, false},
		{`"ttl": 2147483648`, 0, true}, {`"ttl": -1`, 0, true}, {`"ttl": 1.5`, 0, true}, {`"ttl": "1h"`, 0, true}, {`"ttl": true`, 0, true},
		{`"ttl": [60]`, 0, true}, {`"ttl": 1e400`, 0, true}, {`"ttl": 99999999999999999999`, 0, true},
	} {
		l := decode(t, `{"uuid": "1", "record_type": "A", "name": "x", "value": "192.0.2.1", `+test.field+`}`)[0]
		switch {
		case test.bad && (!strings.Contains(l.Unreadable, "TTL") || !l.Record.Data.IsZero()):
			t.Errorf("%s: got %+v, want it unreadable", test.field, l)
		case !test.bad && (l.Unreadable != "" || l.Record.TTL != test.want):
			t.Errorf("%s: got %d, %s, want %d", test.field, l.Record.TTL, l.Unreadable, test.want)
		}
	}
}

func TestFields(t *testing.T) {
	const rest = `"name": "x", "value": "192.0.2.1", "ttl": 60`
	// Any scalar is an id, and what it is called may differ.
	for field, want := range map[string]string{
		`"uuid": "rec-001"`: "rec-001", `"uuid": 7`: "7", `"uuid": true`: "true", `"id": 7`: "7", `"uuid": null, "id": "x"`: "x",
		`"uuid": ""`: "", `"uuid": {}`: "", `"uuid": "\u00fc/"`: "ü/", `"UUID": "up"`: "up",
	} {
		if l := decode(t, `{"record_type": "A", `+rest+`, `+field+`}`)[0]; l.ID != want || l.Unreadable != "" {
			t.Errorf("%s: got id %q, want %q", field, l.ID, want)
		}
	}
	// A type in any spelling; one that is foreign is seen, and no more.
	for typ, want := range map[string]schema.Type{"a": "A", " A ": "A", "soa": "SOA", "PTR": "PTR", "ALIAS": "ALIAS", "TYPE65534": "TYPE65534"} {
		l := decode(t, `{"uuid": "1", "record_type": "`+typ+`", `+rest+`}`)[0]
		if l.Record.Type != want || l.Unreadable != "" || l.Record.Data.IsZero() != !want.Managed() || l.Value != "192.0.2.1" || l.Record.Name.String() != "x.example.com." || l.Record.TTL != 60 {
			t.Errorf("%s: got %+v", typ, l)
		}
	}
	// Fields that are missing, or of another kind, do not become the apex or an empty text.
	for _, body := range []string{
		`{"record_type": "A", "value": "192.0.2.1"}`, `{"record_type": "A", "name": null, "value": "192.0.2.1"}`,
		`{"record_type": "A", "name": {}, "value": "192.0.2.1"}`, `{"record_type": "TXT", "name": "x"}`,
		`{"record_type": "TXT", "name": "x", "value": null}`, `{"record_type": "TXT", "name": "x", "value": ["a"]}`,
	} {
		if l := decode(t, body)[0]; l.Unreadable == "" || !l.Record.Data.IsZero() {
			t.Errorf("%s: got %+v, want it unreadable", body, l)
		}
	}
	// Priority is shown as it came.
	for field, want := range map[string]*int{`null`: nil, `""`: nil, `0`: new(0), `10`: new(10), `"10"`: new(10), `-1`: new(-1), `"x"`: nil} {
		l := decode(t, `{"record_type": "A", `+rest+`, "priority": `+field+`}`)[0]
		if !cmp.Equal(l.Priority, want) || l.Unreadable != "" {
			t.Errorf("%s: got priority %v", field, l.Priority)
		}
	}
}

func FuzzDecodeRecord(f *testing.F) {
	for _, seed := range [][4]string{
		{"A", "@", "192.0.2.1", "null"}, {"MX", "", "10 mail", "10"}, {"SRV", "_a._b.example.com", "1 2 3 x.", `"1"`}, {"TXT", "a.", `"a" "b"`, "0"},
		{"CAA", "www.example.com.", `0 issue "x`, ""}, {"CNAME", "*.x", "@", "7"}, {"AAAA", "ü", "::1", "x"}, {"SOA", "@", ".", "1e9"}, {"", "", "", ""},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	f.Fuzz(func(t *testing.T, typ, name, value, priority string) {
		body, err := json.Marshal(map[string]string{"record_type": typ, "name": name, "value": value, "priority": priority})
		if err != nil {
			t.Fatal(err)
		}
		all := decode(t, string(body))
		if l := all[0]; l.Unreadable != "" || !l.Record.Type.Managed() {
			if !l.Record.Data.IsZero() {
				t.Errorf("got %+v, want no data", l)
			}
			return
		}
		for _, l := range all {
			r := l.Record
			if r.Type != all[0].Record.Type || !r.Name.In(zoneName()) || r.Data.Type() != r.Type {
				t.Errorf("got reading %+v among %+v", r, all)
			}
			// What a record is read as can be sent, and is read as the same again.
			sent, err := encodeCreate(r, zoneName())
			if err != nil {
				continue
			}
			back := decode(t, string(sent))
			if !slices.ContainsFunc(back, func(b diff.Live) bool { return b.Unreadable == "" && b.Record == r }) {
				t.Errorf("%s: got %+v back, want %+v", sent, back, r)
			}
		}
	})
}
