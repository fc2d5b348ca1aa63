package sync_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// plannedFile is a zone file with all that a plan may depend on.
const plannedFile = `zone: one.example
ttl: 300
manage: all
safety: {max_deletes: 2}
ignore: [{name: theirs}]
records:
  www: {A: 192.0.2.2}
  mail: {MX: 10 www, TXT: text}
  hosts: !include hosts.yaml
  promo: {A: 192.0.2.7, expires: 2100-01-01}
`

// twoDeclared has plannedFile beside two.example, each with changes to be made.
func twoDeclared(t testing.TB) *worldtest.World {
	w := twoPlanned(t)
	w.Files["one.example.yaml"] = &fstest.MapFile{Data: []byte(plannedFile)}
	w.Files["hosts.yaml"] = &fstest.MapFile{Data: []byte("{A: [192.0.2.3, 192.0.2.4]}\n")}
	w.Settings("exclude: [hosts.yaml]\n")
	return w
}

// edits are edits of plannedFile after which it declares another zone.
func edits() map[string]func(*worldtest.World) {
	file := func(text string) func(*worldtest.World) {
		return func(w *worldtest.World) { w.Files["one.example.yaml"] = &fstest.MapFile{Data: []byte(text)} }
	}
	replace := func(old, by string) func(*worldtest.World) {
		return file(strings.Replace(plannedFile, old, by, 1))
	}
	return map[string]func(*worldtest.World){
		"value":      replace("192.0.2.2", "192.0.2.22"),
		"priority":   replace("10 www", "20 www"),
		"TTL":        replace("ttl: 300", "ttl: 301"),
		"new record": file(plannedFile + "  new: {A: 192.0.2.9}\n"),
		"fewer":      replace("  mail: {MX: 10 www, TXT: text}\n", ""),
		"owner":      replace("  www: {A", "  web: {A"),
		"manage":     replace("manage: all", "manage: declared"),
		"safety":     replace("max_deletes: 2", "max_deletes: 3"),
		"ignore":     replace("theirs", "ours"),
		"expires":    replace("2100-01-01", "2100-01-02"),
		"expired":    replace("2100-01-01", "2000-01-01"),
		"include":    replace("!include hosts.yaml", "!include others.yaml"),
		"tombstone":  file("zone: one.example\nstate: absent\n"),
		"broken":     file("zone: one.example\nrecords: {www: {A: nonsense}}\n"),
		"empty":      file(""),
		"gone":       func(w *worldtest.World) { delete(w.Files, "one.example.yaml") },
	}
}

// A zone whose files are edited between the plan and its turn is not written, and the others
// are: nobody has seen a plan of what they say now.
func TestEditedSinceThePlanIsStale(t *testing.T) {
	for name, edit := range edits() {
		for when, recheck := range map[string]bool{"before the turn": false, "before the confirmation": true} {
			worldtest.Bubble(t, name+" "+when, func(t *testing.T) {
				w := twoDeclared(t)
				w.Files["others.yaml"] = &fstest.MapFile{Data: []byte("{A: 192.0.2.3}\n")}
				w.Settings("exclude: [hosts.yaml, others.yaml]\n")
				p, api := w.Pass()
				draft, err := p.Plan(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				edit(w)
				if recheck {
					if err := p.Recheck(t.Context(), draft); err != nil {
						t.Fatal(err)
					}
				}
				report := p.Apply(t.Context(), draft, api)
				stale(w, report)
				want := "its zone file has changed since this plan was made; plan again"
				if z := report.Zones[0]; len(z.Refused) != 1 || z.Refused[0].Message != want {
					t.Errorf("got %v, want it stale because of its zone file", z.Refused)
				}
				w.Holds("one.example", "www 300 A 192.0.2.1", "mail 300 A 192.0.2.9")
			})
		}
	}
}

// What says the same otherwise is written.
func TestReformattedSinceThePlan(t *testing.T) {
	for name, text := range map[string]string{
		"comment": "# A comment moves every line.\n\n" + plannedFile,
		"order":   strings.Replace(plannedFile, "  www: {A: 192.0.2.2}\n", "", 1) + "  'www': {A: [192.0.2.2]}\n",
	} {
		worldtest.Bubble(t, name, func(t *testing.T) {
			w := twoDeclared(t)
			p, api := w.Pass()
			draft, err := p.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			w.Files["one.example.yaml"] = &fstest.MapFile{Data: []byte(text)}
			if report := p.Apply(t.Context(), draft, api); report.Failed() || report.Refused() {
				t.Error(worldtest.ReportText(t, report))
			}
		})
	}
}

// A plan is not saved with zones that it was not made of.
func TestSaveOfEditedZone(t *testing.T) {
	for name, edit := range edits() {
		worldtest.Bubble(t, name, func(t *testing.T) {
			w := twoDeclared(t)
			p, _ := w.Pass()
			p.Keep = true
			draft, err := p.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := p.Save(&b, draft, "1.0.0"); err != nil {
				t.Fatal(err)
			}
			saved, err := diff.ReadPlan(&b)
			if err != nil || len(saved.Desired) != 3 {
				t.Fatalf("got %d zones and the error %v, want all three", len(saved.Desired), err)
			}
			edit(w)
			want := "zone one.example: its zone file has changed since this plan was made; plan again"
			if err := p.Save(&b, draft, "1.0.0"); err == nil || err.Error() != want {
				t.Errorf("got the error %v, want %q", err, want)
			}
		})
	}
}

// A zone that is quarantined in part is read again without that part.
func TestReadAgainWithoutWhatIsLeftAlone(t *testing.T) {
	worldtest.Bubble(t, "quarantined", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{})
		w.Live("one.example", "www 300 A 192.0.2.1", "mail 300 A 192.0.2.8")
		w.File("one.example", "www 300 A 192.0.2.2", "mail 300 A 192.0.2.9")
		p, api := w.Pass()
		p.Known.Quarantined = func(*diff.ZonePlan) []schema.Key {
			return []schema.Key{{Name: schema.MustParseName("mail.one.example"), Type: schema.A}}
		}
		draft, err := p.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		report := p.Apply(t.Context(), draft, api)
		worldtest.Shows(t, worldtest.ReportText(t, report), "one.example: 1 updated, verified")
		w.Holds("one.example", "www 300 A 192.0.2.2", "mail 300 A 192.0.2.8")
	})
}
