package render

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// TextOptions says how a plan is shown on a terminal.
type TextOptions struct {
	// Color marks what comes, changes and goes in colour, by ANSI escapes.
	Color bool
}

// Text writes the plan for people at a terminal: by zone, the riskiest first, an update on
// one line with what it changes. Zones that are refused or in error come last, where the
// eye is when the output ends. Zones without changes are only counted.
func Text(w io.Writer, p *diff.Plan, o TextOptions) error {
	b := bufio.NewWriter(w)
	t := &textWriter{b, o.Color, newView(p)}
	t.settings()
	zones := t.order()
	t.index(zones)
	for _, z := range zones {
		t.zone(z)
	}
	t.run()
	return b.Flush()
}

type textWriter struct {
	w     *bufio.Writer
	color bool
	view  *view
}

// order returns the zones with those in trouble last.
func (t *textWriter) order() []zoneView {
	zones := slices.Clone(t.view.zones)
	slices.SortStableFunc(zones, func(a, b zoneView) int { return trouble(a.plan) - trouble(b.plan) })
	return zones
}

// paint puts text into a colour, by its ANSI number.
func (t *textWriter) paint(color int, text string) string {
	if !t.color {
		return text
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", color, text)
}

const (
	bold   = 1
	red    = 31
	green  = 32
	yellow = 33
)

func (t *textWriter) level(l schema.RiskLevel) string {
	color := yellow
	if l == schema.RiskHigh {
		color = red
	}
	return t.paint(color, l.String())
}

func (t *textWriter) settings() {
	if len(t.view.plan.Settings) == 0 {
		return
	}
	fmt.Fprintln(t.w, t.paint(bold, "changed settings:"))
	for i := range t.view.plan.Settings {
		s := &t.view.plan.Settings[i]
		where, before, after := setting(s)
		fmt.Fprintf(t.w, "! %s  %s: %s -> %s\n", where, schema.Printable(s.Key), before, after)
		t.reasons(s.Risk, 0)
	}
	t.w.WriteByte('\n')
}

// index lists the risky changes where they would not all come first anyway.
func (t *textWriter) index(zones []zoneView) {
	scattered := func(e entry) bool { return e.zone != zones[0].index }
	if !slices.ContainsFunc(t.view.risky, scattered) {
		return
	}
	fmt.Fprintln(t.w, t.paint(bold, "risky changes:"))
	for _, e := range t.view.risky {
		z, what := t.view.zone(e), ""
		if c := t.view.change(e); c != nil {
			what = fmt.Sprintf("%s %s %s %s", mark(c.Action), c.Name.Display(), c.Type, schema.Printable(c.Details()))
		} else {
			what = fmt.Sprintf("- %s: %s", schema.Display(z.Zone.Undotted()), deletion(z))
		}
		level := schema.RiskLevel(e.level)
		fmt.Fprintf(t.w, "  %s%s  %s\n", t.level(level), strings.Repeat(" ", len("medium")-len(level.String())), what)
	}
	t.w.WriteByte('\n')
}

func (t *textWriter) zone(z zoneView) {
	fmt.Fprintf(t.w, "%s: %s\n", t.paint(bold, schema.Display(z.plan.Zone.Undotted())), headline(z.plan))
	if z.plan.Risk.Level > schema.RiskLow {
		t.reasons(z.plan.Risk, z.plan.StaleFor())
	}
	nameWidth, typeWidth := 0, 0
	for _, c := range z.plan.Changes {
		nameWidth = max(nameWidth, utf8.RuneCountInString(c.Name.DisplayIn(z.plan.Zone)))
		typeWidth = max(typeWidth, len(c.Type))
	}
	shown := t.view.changes(z)
	if z.plan.Action == diff.Delete {
		shown = nil // the headline counts them
	}
	for _, e := range shown {
		t.change(t.view.change(e), z.plan.Zone, min(nameWidth, 32), typeWidth)
	}
	for _, w := range z.plan.Warnings {
		fmt.Fprintf(t.w, "  %s %s\n", t.paint(yellow, "warning:"), schema.Printable(w))
	}
	t.refusals(z.plan.Blocked, z.plan.Approval, "  ")
	if z.plan.Error != "" {
		fmt.Fprintf(t.w, "  %s %s\n", t.paint(red, "error:"), schema.Printable(z.plan.Error))
	}
	t.w.WriteByte('\n')
}

func (t *textWriter) change(c *diff.Change, zone schema.Name, nameWidth, typeWidth int) {
	color := yellow
	switch c.Action {
	case diff.Create:
		color = green
	case diff.Delete:
		color = red
	}
	risky := c.Risk.Level > schema.RiskLow
	lead := "  "
	if risky {
		lead = t.paint(bold, "!") + " "
	}
	line := fmt.Sprintf("%s %-*s  %-*s  %s", mark(c.Action), nameWidth, c.Name.DisplayIn(zone), typeWidth, c.Type, schema.Printable(c.Details()))
	if from := t.view.provenance(c); from != "" {
		line += "  (" + from + ")"
	}
	fmt.Fprintf(t.w, "%s%s\n", lead, t.paint(color, line))
	if risky {
		t.reasons(c.Risk, c.StaleFor)
	}
}

// reasons says why something is risky, and for how long a mistake would be seen.
func (t *textWriter) reasons(r diff.Risk, stale schema.TTL) {
	for i, x := range r.Reasons {
		text := schema.Printable(x.Message)
		if i == 0 && stale > 0 {
			text += " (cached answers last up to " + duration(stale) + ")"
		}
		fmt.Fprintf(t.w, "      %s: %s\n", t.level(x.Level), text)
	}
}

func (t *textWriter) refusals(refusals []diff.Refusal, code, indent string) {
	for _, r := range refusals {
		fmt.Fprintf(t.w, "%s%s %s\n", indent, t.paint(red, fmt.Sprintf("refused by the guard %q:", r.Guard)), schema.Printable(r.Message))
	}
	if code != "" {
		fmt.Fprintf(t.w, "%sto approve exactly this plan: zonetender apply --approve %s, or approve: [%s] in zonetender.yaml\n", indent, code, code)
	}
}

// mostUnmanaged is how many of the live zones without a file are named.
const mostUnmanaged = 20

// unmanaged names the live zones without a file, and counts those beyond the first.
func unmanaged(p *diff.Plan) []string {
	var names []string
	for _, n := range p.Unmanaged[:min(mostUnmanaged, len(p.Unmanaged))] {
		names = append(names, schema.Display(n.Undotted()))
	}
	return names
}

// run writes what concerns the whole run.
func (t *textWriter) run() {
	p := t.view.plan
	if names := unmanaged(p); len(names) > 0 {
		if more := len(p.Unmanaged) - len(names); more > 0 {
			names = append(names, fmt.Sprintf("and %d more", more))
		}
		fmt.Fprintf(t.w, "live zones without a file (not touched): %s\n", strings.Join(names, ", "))
	}
	if p.LiveFrom != "" {
		fmt.Fprintf(t.w, "live zones as of the %s\n", schema.Printable(p.LiveFrom))
	}
	if author := t.view.author(); author != "" {
		fmt.Fprintln(t.w, author)
	}
	for _, w := range p.Warnings {
		fmt.Fprintf(t.w, "%s %s\n", t.paint(yellow, "warning:"), schema.Printable(w))
	}
	t.refusals(p.Blocked, p.Approval, "")
	if len(p.Blocked) > 0 {
		fmt.Fprintln(t.w, "the whole run is refused; nothing is changed")
	}
	fmt.Fprintln(t.w, t.view.summary)
}
