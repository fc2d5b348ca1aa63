package vpsorgtest

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// A Limit is how many calls a service performs in a time. It refuses others by 429 and does
// not count them. The zero Limit is none.
type Limit struct {
	Kind LimitKind
	// Calls are performed per Period; 0 of a Period is a second.
	Calls  int
	Period time.Duration
	// Burst is how many calls a [TokenBucket] holds when it is full; 0 means 1.
	Burst int
	// After is how refusals say when to call again.
	After RetryForm
}

// LimitKind is how calls are counted.
type LimitKind string

// The ways to count calls.
const (
	FixedWindow   LimitKind = "fixed window"   // in periods that follow each other, by the clock
	SlidingWindow LimitKind = "sliding window" // in the period before each call
	TokenBucket   LimitKind = "token bucket"   // a call takes a token, and tokens come evenly
)

// LimitKinds lists the ways to count calls.
func LimitKinds() []LimitKind { return []LimitKind{FixedWindow, SlidingWindow, TokenBucket} }

// RetryForm is how a Retry-After header is written.
type RetryForm string

// The forms of Retry-After. Seconds and dates are rounded up.
const (
	AfterSeconds RetryForm = "seconds"
	AfterDate    RetryForm = "date"
	AfterNothing RetryForm = "" // no header
)

// RetryForms lists the forms of Retry-After.
func RetryForms() []RetryForm { return []RetryForm{AfterSeconds, AfterDate, AfterNothing} }

// SetLimit puts a limit in force in place of the one before, with nothing counted yet.
func (s *Server) SetLimit(l Limit) { s.limiter.set(l) }

// limiter counts calls for a Limit. The zero limiter refuses none.
type limiter struct {
	mu     sync.Mutex
	limit  Limit
	window time.Time   // the fixed window that calls counts
	calls  int         // performed in it
	sent   []time.Time // calls in the sliding window, the oldest first
	tokens float64     // in the bucket, when it was last filled
	filled time.Time
}

func (l *limiter) set(limit Limit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if limit.Period == 0 {
		limit.Period = time.Second
	}
	limit.Burst = max(limit.Burst, 1)
	l.limit, l.window, l.calls, l.sent, l.filled = limit, time.Time{}, 0, nil, time.Time{}
	l.tokens = float64(limit.Burst)
}

// refuse counts a call, or returns the reply that refuses it.
func (l *limiter) refuse(now time.Time) (reply, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var wait time.Duration // until there is room for a call
	switch l.limit.Kind {
	case FixedWindow:
		wait = l.fixed(now)
	case SlidingWindow:
		wait = l.sliding(now)
	case TokenBucket:
		wait = l.bucket(now)
	}
	if wait <= 0 {
		return reply{}, false
	}
	rep := newReply(http.StatusTooManyRequests, []byte(`{"detail": "Request was throttled."}`))
	switch l.limit.After {
	case AfterSeconds:
		rep.header.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	case AfterDate:
		at := now.Add(wait + time.Second - time.Nanosecond).UTC().Truncate(time.Second)
		rep.header.Set("Retry-After", at.Format(http.TimeFormat))
	}
	return rep, true
}

func (l *limiter) fixed(now time.Time) (wait time.Duration) {
	if w := now.Truncate(l.limit.Period); !w.Equal(l.window) {
		l.window, l.calls = w, 0
	}
	if l.calls >= l.limit.Calls {
		return l.window.Add(l.limit.Period).Sub(now)
	}
	l.calls++
	return 0
}

func (l *limiter) sliding(now time.Time) (wait time.Duration) {
	for len(l.sent) > 0 && !l.sent[0].Add(l.limit.Period).After(now) {
		l.sent = l.sent[1:]
	}
	if len(l.sent) >= l.limit.Calls {
		return l.sent[0].Add(l.limit.Period).Sub(now)
	}
	l.sent = append(l.sent, now)
	return 0
}

func (l *limiter) bucket(now time.Time) (wait time.Duration) {
	perSecond := float64(l.limit.Calls) / l.limit.Period.Seconds()
	if !l.filled.IsZero() {
		l.tokens = min(float64(l.limit.Burst), l.tokens+now.Sub(l.filled).Seconds()*perSecond)
	}
	l.filled = now
	const rounding = 1e-9 // a token that lacks no more than this is whole
	if l.tokens < 1-rounding {
		return time.Duration((1 - l.tokens) / perSecond * float64(time.Second))
	}
	l.tokens--
	return 0
}
