package render

import (
	"errors"
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// MarkdownOptions says what a comment has besides the plan.
type MarkdownOptions struct {
	// Title is the heading; "" means "DNS plan".
	Title string
	// Limit is how many octets the comment has at most, 20,000 or more; 0 means 60,000. Forges
	// count characters, of which there are never more than octets.
	Limit int
	// Unverified marks the plan as one that nobody trusted has made: it shows no approval
	// codes then.
	Unverified bool
	// Link returns the address of a line of a file, line 0 being the whole file. It may be nil,
	// and return "" where there is none. BaseLink is the same for the plan's base, where what is
	// gone was declared.
	Link, BaseLink func(path string, line int) string
	// Whole says where the whole plan is, as an address or in words, for a comment that leaves
	// something out. It may be "".
	Whole string
}

// LeastLimit is the least limit of a comment, in octets.
const LeastLimit = 20_000

const (
	defaultLimit = 60_000
	defaultTitle = "DNS plan"
)

// Markdown writes the plan for a comment: a verdict, what is risky in a table, what is refused
// or wrong, and then the zones, folded. What does not fit is left out from the end, where
// the least risky is, and counted.
func Markdown(w io.Writer, p *diff.Plan, o MarkdownOptions) error {
	if o.Limit == 0 {
		o.Limit = defaultLimit
	}
	if o.Limit < LeastLimit {
		return fmt.Errorf("markdown: a limit of %d octets, expected at least %d", o.Limit, LeastLimit)
	}
	m := &markdown{view: newView(p), options: o}
	text := m.text()
	if len(text) > o.Limit {
		return errors.New("markdown: the comment is longer than its limit")
	}
	_, err := io.WriteString(w, text)
	return err
}

// markdown is one comment while it is written.
type markdown struct {
	view    *view
	options MarkdownOptions
	missing missing
}

// text puts the parts together. Those that must not be missing are made first, each within
// its share of the limit; then comes what is risky, and what is left goes to the zones.
func (m *markdown) text() string {
	head, foot := m.head(), m.foot()
	share := m.options.Limit
	refused := m.refusals(share / 5)
	wrong := m.problems(share/10) + m.failures(share/10)
	warned := m.warnings(share / 20)
	room := m.options.Limit - len(head) - len(foot) - roomForMissing - len(refused) - len(wrong) - len(warned)
	risky := m.risky(room)
	room -= len(risky)
	zones := ""
	if !m.missing.anyRisky() {
		zones = m.zones(room)
	} else {
		m.missing.add(m.view.zones)
	}
	return head + risky + refused + wrong + warned + zones + m.missing.text(m.options.Whole) + foot
}

func (m *markdown) head() string {
	p := m.view.plan
	title := clip(m.options.Title, 200)
	if title == "" {
		title = defaultTitle
	}
	icon := "✅"
	switch state := Verdict(p); {
	case !state.Success():
		icon = "❌"
	case m.view.summary.Risk == schema.RiskHigh:
		icon = levelIcon(schema.RiskHigh)
	case m.view.summary.Risk == schema.RiskMedium:
		icon = levelIcon(schema.RiskMedium)
	}
	text := fmt.Sprintf("### %s\n\n%s **%s.** %s\n\n", prose(title), icon, upperFirst(Title(p)), m.advice())
	if m.options.Unverified {
		text += "> ⚠️ **Unverified:** this plan was made by a job that anyone can change. " +
			"It says what that job claims, and has no approval codes.\n\n"
	}
	return text
}

// advice leaves approval codes aside where none are shown.
func (m *markdown) advice() string {
	if m.options.Unverified && Verdict(m.view.plan) == Refused {
		return "A guard refuses."
	}
	return advice(m.view.plan)
}

// foot says what was compared with what.
func (m *markdown) foot() string {
	p := m.view.plan
	var parts []string
	if p.Commit != "" {
		parts = append(parts, "commit "+code(shortHash(p.Commit)))
	}
	if p.Base != "" {
		parts = append(parts, "base "+code(shortHash(p.Base)))
	}
	if author := m.view.author(); author != "" {
		parts = append(parts, prose(author))
	}
	switch {
	case p.LiveFrom != "":
		parts = append(parts, "live zones as of the "+prose(clip(p.LiveFrom, 200)))
	case !p.GeneratedAt.IsZero():
		parts = append(parts, "live zones read on "+p.GeneratedAt.UTC().Format("2006-01-02 at 15:04 UTC"))
	}
	parts = append(parts, quantity(m.view.summary.Zones, "zone"), quantity(m.view.summary.Unchanged, "record")+" unchanged")
	text := "<sub>" + upperFirst(strings.Join(parts, " · ")) + "</sub>\n"
	if names := unmanaged(p); len(names) > 0 {
		shown := 0
		list := ""
		for _, n := range names {
			name := code(n)
			if len(list)+len(name) > 1000 {
				break
			}
			list += ", " + name
			shown++
		}
		if more := len(p.Unmanaged) - shown; more > 0 {
			list += fmt.Sprintf(" and %s more", number(more))
		}
		text = "Live zones without a file, not touched: " + strings.TrimPrefix(list, ", ") + "\n\n" + text
	}
	return text
}

// zones shows the zones, folded, until one does not fit.
func (m *markdown) zones(room int) string {
	var b strings.Builder
	for i, z := range m.view.zones {
		if listed(z) {
			continue
		}
		text, whole := m.zone(z, room-b.Len())
		b.WriteString(text)
		if !whole {
			if text == "" {
				i--
			}
			m.missing.add(m.view.zones[i+1:])
			break
		}
	}
	return b.String()
}

// zone shows one zone within the room that there is, and reports whether all of it fitted.
func (m *markdown) zone(z zoneView, room int) (text string, whole bool) {
	level := ""
	if z.level > schema.RiskLow {
		level = " " + levelIcon(z.level)
	}
	begin := fmt.Sprintf("<details>\n<summary><code>%s</code>: %s%s</summary>\n\n",
		html.EscapeString(schema.Printable(schema.Display(z.plan.Zone.Undotted()))), headline(z.plan), level)
	const end = "</details>\n\n"
	notes := m.notes(z, m.options.Limit/20)
	room -= len(begin) + len(notes) + len(end) + roomForFence
	lines := m.lines(z, room)
	left := z.to - z.from - len(lines)
	if room < 0 || len(lines) == 0 && left > 0 {
		return "", false
	}
	if len(lines) == 0 {
		return begin + notes + end, true
	}
	mark := fence(lines)
	block := mark + "diff\n" + strings.Join(lines, "\n") + "\n" + mark + "\n\n"
	if left > 0 {
		m.missing.lines += left
		block += fmt.Sprintf("and %s more\n\n", number(left))
	}
	return begin + block + notes + end, left == 0
}

// roomForFence is what the marks around a block take at most, as values are cut, with the
// count of what is left out.
const roomForFence = 2*mostValue + 200

// lines returns the changes of a zone that fit in.
func (m *markdown) lines(z zoneView, room int) []string {
	var lines []string
	used := 0
	nameWidth, typeWidth := 0, 0
	for _, e := range m.view.changes(z) {
		c := m.view.change(e)
		nameWidth = max(nameWidth, len(c.Name.Relative(z.plan.Zone)))
		typeWidth = max(typeWidth, len(c.Type))
	}
	for _, e := range m.view.changes(z) {
		more := m.diffLines(m.view.change(e), z.plan.Zone, min(nameWidth, 24), typeWidth)
		if used+len(more)+1 > room {
			return lines
		}
		lines, used = append(lines, more), used+len(more)+1
	}
	return lines
}

// diffLines returns a change as one or two lines of a diff.
func (m *markdown) diffLines(c *diff.Change, zone schema.Name, nameWidth, typeWidth int) string {
	before, after := sides(c, mostValue)
	var notes []string
	for _, n := range []string{riskNote(c.Risk), m.view.provenance(c)} {
		if n != "" {
			notes = append(notes, n)
		}
	}
	note := ""
	if len(notes) > 0 {
		note = "  # " + strings.Join(notes, "; ")
	}
	var out []string
	line := func(mark string, value side) {
		if value != (side{}) {
			out = append(out, schema.Printable(fmt.Sprintf("%s %-*s  %-*s  %s", mark, nameWidth, c.Name.DisplayIn(zone), typeWidth, c.Type, value.shortened(mostValue))))
		}
	}
	line("-", before)
	line("+", after)
	return strings.Join(out, "\n") + note
}

// mostValue is how many octets of a value a comment shows.
const mostValue = 300

// notes are the warnings and refusals of a zone.
func (m *markdown) notes(z zoneView, room int) string {
	var items []string
	for _, w := range z.plan.Warnings {
		items = append(items, "- ⚠️ "+prose(clip(w, mostMessage)))
	}
	for _, r := range z.plan.Blocked {
		items = append(items, "- refused by the guard "+code(string(r.Guard)))
	}
	return list(items, room)
}

// mostMessage is how many octets of a message a comment shows.
const mostMessage = 400

// list joins items while there is room, and counts those that do not fit.
func list(items []string, room int) string {
	var b strings.Builder
	for i, item := range items {
		if b.Len()+len(item) > room && i > 0 {
			fmt.Fprintf(&b, "- and %s more\n", number(len(items)-i))
			break
		}
		b.WriteString(item + "\n")
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	return b.String()
}

func levelIcon(l schema.RiskLevel) string {
	switch l {
	case schema.RiskHigh:
		return "🔴"
	case schema.RiskMedium:
		return "🟠"
	}
	return "⚪"
}

// upperFirst begins a sentence with a capital.
func upperFirst(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
