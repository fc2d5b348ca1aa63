package diff

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/schema"
)

var rewrite = flag.Bool("update", false, "rewrite the golden files in testdata")

// golden compares got with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got):\n%s", path, d)
	}
}

// samplePlan has one of everything that a rendering shows.
func samplePlan(t *testing.T) *Plan {
	spf := "v=spf1 include:_spf.example.net ip4:192.0.2.0/24 ip4:198.51.100.7 include:mail.example.org -all"
	live := liveZone(t,
		"@ 3600 MX 10 mail", "@ 3600 TXT "+spf, "www 3600 A 192.0.2.1", "api 3600 A 192.0.2.7", "old 3600 A 192.0.2.9", "same 60 A 192.0.2.4",
		"n1 60 A 192.0.2.1", "n2 60 A 192.0.2.1", "n3 60 A 192.0.2.1", "n4 60 A 192.0.2.1")
	live.Warnings = []string{"record_count says 11, 10 arrived twice"}
	live.Records = append(live.Records, Live{
		ID: "rec-bad", Record: schema.Record{Name: schema.MustParseName("bad.example.com"), Type: schema.SRV, TTL: 60},
		Value: "sip.example.com\x1b[2J", Unreadable: "expected weight, port and target",
	})
	changed := Zone(wantZone(t,
		"@ 3600 MX 20 mail", "@ 3600 TXT "+strings.Replace(spf, "198.51.100.7", "198.51.100.99", 1),
		"www 3600 CNAME web.example.net.", "api 60 A 192.0.2.7", "new 300 CAA 0 issue \"letsencrypt.org\"", "same 60 A 192.0.2.4",
		"n1 60 A 192.0.2.1", "n2 60 A 192.0.2.1", "n3 60 A 192.0.2.1", "n4 60 A 192.0.2.1"), live, nil)

	refused := Zone(wantZone(t, numbered(5, nil)...), liveZone(t, numbered(10, nil)...), nil)
	refused.Zone = schema.MustParseName("refused.example")
	for i := range refused.Changes {
		refused.Changes[i].Name = schema.MustParseName(strings.Replace(refused.Changes[i].Name.Undotted(), "example.com", "refused.example", 1))
	}
	none := Zone(wantZone(t, "www 60 A 192.0.2.1"), liveZone(t, "www 60 A 192.0.2.1"), nil)
	none.Zone = schema.MustParseName("none.example")
	return NewPlan(PlanSpec{
		Commit: "4b825dc642cb6eb9a060e54bf8d69288fbee4904", GeneratedAt: time.Date(2026, 11, 21, 22, 34, 0, 0, time.UTC),
		Unmanaged: []schema.Name{schema.MustParseName("parked.example")},
		Zones: []ZonePlan{
			refused, changed, none,
			{Zone: schema.MustParseName("gone.example"), ID: "zone-9", Action: Delete, Live: 4},
			{Zone: schema.MustParseName("error.example"), Action: None, Error: "example.net: read: 503 Service Unavailable"},
		},
	})
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := samplePlan(t).JSON(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "plan.json", b.Bytes())
	var indented bytes.Buffer
	if err := json.Indent(&indented, b.Bytes(), "", "  "); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(indented.String(), b.String()); d != "" {
		t.Errorf("indented again, the JSON changes:\n%s", d)
	}
}

func TestJSONOfTheWholeRunsRefusal(t *testing.T) {
	p := NewPlan(PlanSpec{Zones: fleet(t, 101, 40, 1)})
	var b bytes.Buffer
	if err := p.JSON(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Blocked  []struct{ Guard, Message string }
		Approval string
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Blocked) != 1 || got.Blocked[0].Guard != "fleet" || got.Approval != p.Approval || p.Approval == "" {
		t.Errorf("got %+v, want the guard fleet with approval %s", got, p.Approval)
	}
}

func TestJSONOfAnEmptyPlan(t *testing.T) {
	var js bytes.Buffer
	if err := NewPlan(PlanSpec{}).JSON(&js); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(js.String(), `"unmanaged_zones": []`) || !strings.Contains(js.String(), `"zones": []`) {
		t.Errorf("JSON has null for an empty list:\n%s", &js)
	}
}
