package diff

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/schematest"
)

// numbered returns n records "hI 60 A 192.0.2.I", and n of them with another value
// where changed says so.
func numbered(n int, changed func(int) bool) []string {
	var out []string
	for i := range n {
		value := fmt.Sprintf("192.0.2.%d", i)
		if changed != nil && changed(i) {
			value = fmt.Sprintf("198.51.100.%d", i)
		}
		out = append(out, fmt.Sprintf("h%d 60 A %s", i, value))
	}
	return out
}

func guards(refusals []Refusal) string {
	var names []string
	for _, r := range refusals {
		names = append(names, string(r.Guard))
	}
	return strings.Join(names, ",")
}

func TestGuards(t *testing.T) {
	for _, test := range []struct {
		name       string
		want, have []string
		safety     schema.Safety
		refused    string
	}{
		{name: "3 of 10 deleted", want: numbered(7, nil), have: numbered(10, nil)},
		{name: "4 of 10 deleted", want: numbered(6, nil), have: numbered(10, nil), refused: "deletes"},
		{name: "4 of 10 deleted, raised by share", want: numbered(6, nil), have: numbered(10, nil),
			safety: schema.Safety{MaxDeletes: schema.Percent(40)}},
		{name: "4 of 10 deleted, raised by number", want: numbered(6, nil), have: numbered(10, nil),
			safety: schema.Safety{MaxDeletes: schema.Count(4)}},
		{name: "5 of 10 deleted, limit 4", want: numbered(5, nil), have: numbered(10, nil),
			safety: schema.Safety{MaxDeletes: schema.Count(4)}, refused: "deletes"},
		{name: "2 of 3 deleted", want: numbered(1, nil), have: numbered(3, nil)},
		{name: "3 of 4 deleted", want: numbered(1, nil), have: numbered(4, nil), refused: "deletes"},
		{name: "4 of 8 deleted", want: numbered(4, nil), have: numbered(8, nil)},
		{name: "5 of 9 deleted", want: numbered(4, nil), have: numbered(9, nil), refused: "deletes"},
		{name: "4 of 9 deleted, raised to less than a small zone may", want: numbered(5, nil), have: numbered(9, nil),
			safety: schema.Safety{MaxDeletes: schema.Percent(40)}},
		{name: "1 of 9 deleted, none allowed", want: numbered(8, nil), have: numbered(9, nil),
			safety: schema.Safety{MaxDeletes: schema.Count(0)}, refused: "deletes"},
		{name: "3 of 10 changed", want: numbered(10, func(i int) bool { return i < 3 }), have: numbered(10, nil)},
		{name: "4 of 10 changed", want: numbered(10, func(i int) bool { return i < 4 }), have: numbered(10, nil), refused: "updates"},
		{name: "all of 9 changed", want: numbered(9, func(int) bool { return true }), have: numbered(9, nil)},
		{name: "all of 12 changed in TTL alone", want: retimed(numbered(12, nil)), have: numbered(12, nil)},
		{name: "all of one deleted", want: nil, have: numbered(1, nil), refused: "empty"},
		{name: "all but apex NS deleted", want: []string{"@ 60 NS ns1.example.net."},
			have: []string{"@ 60 NS ns1.example.net.", "www 60 A 192.0.2.1"}, refused: "empty"},
		{name: "nothing live, nothing wanted"},
		{name: "apex MX gone", want: []string{"@ 60 A 192.0.2.1"},
			have: []string{"@ 60 A 192.0.2.1", "@ 60 MX 10 mail"}, refused: "protected"},
		{name: "apex MX changed", want: []string{"@ 60 A 192.0.2.1", "@ 60 MX 0 ."},
			have: []string{"@ 60 A 192.0.2.1", "@ 60 MX 10 mail"}},
		{name: "MX elsewhere gone", want: []string{"@ 60 A 192.0.2.1"},
			have: []string{"@ 60 A 192.0.2.1", "w 60 MX 10 mail"}},
		{name: "apex NS undeclared", want: []string{"@ 60 A 192.0.2.1"},
			have: []string{"@ 60 A 192.0.2.1", "@ 60 NS ns1.vps.org."}},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := wantZone(t, test.want...)
			want = tuned(t, want, func(d *schema.Declaration) { d.Safety = test.safety })
			plan := Zone(want, liveZone(t, test.have...), nil)
			if got := guards(plan.Blocked); got != test.refused {
				t.Errorf("refused by %q, want %q (%v)", got, test.refused, plan.Blocked)
			}
			if got, want := plan.Approval != "", test.refused != ""; got != want {
				t.Errorf("approval %q", plan.Approval)
			}
			for _, r := range plan.Blocked {
				if r.Message == "" || !strings.Contains(r.Message, "approve") {
					t.Errorf("message %q does not say how to go on", r.Message)
				}
			}
		})
	}
}

func retimed(texts []string) []string {
	var out []string
	for _, s := range texts {
		out = append(out, strings.Replace(s, " 60 ", " 300 ", 1))
	}
	return out
}

func TestIncompleteIsNeverLifted(t *testing.T) {
	live := liveZone(t, numbered(5, nil)...)
	live.Partial = "count says 9 records, 5 arrived"
	same := Zone(wantZone(t, numbered(5, nil)...), live, nil)
	if len(same.Blocked) != 0 || len(same.Warnings) != 1 {
		t.Errorf("a partial read without changes: blocked %v, warnings %v; want a warning alone", same.Blocked, same.Warnings)
	}
	gone := schematest.Valid(t, schema.Declaration{Name: apex, Absent: true})
	for _, want := range []*schema.Zone{wantZone(t, numbered(6, nil)...), gone} {
		plan := Zone(want, live, nil)
		if got := guards(plan.Blocked); got != "incomplete" || plan.Approval != "" {
			t.Errorf("refused by %q with approval %q, want incomplete and none", got, plan.Approval)
		}
	}
}

func TestTombstone(t *testing.T) {
	gone := schematest.Valid(t, schema.Declaration{Name: apex, Absent: true})
	plan := Zone(gone, liveZone(t, numbered(4, nil)...), nil)
	if plan.Action != Delete || len(plan.Changes) != 0 || len(plan.Gone) != 4 || plan.Live != 4 || len(plan.Blocked) != 0 {
		t.Errorf("got %+v, want the zone deleted with its 4 records", plan)
	}
	if plan := Zone(gone, LiveZone{Name: apex}, nil); plan.Action != None {
		t.Errorf("a zone that is gone already: action %s, want none", plan.Action)
	}
}

func fleet(t *testing.T, zones, records, deleted int) (all []ZonePlan) {
	for i := range zones {
		z := Zone(wantZone(t, numbered(records-deleted, nil)...), liveZone(t, numbered(records, nil)...), nil)
		z.Zone = schema.MustParseName(fmt.Sprintf("z%d.example", i))
		all = append(all, z)
	}
	return all
}

func TestFleetGuard(t *testing.T) {
	for _, test := range []struct {
		name                    string
		zones, records, deleted int
		safety                  schema.Safety
		refused                 string
	}{
		{"101 deletions", 101, 40, 1, schema.Safety{}, "fleet"},
		{"100 deletions", 100, 40, 1, schema.Safety{}, ""},
		{"20 of 100 deleted", 10, 10, 2, schema.Safety{}, "fleet"},
		{"18 of 90 deleted", 9, 10, 2, schema.Safety{}, ""},
		{"20 of 200 deleted", 20, 10, 1, schema.Safety{}, ""},
		{"20 of 100 deleted, raised", 10, 10, 2, schema.Safety{MaxFleetPercent: schema.Percent(20)}, ""},
		{"101 deletions, raised", 101, 40, 1, schema.Safety{MaxFleetDeletes: schema.Count(101)}, ""},
		{"zones that are refused by themselves do not count", 50, 10, 5, schema.Safety{}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			zones := fleet(t, test.zones, test.records, test.deleted)
			p := NewPlan(PlanSpec{Zones: zones, Safety: test.safety})
			if got := guards(p.Blocked); got != test.refused {
				t.Fatalf("refused by %q, want %q (%v)", got, test.refused, p.Blocked)
			}
			if test.refused == "" {
				return
			}
			code := p.Approval
			if len(code) != approvalLength {
				t.Fatalf("approval %q, want %d digits", code, approvalLength)
			}
			p = NewPlan(PlanSpec{Zones: zones, Safety: test.safety, Approve: []string{"000000000000", code}})
			if len(p.Blocked) != 0 {
				t.Errorf("approved, but still refused: %v", p.Blocked)
			}
		})
	}
}

func TestFleetCountsTombstones(t *testing.T) {
	gone := schematest.Valid(t, schema.Declaration{Name: apex, Absent: true})
	p := NewPlan(PlanSpec{Zones: []ZonePlan{Zone(gone, liveZone(t, numbered(101, nil)...), nil)}})
	if got := guards(p.Blocked); got != "fleet" {
		t.Errorf("refused by %q, want fleet", got)
	}
}

func TestApprovalIsForOnePlan(t *testing.T) {
	live := liveZone(t, numbered(10, nil)...)
	plan := Zone(wantZone(t, numbered(6, nil)...), live, nil)
	for i := range live.Records {
		live.Records[i].ID = fmt.Sprintf("other-%d", i)
	}
	slices.Reverse(live.Records)
	same := Zone(wantZone(t, numbered(6, nil)...), live, nil)
	if same.Approval != plan.Approval {
		t.Errorf("the same plan with other ids has approval %s, want %s", same.Approval, plan.Approval)
	}
	for _, texts := range [][]string{numbered(5, nil), retimed(numbered(6, nil))} {
		if other := Zone(wantZone(t, texts...), live, nil); other.Approval == plan.Approval {
			t.Errorf("another plan has the same approval %s", other.Approval)
		}
	}
	p := NewPlan(PlanSpec{Zones: []ZonePlan{plan}, Approve: []string{plan.Approval}})
	if z := p.Zones()[0]; len(z.Blocked) != 0 || z.Approval != "" || len(z.Warnings) != 1 {
		t.Errorf("approved zone: blocked %v, approval %q, warnings %v", z.Blocked, z.Approval, z.Warnings)
	}
}

// A zone that is deleted takes every record with it, whoever owns it.
func TestTombstoneCountsWhatIsNotOurs(t *testing.T) {
	rule, err := schema.NewIgnoreRule("", []schema.Type{schema.A}, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []schema.Declaration{
		{Name: apex, Absent: true, Ignore: []schema.IgnoreRule{rule}},
		{Name: apex, Absent: true, Manage: schema.ManageDeclared},
	} {
		gone := schematest.Valid(t, d)
		live := liveZone(t, append(numbered(101, nil), "@ 60 NS ns1.vps.org.")...)
		plan := Zone(gone, live, nil)
		if plan.Live != 101 || plan.NotOurs != 101 {
			t.Errorf("%d records, %d not ours; want 101 and 101", plan.Live, plan.NotOurs)
		}
		p := NewPlan(PlanSpec{Zones: []ZonePlan{plan}})
		if got := guards(p.Blocked); got != "fleet" {
			t.Errorf("refused by %q, want fleet", got)
		}
		code := p.Approval
		live.Records = live.Records[1:]
		q := NewPlan(PlanSpec{
			Zones: []ZonePlan{Zone(gone, live, nil)}, Safety: schema.Safety{MaxFleetDeletes: schema.Count(50)}, Approve: []string{code},
		})
		if len(q.Blocked) == 0 {
			t.Error("the code approved the deletion of other records")
		}
	}
}

// Spare copies that two applies at once have left are cleaned up without a word: another
// copy of each stays.
func TestFaultD5SpareCopiesCountInNoGuard(t *testing.T) {
	have := numbered(20, nil)
	plan := Zone(wantZone(t, have...), liveZone(t, append(have, have...)...), nil)
	if len(plan.Changes) != 20 || len(plan.Blocked) != 0 {
		t.Errorf("%d changes, refused by %v, want 20 deletions and none", len(plan.Changes), plan.Blocked)
	}
	var zones []ZonePlan
	for range 6 {
		zones = append(zones, plan)
	}
	if p := NewPlan(PlanSpec{Zones: zones}); len(p.Blocked) != 0 {
		t.Errorf("the run is refused by %v", p.Blocked)
	}
	// The last copy is no spare one.
	plan = Zone(wantZone(t, have[:10]...), liveZone(t, append(have, have...)...), nil)
	if got := guards(plan.Blocked); got != "deletes" {
		t.Errorf("refused by %q, want deletes", got)
	}
}
