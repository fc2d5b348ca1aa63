package diff

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/schema"
)

func TestWhatIsNotOursStays(t *testing.T) {
	acme, err := schema.NewIgnoreRule("_acme-challenge.**", []schema.Type{schema.TXT}, "")
	if err != nil {
		t.Fatal(err)
	}
	live := liveZone(t, "@ 60 NS ns1.vps.org.", "www 60 A 192.0.2.1", "_acme-challenge.www 60 TXT token", "_acme-challenge.www 60 A 192.0.2.3")
	live.Records = append(live.Records,
		Live{ID: "soa", Record: schema.Record{Name: apex, Type: schema.SOA, TTL: 60}, Value: "ns1.vps.org. h. 1 2 3 4 5"},
		Live{ID: "ptr", Record: schema.Record{Name: schema.MustParseName("p.example.com"), Type: "PTR", TTL: 60}, Value: "x."})
	want := wantZone(t, "www 60 A 192.0.2.1")
	want = tuned(t, want, func(d *schema.Declaration) { d.Ignore = []schema.IgnoreRule{acme} })
	got := lines(Zone(want, live, nil))
	if d := cmp.Diff([]string{"delete _acme-challenge.www A 192.0.2.3  ttl 60"}, got); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
}

func TestManageDeclared(t *testing.T) {
	want := wantZone(t, "www 60 A 192.0.2.1")
	want = tuned(t, want, func(d *schema.Declaration) { d.Manage = schema.ManageDeclared })
	plan := Zone(want, liveZone(t, "www 60 A 192.0.2.2", "www 60 A 192.0.2.3", "www 60 TXT mine", "old 60 A 192.0.2.9"), nil)
	got := lines(plan)
	if d := cmp.Diff([]string{"update www A 192.0.2.2 -> 192.0.2.1", "delete www A 192.0.2.3  ttl 60"}, got); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
	if plan.Live != 2 {
		t.Errorf("%d live records are ours, want 2", plan.Live)
	}
	declared := []schema.Key{{Name: schema.MustParseName("old.example.com"), Type: schema.A}}
	got = lines(Zone(want, liveZone(t, "www 60 A 192.0.2.1", "www 60 TXT mine", "old 60 A 192.0.2.9"), declared))
	if d := cmp.Diff([]string{"delete old A 192.0.2.9  ttl 60"}, got); d != "" {
		t.Errorf("an RRset that an earlier commit declared (-want +got):\n%s", d)
	}
}

func TestConflictsWithWhatStays(t *testing.T) {
	rule, err := schema.NewIgnoreRule("", []schema.Type{schema.TXT}, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		want string
		live Live
		fine bool
	}{
		{"a CNAME beside an ignored TXT", "www 60 CNAME web", liveOf("1", rec(t, "www 60 TXT token")), false},
		{"an A beside an ignored TXT", "www 60 A 192.0.2.1", liveOf("1", rec(t, "www 60 TXT token")), true},
		{"a CNAME beside a foreign type", "www 60 CNAME web",
			Live{ID: "1", Record: schema.Record{Name: schema.MustParseName("www.example.com"), Type: "PTR"}}, false},
		{"a CNAME beside a signature", "www 60 CNAME web",
			Live{ID: "1", Record: schema.Record{Name: schema.MustParseName("www.example.com"), Type: "RRSIG"}}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := wantZone(t, test.want, "other 60 A 192.0.2.1")
			want = tuned(t, want, func(d *schema.Declaration) { d.Ignore = []schema.IgnoreRule{rule} })
			plan := Zone(want, LiveZone{ID: "zone-1", Name: apex, Records: []Live{test.live}}, nil)
			if got := plan.Error == ""; got != test.fine {
				t.Errorf("error %q", plan.Error)
			}
			if !test.fine && (len(plan.Changes) != 0 || !strings.Contains(plan.Error, "www CNAME")) {
				t.Errorf("changes %v and error %q, want no change and an error that names www CNAME", plan.Changes, plan.Error)
			}
		})
	}
}

// FaultA7: the error says what to do about a live record that the file does not name.
func TestFaultA7UndeclaredRecordInTheWayOfACNAME(t *testing.T) {
	want := tuned(t, wantZone(t, "www 60 CNAME web"), func(d *schema.Declaration) { d.Manage = schema.ManageDeclared })
	plan := Zone(want, liveZone(t, "www 60 A 192.0.2.1"), nil)
	const say = "www CNAME cannot be created beside the live A at that name, which the zone file does not name (manage: declared): delete it by hand, or set manage: all"
	if plan.Error != say || len(plan.Changes) != 0 {
		t.Errorf("error %q and changes %q, want %q and none", plan.Error, lines(plan), say)
	}
	declared := []schema.Key{{Name: schema.MustParseName("www.example.com"), Type: schema.A}}
	if plan := Zone(want, liveZone(t, "www 60 A 192.0.2.1"), declared); plan.Error != "" || len(plan.Changes) != 2 {
		t.Errorf("where an earlier commit declared it: error %q and changes %q, want the swap", plan.Error, lines(plan))
	}
}

func TestUnreadableRecordIsShownAndMended(t *testing.T) {
	bad := Live{
		ID: "1", Record: schema.Record{Name: apex, Type: schema.MX, TTL: 60},
		Value: "mail.example.com", Unreadable: "no priority",
	}
	plan := Zone(wantZone(t, "@ 60 MX 10 mail"), LiveZone{ID: "z", Name: apex, Records: []Live{bad}}, nil)
	if d := cmp.Diff([]string{`update @ MX "mail.example.com" -> 10 mail.example.com.`}, lines(plan)); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
	if len(plan.Warnings) != 1 || !strings.Contains(plan.Warnings[0], "no priority") {
		t.Errorf("warnings %q, want one that says why", plan.Warnings)
	}
}

func TestNewZone(t *testing.T) {
	plan := Zone(wantZone(t, "www 60 A 192.0.2.1"), LiveZone{Name: apex}, nil)
	if plan.Action != Create || len(plan.Changes) != 1 {
		t.Errorf("got %s with %v, want the zone created with one record", plan.Action, lines(plan))
	}
	if plan := Zone(wantZone(t), LiveZone{Name: apex}, nil); plan.Action != Create {
		t.Errorf("an empty zone that is not live: %s, want create", plan.Action)
	}
}

func TestEmptyTextIsAValue(t *testing.T) {
	empty := schema.Record{Name: apex, Type: schema.TXT, TTL: 60, Data: schema.NewTXT("")}
	if plan := Zone(zoneOf([]schema.Record{empty}), LiveZone{ID: "z", Name: apex, Records: []Live{liveOf("1", empty)}}, nil); plan.Action != None {
		t.Errorf("changes %q, want none: the empty text is there", lines(plan))
	}
}

// What cannot be read cannot be put back, so it is not deleted for a successor that
// may be refused.
func TestUnreadableRecordIsNotSwapped(t *testing.T) {
	bad := Live{
		ID: "1", Record: schema.Record{Name: schema.MustParseName("www.example.com"), Type: schema.A, TTL: 60},
		Value: "not an address", Unreadable: "no address",
	}
	plan := Zone(wantZone(t, "www 60 CNAME web"), LiveZone{ID: "z", Name: apex, Records: []Live{bad}}, nil)
	if len(plan.Changes) != 0 || !strings.Contains(plan.Error, `www A: live value "not an address" cannot be read`) {
		t.Errorf("changes %q and error %q, want none and one that says why", lines(plan), plan.Error)
	}
}
