package render_test

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/diff/render"
	"github.com/zonetender/zonetender/schema"
)

// large makes a plan of many changes in zones of 500 records, of which every so many are of
// high and of medium risk; 0 for none.
func large(t testing.TB, changes, high, medium int) *diff.Plan {
	t.Helper()
	const each = 500
	var zones []diff.ZonePlan
	for z := range changes / each {
		var before, after strings.Builder
		for i := range each {
			fmt.Fprintf(&before, "h%d 3600 A 192.0.2.%d\n", i, i%250)
			fmt.Fprintf(&after, "h%d 3600 A 198.51.100.%d\n", i, i%250)
		}
		zones = append(zones, planned(t, fmt.Sprintf("z%03d.example", z), before.String(), after.String()))
	}
	p := diff.NewPlan(diff.PlanSpec{Zones: zones, GeneratedAt: when()})
	n := 0
	for i := range p.Zones() {
		for j := range p.Zones()[i].Changes {
			c := &p.Zones()[i].Changes[j]
			c.StaleFor, c.Risk = 3600, diff.Risk{Level: schema.RiskLow}
			switch n++; {
			case high > 0 && n%high == 0:
				c.Risk = because(schema.RiskHigh, schema.RiskLastAddress, "the name loses its last address, and mail.example.com points at it")
			case medium > 0 && n%medium == 0:
				c.Risk = because(schema.RiskMedium, schema.RiskSameEdit, "most records of the zone get the same edit")
			}
		}
	}
	return p
}

var leftOut = regexp.MustCompile(`\*\*Left out.*`)

func count(t *testing.T, sentence, what string) int {
	t.Helper()
	m := regexp.MustCompile(`([0-9,]+) ` + what).FindStringSubmatch(sentence)
	if m == nil {
		return 0
	}
	n, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Every change stands in the comment or is counted as left out; nothing less risky stands
// where something riskier is missing.
func TestCommentIsCutWhereItIsLeastRisky(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ changes, high, medium int }{
		{500, 50, 20}, {2000, 100, 0}, {10_000, 0, 0}, {10_000, 20, 11}, {10_000, 5, 3}, {10_000, 0, 2},
	} {
		p := large(t, c.changes, c.high, c.medium)
		for _, limit := range []int{20_000, 60_000} {
			got := markdown(t, p, render.MarkdownOptions{Limit: limit, Link: inLine, Whole: "https://ci.example.org/job/1"})
			if len(got) > limit {
				t.Errorf("%+v: %d octets, limit %d", c, len(got), limit)
			}
			check(t, p, got, fmt.Sprintf("%+v, limit %d", c, limit))
		}
	}
}

func check(t *testing.T, p *diff.Plan, got, about string) {
	t.Helper()
	want := map[schema.RiskLevel]int{}
	total := 0
	for _, z := range p.Zones() {
		for _, c := range z.Changes {
			want[c.Risk.Level]++
			total++
		}
	}
	note := leftOut.FindString(got)
	left := map[schema.RiskLevel]int{}
	for level := schema.RiskMedium; level <= schema.RiskHigh; level++ {
		left[level] = count(t, note, "changes? of "+level.String()+" risk")
		if rows := strings.Count(got, "| "+map[schema.RiskLevel]string{schema.RiskMedium: "🟠", schema.RiskHigh: "🔴"}[level]); rows+left[level] != want[level] {
			t.Errorf("%s: %d rows of %s risk and %d left out, want %d", about, rows, level, left[level], want[level])
		}
	}
	lines := strings.Count(got, "\n+ h")
	if missing := count(t, note, "changes? of those in the zones"); lines+missing != total {
		t.Errorf("%s: %d lines and %d left out, want %d", about, lines, missing, total)
	}
	if left[schema.RiskHigh] > 0 && (strings.Contains(got, "| 🟠") || lines > 0) || left[schema.RiskMedium] > 0 && lines > 0 {
		t.Errorf("%s: something less risky stands where something riskier was cut", about)
	}
	if (note != "") != (lines < total) || note != "" && !strings.Contains(note, "[The whole plan](https://ci.example.org/job/1)") {
		t.Errorf("%s: it says %q of what is left out", about, note)
	}
}

func TestLimitThatIsTooSmallIsRefused(t *testing.T) {
	t.Parallel()
	err := render.Markdown(io.Discard, sample(t), render.MarkdownOptions{Limit: 1000})
	if err == nil || !strings.Contains(err.Error(), "expected at least 20000") {
		t.Errorf("got %v", err)
	}
}

// The longest texts everywhere still make a comment within its limit.
func TestCommentOfLongTextsKeepsItsLimit(t *testing.T) {
	t.Parallel()
	for _, evil := range []string{strings.Repeat("|a", 40_000), strings.Repeat("`", 40_000), strings.Repeat("\u202e", 20_000), strings.Repeat("é ", 20_000)} {
		for _, limit := range []int{20_000, 60_000} {
			p := planWith(t, evil)
			if got := markdown(t, p, render.MarkdownOptions{Limit: limit, Title: evil, Whole: evil, Link: inLine}); len(got) > limit {
				t.Errorf("%d octets, limit %d", len(got), limit)
			}
		}
	}
}

// A plan of 20,000 changes has to render in under a second in each format.
func BenchmarkRender(b *testing.B) {
	p := large(b, 20_000, 400, 30)
	for _, c := range []struct {
		name   string
		render func(io.Writer) error
	}{
		{"text", func(w io.Writer) error { return render.Text(w, p, render.TextOptions{}) }},
		{"markdown", func(w io.Writer) error { return render.Markdown(w, p, render.MarkdownOptions{Link: inLine}) }},
		{"html", func(w io.Writer) error { return render.HTML(w, p, render.HTMLOptions{Link: inLine}) }},
		{"json", p.JSON},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := c.render(io.Discard); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
