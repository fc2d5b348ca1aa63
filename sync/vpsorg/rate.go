package vpsorg

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	minRate    = 1               // calls a second, below which no refusal brings the rate
	cutPause   = time.Second     // refusals within it belong to one burst and count once
	growPeriod = 5 * time.Second // the rate grows a step for each that passes without refusal
	growShare  = 20              // a step is this part of the rate that was refused
)

// A limiter holds back all calls of a client together. Without a ceiling it lets
// everything pass until the service refuses a call for its rate (429); then it halves
// the rate seen, and lets it grow back slowly, by addition.
type limiter struct {
	ceiling rate.Limit
	bucket  *rate.Limiter

	mu      sync.Mutex
	until   time.Time  // nobody calls before
	refused rate.Limit // the rate at the last cut
	cut     time.Time  // when the rate was last halved
	grown   time.Time  // when the rate was last changed
	second  int64      // the second that calls counts
	calls   int        // begun in that second
	before  int        // begun in the second before it
}

func newLimiter(ceiling float64) *limiter {
	l := &limiter{ceiling: rate.Inf}
	if ceiling > 0 {
		l.ceiling = rate.Limit(ceiling)
	}
	l.bucket = rate.NewLimiter(l.ceiling, 1)
	return l
}

// wait returns when a call may be sent, and says how long that took.
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
		// A refusal of another call may have come meanwhile.
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

// count notes that a call begins.
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

// hold makes everybody wait until the service said it can be called again.
func (l *limiter) hold(after time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until := time.Now().Add(after); until.After(l.until) {
		l.until = until
	}
}

// throttled notes that the service refused a call for its rate.
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

// served notes that the service answered a call.
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
	// Far above the rate that was refused there is nothing left to learn from it.
	if limit >= 2*l.refused+growShare {
		limit = l.ceiling
	}
	l.bucket.SetLimit(min(limit, l.ceiling))
}

// sleep waits for d, or until ctx ends, whose error it gives.
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
