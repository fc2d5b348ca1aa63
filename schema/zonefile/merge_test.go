package zonefile

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/schema"
)

// TestFaultA1Merges reads merges of every kind as octoDNS 1.22 does, whose readings these
// are, or refuses them where YAML's own merge differs.
func TestFaultA1Merges(t *testing.T) {
	const anchors = `
b: &b {ttl: 60, type: A, value: 192.0.2.1}
c: &c {ttl: 70, type: A, value: 192.0.2.3}
t: {type: A, value: 192.0.2.4, octodns: {x: &t {ttl: 80}}}
`
	const (
		b, c  = "60 A 192.0.2.1", "70 A 192.0.2.3"
		moved = "move the << up"
		twice = "<< merges key"
		other = "<< merges something that is not a mapping"
	)
	for _, test := range []struct{ y, want, refused string }{
		{"{type: A, value: 192.0.2.2, <<: *b}", "", moved},
		{"\n  type: A\n  value: 192.0.2.2\n  <<: *b", "", moved},
		{"\n  <<: *b\n  type: A\n  value: 192.0.2.2", "60 A 192.0.2.2", ""},
		{"\n  value: 192.0.2.2\n  type: A\n  <<: {ttl: 5}", "5 A 192.0.2.2", ""},
		{"{type: A, <<: *b}", b, ""}, // before, but alike
		{"{type: A, <<: {ttl: 60}, value: 192.0.2.1, <<: *b}", b, ""},
		{"{<<: [*b, *c]}", b, ""},
		{"{<<: [*c, *b]}", c, ""},
		{"{<<: [*t, *b]}", "80 A 192.0.2.1", ""},
		{"{<<: [*t, *b], ttl: 90}", "90 A 192.0.2.1", ""},
		{"{ttl: 90, <<: [*t, *b]}", "", moved},
		{"{<<: *b, <<: *c}", "", twice},
		{"{<<: *b, <<: *c, ttl: 1, value: 192.0.2.9}", "1 A 192.0.2.9", ""},
		{"{<<: *b, <<: *b}", b, ""},
		{"{<<: *b, <<: [*b, *c]}", b, ""},
		{"{<<: *b, <<: {ttl: 60, type: A}}", b, ""},
		{"{<<: {<<: *b, ttl: 5}}", "5 A 192.0.2.1", ""},
		{"{<<: {ttl: 5, <<: *b}}", "", moved},
		{"{<<: {ttl: 5, <<: *b}, ttl: 6}", "", moved}, // what is merged cannot be read itself
		{"{<<: [{<<: *b, ttl: 5}, *c]}", "5 A 192.0.2.1", ""},
		{"{<<: [[*b]]}", "", other},
		{"{<<: [*b, x]}", "", other},
		{"{<<: ~, type: A, value: 192.0.2.1}", "", other},
		{"{<<: '', type: A, value: 192.0.2.1}", "", other},
		{"{<<: [], <<: {}, type: A, value: 192.0.2.1}", "3600 A 192.0.2.1", ""},
		{"{&m <<: *b}\nz: {*m : *c}", b, ""},
		{"{&m <<: *b}\nz: {ttl: 1, *m : *c}", "", moved},
		{"{!!merge <<: *b}", "", "tag !!merge is not known"},
		{"{!!str <<: *b}", "", "has a record without type"},
		{"{'<<': *b}", "", "has a record without type"},
		{"{<<: *y, type: A}", "", "alias *y has no anchor in this file"},
		{"&y {<<: *y, type: A}", "", "inside what it names"},
		{"&b {type: A, value: 192.0.2.1}", "", "anchor &b is defined twice, first at line 2"},
		{"{<<: !include x.yaml, type: TXT}", "5 TXT \"192.0.2.7\"", ""},
		{"{type: TXT, <<: !include x.yaml}", "", moved},
		{"{<<: [!include x.yaml, *b]}", "5 A 192.0.2.7", ""},
		{"{<<: [*b, !include x.yaml]}", b, ""},
		{"{<<: !include x.yaml, <<: *b}", "", twice},
	} {
		fsys := fstest.MapFS{
			"example.com.yaml": {Data: []byte(anchors + "y: " + test.y + "\n")},
			"x.yaml":           {Data: []byte("{ttl: 5, type: A, value: 192.0.2.7}\n")},
			"zonetender.yaml":  {Data: []byte("exclude: [x.yaml]\n")},
		}
		z, problems := readOne(t, fsys)
		if test.refused != "" {
			if z != nil || !strings.Contains(problems.Error(), test.refused) {
				t.Errorf("%s: got zone %v and %v, want %s", test.y, z, problems, test.refused)
			}
			continue
		}
		if z == nil {
			t.Errorf("%s: got %v, want %s", test.y, problems, test.want)
			continue
		}
		y := schema.MustParseName("y.example.com")
		got, ok := z.RRset(schema.Key{Name: y, Type: schema.A})
		if !ok {
			got, _ = z.RRset(schema.Key{Name: y, Type: schema.TXT})
		}
		if diff := cmp.Diff("y.example.com. "+test.want, strings.Replace(got.String(), " IN", "", 1)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.y, diff)
		}
	}
}

// TestMergeOfTheSame merges what is written twice, but alike: no two readings.
func TestMergeOfTheSame(t *testing.T) {
	text := `
a: &a {type: MX, values: [{preference: 1, exchange: a.example.net.}, 2 b.example.net.]}
b: &b {values: [{exchange: a.example.net., preference: 1}, '2 b.example.net.'], type: MX}
c: {<<: *a, <<: *b}
`
	z, problems := readOne(t, fstest.MapFS{"example.com.yaml": {Data: []byte(text)}})
	if z == nil || len(z.RRsets()) != 3 {
		t.Error(problems)
	}
	for _, other := range []string{"[{exchange: a.example.net., preference: 2}, 2 b.example.net.]", "[2 b.example.net.]", "2 b.example.net.",
		"[{exchange: a.example.net.}, 2 b.example.net.]", "[{exchange: a.example.net., preference: 1, x: y}, 2 b.example.net.]"} {
		got := refused(t, "example.com.yaml", strings.Replace(text, "[{exchange: a.example.net., preference: 1}, '2 b.example.net.']", other, 1))
		wantPart(t, got, "<< merges key values twice with different content, at line 2 and line 3")
	}
}
