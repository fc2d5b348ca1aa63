package render_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/diff/render"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/schematest"
)

var rewrite = flag.Bool("update", false, "rewrite the golden files in testdata")

// golden compares got with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", path, d)
	}
}

func name(text string) schema.Name { return schema.MustParseName(text) }

// planned plans a zone of the given name from its records before and after, a line each.
func planned(t testing.TB, zone, before, after string) diff.ZonePlan {
	t.Helper()
	desired := schematest.Declaration(t, after)
	live := diff.LiveZone{ID: "zone-" + zone, Name: name(zone)}
	for _, s := range schematest.Declaration(t, before).RRsets {
		for _, v := range s.Values {
			r := schema.Record{Name: moved(s.Name, zone), Type: s.Type, TTL: s.TTL, Data: v.Data}
			live.Records = append(live.Records, diff.Live{ID: fmt.Sprint("rec-", len(live.Records)+1), Record: r, Value: v.Data.String()})
		}
	}
	desired.Name, desired.File = name(zone), zone+".yaml"
	for i := range desired.RRsets {
		s := &desired.RRsets[i]
		s.Name = moved(s.Name, zone)
		for j := range s.Values {
			s.Values[j].Pos.File = desired.File
		}
	}
	return diff.Zone(schematest.Valid(t, desired), live, nil)
}

// moved returns a name of example.com in another zone.
func moved(n schema.Name, zone string) schema.Name {
	return name(strings.TrimSuffix(n.Undotted(), "example.com") + zone)
}

// judge gives changes their risk: those whose words contain the key.
func judge(t testing.TB, p *diff.Plan, risks map[string]diff.Risk, stale schema.TTL) {
	t.Helper()
	used := map[string]bool{}
	for i := range p.Zones() {
		z := &p.Zones()[i]
		for j := range z.Changes {
			c := &z.Changes[j]
			c.Risk = diff.Risk{Level: schema.RiskLow}
			c.StaleFor = stale
			for key, risk := range risks {
				if strings.Contains(c.Words(z.Zone), key) {
					c.Risk, used[key] = risk, true
				}
			}
		}
	}
	for key := range risks {
		if !used[key] {
			t.Errorf("no change has %q", key)
		}
	}
}

func because(level schema.RiskLevel, code, message string) diff.Risk {
	return diff.Risk{Level: level, Reasons: []diff.Reason{{Code: code, Level: level, Message: message}}}
}

const spf = "v=spf1 include:_spf.example.net ip4:192.0.2.0/24 ip4:198.51.100.7 include:mail.example.org -all"

// pullRequest is the plan of a change that looks harmless: an apex MX goes and a DMARC policy
// weakens among forty edits of TXT records.
func pullRequest(t testing.TB) *diff.Plan {
	t.Helper()
	before := []string{"@ 3600 MX 10 mx1.example.net.", "@ 3600 MX 20 mx2.example.net.", "_dmarc 7200 TXT v=DMARC1; p=reject", "www A 192.0.2.1"}
	after := []string{"@ 3600 MX 10 mx1.example.net.", "_dmarc 7200 TXT v=DMARC1; p=none", "www A 192.0.2.1"}
	for i := range 40 {
		before = append(before, fmt.Sprintf("n%02d TXT build=%d", i, i))
		after = append(after, fmt.Sprintf("n%02d TXT build=%d", i, i+1000))
	}
	return diff.NewPlan(diff.PlanSpec{
		Commit: "4b825dc642cb6eb9a060e54bf8d69288fbee4904", Base: "9f3c2ab41e07b6b9a0604b825dc642cb6eb9a060", GeneratedAt: when(),
		Zones: []diff.ZonePlan{planned(t, "example.com", strings.Join(before, "\n"), strings.Join(after, "\n"))},
	})
}

func when() time.Time { return time.Date(2026, 11, 21, 22, 34, 0, 0, time.UTC) }

// sample has one of everything that a plan can show.
func sample(t testing.TB) *diff.Plan {
	t.Helper()
	changed := planned(t, "example.com", `
		@ 3600 MX 10 mail.~
		@ 3600 TXT `+spf+`
		www 3600 A 192.0.2.1
		api 3600 A 192.0.2.7
		old 3600 A 192.0.2.9
		same 60 A 192.0.2.4`, `
		@ 3600 MX 20 mail.~
		@ 3600 TXT `+strings.Replace(spf, "198.51.100.7", "198.51.100.99", 1)+`
		www 3600 CNAME web.example.net.
		api 60 A 192.0.2.7
		new 300 CAA 0 issue "letsencrypt.org"
		same 60 A 192.0.2.4`)
	changed.Warnings = append(changed.Warnings, "record_count says 11, 10 arrived twice")
	for i := range changed.Changes {
		switch c := &changed.Changes[i]; c.Name.Relative(name("example.com")) {
		case "old":
			c.Origin = diff.OriginDrift
		case "api":
			c.OverwritesDrift, c.Commit, c.Author = true, "1a2b3c4d5e6f70819203a4b5c6d7e8f901234567", "Jane Doe"
		}
	}
	var many, few []string
	for i := range 10 {
		many = append(many, fmt.Sprintf("h%d 60 A 192.0.2.%d", i, i))
	}
	few = many[:5]
	refused := planned(t, "refused.example", strings.Join(many, "\n"), strings.Join(few, "\n"))
	p := diff.NewPlan(diff.PlanSpec{
		Commit: "4b825dc642cb6eb9a060e54bf8d69288fbee4904", Base: "9f3c2ab41e07b6b9a0604b825dc642cb6eb9a060", GeneratedAt: when(),
		Unmanaged: []schema.Name{name("parked.example")},
		Warnings:  []string{"zone www.other.example is at @somebody's"},
		Problems: schema.Problems{
			{Pos: schema.Position{File: "broken.example.yaml", Line: 4, Col: 3}, Code: "bad-value", Message: `www A: "192.0.2.256" is not an IPv4 address`},
			{Pos: schema.Position{File: "example.com.yaml", Line: 2}, Severity: schema.Warning, Code: "spf-lookups", Message: "SPF needs 9 of 10 look-ups"},
		},
		Settings: []diff.SettingChange{{Key: "safety", Pos: schema.Position{File: "zonetender.yaml", Line: 3}, Before: "{max_deletes: 30%}", After: "{max_deletes: 90%}",
			Risk: because(schema.RiskHigh, schema.RiskSettings, "a pull request edits what guards it")}},
		Zones: []diff.ZonePlan{
			refused, changed, planned(t, "none.example", "www 60 A 192.0.2.1", "www 60 A 192.0.2.1"),
			{Zone: name("gone.example"), ID: "zone-9", Action: diff.Delete, Live: 1, Gone: planned(t, "gone.example", "www A 192.0.2.1", "").Changes,
				Risk: because(schema.RiskHigh, schema.RiskZoneDeleted, "the zone goes with all its records")},
			{Zone: name("error.example"), Action: diff.None, Error: "example.net: read: 503 Service Unavailable"},
			{Zone: name("broken.example"), Action: diff.None, Error: "broken.example.yaml has 1 error; the live zone is left unchanged", Invalid: true},
		},
	})
	judge(t, p, map[string]diff.Risk{
		"@ MX":      because(schema.RiskHigh, schema.RiskApexMX, "mail for the whole domain depends on the apex MX"),
		"www CNAME": because(schema.RiskMedium, schema.RiskCNAMESwap, "www does not answer while its A gives way to a CNAME"),
		"www A":     because(schema.RiskMedium, schema.RiskCNAMESwap, "www does not answer while its A gives way to a CNAME"),
	}, 3600)
	return p
}

func plain(t testing.TB, p *diff.Plan, o render.TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := render.Text(&b, p, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func markdown(t testing.TB, p *diff.Plan, o render.MarkdownOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := render.Markdown(&b, p, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func page(t testing.TB, p *diff.Plan, o render.HTMLOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := render.HTML(&b, p, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// inLine links a file as a forge does.
func inLine(path string, line int) string {
	if line == 0 {
		return "https://git.example.org/dns/blob/4b825dc/" + path
	}
	return fmt.Sprintf("https://git.example.org/dns/blob/4b825dc/%s#L%d", path, line)
}
