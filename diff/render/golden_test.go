package render_test

import (
	"strings"
	"testing"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/diff/render"
	"github.com/zonetender/zonetender/schema"
)

func TestGoldens(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		plan *diff.Plan
	}{{"sample", sample(t)}, {"pull-request", pullRequest(t)}, {"empty", diff.NewPlan(diff.PlanSpec{})}} {
		golden(t, c.name+".txt", plain(t, c.plan, render.TextOptions{}))
		golden(t, c.name+"-color.txt", plain(t, c.plan, render.TextOptions{Color: true}))
		golden(t, c.name+".md", markdown(t, c.plan, render.MarkdownOptions{Link: inLine}))
		golden(t, c.name+".html", page(t, c.plan, render.HTMLOptions{Link: inLine}))
	}
	golden(t, "unverified.md", markdown(t, sample(t), render.MarkdownOptions{Title: "Zones of example.com", Unverified: true}))
}

func TestUnverifiedPlanShowsNoCode(t *testing.T) {
	t.Parallel()
	p := sample(t)
	code := ""
	for _, z := range p.Zones() {
		code += z.Approval
	}
	if code == "" {
		t.Fatal("the sample has no approval code")
	}
	if got := markdown(t, p, render.MarkdownOptions{}); !strings.Contains(got, "approve: ["+code+"]") {
		t.Errorf("the comment does not show the code %s", code)
	}
	if got := markdown(t, p, render.MarkdownOptions{Unverified: true}); strings.Contains(got, code) || !strings.Contains(got, "Unverified") || strings.Contains(got, "approve:") {
		t.Error("an unverified comment shows an approval code, or is not marked")
	}
}

// A reviewer meets what is dangerous first, with why and for how long, whatever stands around it.
func TestRiskyComesFirst(t *testing.T) {
	t.Parallel()
	p := pullRequest(t)
	for format, got := range map[string]string{
		"text":     plain(t, p, render.TextOptions{}),
		"markdown": markdown(t, p, render.MarkdownOptions{}),
		"html":     page(t, p, render.HTMLOptions{}),
	} {
		rest := got
		for _, phrase := range []string{"mx2.example.net.", "the MX of the zone itself changes", "DMARC1; p=", "build=1000"} {
			i := strings.Index(rest, phrase)
			if format == "html" && phrase == "DMARC1; p=" {
				phrase = "_dmarc"
				i = strings.Index(rest, phrase)
			}
			if format == "html" && phrase == "build=1000" {
				i = strings.Index(rest, "n00")
			}
			if i < 0 {
				t.Fatalf("%s: %q does not follow in\n%s", format, phrase, rest)
			}
			rest = rest[i:]
		}
		if !strings.Contains(got, "1 h") {
			t.Errorf("%s does not say for how long caches answer", format)
		}
	}
}

func TestManyUnmanagedZonesAreCounted(t *testing.T) {
	t.Parallel()
	var live []schema.Name
	for i := range 25 {
		live = append(live, name("z"+string(rune('a'+i))+".example"))
	}
	p := diff.NewPlan(diff.PlanSpec{Unmanaged: live})
	if got := plain(t, p, render.TextOptions{}); !strings.Contains(got, "zt.example, and 5 more\n") || strings.Contains(got, "zu.") {
		t.Errorf("got %q, want twenty names and the count of the others", got)
	}
	if got := markdown(t, p, render.MarkdownOptions{}); !strings.Contains(got, "`zt.example` and 5 more\n") {
		t.Errorf("got %q, want twenty names and the count of the others", got)
	}
	if got := page(t, p, render.HTMLOptions{}); !strings.Contains(got, "zy.example") {
		t.Error("the page does not name all of them")
	}
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	change := planned(t, "example.com", "a A 192.0.2.1", "a A 192.0.2.2")
	refused := change
	refused.Blocked = []diff.Refusal{{Guard: diff.GuardDeletes, Message: "too many"}}
	invalid := diff.ZonePlan{Zone: name("example.org"), Error: "has 1 error", Invalid: true}
	failed := diff.ZonePlan{Zone: name("example.net"), Error: "503"}
	settings := []diff.SettingChange{{Key: "approve", After: "[1]", Risk: because(schema.RiskHigh, schema.RiskSettings, "x")}}
	broken := schema.Problems{{Message: "expected a mapping"}}
	for _, c := range []struct {
		spec  diff.PlanSpec
		want  render.State
		title string
	}{
		{diff.PlanSpec{}, render.NoChanges, "no changes"},
		{diff.PlanSpec{Zones: []diff.ZonePlan{change}}, render.Changes, "1 update; highest risk low"},
		{diff.PlanSpec{Settings: settings}, render.Changes, "1 settings edit; highest risk high"},
		{diff.PlanSpec{Zones: []diff.ZonePlan{refused}}, render.Refused, "refused by a guard, approve it or change less: 1 update; highest risk low"},
		{diff.PlanSpec{Zones: []diff.ZonePlan{refused, invalid}}, render.Invalid, "correct the zone files: 1 update; highest risk low"},
		{diff.PlanSpec{Problems: broken}, render.Invalid, "correct 1 error in zone files: no changes"},
		{diff.PlanSpec{Zones: []diff.ZonePlan{refused, invalid, failed}}, render.Failed, "1 zone could not be planned, try again: 1 update; highest risk low"},
	} {
		p := diff.NewPlan(c.spec)
		for i := range p.Zones() {
			for j := range p.Zones()[i].Changes {
				p.Zones()[i].Changes[j].Risk.Level = schema.RiskLow
			}
		}
		if got := render.Verdict(p); got != c.want {
			t.Errorf("%s: verdict %s, want %s", c.title, got, c.want)
		}
		if got, want := render.Verdict(p).Success(), c.want == render.NoChanges || c.want == render.Changes; got != want {
			t.Errorf("%s: success %v, want %v", c.title, got, want)
		}
		if got := render.Title(p); got != c.title {
			t.Errorf("title %q, want %q", got, c.title)
		}
	}
}
