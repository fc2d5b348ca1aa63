package sync

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// A Report is the outcome of applying a plan.
type Report struct {
	// Zones are the zones that were to change, by name.
	Zones []ZoneReport
	// NotPlanned is the number of zones that could not be planned and were left alone.
	NotPlanned int
}

// A ZoneReport is the outcome for one zone.
type ZoneReport struct {
	Zone   schema.Name
	Action diff.Action
	// Created is true if the zone itself was created, Deleted if it was deleted.
	Created, Deleted bool
	// Done are the changes that the service carried out.
	Done []diff.Change
	// Failed are the changes that it did not carry out, or whose outcome is unknown.
	Failed []Failure
	// PutBack are records that were deleted, and created again because their replacement
	// failed.
	PutBack []diff.Change
	// Lost are records that were deleted, whose replacement failed, and that could not be
	// put back.
	Lost []Failure
	// Refused are the guards that refused the zone. Nothing was done then.
	Refused []diff.Refusal
	// Left are the changes that the zone still needs after it was written and read again;
	// Differs describes each of them.
	Left    []diff.Change
	Differs []string
	// Err is why the zone could not be finished, apart from the errors of single changes.
	Err error
	// Verified is true if the zone was read again and matches its file.
	Verified bool
}

// A Failure is a change that was not made, and why.
type Failure struct {
	Change diff.Change
	Err    error
}

// ErrSkipped is the error of a change that was not attempted because one that it depends
// on failed.
var ErrSkipped = errors.New("not attempted: a change it depends on failed")

// ErrStopped is the error of what was not attempted because the run was stopped.
var ErrStopped = errors.New("not attempted: the run was stopped")

// OK reports whether the zone matches its file.
func (z *ZoneReport) OK() bool {
	return z.Verified && z.Err == nil && len(z.Failed) == 0 && len(z.Differs) == 0
}

// Refused reports whether a guard refused any zone.
func (r *Report) Refused() bool {
	for i := range r.Zones {
		if len(r.Zones[i].Refused) > 0 {
			return true
		}
	}
	return false
}

// Failed reports whether any zone that was not refused does not match its file.
func (r *Report) Failed() bool {
	for i := range r.Zones {
		if z := &r.Zones[i]; !z.OK() && len(z.Refused) == 0 {
			return true
		}
	}
	return false
}

// Trouble returns, in one line, why the zone does not match its file.
func (z *ZoneReport) Trouble() string {
	switch {
	case len(z.Lost) > 0:
		return fmt.Sprintf("%s lost, deleted and could not be put back: %v", Plural(len(z.Lost), "record"), z.Lost[0].Err)
	case len(z.Failed) > 0:
		return fmt.Sprintf("%s: %v", z.Failed[0].Change.Words(z.Zone), z.Failed[0].Err)
	case z.Err != nil:
		return z.Err.Error()
	case len(z.Differs) > 0:
		return z.Differs[0]
	}
	return "not verified"
}

// Text writes the outcome of each zone, and a summary.
func (r *Report) Text(w io.Writer) error {
	b := bufio.NewWriter(w)
	for i := range r.Zones {
		r.Zones[i].text(b)
	}
	fmt.Fprintln(b, r.Summary())
	return b.Flush()
}

func (z *ZoneReport) text(w io.Writer) {
	zone := schema.Display(z.Zone.Undotted())
	for _, g := range z.Refused {
		why := ""
		if g.Guard == diff.GuardStale || g.Guard == diff.GuardIncomplete { // maybe since the plan was shown
			why = ": " + g.Message
		}
		fmt.Fprintf(w, "%s: refused by the guard %q, nothing was done%s\n", zone, g.Guard, why)
	}
	if len(z.Refused) > 0 {
		return
	}
	fmt.Fprintf(w, "%s: %s\n", zone, strings.Join(z.outcome(), ", "))
	for _, f := range z.Failed {
		fmt.Fprintf(w, "  failed: %s: %v\n", f.Change.Words(z.Zone), f.Err)
		if unknown(f.Err) {
			fmt.Fprintln(w, "    it may have been applied anyway")
		}
	}
	for _, c := range z.PutBack {
		fmt.Fprintf(w, "  restored: %s %s %s (its replacement was refused)\n", c.Name.DisplayIn(z.Zone), c.Type, Describe(c.Before.Record))
	}
	for _, f := range z.Lost {
		fmt.Fprintf(w, "  LOST: %s %s %s was deleted and could not be put back: %v\n",
			f.Change.Name.DisplayIn(z.Zone), f.Change.Type, Describe(f.Change.Before.Record), f.Err)
	}
	for _, d := range z.Differs {
		fmt.Fprintf(w, "  differs: %s\n", d)
	}
	if z.Err != nil {
		fmt.Fprintf(w, "  failed: %v\n", z.Err)
	}
}

// outcome returns what was done, a few words each.
func (z *ZoneReport) outcome() []string {
	var parts []string
	switch {
	case z.Deleted:
		parts = append(parts, "the zone was deleted")
	case z.Created:
		parts = append(parts, "the zone was created")
	}
	for _, a := range []struct {
		action diff.Action
		past   string
	}{{diff.Create, "created"}, {diff.Update, "updated"}, {diff.Delete, "deleted"}} {
		if n := z.count(a.action); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, a.past))
		}
	}
	switch {
	case len(parts) > 0:
	case len(z.PutBack) > 0:
		parts = append(parts, "no change, deleted records were restored")
	default:
		parts = append(parts, "nothing was changed")
	}
	if z.OK() {
		parts = append(parts, "verified")
	}
	return parts
}

func (z *ZoneReport) count(a diff.Action) int {
	n := 0
	for _, c := range z.Done {
		if c.Action == a {
			n++
		}
	}
	return n
}

// Summary returns the counts of the run in one sentence.
func (r *Report) Summary() string {
	var ok, refused, failed, stopped int
	var sum diff.Summary
	for i := range r.Zones {
		z := &r.Zones[i]
		switch {
		case len(z.Refused) > 0:
			refused++
		case z.OK():
			ok++
		case errors.Is(z.Err, ErrStopped) && len(z.Done)+len(z.Failed) == 0 && !z.Created:
			stopped++
		default:
			failed++
		}
		sum.Create += z.count(diff.Create)
		sum.Update += z.count(diff.Update)
		sum.Delete += z.count(diff.Delete)
	}
	text := fmt.Sprintf("%s brought up to date: %d created, %d updated, %d deleted",
		Plural(ok, "zone"), sum.Create, sum.Update, sum.Delete)
	for _, part := range []struct {
		n    int
		what string
	}{{refused, "refused"}, {failed, "failed"}, {stopped, "not started"}, {r.NotPlanned, "not planned"}} {
		if part.n > 0 {
			text += fmt.Sprintf("; %s %s", Plural(part.n, "zone"), part.what)
		}
	}
	return text
}

// Plural returns a count of things, as in "1 zone" or "3 zones". Thing must form its plural
// with s.
func Plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// Describe returns a record's data and TTL for people.
func Describe(r schema.Record) string {
	if r.Data.IsZero() {
		return "unreadable data"
	}
	return fmt.Sprintf("%s (ttl %d)", r.Data.Display(), r.TTL)
}
