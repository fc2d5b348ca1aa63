package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
)

// attributes makes the attributes of a log line out of names and values, without those
// that say nothing.
func attributes(pairs ...any) []any {
	var out []any
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" && pairs[i+1] != int64(0) {
			out = append(out, pairs[i], pairs[i+1])
		}
	}
	return out
}

// logEvent writes a line for a call that changed a record or a zone, or failed to.
func (d *Daemon) logEvent(run Run, e sync.Event) {
	what, args := "zone "+string(e.Action)+"d", []any{"zone", e.Zone.Undotted()}
	if c := e.Change; !c.Name.IsZero() {
		what = "record changed"
		before, after, ttl := "", "", c.After.TTL
		switch {
		case e.PutBack:
			after, ttl = recordText(c.Before.Record), c.Before.Record.TTL
		case c.Action == diff.Delete:
			before, ttl = recordText(c.Before.Record), c.Before.Record.TTL
		case c.Action == diff.Update:
			before, after = recordText(c.Before.Record), recordText(c.After)
		default:
			after = recordText(c.After)
		}
		args = append(args, "action", string(e.Action), "name", c.Name.Relative(e.Zone), "type", string(c.Type),
			"before", before, "after", after, "ttl", uint32(ttl))
	}
	args = append(args, "commit", run.Commit, "run", run.Number)
	if e.PutBack {
		args = append(args, "put_back", true)
	}
	if e.Err == nil {
		d.Log.Info(what, attributes(args...)...)
		return
	}
	what = "zone not " + string(e.Action) + "d"
	if !e.Change.Name.IsZero() {
		what = "record not changed"
	}
	args = append(args, "error", e.Err.Error())
	var unknown interface{ Unknown() bool }
	if errors.As(e.Err, &unknown) && unknown.Unknown() {
		args = append(args, "unknown", true) // it may have been carried out
	}
	d.Log.Error(what, attributes(args...)...)
}

// recordText is a record's data for the log.
func recordText(r schema.Record) string {
	if r.Data.IsZero() {
		return "unreadable"
	}
	return r.Data.String()
}

// report writes a line for each refusal and each warning that is new, and one for the
// cycle.
func (d *Daemon) report(run Run) {
	for _, r := range run.Refusals {
		d.Log.Warn("refused", attributes("zone", r.Zone.Undotted(), "guard", string(r.Guard), "message", r.Message,
			"approval", r.Approval, "commit", run.Commit, "run", run.Number)...)
	}
	now := d.Status().Warnings
	for _, text := range now {
		if !slices.Contains(d.warned, text) {
			d.Log.Warn("warning", attributes("warning", text, "commit", run.Commit, "run", run.Number)...)
		}
	}
	d.warned = now
	d.Log.Log(context.Background(), run.Outcome.level(), "cycle", attributes(
		"kind", string(run.Kind), "outcome", string(run.Outcome), "commit", run.Commit,
		"seconds", run.Ended.Sub(run.Started).Seconds(), "changes", len(run.Changes)+len(run.CreatedZones)+len(run.DeletedZones),
		"error", run.Error, "run", run.Number)...)
}

// level says how loudly a cycle is logged. Those without news are the many.
func (o Outcome) level() slog.Level {
	switch o {
	case OutcomeHeld, OutcomePartly:
		return slog.LevelWarn
	case OutcomeFailed:
		return slog.LevelError
	case OutcomeUnchanged:
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// logPanic writes where a panic came from; the error itself is told where it counts.
func (d *Daemon) logPanic(err error) {
	var p *sync.PanicError
	if errors.As(err, &p) {
		d.Log.Error("panic", "value", p.Value, "stack", p.Stack)
	}
}

// How many mistakes in zone files one cycle writes into the log: of each file the first
// few, so that none hides why another zone stands still.
const (
	maxProblems        = 60
	maxProblemsPerFile = 3
)

func (d *Daemon) logProblems(problems schema.Problems) {
	problems = slices.Compact(problems)
	total := 0
	ofFile := make(map[string]int)
	for _, p := range problems {
		if total < maxProblems && ofFile[p.Pos.File] < maxProblemsPerFile {
			total++
			ofFile[p.Pos.File]++
			d.Log.Warn("zone files", "problem", p.String())
		}
	}
	if more := len(problems) - total; more > 0 {
		d.Log.Warn("zone files", "problem", fmt.Sprintf("and %d more; zonetender validate lists them all", more))
	}
}
