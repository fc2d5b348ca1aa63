package daemon

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	stdsync "sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
)

// A Daemon keeps live zones as a branch says, one cycle after the other, until it is
// told to stop. A cycle is suspended, between two zones, for a pull that is due meanwhile. The
// exported fields are set before Run and not changed after.
type Daemon struct {
	Repo Repo
	// Path is the zones folder within the repository, by slashes; "" is zones where that
	// exists, else the top.
	Path string
	API  sync.Reader
	// Writer makes changes; nil is the mode observe, which has nothing to write with.
	Writer sync.API
	Store  Store
	// Schedule is when to pull, Sweeping when to compare every zone.
	Schedule, Sweeping Schedule
	// Jitter is the longest random delay of a cycle, so that many daemons do not call at
	// the same time.
	Jitter time.Duration
	// Deadline bounds one cycle; 0 is DefaultDeadline.
	Deadline time.Duration
	// Version is that of this program.
	Version string
	// AcceptCommit is a commit that is accepted although it does not contain the one that
	// was applied last. AcceptSetting is what people call this setting, for messages.
	AcceptCommit, AcceptSetting string
	// Concurrency is how many calls are in flight at the same time; 0 is
	// sync.DefaultConcurrency.
	Concurrency int
	// Vital are the hosts that the daemon depends on.
	Vital []diff.Vital
	Log   *slog.Logger
	// Observe, where it is set, is told of each cycle that has ended, and Changed of each
	// call that changed something or failed to, by several goroutines at the same time.
	Observe func(CycleMetrics)
	Changed func(sync.Event)
	// Traffic tells of the calls of API and Writer, for the log.
	Traffic sync.Traffic
	// Asking, where it is set, makes what asks the name servers about what cycles write, one
	// for each round. It delays no cycle.
	Asking func() Asker
	// Auditing, where it is set, makes what looks at where records lead, one for each audit.
	// Audits is when that is.
	Auditing func() Auditor
	Audits   Schedule

	answers  answers
	triggers trigger
	pace     *rate.Limiter // of cycles that were triggered

	// What follows belongs to the loop.
	missedSweeps int     // in a row, that could not look at the zones
	seen         view    // by the last cycle that came to its end
	arrived      arrival // of the newest commit
	live         string  // the newest commit that was live as a whole
	warned       []string
	unsaved      MemoryChange // that the store could not take; the next cycle saves it

	// What follows is shared with those who ask for the status.
	mu     stdsync.Mutex
	memory Memory
	last   *CycleStatus
	next   map[Kind]time.Time
	beat   time.Time     // when the loop last turned
	swept  time.Duration // by the last sweep that looked at the zones
	// compared is true once a cycle has looked at the zones, a pull within the first sweep apart.
	compared bool
	// waiting are the zones that a cycle, which a pull has suspended, has yet to bring to its
	// commit; nil without such a cycle.
	waiting map[schema.Name]bool
	// unread says why the zones could last not be looked at, "" where they were.
	unread string
	// current is the zones folder that was read last, for audits; without any it is nil. nextAudit
	// is the zero time, and lastAudit nil, where there is none.
	current   *source
	nextAudit time.Time
	lastAudit *AuditStatus
	// unmanaged and listWarnings are what only the account's list of zones shows.
	unmanaged, listWarnings []string
}

// view is what decides, between two cycles, which zones are looked at.
type view struct {
	commit  string
	approve []string // approval codes
}

// arrival is when a commit was first seen.
type arrival struct {
	commit string
	at     time.Time
}

// DefaultDeadline bounds a cycle, with the pulls for which it is suspended. What it does not
// finish is done by the next one.
const DefaultDeadline = time.Hour

// Somebody who replays one announcement of a push for ever causes this many cycles a
// second, after a few at once.
const (
	triggerRate  = 1
	triggerBurst = 10
)

// heartbeat is the longest that the loop sleeps, so that a clock that jumps and a store
// that is gone are noticed.
const heartbeat = time.Minute

// lastSweepRetry is the longest wait for a sweep that could not look at the zones.
const lastSweepRetry = 5 * time.Minute

// Run runs cycles until ctx ends: one at the start, which is a sweep, and then by the
// schedules and on triggers. A cycle that fails is an event, not an end. The error says
// why the daemon could not start or go on; it is nil when ctx ended.
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
	defer d.beside(ctx)()
	for kind, ok := Sweep, true; ok && ctx.Err() == nil && d.Store.Lost() == nil; kind, ok = d.wait(ctx) {
		// What was asked for until now is answered by this cycle.
		if asked, _ := d.triggers.take(); asked == Sweep {
			kind = Sweep
		}
		d.plan(Pull) // again, as this cycle is one for what is due now
		d.cycle(ctx, kind, nil)
		d.plan(kind)
	}
	if err := d.Store.Lost(); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	return nil
}

// beside starts what goes on beside the cycles. The caller calls stop when they end.
func (d *Daemon) beside(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var group stdsync.WaitGroup
	if d.Asking != nil {
		group.Go(func() { d.answer(ctx) })
	}
	if d.Auditing != nil {
		group.Go(func() { d.audits(ctx) })
	}
	return func() {
		cancel()
		group.Wait()
	}
}

// plan notes when the next cycles are due. A cycle that lasted longer than the schedule
// leaves no queue behind: the next one does what was missed. A sweep that could not look
// at the zones is repeated soon, with time for pulls in between.
func (d *Daemon) plan(ended Kind) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	next := map[Kind]time.Time{Pull: d.jittered(d.Schedule.Next(now)), Sweep: d.next[Sweep]}
	if ended == Sweep {
		next[Sweep] = d.jittered(d.Sweeping.Next(now))
		if again := now.Add(min(backoff(d.missedSweeps), lastSweepRetry)); d.missedSweeps > 0 && again.Before(next[Sweep]) {
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

// wait waits for the next cycle and returns its kind. It returns false once ctx has ended
// or the store is gone.
func (d *Daemon) wait(ctx context.Context) (Kind, bool) {
	for d.Store.Lost() == nil {
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
	return "", false
}

// due returns the kind of cycle that is due, or else how long to sleep. A cycle that is
// further away than its schedule says was planned before the clock was put back.
func (d *Daemon) due(now time.Time) (Kind, time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.beat = now
	nap := heartbeat
	for _, k := range []Kind{Sweep, Pull} {
		left := d.left(k, now)
		if left <= 0 {
			return k, 0
		}
		nap = min(nap, left)
	}
	return "", nap
}

// left returns how long it is until a cycle is due. The caller holds the lock.
func (d *Daemon) left(k Kind, now time.Time) time.Duration {
	schedule := d.Schedule
	if k == Sweep {
		schedule = d.Sweeping
	}
	if last := schedule.Next(now).Add(d.Jitter); d.next[k].After(last) {
		d.next[k] = last
	}
	return d.next[k].Sub(now)
}

// Trigger asks for one more cycle, as soon as the one that runs has ended; the one that runs is
// suspended for a pull once the zones in flight are done. However often Trigger is called before
// the cycle begins, it is one.
func (d *Daemon) Trigger(kind Kind) { d.triggers.ask(kind) }

func (d *Daemon) deadline() time.Duration { return cmp.Or(d.Deadline, DefaultDeadline) }

func (d *Daemon) concurrency() int { return cmp.Or(d.Concurrency, sync.DefaultConcurrency) }

func (d *Daemon) mode() Mode {
	if d.Writer == nil {
		return ModeObserve
	}
	return ModeApply
}

// trigger holds at most one request for a cycle. The zero trigger is ready for use.
type trigger struct {
	mu    stdsync.Mutex
	wake  chan struct{}
	asked Kind // "" for none
}

func (t *trigger) channel() chan struct{} {
	if t.wake == nil {
		t.wake = make(chan struct{}, 1)
	}
	return t.wake
}

// ask requests a cycle; a sweep includes a pull.
func (t *trigger) ask(kind Kind) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.asked != Sweep {
		t.asked = kind
	}
	select {
	case t.channel() <- struct{}{}:
	default:
	}
}

// ready returns a channel that delivers when something was asked.
func (t *trigger) ready() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.channel()
}

// take returns what was asked, and forgets it.
func (t *trigger) take() (Kind, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	kind := t.asked
	t.asked = ""
	return kind, kind != ""
}

// wantsPull reports whether a pull was asked for.
func (t *trigger) wantsPull() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.asked == Pull
}

// takePull forgets that a pull was asked for.
func (t *trigger) takePull() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.asked == Pull {
		t.asked = ""
	}
}
