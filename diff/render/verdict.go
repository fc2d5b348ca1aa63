package render

import (
	"fmt"
	"strings"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// A State is what a plan comes to. Where several hold, the last one of the list counts.
type State int

// The states.
const (
	NoChanges State = iota // neither records nor settings change
	Changes
	Refused // a guard refuses the run, or zones of it
	Invalid // zone files do not validate
	Failed  // zones could not be planned, or not be read completely
)

// String returns the state as one word.
func (s State) String() string {
	return [...]string{"unchanged", "changed", "refused", "invalid", "failed"}[s]
}

// Success reports whether nothing is wrong with the plan.
func (s State) Success() bool { return s <= Changes }

// Verdict returns what the plan comes to.
func Verdict(p *diff.Plan) State {
	state := NoChanges
	if len(p.Settings) > 0 {
		state = Changes
	}
	if len(p.Blocked) > 0 {
		state = Refused
	}
	if len(p.Problems.Errors()) > 0 {
		state = Invalid
	}
	for _, z := range p.Zones() {
		state = max(state, zoneState(&z))
	}
	return state
}

func zoneState(z *diff.ZonePlan) State {
	switch {
	case z.Error != "" && !z.Invalid, z.Partial != "" && z.Action == diff.None:
		return Failed
	case z.Error != "":
		return Invalid
	case len(z.Blocked) > 0:
		return Refused
	case z.Action != diff.None:
		return Changes
	}
	return NoChanges
}

// Title returns the verdict as one line without its full stop, as in "1 create, 2 updates;
// highest risk high". Where something is wrong it begins with that and with what to do.
func Title(p *diff.Plan) string {
	s := p.Summary()
	title := counts(p, s)
	switch Verdict(p) {
	case Refused:
		title = "refused by a guard, approve it or change less: " + title
	case Invalid:
		title = invalidTitle(p) + ": " + title
	case Failed:
		title = quantity(unread(p), "zone") + " could not be planned, try again: " + title
	}
	if s.Risk > schema.RiskOff {
		title += "; highest risk " + s.Risk.String()
	}
	return title
}

func invalidTitle(p *diff.Plan) string {
	if n := len(p.Problems.Errors()); n > 0 {
		return "correct " + quantity(n, "error") + " in zone files"
	}
	return "correct the zone files"
}

// counts says how much the plan changes.
func counts(p *diff.Plan, s diff.Summary) string {
	var created, deleted int
	for _, z := range p.Zones() {
		switch z.Action {
		case diff.Create:
			created++
		case diff.Delete:
			deleted++
		}
	}
	var parts []string
	add := func(n int, thing string) {
		if n > 0 {
			parts = append(parts, quantity(n, thing))
		}
	}
	add(deleted, "zone deletion")
	add(created, "new zone")
	add(s.Create, "create")
	add(s.Update, "update")
	add(s.Delete, "delete")
	add(len(p.Settings), "settings edit")
	if len(parts) == 0 {
		return "no changes"
	}
	return strings.Join(parts, ", ")
}

// advice says in a sentence what the verdict means and what to do about it.
func advice(p *diff.Plan) string {
	switch Verdict(p) {
	case Changes:
		return "Nothing is written until the zone files are applied."
	case Refused:
		return "A guard refuses: approve the plan by its code, or change less."
	case Invalid:
		return "Correct the zone files: what does not validate is left as it is."
	case Failed:
		return "Not every zone could be read: plan once more when the cause is gone."
	}
	return "The live zones match the zone files."
}

// unread counts the zones that make a plan [Failed].
func unread(p *diff.Plan) int {
	n := 0
	for _, z := range p.Zones() {
		if zoneState(&z) == Failed {
			n++
		}
	}
	return n
}

// quantity counts things in words, with commas in large numbers, as in "1 record" and
// "20,000 records".
func quantity(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return number(n) + " " + thing + "s"
}

func number(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
