package diff

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/schematest"
)

// rec reads "name ttl TYPE rdata", with the name relative to example.com.
func rec(t testing.TB, text string) schema.Record {
	t.Helper()
	f := strings.SplitN(text, " ", 4)
	name, _, err := schema.ParseOwner(f[0], apex)
	if err != nil {
		t.Fatal(err)
	}
	ttl, err := schema.ParseTTL(f[1])
	if err != nil {
		t.Fatal(err)
	}
	data, _, err := schema.ParseRDATA(schema.Type(f[2]), f[3], schema.Origin{Zone: apex, Relative: true})
	if err != nil {
		t.Fatal(err)
	}
	return schema.Record{Name: name, Type: schema.Type(f[2]), TTL: ttl, Data: data}
}

func wantZone(t testing.TB, texts ...string) *schema.Zone {
	t.Helper()
	var records []schema.Record
	for _, text := range texts {
		records = append(records, rec(t, text))
	}
	return zoneOf(records)
}

func liveZone(t testing.TB, texts ...string) LiveZone {
	t.Helper()
	z := LiveZone{ID: "zone-1", Name: apex}
	for i, text := range texts {
		z.Records = append(z.Records, liveOf(fmt.Sprintf("rec-%d", i+1), rec(t, text)))
	}
	return z
}

// tuned makes the zone anew after its declaration was changed.
func tuned(t testing.TB, z *schema.Zone, change func(*schema.Declaration)) *schema.Zone {
	t.Helper()
	d := z.Declaration()
	change(&d)
	return schematest.Valid(t, d)
}

// lines tells a plan's changes in words, in the order in which they are made.
func lines(p ZonePlan) []string {
	var out []string
	for _, c := range p.Changes {
		out = append(out, c.Words(p.Zone))
	}
	return out
}

func TestOrder(t *testing.T) {
	for _, test := range []struct {
		name       string
		want, have []string
		order      []string
	}{
		{"a target comes before what points at it",
			[]string{"a 60 CNAME z", "z 60 A 192.0.2.1", "b 60 MX 10 y", "y 60 AAAA 2001:db8::1"}, nil,
			[]string{
				"create y AAAA 2001:db8::1  ttl 60",
				"create b MX 10 y.example.com.  ttl 60",
				"create z A 192.0.2.1  ttl 60",
				"create a CNAME z.example.com.  ttl 60",
			}},
		{"a target goes after what pointed at it",
			[]string{"x 60 CNAME b", "b 60 A 192.0.2.2"},
			[]string{"x 60 CNAME a", "a 60 A 192.0.2.1", "c 60 SRV 1 1 1 a"},
			[]string{
				"create b A 192.0.2.2  ttl 60",
				"delete c SRV 1 1 1 a.example.com.  ttl 60",
				"update x CNAME a.example.com. -> b.example.com.",
				"delete a A 192.0.2.1  ttl 60",
			}},
		{"within a name create, update, delete",
			[]string{"w 60 A 192.0.2.1", "w 60 TXT new", "w 60 AAAA 2001:db8::2"},
			[]string{"w 60 A 192.0.2.9", "w 60 CAA 0 issue \"a.example\"", "w 60 AAAA 2001:db8::2"},
			[]string{
				`create w TXT "new"  ttl 60`,
				"update w A 192.0.2.9 -> 192.0.2.1",
				`delete w CAA 0 issue "a.example"  ttl 60`,
			}},
		{"a CNAME that comes needs the deletions first",
			[]string{"w 60 CNAME z"},
			[]string{"w 60 A 192.0.2.1", "w 60 TXT old"},
			[]string{
				"delete w A 192.0.2.1  ttl 60",
				`delete w TXT "old"  ttl 60`,
				"create w CNAME z.example.com.  ttl 60",
			}},
		{"a CNAME that goes is deleted first",
			[]string{"w 60 A 192.0.2.1", "w 60 MX 10 mail.example.net."},
			[]string{"w 60 CNAME z"},
			[]string{
				"delete w CNAME z.example.com.  ttl 60",
				"create w A 192.0.2.1  ttl 60",
				"create w MX 10 mail.example.net.  ttl 60",
			}},
		{"names that name each other as mail servers do not go round in circles",
			[]string{"a 60 A 192.0.2.1", "a 60 MX 10 b", "b 60 A 192.0.2.2", "b 60 MX 10 a"}, nil,
			[]string{
				"create a A 192.0.2.1  ttl 60",
				"create b A 192.0.2.2  ttl 60",
				"create a MX 10 b.example.com.  ttl 60",
				"create b MX 10 a.example.com.  ttl 60",
			}},
		{"what points at its own name goes before what it points at",
			[]string{"@ 60 TXT x"}, []string{"@ 60 TXT x", "w 60 A 192.0.2.1", "w 60 SRV 1 1 1 w"},
			[]string{
				"delete w SRV 1 1 1 w.example.com.  ttl 60",
				"delete w A 192.0.2.1  ttl 60",
			}},
		{"swaps in a circle end",
			[]string{"a 60 A 192.0.2.1", "a 60 MX 10 b", "b 60 A 192.0.2.2", "b 60 MX 10 a"},
			[]string{"a 60 CNAME x.example.net.", "b 60 CNAME y.example.net."},
			[]string{
				"delete a CNAME x.example.net.  ttl 60",
				"create a A 192.0.2.1  ttl 60",
				"create a MX 10 b.example.com.  ttl 60",
				"delete b CNAME y.example.net.  ttl 60",
				"create b A 192.0.2.2  ttl 60",
				"create b MX 10 a.example.com.  ttl 60",
			}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := lines(Zone(wantZone(t, test.want...), liveZone(t, test.have...), nil))
			if d := cmp.Diff(test.order, got); d != "" {
				t.Errorf("order (-want +got):\n%s", d)
			}
		})
	}
}

// TestPointersNeverDangle applies plans call by call: what points at another name of
// the zone, and finds it answering in the end, finds it answering all the time.
func TestPointersNeverDangle(t *testing.T) {
	w := world{rand.New(rand.NewPCG(5, 5))}
	for round := range rounds {
		desired, live := declareApexNS(w.desired()), w.live(false)
		plan := Zone(desired, live, nil)
		swapped := make(map[schema.Name]bool)
		for _, c := range plan.Changes {
			swapped[c.Name] = swapped[c.Name] || c.Swap
		}
		s := serve(t, live)
		answers := func(n schema.Name) bool {
			return s.has(func(r schema.Record) bool { return r.Name == n && Change{Type: r.Type}.Answers() })
		}
		dangling := make(map[schema.Record]bool)
		note := func() {
			for _, r := range s.records {
				if h := r.Data.Host(); h.In(apex) && !answers(h) {
					r.TTL = 0
					dangling[r] = true
				}
			}
		}
		note()
		before := dangling
		dangling = make(map[schema.Record]bool)
		for c := range w.calls(plan, atOnce(round)) {
			s.do(c)
			if !c.Swap {
				note()
			}
		}
		during := dangling
		dangling = make(map[schema.Record]bool)
		note()
		for r := range during {
			if h := r.Data.Host(); h != r.Name && !before[r] && !dangling[r] && !swapped[h] && !swapped[r.Name] {
				t.Fatalf("%v dangles for a while in %q", r, lines(plan))
			}
		}
	}
}

func TestNaturalPairs(t *testing.T) {
	for _, test := range []struct {
		name       string
		want, have []string
		calls      []string
	}{
		{"an MX keeps its exchange before its preference",
			[]string{"@ 60 MX 20 a", "@ 60 MX 10 c"},
			[]string{"@ 60 MX 10 a", "@ 60 MX 20 b"},
			[]string{
				"update @ MX 10 a.example.com. -> 20 a.example.com.",
				"update @ MX 20 b.example.com. -> 10 c.example.com.",
			}},
		{"a TTL alone is an update",
			[]string{"@ 300 A 192.0.2.1"}, []string{"@ 60 A 192.0.2.1"},
			[]string{"update @ A 192.0.2.1  ttl 60 -> 300"}},
		{"an edited SPF is not mixed up with a token",
			[]string{"@ 60 TXT v=spf1 mx -all", "@ 60 TXT token=9"},
			[]string{"@ 60 TXT v=spf1 -all", "@ 60 TXT token=1", "@ 60 TXT old"},
			[]string{
				`update @ TXT "token=1" -> "token=9"`,
				`update @ TXT "v=spf1 -all" -> "v=spf1 mx -all"`,
				`delete @ TXT "old"  ttl 60`,
			}},
		{"an extra copy goes, and before the update of the other",
			[]string{"@ 300 A 192.0.2.1"}, []string{"@ 60 A 192.0.2.1", "@ 60 A 192.0.2.1"},
			[]string{"delete @ A 192.0.2.1  ttl 60", "update @ A 192.0.2.1  ttl 60 -> 300"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := lines(Zone(wantZone(t, test.want...), liveZone(t, test.have...), nil))
			if d := cmp.Diff(test.calls, got); d != "" {
				t.Errorf("calls (-want +got):\n%s", d)
			}
		})
	}
}

// manyChanges makes a zone in which all n records change, with pointers among them.
func manyChanges(t testing.TB, n int) (*schema.Zone, LiveZone) {
	var want, have []schema.Record
	for i := range n / 2 {
		target := fmt.Sprintf("t%d", i%(n/4))
		want = append(want,
			rec(t, fmt.Sprintf("h%d 60 A 192.0.2.%d", i, i%250)),
			rec(t, fmt.Sprintf("c%d 60 CNAME h%d", i, n/2-1-i)))
		have = append(have,
			rec(t, fmt.Sprintf("h%d 60 A 198.51.100.%d", i, i%250)),
			rec(t, fmt.Sprintf("c%d 60 CNAME %s", i, target)))
	}
	live := LiveZone{ID: "zone-1", Name: apex}
	for i, r := range have {
		live.Records = append(live.Records, liveOf(fmt.Sprintf("rec-%d", i), r))
	}
	return zoneOf(want), live
}

func BenchmarkZone(b *testing.B) {
	for _, n := range []int{50, 20000} {
		b.Run(fmt.Sprintf("unchanged=%d", n), func(b *testing.B) {
			want, _ := manyChanges(b, n)
			live := asLive(want)
			rand.New(rand.NewPCG(1, 2)).Shuffle(n, func(i, j int) {
				live.Records[i], live.Records[j] = live.Records[j], live.Records[i]
			})
			b.ReportAllocs()
			for b.Loop() {
				if p := Zone(want, live, nil); p.Unchanged != n {
					b.Fatalf("%d records unchanged, want %d", p.Unchanged, n)
				}
			}
		})
	}
	for _, n := range []int{1000, 20000} {
		b.Run(fmt.Sprintf("changes=%d", n), func(b *testing.B) {
			want, live := manyChanges(b, n)
			b.ReportAllocs()
			for b.Loop() {
				Zone(want, live, nil)
			}
		})
	}
}

func TestManyChangesAreNearLinear(t *testing.T) {
	planned := func(want *schema.Zone, live LiveZone, n int) func() {
		return func() {
			if got := len(Zone(want, live, nil).Changes); got != n {
				t.Errorf("%d changes, want %d", got, n)
			}
		}
	}
	schematest.NearLinear(t, 20000, func(n int) func() {
		want, live := manyChanges(t, n)
		return planned(want, live, n)
	})
	// One RRset with as many values, none alike.
	schematest.NearLinear(t, 10000, func(n int) func() {
		var one []schema.Record
		many := LiveZone{ID: "zone-1", Name: apex}
		for i := range n {
			one = append(one, rec(t, fmt.Sprintf("@ 60 TXT new-%d", i)))
			many.Records = append(many.Records, liveOf(fmt.Sprint(i), rec(t, fmt.Sprintf("@ 60 TXT %d-old", i))))
		}
		return planned(zoneOf(one), many, n)
	})
}
