package daemon

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
)

const (
	// maxReversals is how often an RRset is written and changed back before it is
	// quarantined, which means left alone.
	maxReversals = 3
	// reversalMemory is how long a reversal is remembered. The RRset is tried again
	// afterwards.
	reversalMemory = 24 * time.Hour
)

func (r Reversal) expired(now time.Time) bool { return now.Sub(r.Since) > reversalMemory }

// text is the reversal as the reason of a zone shows it.
func (r Reversal) text() string {
	return fmt.Sprintf("%s %s (written as %s, reads as %s)", schema.Display(r.Key.Name.Undotted()), r.Key.Type, r.Written, r.Found)
}

// unexpired returns the reversals that are still remembered.
func unexpired(reversals []Reversal, now time.Time) []Reversal {
	return slices.DeleteFunc(slices.Clone(reversals), func(r Reversal) bool { return r.expired(now) })
}

// quarantined returns the RRsets of a plan that are left alone, as they were changed back
// each time they were written: until the file says something else, or a day is over.
func quarantined(p *diff.ZonePlan, z ZoneMemory, edited bool) []schema.Key {
	if edited {
		return nil
	}
	var out []schema.Key
	planned := keys(p.Changes)
	for _, r := range unexpired(z.Reversals, time.Now()) {
		if r.Count >= maxReversals && slices.Contains(planned, r.Key) {
			out = append(out, r.Key)
		}
	}
	slices.SortFunc(out, schema.Key.Compare)
	return out
}

// countReversals adds the RRsets that were written and changed back: those that do not
// read back, and those that had to be written again although their file did not change. What
// could not be written at all is no reversal. Stood is true where the zone was as its file
// says before.
func countReversals(before []Reversal, plan *diff.ZonePlan, report *sync.ZoneReport, stood bool, now time.Time) []Reversal {
	out := unexpired(before, now)
	left := keys(report.Left)
	for _, k := range keys(report.Done) {
		i := slices.IndexFunc(out, func(r Reversal) bool { return r.Key == k })
		switch {
		case i >= 0:
		case stood || slices.Contains(left, k):
			out = append(out, Reversal{Key: k, Since: now})
			i = len(out) - 1
		default:
			continue
		}
		out[i].Count++
		out[i].Written = written(plan, k)
		out[i].Found = found(slices.Concat(report.Left, plan.Changes), k)
	}
	return out
}

// keys returns the RRsets of changes, sorted.
func keys(changes []diff.Change) []schema.Key {
	var out []schema.Key
	for _, c := range changes {
		out = append(out, schema.Key{Name: c.Name, Type: c.Type})
	}
	slices.SortFunc(out, schema.Key.Compare)
	return slices.Compact(out)
}

// written is what a plan makes of an RRset, in a fixed form: the records that should be
// there, and those that should go.
func written(plan *diff.ZonePlan, k schema.Key) string {
	var parts []string
	for _, c := range plan.Changes {
		switch {
		case c.Name != k.Name || c.Type != k.Type:
		case c.Action == diff.Delete:
			parts = append(parts, "not "+sync.Describe(c.Before.Record))
		default:
			parts = append(parts, sync.Describe(c.After))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// found is what the live zone shows of an RRset where it differs.
func found(changes []diff.Change, k schema.Key) string {
	for _, c := range changes {
		if c.Name == k.Name && c.Type == k.Type {
			if c.Action == diff.Create {
				return "nothing"
			}
			return sync.Describe(c.Before.Record)
		}
	}
	return ""
}
