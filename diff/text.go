package diff

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zonetender/zonetender/schema"
)

// TextOptions says how a plan is shown to people.
type TextOptions struct {
	// Color marks what comes, changes and goes in colour, by ANSI escapes.
	Color bool
}

// Text writes the plan for people: by zone and owner name, the riskiest first, an
// update on one line with what it changes. Zones without changes are only counted.
func (p *Plan) Text(w io.Writer, o TextOptions) error {
	b := bufio.NewWriter(w)
	t := &textWriter{b, o.Color}
	for _, z := range byRisk(p.zones) {
		t.zone(z)
	}
	t.run(p)
	return b.Flush()
}

// byRisk returns the zones that have something to say: those that are refused or in
// error last, where the eye is when the output ends, and before them the others
// with what deletes first.
func byRisk(zones []ZonePlan) []*ZonePlan {
	var out []*ZonePlan
	for i := range zones {
		z := &zones[i]
		if z.Action != None || z.Error != "" || len(z.Blocked) > 0 || len(z.Warnings) > 0 {
			out = append(out, z)
		}
	}
	slices.SortStableFunc(out, func(a, b *ZonePlan) int {
		return cmp.Or(cmp.Compare(a.trouble(), b.trouble()), -cmp.Compare(a.risk(), b.risk()))
	})
	return out
}

func (p *ZonePlan) trouble() int {
	switch {
	case p.Error != "":
		return 2
	case len(p.Blocked) > 0:
		return 1
	}
	return 0
}

// risk is how much harm the zone's plan can do, in the eyes of its reader.
func (p *ZonePlan) risk() int {
	if p.Action == Delete {
		return riskZone
	}
	most := 0
	for _, c := range p.Changes {
		most = max(most, c.risk(p.Zone))
	}
	return most
}

const (
	riskCreate = iota + 1
	riskUpdate
	riskDelete
	riskApex
	riskZone
)

// risk puts deletions before updates before creations, and what the whole domain
// hangs on before everything else.
func (c Change) risk(zone schema.Name) int {
	if c.Action != Create && c.Name == zone && (c.Type == schema.NS || c.Type == schema.MX) {
		return riskApex
	}
	switch c.Action {
	case Delete:
		return riskDelete
	case Update:
		return riskUpdate
	}
	return riskCreate
}

type textWriter struct {
	w     *bufio.Writer
	color bool
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

func (t *textWriter) zone(p *ZonePlan) {
	fmt.Fprintf(t.w, "%s: %s\n", t.paint(bold, schema.Display(p.Zone.Undotted())), p.headline())
	nameWidth, typeWidth := 0, 0
	for _, c := range p.Changes {
		nameWidth = max(nameWidth, utf8.RuneCountInString(c.Name.DisplayIn(p.Zone)))
		typeWidth = max(typeWidth, len(c.Type))
	}
	for _, c := range grouped(p) {
		t.change(c, p.Zone, min(nameWidth, 32), typeWidth)
	}
	for _, w := range p.Warnings {
		fmt.Fprintf(t.w, "  %s %s\n", t.paint(yellow, "warning:"), schema.Printable(w))
	}
	t.refusals(p.Blocked, p.Approval, "  ")
	if p.Error != "" {
		fmt.Fprintf(t.w, "  %s %s\n", t.paint(red, "error:"), schema.Printable(p.Error))
	}
	t.w.WriteByte('\n')
}

func (p *ZonePlan) headline() string {
	var s Summary
	s.Add(p)
	switch {
	case p.Error != "":
		return "cannot be planned"
	case p.Action == Delete:
		text := "the zone would be deleted, with " + plural(p.Live, "record")
		if p.NotOurs > 0 {
			text += fmt.Sprintf(", %d of them not ours", p.NotOurs)
		}
		return text
	case p.Action == Create:
		return fmt.Sprintf("new zone, %d to create", s.Create)
	case p.Action == None && p.Partial != "":
		return "no difference found, but the live zone may not have been read completely"
	case p.Action == None:
		return "no changes"
	}
	return s.counts()
}

func (s Summary) counts() string {
	return fmt.Sprintf("%d to create, %d to update, %d to delete", s.Create, s.Update, s.Delete)
}

// grouped returns the changes by owner name, the names and within them the changes
// with the most risk first.
func grouped(p *ZonePlan) []Change {
	risk := make(map[schema.Name]int)
	for _, c := range p.Changes {
		risk[c.Name] = max(risk[c.Name], c.risk(p.Zone))
	}
	out := slices.Clone(p.Changes)
	slices.SortStableFunc(out, func(a, b Change) int {
		return cmp.Or(-cmp.Compare(risk[a.Name], risk[b.Name]), a.Name.Compare(b.Name),
			-cmp.Compare(a.risk(p.Zone), b.risk(p.Zone)), cmp.Compare(a.Type, b.Type),
			a.Before.Record.Compare(b.Before.Record), a.After.Compare(b.After))
	})
	return out
}

func (t *textWriter) change(c Change, zone schema.Name, nameWidth, typeWidth int) {
	mark, color := "+", green
	switch c.Action {
	case Update:
		mark, color = "~", yellow
	case Delete:
		mark, color = "-", red
	}
	line := fmt.Sprintf("%s %-*s  %-*s  %s", mark, nameWidth, c.Name.DisplayIn(zone), typeWidth, c.Type, c.words())
	fmt.Fprintf(t.w, "  %s\n", t.paint(color, line))
}

// Words says what the change does, on one line, as in "create www A 192.0.2.1 ttl 60".
func (c Change) Words(zone schema.Name) string {
	return fmt.Sprintf("%s %s %s %s", c.Action, c.Name.DisplayIn(zone), c.Type, c.words())
}

// words says what the change does to the record's data and TTL.
func (c Change) words() string {
	switch c.Action {
	case Create:
		return fmt.Sprintf("%s  ttl %d", c.After.Data.Display(), c.After.TTL)
	case Delete:
		return fmt.Sprintf("%s  ttl %d", c.Before.display(), c.Before.Record.TTL)
	}
	value := c.Before.display()
	if c.ValueChanges() {
		from, to := excerpt(value, c.After.Data.Display())
		value = from + " -> " + to
	}
	if c.Before.Record.TTL == c.After.TTL {
		return value
	}
	return fmt.Sprintf("%s  ttl %d -> %d", value, c.Before.Record.TTL, c.After.TTL)
}

// excerpt shortens two long texts to where they differ, with some text around it.
func excerpt(from, to string) (string, string) {
	const whole, around = 60, 16
	if len(from) <= whole && len(to) <= whole {
		return from, to
	}
	n := 0
	for n < len(from) && n < len(to) && from[n] == to[n] {
		n++
	}
	m := 0
	for m < len(from)-n && m < len(to)-n && from[len(from)-1-m] == to[len(to)-1-m] {
		m++
	}
	start, end := max(0, n-around), max(0, m-around)
	if start <= 4 {
		start = 0
	}
	if end <= 4 {
		end = 0
	}
	cut := func(s string) string {
		out := s[start : len(s)-end]
		if start > 0 {
			out = "..." + out
		}
		if end > 0 {
			out += "..."
		}
		return out
	}
	return cut(from), cut(to)
}

func (t *textWriter) refusals(refusals []Refusal, code, indent string) {
	for _, r := range refusals {
		fmt.Fprintf(t.w, "%s%s %s\n", indent, t.paint(red, fmt.Sprintf("refused by the guard %q:", r.Guard)), r.Message)
	}
	if code != "" {
		fmt.Fprintf(t.w, "%sto approve exactly this plan: zonetender apply --approve %s, or approve: [%s] in zonetender.yaml\n", indent, code, code)
	}
}

// run writes what concerns the whole run.
func (t *textWriter) run(p *Plan) {
	if len(p.Unmanaged) > 0 {
		const most = 20
		var names []string
		for _, n := range p.Unmanaged[:min(most, len(p.Unmanaged))] {
			names = append(names, schema.Display(n.Undotted()))
		}
		if more := len(p.Unmanaged) - most; more > 0 {
			names = append(names, fmt.Sprintf("and %d more", more))
		}
		fmt.Fprintf(t.w, "live zones without a file (not touched): %s\n", strings.Join(names, ", "))
	}
	for _, w := range p.Warnings {
		fmt.Fprintf(t.w, "%s %s\n", t.paint(yellow, "warning:"), schema.Printable(w))
	}
	t.refusals(p.Blocked, p.Approval, "")
	if len(p.Blocked) > 0 {
		fmt.Fprintln(t.w, "the whole run is refused; nothing is changed")
	}
	fmt.Fprintln(t.w, p.Summary())
}

// String returns the summary as one sentence.
func (s Summary) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %d with changes: %s, %s unchanged", plural(s.Zones, "zone"), s.ZonesChanged, s.counts(), plural(s.Unchanged, "record"))
	if s.Blocked > 0 {
		fmt.Fprintf(&b, ", %s refused", plural(s.Blocked, "zone"))
	}
	if s.Errors > 0 {
		fmt.Fprintf(&b, ", %s in error", plural(s.Errors, "zone"))
	}
	return b.String()
}

// plural counts things in words, as in "1 record" and "3 records".
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
