package diff

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/schematest"
)

func TestAdoptedZoneHasAnEmptyPlan(t *testing.T) {
	w := world{rand.New(rand.NewPCG(6, 6))}
	for range rounds / 4 {
		live := LiveZone{ID: "zone-1", Name: apex}
		for i, r := range w.records(true, false) {
			live.Records = append(live.Records, liveOf(string(rune('a'+i)), r))
		}
		d, _ := Adopt(live)
		if plan := Zone(schematest.Valid(t, d), live, nil); plan.Action != None {
			t.Fatalf("plan after adoption: %q", lines(plan))
		}
	}
}

func TestAdoptSaysWhatItLeavesOut(t *testing.T) {
	live := liveZone(t, "@ 60 NS ns1.vps.org.", "www 60 A 192.0.2.1", "www 300 A 192.0.2.2", "old 60 TXT x", "old 60 TXT x")
	live.Records = append(live.Records,
		Live{ID: "s", Record: schema.Record{Name: apex, Type: schema.SOA}, Value: "soa"},
		Live{ID: "p", Record: schema.Record{Name: schema.MustParseName("p.example.com"), Type: "PTR"}, Value: "x."},
		Live{ID: "t", Record: schema.Record{Name: apex, Type: schema.TXT, Data: schema.NewTXT("a\tb")}, Value: "a\tb"},
		Live{ID: "m", Record: schema.Record{Name: apex, Type: schema.MX}, Value: "mail", Unreadable: "no priority"})
	z, notes := Adopt(live)
	var keys []string
	for _, s := range z.RRsets {
		keys = append(keys, s.Name.Relative(apex)+" "+string(s.Type))
	}
	if d := cmp.Diff([]string{"old TXT", "www A"}, keys); d != "" {
		t.Errorf("RRsets (-want +got):\n%s", d)
	}
	want := []string{
		`@ MX "mail" is left out: its value cannot be read: no priority; a plan would delete it`,
		`@ NS "ns1.vps.org" is left out: it is the service's own`,
		`@ SOA "soa" is left out: it is the service's own`,
		`@ TXT "a\tb" is left out: no zone file can declare it: TXT contains the control character '\t' at octet 2, expected text; a plan would delete it`,
		`old TXT: a record is there twice and is written once; a plan would delete the copy`,
		`p PTR "x." is left out: the type is not managed`,
		`www A: its records have different TTLs; the lowest is written, and a plan would change the others`,
	}
	if d := cmp.Diff(strings.Join(want, "\n"), strings.Join(notes, "\n")); d != "" {
		t.Errorf("notes (-want +got):\n%s", d)
	}
}
