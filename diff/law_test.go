package diff

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zonetender/zonetender/schema"
)

var apex = schema.MustParseName("example.com")

// equate lets go-cmp compare the values of schema, which compare with ==.
var equate = cmp.Options{
	cmp.Comparer(func(a, b schema.Name) bool { return a == b }),
	cmp.Comparer(func(a, b schema.RDATA) bool { return a == b }),
	cmpopts.EquateComparable(schema.Record{}),
	cmp.AllowUnexported(Change{}),
}

// world makes zones out of few names and values, so that they meet often.
type world struct{ *rand.Rand }

func (w world) name() schema.Name {
	names := []string{"example.com", "a.example.com", "b.example.com", "c.example.com", "*.example.com", "x.a.example.com"}
	return schema.MustParseName(names[w.IntN(len(names))])
}

func (w world) data(t schema.Type) schema.RDATA {
	pick := func(texts ...string) schema.RDATA {
		d, _, err := schema.ParseRDATA(t, texts[w.IntN(len(texts))], schema.Origin{Zone: apex, Relative: true})
		if err != nil {
			panic(err)
		}
		return d
	}
	switch t {
	case schema.A:
		return pick("192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.10")
	case schema.AAAA:
		return pick("2001:db8::1", "2001:db8::2")
	case schema.CAA:
		return pick(`0 issue "a.example"`, `0 issue "b.example"`, `128 iodef "mailto:a@b.example"`)
	case schema.MX:
		return pick("10 a", "20 a", "10 b", "20 b", "30 mail.example.net.")
	case schema.SRV:
		return pick("10 5 5060 a", "20 5 5060 a", "10 5 5061 b", "10 5 5060 sip.example.net.")
	case schema.TXT:
		return pick("v=spf1 -all", "v=spf1 mx -all", "token=1", "token=2", "token=3")
	}
	return pick("a", "b", "c", "x.a.example.com.", "ns1.example.net.", "ns2.example.net.")
}

// records draws records that can be served together: a CNAME stands alone, and not
// at the apex. With copies, a record may stand there more than once.
func (w world) records(oneTTL, copies bool) []schema.Record {
	var out []schema.Record
	ttls := make(map[schema.Key]schema.TTL)
	for range w.IntN(14) {
		types := schema.Types()
		r := schema.Record{Name: w.name(), Type: types[w.IntN(len(types))], TTL: schema.TTL(300 * (1 + w.IntN(2)))}
		r.Data = w.data(r.Type)
		if oneTTL {
			if ttl, ok := ttls[r.Key()]; ok {
				r.TTL = ttl
			}
			ttls[r.Key()] = r.TTL
		}
		// Pointing forward only, CNAMEs make no loop.
		if r.Type == schema.CNAME && (r.Name == apex || r.Data.Host().Compare(r.Name) <= 0) {
			continue
		}
		clash := slices.ContainsFunc(out, func(o schema.Record) bool {
			return o.Name == r.Name && (o.Type == schema.CNAME || r.Type == schema.CNAME) ||
				o.Key() == r.Key() && o.Data == r.Data && !copies
		})
		if clash {
			continue
		}
		if _, problems := declare(append(out, r)); oneTTL && len(problems.Errors()) > 0 {
			continue
		}
		out = append(out, r)
	}
	return out
}

func (w world) desired() *schema.Zone { return zoneOf(w.records(true, false)) }

// zoneOf makes a desired zone of records that share a TTL by RRset.
func zoneOf(records []schema.Record) *schema.Zone {
	z, problems := declare(records)
	if z == nil {
		panic(problems)
	}
	return z
}

func declare(records []schema.Record) (*schema.Zone, schema.Problems) {
	d := schema.Declaration{Name: apex, File: "example.com.yaml", Manage: schema.ManageAll}
	records = slices.Clone(records)
	slices.SortFunc(records, schema.Record.Compare)
	for i, r := range records {
		if i == 0 || records[i-1].Key() != r.Key() {
			d.RRsets = append(d.RRsets, schema.RRset{Name: r.Name, Type: r.Type, TTL: r.TTL})
		}
		s := &d.RRsets[len(d.RRsets)-1]
		s.Values = append(s.Values, schema.Value{Data: r.Data, Pos: schema.Position{File: d.File, Line: i + 1, Col: 1}})
	}
	return schema.NewZone(d)
}

func (w world) live(copies bool) LiveZone {
	z := LiveZone{ID: "zone-1", Name: apex}
	for i, r := range w.records(false, copies) {
		z.Records = append(z.Records, liveOf(fmt.Sprintf("rec-%d", i), r))
	}
	return z
}

func liveOf(id string, r schema.Record) Live {
	l := Live{ID: id, Record: r, Value: carried(r.Data)}
	if r.Type.HasPriority() {
		p := int(r.Data.Priority())
		l.Priority = &p
	}
	return l
}

// service is a name service that obeys calls only where a strict one would.
type service struct {
	t       *testing.T
	records map[string]schema.Record
	next    int
}

func serve(t *testing.T, z LiveZone) *service {
	s := &service{t: t, records: make(map[string]schema.Record)}
	for _, l := range z.Records {
		s.records[l.ID] = l.Record
	}
	return s
}

func (s *service) do(c Change) {
	s.t.Helper()
	old, found := s.records[c.Before.ID]
	if c.Action != Create && (!found || old != c.Before.Record) {
		s.t.Fatalf("%s %s: record %q is %v, the plan says %v", c.Action, c.Name, c.Before.ID, old, c.Before.Record)
	}
	delete(s.records, c.Before.ID)
	if c.Action == Delete {
		return
	}
	if c.Action == Update && (c.After.Key() != old.Key()) {
		s.t.Fatalf("update of %v changes its name or type to %v", old, c.After)
	}
	for _, o := range s.records {
		if o.Name == c.Name && (o.Type == schema.CNAME) != (c.Type == schema.CNAME) {
			s.t.Fatalf("%s %s %s beside %s", c.Action, c.Name, c.Type, o.Type)
		}
		if o.Key() == c.After.Key() && (o.Data == c.After.Data || o.Type == schema.CNAME) {
			s.t.Fatalf("%s %v: a record with this data is there already", c.Action, c.After)
		}
	}
	id := c.Before.ID
	if c.Action == Create {
		s.next++
		id = fmt.Sprintf("new-%d", s.next)
	}
	s.records[id] = c.After
}

func (s *service) zone() LiveZone {
	z := LiveZone{ID: "zone-1", Name: apex}
	for id, r := range s.records {
		z.Records = append(z.Records, liveOf(id, r))
	}
	return z
}

func (s *service) has(keep func(schema.Record) bool) bool {
	for _, r := range s.records {
		if keep(r) {
			return true
		}
	}
	return false
}

const rounds = 6000

func TestApplyGivesDesired(t *testing.T) {
	w := world{rand.New(rand.NewPCG(1, 1))}
	for range rounds {
		desired, live := declareApexNS(w.desired()), w.live(w.IntN(2) == 0)
		plan := Zone(desired, live, nil)
		s := serve(t, live)
		for _, c := range plan.Changes {
			s.do(c)
		}
		var want []schema.Record
		for _, set := range desired.RRsets() {
			for _, v := range set.Values {
				want = append(want, set.Record(v))
			}
		}
		got := s.sorted()
		slices.SortFunc(want, schema.Record.Compare)
		if !slices.Equal(got, want) {
			t.Fatalf("desired and served differ:\n%s", cmp.Diff(want, got, equate))
		}
		if again := Zone(desired, s.zone(), nil); len(again.Changes) != 0 || again.Action != None {
			t.Fatalf("second plan: %v, want none", again.Changes)
		}
	}
}

func (s *service) sorted() []schema.Record {
	var out []schema.Record
	for _, r := range s.records {
		out = append(out, r)
	}
	slices.SortFunc(out, schema.Record.Compare)
	return out
}

// declareApexNS makes the zone speak for its apex NS, so that nothing is left out.
func declareApexNS(z *schema.Zone) *schema.Zone {
	if z.DeclaresApexNS() {
		return z
	}
	var records []schema.Record
	for _, s := range z.RRsets() {
		for _, v := range s.Values {
			records = append(records, s.Record(v))
		}
	}
	ns := schema.NewNS(schema.MustParseName("ns1.example.net"))
	return zoneOf(append(records, schema.Record{Name: apex, Type: schema.NS, TTL: 300, Data: ns}))
}

// TestNoPlanHasFewerCalls counts, by RRset, what is missing and what is too much:
// one call can mend at most one of each.
func TestNoPlanHasFewerCalls(t *testing.T) {
	w := world{rand.New(rand.NewPCG(2, 2))}
	for range rounds {
		desired, live := declareApexNS(w.desired()), w.live(true)
		balance := make(map[schema.Record]int)
		for _, s := range desired.RRsets() {
			for _, v := range s.Values {
				balance[s.Record(v)]++
			}
		}
		for _, l := range live.Records {
			balance[l.Record]--
		}
		missing, extra := make(map[schema.Key]int), make(map[schema.Key]int)
		keys := make(map[schema.Key]bool)
		for r, n := range balance {
			keys[r.Key()] = true
			missing[r.Key()] += max(n, 0)
			extra[r.Key()] += max(-n, 0)
		}
		want := 0
		for k := range keys {
			want += max(missing[k], extra[k])
		}
		if got := len(Zone(desired, live, nil).Changes); got != want {
			t.Fatalf("plan has %d calls, want %d", got, want)
		}
	}
}

func TestShuffledInputGivesTheSamePlan(t *testing.T) {
	w := world{rand.New(rand.NewPCG(3, 3))}
	text := func(z ZonePlan) string {
		var b bytes.Buffer
		p := NewPlan(PlanSpec{Zones: []ZonePlan{z}})
		if err := p.JSON(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for range rounds / 10 {
		desired, live := w.desired(), w.live(true)
		want := text(Zone(desired, live, nil))
		w.Shuffle(len(live.Records), func(i, j int) {
			live.Records[i], live.Records[j] = live.Records[j], live.Records[i]
		})
		if got := text(Zone(desired, live, nil)); got != want {
			t.Fatalf("plans differ:\n%s", cmp.Diff(want, got))
		}
	}
}

// TestNamesKeepAnswering applies plans call by call: a name that answers before and
// after does so in between, but for the moment in which a CNAME takes over or goes.
func TestNamesKeepAnswering(t *testing.T) {
	w := world{rand.New(rand.NewPCG(4, 4))}
	for round := range rounds {
		desired, live := declareApexNS(w.desired()), w.live(false)
		plan := Zone(desired, live, nil)
		s := serve(t, live)
		after := make(map[schema.Key]bool)
		for _, set := range desired.RRsets() {
			after[set.Key()] = true
		}
		before := make(map[schema.Key]bool)
		for _, l := range live.Records {
			before[l.Record.Key()] = true
		}
		for c := range w.calls(plan, atOnce(round)) {
			s.do(c)
			k := schema.Key{Name: c.Name, Type: c.Type}
			if before[k] && after[k] && !s.has(func(r schema.Record) bool { return r.Key() == k }) {
				t.Fatalf("%v is gone after %s, though it is there before and after", k, c.Action)
			}
		}
	}
}

// resolves reports whether a query for the name finds anything: records of its own, or a
// wildcard's where the name does not exist (RFC 4592 section 3.3).
func (s *service) resolves(n schema.Name) bool {
	exists := func(n schema.Name) bool { return s.has(func(r schema.Record) bool { return r.Name.In(n) }) }
	owns := func(n schema.Name) bool { return s.has(func(r schema.Record) bool { return r.Name == n }) }
	if exists(n) {
		return owns(n)
	}
	for !exists(n) && n != apex {
		n = n.Parent()
	}
	return owns(n.Wildcard())
}

// No name that answers before and after a plan is silent in between, but within a swap,
// whose calls are made back to back. Where a wildcard answers for it, before or after, it
// may be: what comes or goes above or below the name decides whether the wildcard does.
func TestFaultD1NoNameGoesDark(t *testing.T) {
	w := world{rand.New(rand.NewPCG(7, 7))}
	names := []schema.Name{apex}
	for _, n := range []string{"a", "b", "c", "x.a", "y.b", "z"} {
		names = append(names, schema.MustParseName(n+".example.com"))
	}
	for round := range rounds {
		desired, live := declareApexNS(w.desired()), w.live(false)
		plan := Zone(desired, live, nil)
		s := serve(t, live)
		before, dark := map[schema.Name]bool{}, map[schema.Name]int{}
		for _, n := range names {
			before[n] = s.resolves(n)
			own := s.has(func(r schema.Record) bool { return r.Name == n }) &&
				slices.ContainsFunc(desired.RRsets(), func(set schema.RRset) bool { return set.Name == n })
			for _, c := range plan.Changes {
				aside := c.Name == n || c.Name == apex || !c.Name.In(n) && !n.In(c.Name)
				before[n] = before[n] && (own || aside)
			}
		}
		var made []string
		for c, inSwap := range w.calls(plan, atOnce(round)) {
			s.do(c)
			made = append(made, c.Words(apex))
			for _, n := range names {
				if before[n] && dark[n] == 0 && !inSwap && !s.resolves(n) {
					dark[n] = len(made)
				}
			}
		}
		for n, i := range dark {
			if s.resolves(n) {
				t.Fatalf("%s is silent after call %d of %q, the plan being %q", n, i, made, lines(plan))
			}
		}
	}
}

// The case that was found: a creation waits for another name, while its own name's old
// records are deleted first.
func TestFaultD1CreationThatWaits(t *testing.T) {
	have, want := []string{"a 60 TXT t"}, []string{"a 60 MX 20 z", "z 60 A 192.0.2.1"}
	for i := range 12 {
		have = append(have, fmt.Sprintf("h%d 60 A 192.0.2.1", i))
	}
	plan := Zone(wantZone(t, append(want, have[1:]...)...), liveZone(t, have...), nil)
	calls := []string{
		"create z A 192.0.2.1  ttl 60", "create a MX 20 z.example.com.  ttl 60", `delete a TXT "t"  ttl 60`,
	}
	if d := cmp.Diff(calls, lines(plan)); d != "" {
		t.Errorf("calls (-want +got):\n%s", d)
	}
}

// Waits that form a circle: what keeps a name answering is never given up.
func TestFaultD1Circles(t *testing.T) {
	for _, test := range []struct {
		name       string
		have, want []string
		calls      []string
	}{
		{"a mail host becomes a service while its target becomes an alias",
			[]string{"m 60 MX 10 n", "n 60 A 192.0.2.1"}, []string{"m 60 SRV 1 2 3 n", "n 60 CNAME www.example.net."},
			[]string{"create m SRV 1 2 3 n.example.com.  ttl 60", "delete m MX 10 n.example.com.  ttl 60", "delete n A 192.0.2.1  ttl 60", "create n CNAME www.example.net.  ttl 60"}},
		{"two new mail hosts of each other",
			nil, []string{"a 60 MX 10 b", "a 60 A 192.0.2.1", "b 60 MX 10 a", "b 60 A 192.0.2.2"},
			[]string{"create a A 192.0.2.1  ttl 60", "create b A 192.0.2.2  ttl 60", "create a MX 10 b.example.com.  ttl 60", "create b MX 10 a.example.com.  ttl 60"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			plan := Zone(wantZone(t, test.want...), liveZone(t, test.have...), nil)
			if d := cmp.Diff(test.calls, lines(plan)); d != "" {
				t.Errorf("calls (-want +got):\n%s", d)
			}
		})
	}
}
