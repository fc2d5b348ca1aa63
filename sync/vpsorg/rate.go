package vpsorg

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"
)

const (
	window  = time.Second      // in which calls are counted
	minRate = 0.1              // calls per second; refusals never lower the rate below it
	maxGap  = 1000 * time.Hour // between two calls; a time.Duration has no room for some rates

	// share is how much of the allowed rate is used. The rest lets answers take 30 ms more or
	// less without too many calls arriving in a window.
	share = 0.97
	// A refusal leaves at least cut of the rate, or cutTry where the second before shows
	// little: a try is refused soon after it began, and a pause leaves few calls to count.
	cut, cutTry = 0.75, 0.9
	// A rate that is so many times the refused one, and is not refused, makes that one
	// outdated.
	outdated = 1.25

	maxLevel = 6    // at which the rate rests for 64 s before a higher one is tried
	minStep  = 0.02 // by which it is then raised each second
)

// A limiter keeps the calls of a client together to the rate that the service allows, and
// finds that rate out. It lets calls go in the order in which they came, evenly and never in
// bursts, as nobody knows whether the service counts in windows or by a token bucket.
//
// Without a setting everything passes until a call is refused (429). What was let go in the
// window before it is then the allowed rate, of which a little less is used. After a rest a
// higher rate is tried, second by second, until a call is refused again. That is AIMD as TCP
// has it, slow start included, with one difference: as most limits never change, each refusal
// doubles the rest and makes the next try gentler, from doubling the rate after 1 s to raising
// it by 2 % after 64 s. Once the refused rate is outdated, that begins anew.
type limiter struct {
	ceiling float64 // calls per second, +Inf for none

	mu      sync.Mutex
	queue   []*waiter
	allowed float64     // calls per second as far as known, +Inf where nothing is
	next    time.Time   // no call before this, to keep to the allowed rate
	until   time.Time   // no call before this, as the service asked for
	sent    []time.Time // calls in the last window that were not refused, the oldest first

	trying  bool      // a higher rate than the last cut left
	level   int       // cuts since learning began, at most maxLevel
	refused float64   // calls per second that were too many, at the last cut
	floor   float64   // below which the last cut does not go
	cut     time.Time // the last one
	rest    time.Time // the rate is not raised before this
}

// A waiter is a call that waits for its turn.
type waiter struct {
	first  bool          // ahead of those that are not
	atHead chan struct{} // gets a value when it may have become the first of the queue
	due    time.Time     // what it waits for at the head of the queue
}

// A departure is when a call was let go, and how many were in the window before.
type departure struct {
	at     time.Time
	before int
}

func newLimiter(ceiling float64) *limiter {
	l := &limiter{ceiling: math.Inf(1)}
	if ceiling > 0 {
		l.ceiling = ceiling
	}
	l.allowed = l.ceiling
	return l
}

// rate returns how many calls per second are allowed as far as is known, +Inf where nothing is.
func (l *limiter) rate() float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.allowed
}

// wait blocks until a call may be sent. One that comes first overtakes those that wait.
func (l *limiter) wait(ctx context.Context, first bool) (departure, error) {
	w := l.join(first)
	defer l.leave(w)
	for {
		if err := ctx.Err(); err != nil {
			return departure{}, err
		}
		d, pause, head := l.turn(w)
		switch {
		case !head:
			select {
			case <-ctx.Done():
			case <-w.atHead:
			}
		case pause > 0:
			_ = sleep(ctx, pause) // the loop looks at the context
		default:
			return d, nil
		}
	}
}

func (l *limiter) join(first bool) *waiter {
	w := &waiter{first: first, atHead: make(chan struct{}, 1)}
	l.mu.Lock()
	defer l.mu.Unlock()
	at := len(l.queue)
	if first {
		if at = slices.IndexFunc(l.queue, func(o *waiter) bool { return !o.first }); at < 0 {
			at = len(l.queue)
		}
	}
	l.queue = slices.Insert(l.queue, at, w)
	return w
}

// leave takes a call out of the queue, whether or not it was let go.
func (l *limiter) leave(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.queue, w); i >= 0 {
		l.queue = slices.Delete(l.queue, i, i+1)
	}
	if len(l.queue) > 0 {
		select {
		case l.queue[0].atHead <- struct{}{}:
		default:
		}
	}
}

// turn lets the call go if it is the first of the queue and its time has come, and else says
// which of the two it has to wait for.
func (l *limiter) turn(w *waiter) (d departure, pause time.Duration, head bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.queue[0] != w {
		return d, 0, false
	}
	now := time.Now()
	at := l.next
	if l.until.After(at) {
		at = l.until
	}
	if at.After(now) {
		w.due = at
		return d, at.Sub(now), true
	}
	if w.due.IsZero() || !at.Equal(w.due) {
		at = now // nobody waited for that time, and what was missed is not made up for
	}
	gap := min(float64(time.Second)/(share*l.allowed), float64(maxGap)) // 0 where nothing is known
	l.next = at.Add(time.Duration(gap))
	l.forget(now)
	d = departure{now, len(l.sent)}
	l.sent = append(l.sent, now)
	return d, 0, true
}

// forget drops calls that are no longer in the window.
func (l *limiter) forget(now time.Time) {
	n := 0
	for n < len(l.sent) && now.Sub(l.sent[n]) >= window {
		n++
	}
	l.sent = l.sent[n:]
}

// hold holds back all calls for the time that the service asked for.
func (l *limiter) hold(after time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until := time.Now().Add(after); until.After(l.until) {
		l.until, l.rest = until, until.Add(window<<l.level)
	}
}

// failed records that a call failed.
func (l *limiter) failed(d departure, bad *Error) {
	if bad.throttled {
		l.throttled(d)
	}
	if bad.retryAfter > 0 {
		l.hold(bad.retryAfter)
	}
}

// throttled records that the service refused a call for its rate.
func (l *limiter) throttled(d departure) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.sent, d.at); i >= 0 {
		l.sent = slices.Delete(l.sent, i, i+1) // it was not performed
	}
	if l.cut.IsZero() || d.at.Sub(l.cut) >= window {
		keep := cut
		if l.trying || d.at.Sub(l.until) < window {
			keep = cutTry
		}
		l.reduce(time.Now(), keep)
	}
	// Calls that went within a window of a cut are refused for what went before it. The one of
	// them before which the fewest went says the most.
	l.allowed = min(l.allowed, max(float64(d.before), l.floor))
}

// reduce cuts the rate and begins another rest. What it keeps at least is a share of the rate.
func (l *limiter) reduce(now time.Time, keep float64) {
	l.refused = l.allowed
	if math.IsInf(l.allowed, 1) {
		l.level, l.floor = 0, 1
	} else {
		l.level, l.floor = min(l.level+1, maxLevel), max(minRate, keep*l.allowed)
		l.allowed = min(l.allowed, max(l.floor, share*l.allowed))
	}
	l.trying, l.cut, l.rest = false, now, now.Add(window<<l.level)
}

// served records that the service performed a call, and raises the rate where it is time to
// try a higher one, and the calls are so many that it would be noticed.
func (l *limiter) served() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.allowed >= l.ceiling || now.Before(l.rest) || float64(len(l.sent)) < 0.9*share*l.allowed-1 {
		return
	}
	step := max(minStep, 1/float64(int(1)<<(2*l.level))) // a quarter of the level before
	l.trying = true
	l.allowed, l.rest = min(l.ceiling, l.allowed*(1+step)), now.Add(window)
	if l.allowed > outdated*l.refused {
		l.level = 0
	}
}

// sleep waits for d, or until ctx is done, and then returns its error.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
