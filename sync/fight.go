package sync

import (
	"slices"
	"strings"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

const (
	// maxFights is how often a record is written that does not stay, before it is left
	// alone.
	maxFights = 3
	// fightMemory is how long a fight is remembered. A record is tried again after it.
	fightMemory = 24 * time.Hour
)

func (f Fight) over(now time.Time) bool { return now.Sub(f.Since) > fightMemory }

// fought counts the RRsets that were written and did not stay: those that do not read
// back, and those that had to be written again although their file did not change. What
// could not be written at all is no fight. Stood is true where the zone was as its file
// says before.
func fought(before []Fight, plan *diff.ZonePlan, report *ZoneReport, stood bool, now time.Time) []Fight {
	out := slices.DeleteFunc(slices.Clone(before), func(f Fight) bool { return f.over(now) })
	left := keys(report.Left)
	for _, k := range keys(report.Done) {
		i := slices.IndexFunc(out, func(f Fight) bool { return f.Key == k })
		switch {
		case i >= 0:
		case stood || slices.Contains(left, k):
			out = append(out, Fight{Key: k, Since: now})
			i = len(out) - 1
		default:
			continue
		}
		out[i].Count++
		out[i].Want = want(plan, k)
		out[i].Got = got(slices.Concat(report.Left, plan.Changes), k)
	}
	return out
}

// keys gives the RRsets of changes, sorted.
func keys(changes []diff.Change) []schema.Key {
	var out []schema.Key
	for _, c := range changes {
		out = append(out, schema.Key{Name: c.Name, Type: c.Type})
	}
	slices.SortFunc(out, schema.Key.Compare)
	return slices.Compact(out)
}

// want is what a plan makes of an RRset, in a fixed form: what is to be there, and what
// is to go.
func want(plan *diff.ZonePlan, k schema.Key) string {
	var parts []string
	for _, c := range plan.Changes {
		switch {
		case c.Name != k.Name || c.Type != k.Type:
		case c.Action == diff.Delete:
			parts = append(parts, "not "+show(c.Before))
		default:
			parts = append(parts, show(c.After))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// got is what the live zone shows of an RRset where it differs.
func got(changes []diff.Change, k schema.Key) string {
	for _, c := range changes {
		if c.Name == k.Name && c.Type == k.Type {
			if c.Action == diff.Create {
				return "nothing"
			}
			return show(c.Before)
		}
	}
	return ""
}
