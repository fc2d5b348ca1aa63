package vpsorg

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter limits the wait that the service can ask for.
const maxRetryAfter = 60 * time.Second

// waits returns the waits before the second and later attempts. There is no attempt after
// the last of them.
func waits() []time.Duration {
	return []time.Duration{
		300 * time.Millisecond,
		1 * time.Second,
		3 * time.Second,
		9 * time.Second,
	}
}

// do attempts a request until it succeeds, cannot succeed, or there are no waits left. It
// returns the error of the last attempt.
func (c *Client) do(ctx context.Context, q request) (answer, error) {
	table := waits()
	lost := false
	for n := 0; ; n++ {
		a, bad := c.attempt(ctx, q)
		if bad == nil {
			a.again = lost
			return a, nil
		}
		bad.Attempts = n + 1
		c.conflicts.note(q, bad)
		lost = lost || bad.lost()
		unreachable := bad.Status == 0 && !bad.sent
		if n == len(table) || ctx.Err() != nil || !q.again(bad) || !c.stop.again(q) || n == 1 && q.brief && unreachable {
			return answer{again: lost}, bad
		}
		wait := max(c.spread(table[n], 0.5), bad.retryAfter+c.spread(table[0], 0))
		if err := c.pause(ctx, q, wait); err != nil {
			bad.Err = err
			return answer{again: lost}, bad
		}
	}
}

// pause waits before another attempt, unless that must not be made any more.
func (c *Client) pause(ctx context.Context, q request, d time.Duration) error {
	ctx, cancel := c.stop.bound(ctx, q)
	defer cancel()
	if !q.replay && !q.vital {
		var forget context.CancelFunc
		ctx, forget = until(ctx, c.stop.asked)
		defer forget()
	}
	return sleep(ctx, d)
}

// spread returns a random duration between least and least+1 times d, so that callers that
// failed together do not retry together.
func (c *Client) spread(d time.Duration, least float64) time.Duration {
	return time.Duration((least + c.jitter()) * float64(d))
}

// again reports whether another attempt may be made after bad.
func (q request) again(bad *Error) bool {
	switch {
	case bad.permanent:
		return false
	case bad.throttled, bad.Status == 0 && !bad.sent:
		return true // certainly not performed
	case !q.replay:
		return false
	}
	switch bad.Status {
	case 0, http.StatusRequestTimeout, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// retryAfter parses a Retry-After header, in seconds or as a date (RFC 9110 section 10.2.3).
// It returns 0 if there is none or it is in the past, and at most maxRetryAfter.
func retryAfter(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0
	}
	if s, err := strconv.ParseFloat(text, 64); err == nil {
		if !(s > 0) { // false for NaN, too
			return 0
		}
		return time.Duration(min(s, maxRetryAfter.Seconds()) * float64(time.Second))
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}
