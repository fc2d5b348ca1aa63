package render

import (
	"bufio"
	_ "embed" // for the page's template
	"fmt"
	"html"
	"html/template"
	"io"
	"iter"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// HTMLOptions says what a page has besides the plan.
type HTMLOptions struct {
	// Title is the heading; "" means "DNS plan".
	Title string
	// Link returns the address of a line of a file, line 0 being the whole file. It may be nil,
	// and return "" where there is none.
	Link func(path string, line int) string
}

//go:embed page.html
var pageSource string

// HTML writes the whole plan as one page that needs nothing else: no script, no style sheet,
// no network. It is written as it is made.
func HTML(w io.Writer, p *diff.Plan, o HTMLOptions) error {
	t, err := template.New("page").Parse(pageSource)
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	if o.Title == "" {
		o.Title = defaultTitle
	}
	b := bufio.NewWriterSize(w, 64<<10)
	if err := t.Execute(b, &page{newView(p), o}); err != nil {
		return err
	}
	return b.Flush()
}

// A page is what the template asks for what it shows.
type page struct {
	view    *view
	options HTMLOptions
}

func (p *page) Heading() string         { return schema.Printable(p.options.Title) }
func (p *page) Verdict() string         { return upperFirst(Title(p.view.plan)) }
func (p *page) Advice() string          { return advice(p.view.plan) }
func (p *page) State() string           { return Verdict(p.view.plan).String() }
func (p *page) Level() string           { return p.view.summary.Risk.String() }
func (p *page) Warnings() []string      { return printable(p.view.plan.Warnings) }
func (p *page) Approval() string        { return p.view.plan.Approval }
func (p *page) Blocked() []diff.Refusal { return refusals(p.view.plan.Blocked) }
func (p *page) AnyRisky() bool          { return len(p.view.plan.Settings)+len(p.view.risky) > 0 }

// A figure is a count with what it counts.
type figure struct {
	Class, Label string
	Count        string
}

// Figures are the numbers at the top. What is zero and says nothing is left out.
func (p *page) Figures() []figure {
	s := p.view.summary
	out := []figure{
		{"create", "to create", number(s.Create)}, {"update", "to update", number(s.Update)}, {"delete", "to delete", number(s.Delete)},
		{"", "unchanged", number(s.Unchanged)}, {"", "zones with changes", fmt.Sprintf("%s / %s", number(s.ZonesChanged), number(s.Zones))},
	}
	if s.Blocked > 0 {
		out = append(out, figure{"bad", "zones refused", number(s.Blocked)})
	}
	if s.Errors > 0 {
		out = append(out, figure{"bad", "zones in error", number(s.Errors)})
	}
	return out
}

// Facts say what was compared with what.
func (p *page) Facts() []string {
	plan := p.view.plan
	var out []string
	if plan.Commit != "" {
		out = append(out, "commit "+shortHash(plan.Commit))
	}
	if plan.Base != "" {
		out = append(out, "compared with "+shortHash(plan.Base))
	}
	if author := p.view.author(); author != "" {
		out = append(out, author)
	}
	switch {
	case plan.LiveFrom != "":
		out = append(out, "live zones as of the "+schema.Printable(plan.LiveFrom))
	case !plan.GeneratedAt.IsZero():
		out = append(out, "live zones read on "+plan.GeneratedAt.UTC().Format("2 January 2006, 15:04 UTC"))
	}
	return out
}

// Unmanaged names all live zones without a file.
func (p *page) Unmanaged() []string {
	var out []string
	for _, n := range p.view.plan.Unmanaged {
		out = append(out, schema.Display(n.Undotted()))
	}
	return out
}

// A where is a place in the zone files.
type where struct {
	Text, Address string
}

// Where links a place in the zone files.
func (p *page) Where(at schema.Position) where {
	out := where{Text: place(at)}
	if p.options.Link != nil && out.Text != "" {
		out.Address = webAddress(p.options.Link(at.File, at.Line))
	}
	return out
}

// Problems are those in the zone files, fit to be seen.
func (p *page) Problems() schema.Problems {
	out := slices.Clone(p.view.plan.Problems)
	for i := range out {
		out[i].Code, out[i].Message = schema.Printable(out[i].Code), schema.Printable(out[i].Message)
	}
	return out
}

// where links a place in the zones folder. What is gone has a place in the base alone.
func (p *page) where(at schema.Position, gone bool) where {
	out := p.Where(p.view.plan.InRepository(at))
	if gone && p.view.plan.Base != "" && at.Line > 0 {
		out.Address = ""
	}
	return out
}

// A row is one change as the page shows it, made when it is written.
type row struct {
	Action, Name, Type string
	Before, After      contrast
	Level              string // "" for low
	Reasons            []diff.Reason
	Stale, Note        string
	Where              where
}

// A contrast is a text that differs from another one in its middle.
type contrast struct {
	Head, Middle, Tail string
	TTL                string // "" where it does not change
}

// Values returns both sides of the change as elements. There are many of them, and the
// template would take most of its time over them.
func (r row) Values() template.HTML {
	var b strings.Builder
	element := func(class, sign string, c contrast) {
		if c == (contrast{}) {
			return
		}
		b.WriteString(`<span class="side ` + class + `">` + sign + " " + html.EscapeString(c.Head))
		if c.Middle != "" {
			b.WriteString("<mark>" + html.EscapeString(c.Middle) + "</mark>")
		}
		b.WriteString(html.EscapeString(c.Tail))
		if c.TTL != "" {
			b.WriteString("<i>" + html.EscapeString(c.TTL) + "</i>")
		}
		b.WriteString("</span>")
	}
	element("old", "-", r.Before)
	element("new", "+", r.After)
	return template.HTML(b.String())
}

// Settings yields the edits of settings.
func (p *page) Settings() iter.Seq[row] {
	return func(yield func(row) bool) {
		for i := range p.view.plan.Settings {
			s := &p.view.plan.Settings[i]
			name, before, after := setting(s)
			r := row{Action: "settings", Name: name, Type: schema.Printable(s.Key), Level: levelWord(s.Risk.Level), Reasons: reasons(s.Risk), Where: p.where(s.Pos, s.After == "")}
			r.Before, r.After = contrasted(before, after)
			if !yield(r) {
				return
			}
		}
	}
}

// Risky yields what is risky, with names in full.
func (p *page) Risky() iter.Seq[row] {
	return func(yield func(row) bool) {
		for _, e := range p.view.risky {
			if !yield(p.riskyRow(e)) {
				return
			}
		}
	}
}

func (p *page) riskyRow(e entry) row {
	z, c := p.view.zone(e), p.view.change(e)
	if c == nil {
		return row{Action: "delete", Name: schema.Display(z.Zone.Undotted()), Type: "zone",
			Before: contrast{Head: deletion(z)}, Level: levelWord(z.Risk.Level), Reasons: reasons(z.Risk), Stale: duration(z.StaleFor())}
	}
	r := p.row(c, z)
	r.Name = schema.Display(c.Name.Undotted())
	return r
}

func (p *page) row(c *diff.Change, z *diff.ZonePlan) row {
	r := row{
		Action: string(c.Action), Name: schema.Printable(c.Name.DisplayIn(z.Zone)), Type: string(c.Type),
		Level: levelWord(c.Risk.Level), Reasons: reasons(c.Risk), Stale: duration(c.StaleFor),
		Note: p.view.provenance(c), Where: p.where(c.Pos, c.Action == diff.Delete),
	}
	before, after := sides(c, math.MaxInt)
	r.Before, r.After = contrast{Head: before.value}, contrast{Head: after.value}
	if c.Action == diff.Update {
		r.Before, r.After = contrasted(before.value, after.value)
	}
	r.Before.TTL, r.After.TTL = before.ttl, after.ttl
	return r
}

// A pageZone is a zone as the page shows it.
type pageZone struct {
	page *page
	zone zoneView
}

// Zones yields the zones that have something to say.
func (p *page) Zones() iter.Seq[pageZone] {
	return func(yield func(pageZone) bool) {
		for _, z := range p.view.zones {
			if !yield(pageZone{p, z}) {
				return
			}
		}
	}
}

func (z pageZone) Name() string            { return schema.Display(z.zone.plan.Zone.Undotted()) }
func (z pageZone) Headline() string        { return headline(z.zone.plan) }
func (z pageZone) Level() string           { return levelWord(z.zone.level) }
func (z pageZone) Warnings() []string      { return printable(z.zone.plan.Warnings) }
func (z pageZone) Error() string           { return schema.Printable(z.zone.plan.Error) }
func (z pageZone) Blocked() []diff.Refusal { return refusals(z.zone.plan.Blocked) }
func (z pageZone) Approval() string        { return z.zone.plan.Approval }

// Open reports whether the zone is unfolded from the start.
func (z pageZone) Open() bool {
	const few = 3
	return z.zone.level > schema.RiskLow || trouble(z.zone.plan) > 0 || len(z.page.view.zones) <= few
}

// Rows yields the changes of the zone, the riskiest first.
func (z pageZone) Rows() iter.Seq[row] {
	return func(yield func(row) bool) {
		for _, e := range z.page.view.changes(z.zone) {
			r := z.page.row(z.page.view.change(e), z.zone.plan)
			if c := z.page.view.change(e); c.Pos.Line == 0 {
				r.Where = where{} // the zone's file is no news in each row
			}
			if !yield(r) {
				return
			}
		}
	}
}

// contrasted divides two texts into what they share and what differs.
func contrasted(from, to string) (contrast, contrast) {
	if from == to {
		return contrast{Head: from}, contrast{Head: to}
	}
	n := 0
	for n < len(from) && n < len(to) && from[n] == to[n] {
		n++
	}
	for n > 0 && (n < len(from) && !utf8.RuneStart(from[n]) || n < len(to) && !utf8.RuneStart(to[n])) {
		n--
	}
	m := 0
	for m < len(from)-n && m < len(to)-n && from[len(from)-1-m] == to[len(to)-1-m] {
		m++
	}
	for m > 0 && !utf8.RuneStart(from[len(from)-m]) {
		m--
	}
	cut := func(s string) contrast { return contrast{Head: s[:n], Middle: s[n : len(s)-m], Tail: s[len(s)-m:]} }
	return cut(from), cut(to)
}

// levelWord is "" for what is not risky.
func levelWord(l schema.RiskLevel) string {
	if l <= schema.RiskLow {
		return ""
	}
	return l.String()
}

func reasons(r diff.Risk) []diff.Reason {
	out := make([]diff.Reason, 0, len(r.Reasons))
	for _, x := range r.Reasons {
		out = append(out, diff.Reason{Code: x.Code, Level: x.Level, Message: schema.Printable(x.Message)})
	}
	return out
}

func refusals(of []diff.Refusal) []diff.Refusal {
	out := make([]diff.Refusal, 0, len(of))
	for _, r := range of {
		out = append(out, diff.Refusal{Guard: r.Guard, Message: schema.Printable(r.Message)})
	}
	return out
}

func printable(texts []string) []string {
	out := make([]string, 0, len(texts))
	for _, t := range texts {
		out = append(out, strings.TrimSpace(schema.Printable(t)))
	}
	return out
}
