package vpsorg

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	minRate    = 1               // calls per second; refusals never lower the rate below it
	cutPause   = time.Second     // refusals within this time count as one
	growPeriod = 5 * time.Second // the rate grows one step per period without a refusal
	growShare  = 20              // a step is the refused rate divided by this
)

// A limiter limits the rate of all calls of a client together. Without a ceiling it lets
// everything pass until the service refuses a call for its rate (429). Then it halves the
// rate that it saw, and lets it grow back slowly, by addition.
type limiter struct {
	ceiling rate.Limit
	bucket  *rate.Limiter

	mu      sync.Mutex
	until   time.Time  // no call before this
	refused rate.Limit // the rate at the last cut
	cut     time.Time  // when the rate was last halved
	grown   time.Time  // when the rate was last changed
	second  int64      // the second that calls counts
	calls   int        // calls started in that second
	before  int        // calls started in the second before
}

func newLimiter(ceiling float64) *limiter {
	l := &limiter{ceiling: rate.Inf}
	if ceiling > 0 {
		l.ceiling = rate.Limit(ceiling)
	}
	l.bucket = rate.NewLimiter(l.ceiling, 1)
	return l
}

// wait blocks until a call may be sent, and returns how long that took.
func (l *limiter) wait(ctx context.Context) (time.Duration, error) {
	begin := time.Now()
	for {
		if err := sleep(ctx, l.pause()); err != nil {
			return time.Since(begin), err
		}
		r := l.bucket.Reserve()
		if err := sleep(ctx, r.Delay()); err != nil {
			r.Cancel()
			return time.Since(begin), err
		}
		// Another call may have been refused in the meantime.
		if l.pause() <= 0 {
			now := time.Now()
			l.count(now)
			return now.Sub(begin), nil
		}
	}
}

func (l *limiter) pause() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.until.IsZero() {
		return 0
	}
	return time.Until(l.until)
}

// count records that a call starts.
func (l *limiter) count(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch s := now.Unix(); s - l.second {
	case 0:
		l.calls++
	case 1:
		l.second, l.before, l.calls = s, l.calls, 1
	default:
		l.second, l.before, l.calls = s, 0, 1
	}
}

// hold holds back all calls for the time that the service asked for.
func (l *limiter) hold(after time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until := time.Now().Add(after); until.After(l.until) {
		l.until = until
	}
}

// throttled records that the service refused a call for its rate.
func (l *limiter) throttled() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if !l.cut.IsZero() && now.Before(l.cut.Add(cutPause)) {
		return
	}
	seen := rate.Limit(max(l.calls, l.before, 1))
	l.refused = min(seen, l.bucket.Limit())
	l.bucket.SetLimit(min(l.ceiling, max(l.refused/2, minRate)))
	l.cut, l.grown = now, now
}

// served records that the service answered a call.
func (l *limiter) served() {
	limit := l.bucket.Limit()
	if limit == l.ceiling {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	steps := now.Sub(l.grown) / growPeriod
	if steps <= 0 {
		return
	}
	l.grown = now
	limit += rate.Limit(steps) * max(1, l.refused/growShare)
	// Far above the rate that was refused, the refusal is out of date.
	if limit >= 2*l.refused+growShare {
		limit = l.ceiling
	}
	l.bucket.SetLimit(min(limit, l.ceiling))
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
