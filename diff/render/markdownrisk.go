package render

import (
	"fmt"
	"strings"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

const riskyHead = "| risk | change | why | cached for | declared |\n| --- | --- | --- | --- | --- |\n"

// risky shows edits of settings and the risky changes in a table. It ends at the first row
// that does not fit: no less risky row stands where a riskier one was left out.
func (m *markdown) risky(room int) string {
	p := m.view.plan
	if len(p.Settings)+len(m.view.risky) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(riskyHead)
	full := false
	add := func(level schema.RiskLevel, row func() string) {
		if !full {
			text := row()
			if full = b.Len()+len(text)+1 > room; !full {
				b.WriteString(text)
				return
			}
		}
		m.missing.risky[level]++
	}
	for i := range p.Settings {
		s := &p.Settings[i]
		add(max(s.Risk.Level, schema.RiskLow), func() string { return m.settingRow(s) })
	}
	for _, e := range m.view.risky {
		add(schema.RiskLevel(e.level), func() string { return m.changeRow(e) })
	}
	b.WriteByte('\n')
	return b.String()
}

// mostInCell is how many octets of a value a cell shows before it is shortened to what differs.
const mostInCell = 100

func (m *markdown) settingRow(s *diff.SettingChange) string {
	p := m.view.plan
	where, before, after := setting(s)
	what := fmt.Sprintf("**settings** of %s: %s<br>%s → %s", code(where), code(clip(s.Key, 60)), code(clip(before, mostValue)), code(clip(after, mostValue)))
	return m.row(max(s.Risk.Level, schema.RiskLow), what, m.why(s.Risk), "", m.placeOf(p.InRepository(s.Pos), s.After == ""))
}

func (m *markdown) changeRow(e entry) string {
	z, c, risk := m.view.zone(e), m.view.change(e), m.view.risk(e)
	if c == nil {
		what := "**delete zone** " + code(schema.Display(z.Zone.Undotted())) + "<br>" + prose(deletion(z))
		return m.row(risk.Level, what, m.why(risk), duration(z.StaleFor()), "")
	}
	before, after := sides(c, mostInCell)
	what := fmt.Sprintf("**%s** %s<br>", c.Action, code(strings.TrimSuffix(c.Name.Display(), ".")+" "+string(c.Type)))
	var values []string
	for _, v := range []side{before, after} {
		if v != (side{}) {
			values = append(values, code(v.shortened(mostValue)))
		}
	}
	what += strings.Join(values, " → ")
	if from := m.view.provenance(c); from != "" {
		what += "<br>" + prose(from)
	}
	return m.row(risk.Level, what, m.why(risk), duration(c.StaleFor), m.placeOf(m.view.plan.InRepository(c.Pos), c.Action == diff.Delete))
}

func (m *markdown) why(r diff.Risk) string {
	var out []string
	for _, x := range r.Reasons {
		out = append(out, prose(clip(x.Message, mostMessage)))
	}
	return strings.Join(out, "<br>")
}

func (m *markdown) row(level schema.RiskLevel, what, why, stale, at string) string {
	return fmt.Sprintf("| %s %s | %s | %s | %s | %s |\n", levelIcon(level), level, what, why, stale, at)
}

// placeOf links a place in the zone files, or in those of the base for what is gone.
func (m *markdown) placeOf(at schema.Position, gone bool) string {
	if gone && m.view.plan.Base != "" && at.Line > 0 {
		return placeBy(at, m.options.BaseLink)
	}
	return m.place(at)
}

// place links a place in the zone files.
func (m *markdown) place(at schema.Position) string { return placeBy(at, m.options.Link) }

func placeBy(at schema.Position, to func(path string, line int) string) string {
	text := place(at)
	if text == "" {
		return ""
	}
	text = code(clip(text, mostValue))
	if to == nil {
		return text
	}
	return link(text, to(at.File, at.Line))
}

// refusals says what the guards refuse, and how to approve it in review.
func (m *markdown) refusals(room int) string {
	var items, codes []string
	add := func(what string, refused []diff.Refusal, approval string) {
		for _, r := range refused {
			items = append(items, fmt.Sprintf("- %s: %s: %s", what, code(string(r.Guard)), prose(clip(r.Message, mostMessage))))
		}
		if approval != "" {
			codes = append(codes, approval)
		}
	}
	p := m.view.plan
	add("the whole run", p.Blocked, p.Approval)
	for _, z := range m.view.zones {
		add(code(schema.Display(z.plan.Zone.Undotted())), z.plan.Blocked, z.plan.Approval)
	}
	if len(items) == 0 {
		return ""
	}
	return "#### Refused by guards\n\n" + list(items, room/2) + m.approval(codes, room/2)
}

// approval is what to add to zonetender.yaml.
func (m *markdown) approval(codes []string, room int) string {
	switch {
	case m.options.Unverified:
		return ""
	case len(codes) == 0:
		return "No approval code lifts this: remove its cause.\n\n"
	}
	lines := []string{}
	left := 0
	for i, c := range codes {
		line := "  - " + schema.Printable(c)
		if i > 0 && (len(lines)+1)*len(line) > room {
			left = len(codes) - i
			break
		}
		lines = append(lines, line)
	}
	text := []string{"approve:"}
	if len(codes) == 1 {
		text, lines = []string{"approve: [" + schema.Printable(codes[0]) + "]"}, nil
	}
	text = append(text, lines...)
	// A second approve: would be a mistake, and the codes in the first may still be needed.
	out := "If this is intended, approve it in review by adding this to `zonetender.yaml`, or the code to the `approve:` that it has:\n\n" +
		fence(text) + "yaml\n" + strings.Join(text, "\n") + "\n" + fence(text) + "\n\n"
	if left > 0 {
		out += fmt.Sprintf("%s more are left out.\n\n", quantity(left, "code"))
	}
	return out + "A code approves exactly what is planned here, and lapses with any other change.\n\n"
}

// problems shows the errors in zone files; warnings are folded.
func (m *markdown) problems(room int) string {
	var items, warned []string
	for _, x := range m.view.plan.Problems {
		item := prose(clip(x.Message, mostMessage)) + " (" + code(clip(x.Code, 60)) + ")"
		if at := m.place(x.Pos); at != "" {
			item = at + " " + item
		}
		if x.Severity == schema.Warning {
			warned = append(warned, "- ⚠️ "+item)
		} else {
			items = append(items, "- ❌ "+item)
		}
	}
	text := ""
	if len(items) > 0 {
		text += "#### Errors in zone files\n\n" + list(items, room/2)
	}
	if len(warned) > 0 {
		text += fmt.Sprintf("<details>\n<summary>%s in zone files</summary>\n\n%s</details>\n\n", quantity(len(warned), "warning"), list(warned, room/2))
	}
	return text
}

// failures names the zones that could not be planned.
func (m *markdown) failures(room int) string {
	var items []string
	for _, z := range m.view.zones {
		why := z.plan.Error
		if why == "" && zoneState(z.plan) == Failed {
			why = "the live zone may not have been read completely: " + z.plan.Partial
		}
		if why != "" {
			items = append(items, "- ❌ "+code(schema.Display(z.plan.Zone.Undotted()))+": "+prose(clip(why, mostMessage)))
		}
	}
	if len(items) == 0 {
		return ""
	}
	return "#### Zones that could not be planned\n\n" + list(items, room)
}

// listed reports whether failures says all that there is to say of a zone.
func listed(z zoneView) bool { return z.plan.Error != "" && len(z.plan.Warnings) == 0 }

// warnings are those of the run.
func (m *markdown) warnings(room int) string {
	var items []string
	for _, w := range m.view.plan.Warnings {
		items = append(items, "- ⚠️ "+prose(clip(w, mostMessage)))
	}
	if len(items) == 0 {
		return ""
	}
	return "#### Warnings\n\n" + list(items, room)
}

// missing counts what a comment leaves out.
type missing struct {
	risky [schema.RiskHigh + 1]int // by level
	lines int                      // changes in the blocks of zones
	zones int
}

// roomForMissing is kept free for the sentence about what is missing.
const roomForMissing = 2000

func (x *missing) anyRisky() bool {
	n := 0
	for _, count := range x.risky {
		n += count
	}
	return n > 0
}

// add counts zones that are left out whole.
func (x *missing) add(zones []zoneView) {
	for _, z := range zones {
		if !listed(z) {
			x.zones++
			x.lines += z.to - z.from
		}
	}
}

// text says what is left out, and where all of it is.
func (x *missing) text(whole string) string {
	var parts []string
	for level := schema.RiskHigh; level > schema.RiskOff; level-- {
		if n := x.risky[level]; n > 0 {
			parts = append(parts, quantity(n, "change")+" of "+level.String()+" risk")
		}
	}
	if x.lines > 0 {
		parts = append(parts, quantity(x.lines, "change")+" of those in the zones")
	}
	if x.zones > 0 {
		parts = append(parts, quantity(x.zones, "whole zone"))
	}
	if len(parts) == 0 {
		return ""
	}
	text := "**Left out, as a comment is limited:** " + schema.SentenceList(parts, "and") + "."
	switch {
	case webAddress(whole) != "":
		text += " " + link("The whole plan", whole) + "."
	case whole != "":
		text += " The whole plan: " + prose(clip(whole, 300)) + "."
	}
	return text + "\n\n"
}
