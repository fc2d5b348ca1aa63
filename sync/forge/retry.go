package forge

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// maxWait bounds the wait that a forge can ask for. If it asks for more, the call fails.
	maxWait = 2 * time.Minute
	// secondaryWait is the wait after a secondary rate limit that names none.
	// Source: docs.github.com, "Rate limits for the REST API".
	secondaryWait = time.Minute
)

// waits returns the waits before the second and later attempts. There is no attempt after
// the last of them.
func waits() []time.Duration {
	return []time.Duration{1 * time.Second, 3 * time.Second, 9 * time.Second, 27 * time.Second}
}

// do attempts a call until it succeeds, cannot succeed, or there are no waits left. It
// returns the error of the last attempt.
func (a *api) do(ctx context.Context, q call) (answer, error) {
	table := waits()
	for n := 0; ; n++ {
		got, bad := a.attempt(ctx, q)
		if bad == nil {
			return got, nil
		}
		bad.Attempts = n + 1
		if n == len(table) || ctx.Err() != nil || !q.again(bad) {
			return answer{}, bad
		}
		if bad.after > maxWait {
			bad.hint = "the rate limit ends in " + bad.after.Round(time.Second).String()
			return answer{}, bad
		}
		if err := sleep(ctx, max(table[n], bad.after)); err != nil {
			bad.Err = err
			return answer{}, bad
		}
	}
}

// again reports whether another attempt may be made after bad.
func (q call) again(bad *Error) bool {
	switch {
	case bad.permanent:
		return false
	case bad.throttled, bad.Status == 0 && !bad.sent:
		return true // certainly not performed
	case q.once:
		return false
	}
	return bad.Status == 0 || bad.Status == http.StatusRequestTimeout || bad.Status >= 500
}

// settle performs something that must not be done twice. If the answer is lost, find looks
// for the outcome before it is done again.
func settle[T any](ctx context.Context, perform func() (T, error), find func() (T, bool, error)) (T, error) {
	table := waits()
	for n := 0; ; n++ {
		done, err := perform()
		if err == nil || !lost(err) || n == len(table) || ctx.Err() != nil {
			return done, err
		}
		if sleep(ctx, max(table[n], asked(err))) != nil {
			return done, err
		}
		if done, found, err := find(); err != nil || found {
			return done, err
		}
	}
}

// asked returns the wait that the forge asked for, at most maxWait.
func asked(err error) time.Duration {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return 0
	}
	return min(e.after, maxWait)
}

// throttling reports whether an answer refuses a call for its rate, and for how long.
//
// Source: docs.github.com, "Rate limits for the REST API": 403 or 429 with retry-after, with
// x-ratelimit-remaining 0 and x-ratelimit-reset in UTC seconds, or, for a secondary limit,
// with a message that says so. GitLab and Gitea answer 429.
func throttling(resp *http.Response, message string, now time.Time) (bool, time.Duration) {
	after := retryAfter(resp.Header.Get("Retry-After"), now)
	message = strings.ToLower(message)
	secondary := strings.Contains(message, "secondary rate limit") || strings.Contains(message, "abuse detection")
	exhausted := resp.Header.Get("X-RateLimit-Remaining") == "0"
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
	case http.StatusForbidden:
		if after == 0 && !exhausted && !secondary {
			return false, 0
		}
	default:
		return false, 0
	}
	switch {
	case after > 0:
	case exhausted:
		if reset, err := strconv.ParseInt(resp.Header.Get("X-RateLimit-Reset"), 10, 64); err == nil {
			after = max(time.Unix(reset, 0).Sub(now), 0) + time.Second
		}
	case secondary:
		after = secondaryWait
	}
	return resp.StatusCode != http.StatusServiceUnavailable, after
}

// retryAfter parses a Retry-After header, in seconds or as a date (RFC 9110 section 10.2.3).
// It returns 0 if there is none or it is in the past.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(strings.TrimSpace(text), 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return max(at.Sub(now), 0)
}

// sleep waits for d, or until ctx is done, and then returns its error.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
