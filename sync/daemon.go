package sync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/zonetender/zonetender/diff"
)

// A Daemon keeps live zones as a branch says, one cycle after the other, until it is
// told to stop. Its fields are set before Run and not changed after.
type Daemon struct {
	Repo Repo
	// Path is the zones folder within the repository, by slashes.
	Path string
	API  Reader
	// Writer makes changes; nil is the mode observe, which has nothing to write with.
	Writer API
	Store  Store
	// Schedule is when to pull, Sweeping when to compare every zone.
	Schedule, Sweeping Schedule
	// Jitter is the most that a cycle is put off by chance, so that many daemons do not
	// call at once.
	Jitter time.Duration
	// Deadline bounds one cycle; 0 is DefaultDeadline.
	Deadline time.Duration
	// Version is that of this program.
	Version string
	// AcceptCommit is a commit that is accepted although it does not contain the one that
	// was applied last.
	AcceptCommit string
	Concurrency  int
	Log          *slog.Logger
	// Observe, where it is set, is told of each cycle that has ended.
	Observe func(Run)

	triggers trigger
	pace     *rate.Limiter // of cycles that were triggered

	// What follows is the loop's own.
	owed int    // sweeps in a row that could not look at the zones
	seen view   // what the last cycle that came to its end has looked at
	live string // the newest commit of which everything was live

	mu     sync.Mutex
	memory Memory
	last   *CycleStatus
	took   time.Duration // by the last sweep that looked at the zones
	blind  string        // why the last sweep could not look at the zones
	sweep  sweepFacts
	next   map[Kind]time.Time
	beat   time.Time
}

// view is what decides, between two cycles, which zones are looked at.
type view struct {
	commit  string
	approve []string // approval codes
}

// sweepFacts is what only a look at every zone shows.
type sweepFacts struct{ unmanaged []string }

// DefaultDeadline bounds a cycle. What it does not finish is done by the next one.
const DefaultDeadline = time.Hour

// Somebody who replays one announcement of a push for ever causes so many cycles a
// second, after a few at once.
const (
	triggerRate  = 1
	triggerBurst = 10
)

// heartbeat is the longest that the loop sleeps, so that a clock that jumps is noticed.
const heartbeat = time.Minute

// lastSweepRetry is the longest wait for a sweep that could not look at the zones.
const lastSweepRetry = 5 * time.Minute

// Run runs cycles until ctx ends: one at the start, which is a sweep, and then by the
// schedules and on triggers. A cycle that fails is an event, not an end. The error says
// why the daemon could not start; it is nil when ctx ended.
func (d *Daemon) Run(ctx context.Context) error {
	memory, err := d.Store.Load(ctx)
	if err != nil {
		return fmt.Errorf("state: load: %w", err)
	}
	d.mu.Lock()
	d.memory = memory
	d.mu.Unlock()
	d.live = memory.Progress.Applied
	d.pace = rate.NewLimiter(triggerRate, triggerBurst)
	for kind, ok := Sweep, true; ok && ctx.Err() == nil; kind, ok = d.wait(ctx) {
		// What was asked for until now is answered by this cycle.
		if asked, _ := d.triggers.take(); asked == Sweep {
			kind = Sweep
		}
		d.cycle(ctx, kind)
		d.plan(kind)
	}
	return nil
}

// plan notes when the next cycles are due. A cycle that lasted longer than the schedule
// has no queue behind it: what was missed in the meantime is the next one's. A sweep that
// could not look at the zones is made up for soon, with time for pulls in between.
func (d *Daemon) plan(ended Kind) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	next := map[Kind]time.Time{Pull: d.jittered(d.Schedule.Next(now)), Sweep: d.next[Sweep]}
	if ended == Sweep {
		next[Sweep] = d.jittered(d.Sweeping.Next(now))
		if again := now.Add(min(backoff(d.owed), lastSweepRetry)); d.owed > 0 && again.Before(next[Sweep]) {
			next[Sweep] = again
		}
	}
	d.next, d.beat = next, now
}

func (d *Daemon) jittered(t time.Time) time.Time {
	if d.Jitter <= 0 {
		return t
	}
	return t.Add(rand.N(d.Jitter))
}

// wait waits for the next cycle, and says which kind it is; false says that ctx ended.
func (d *Daemon) wait(ctx context.Context) (Kind, bool) {
	for {
		kind, nap := d.due(time.Now())
		if kind != "" {
			return kind, true
		}
		timer := time.NewTimer(nap)
		select {
		case <-ctx.Done():
			timer.Stop()
			return "", false
		case <-d.triggers.ready():
			timer.Stop()
			if d.pace.Wait(ctx) != nil {
				return "", false
			}
			if kind, ok := d.triggers.take(); ok {
				return kind, true
			}
		case <-timer.C:
		}
	}
}

// due gives the kind of cycle that is due, or else how long to sleep. A cycle that is
// further away than its schedule says was planned before the clock was put back.
func (d *Daemon) due(now time.Time) (Kind, time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.beat = now
	nap := heartbeat
	for _, k := range []Kind{Sweep, Pull} {
		schedule := d.Schedule
		if k == Sweep {
			schedule = d.Sweeping
		}
		if last := schedule.Next(now).Add(d.Jitter); d.next[k].After(last) {
			d.next[k] = last
		}
		left := d.next[k].Sub(now)
		if left <= 0 {
			return k, 0
		}
		nap = min(nap, left)
	}
	return "", nap
}

// Trigger asks for one more cycle, as soon as the one that runs has ended. However
// often it is called before that cycle begins, it is one.
func (d *Daemon) Trigger(kind Kind) { d.triggers.ask(kind) }

// cycle runs one cycle and remembers what came of it.
func (d *Daemon) cycle(ctx context.Context, kind Kind) {
	bounded, cancel := context.WithTimeout(ctx, d.deadline())
	defer cancel()
	w := d.begin(kind)
	if err := caught(func() { w.do(bounded) }); err != nil {
		d.logPanic(err)
		w.fail(Broken, err)
	}
	w.run.Ended = time.Now()
	if err := caught(func() { d.finish(ctx, w) }); err != nil {
		d.logPanic(err)
	}
}

func (d *Daemon) begin(kind Kind) *work {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.beat = time.Now()
	return &work{Daemon: d, kind: kind, memory: d.memory, run: Run{
		Kind: kind, Mode: d.mode(), Version: d.Version, Started: d.beat, Progress: d.memory.Progress,
	}}
}

func (d *Daemon) deadline() time.Duration { return cmp.Or(d.Deadline, DefaultDeadline) }

func (d *Daemon) mode() Mode {
	if d.Writer == nil {
		return ModeObserve
	}
	return ModeApply
}

// logPanic writes where the mistake is; the error itself is told where it counts.
func (d *Daemon) logPanic(err error) {
	var p *PanicError
	if errors.As(err, &p) {
		d.Log.Error("panic", "value", p.Value, "stack", p.Stack)
	}
}

// finish remembers the cycle, tells of it, and saves it.
func (d *Daemon) finish(ctx context.Context, w *work) {
	run := &w.run
	d.note(w)
	// What was done is saved even when the daemon is being stopped.
	if err := d.Store.Save(context.WithoutCancel(ctx), *run); err != nil {
		d.Log.Error("state not saved; the next start sweeps every zone", "error", err.Error())
	}
	d.report(*run)
	if d.Observe != nil {
		d.Observe(*run)
	}
}

// note takes the cycle into the memory.
func (d *Daemon) note(w *work) {
	d.mu.Lock()
	defer d.mu.Unlock()
	run := &w.run
	switch {
	case w.unread:
		// What could not be read waits to be tried again: until then, that a pull has
		// nothing to do is no good sign.
		d.blind = run.Error
	case w.looked:
		d.blind = ""
	}
	switch {
	case run.Kind != Sweep:
	case w.looked:
		d.owed, d.took = 0, run.Ended.Sub(run.Started)
	default:
		d.owed, d.blind = d.owed+1, run.Error
	}
	if run.good() && d.owed == 0 && d.blind == "" {
		run.Progress.LastGood = run.Ended
	}
	if run.Live {
		d.live = run.Commit
	}
	d.memory = d.memory.with(*run)
	run.Pending, run.Refused = d.memory.waiting()
	d.last = &CycleStatus{run.Kind, run.Started, run.Ended.Sub(run.Started).Seconds(), run.Outcome, run.Error}
	if w.swept != nil {
		d.sweep = *w.swept
	}
}

// report writes one line for the cycle and one for each change and refusal.
func (d *Daemon) report(run Run) {
	for _, zone := range run.CreatedZones {
		d.Log.Info("changed", "zone", zone.Undotted(), "change", "create the zone", "commit", run.Commit)
	}
	for _, c := range run.Changes {
		args := []any{"zone", c.Zone.Undotted(), "change", c.Change.Words(c.Zone), "commit", run.Commit}
		if c.Error != "" {
			d.Log.Error("not changed", append(args, "error", c.Error)...)
			continue
		}
		d.Log.Info("changed", args...)
	}
	for _, zone := range run.DeletedZones {
		d.Log.Info("changed", "zone", zone.Undotted(), "change", "delete the zone", "commit", run.Commit)
	}
	for _, r := range run.Refusals {
		d.Log.Warn("refused", "zone", r.Zone.Undotted(), "guard", string(r.Guard), "message", r.Message, "approval", r.Approval)
	}
	d.Log.Log(context.Background(), run.Outcome.level(), "cycle", "kind", string(run.Kind), "outcome", string(run.Outcome),
		"commit", run.Commit, "seconds", run.Ended.Sub(run.Started).Seconds(),
		"changes", len(run.Changes)+len(run.CreatedZones)+len(run.DeletedZones), "error", run.Error)
}

// level says how loudly a cycle is logged. Those without news are the many.
func (o Outcome) level() slog.Level {
	switch o {
	case Held, Partly:
		return slog.LevelWarn
	case Broken:
		return slog.LevelError
	case Unchanged:
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// good reports whether the cycle reached Git and, where it had to, the API, and did
// all that the guards and the zone files let it do.
func (r *Run) good() bool {
	switch r.Outcome {
	case Unchanged, Applied, Observed, Partly:
		return r.Error == ""
	}
	return false
}

// guardRefusals turns a plan's refusals into those of the history.
func guardRefusals(refusals []diff.Refusal, approval string) []RunRefusal {
	var out []RunRefusal
	for _, r := range refusals {
		out = append(out, RunRefusal{Guard: r.Guard, Message: r.Message, Approval: approval})
	}
	return out
}
