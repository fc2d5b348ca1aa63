package vpsorg

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// learning is the time that a client without a setting has to find out the rate.
const learning = 30 * time.Second

// A tally counts answers by the second since it was made.
type tally struct {
	mu              sync.Mutex
	start           time.Time
	served, refused []int
}

func newTally(d time.Duration) *tally {
	n := int(d/time.Second) + 1
	return &tally{start: time.Now(), served: make([]int, n), refused: make([]int, n)}
}

func (y *tally) observe(c Call) {
	y.mu.Lock()
	defer y.mu.Unlock()
	i := int(time.Since(y.start) / time.Second)
	switch {
	case i >= len(y.served):
	case c.Status == http.StatusTooManyRequests:
		y.refused[i]++
	case c.Status == http.StatusOK:
		y.served[i]++
	}
}

// between returns the calls performed per second, and the share of calls that were refused.
func (y *tally) between(from, to time.Duration) (perSecond, refused float64) {
	y.mu.Lock()
	defer y.mu.Unlock()
	good, bad := 0, 0
	for i := int(from / time.Second); i < int(to/time.Second); i++ {
		good, bad = good+y.served[i], bad+y.refused[i]
	}
	return float64(good) / (to - from).Seconds(), float64(bad) / float64(max(good+bad, 1))
}

// distant is a service that is some way off.
type distant struct {
	near http.RoundTripper
	way  func() time.Duration // there, and back
}

func (d distant) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(d.way())
	resp, err := d.near.RoundTrip(r)
	time.Sleep(d.way())
	return resp, err
}

// limited starts a simulator with a limit, 5 ms away and at most jitter more, and a client.
func limited(t testing.TB, limit vpsorgtest.Limit, jitter time.Duration, y *tally, perSecond float64) (*vpsorgtest.Server, *Client) {
	t.Helper()
	s := vpsorgtest.New(vpsorgtest.Options{KeepCalls: -1})
	s.SetLimit(limit)
	random := newJitter(rand.NewPCG(3, 4))
	far := distant{s.Transport(), func() time.Duration { return 2500*time.Microsecond + time.Duration(random()*float64(jitter)/2) }}
	return s, newClient(t, far, func(o *Options) { o.Rate, o.Observe = perSecond, y.observe })
}

// busy makes calls, eight at a time, for as long as it is told.
func busy(t testing.TB, c *Client, d time.Duration) {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if _, err := c.Check(ctx); err != nil && ctx.Err() == nil {
					t.Errorf("got %v", err)
				}
			}
		})
	}
	wg.Wait()
}

// limits are the ways in which a service may keep calls to so many a second.
func limits(calls int) []vpsorgtest.Limit {
	var out []vpsorgtest.Limit
	for _, k := range vpsorgtest.LimitKinds() {
		out = append(out, vpsorgtest.Limit{Kind: k, Calls: calls})
	}
	return append(out, vpsorgtest.Limit{Kind: vpsorgtest.TokenBucket, Calls: calls, Burst: calls})
}

// measure makes calls for the time to learn and five minutes, and returns what share of the
// allowed calls was performed in the latter, and what share of all calls was refused. Where
// many are allowed a minute shows as much.
func measure(t testing.TB, l vpsorgtest.Limit, jitter time.Duration, perSecond float64) (used, refused, early float64) {
	end := learning + 5*time.Minute
	if l.Calls >= 200 {
		end = learning + time.Minute
	}
	y := newTally(end)
	_, c := limited(t, l, jitter, y, perSecond)
	busy(t, c, end)
	used, refused = y.between(learning, end)
	_, early = y.between(0, learning)
	return used / float64(l.Calls), refused, early
}

// Without a setting, nine tenths of any allowed rate are used, and hardly a call is refused.
func TestRateIsLearned(t *testing.T) {
	t.Parallel()
	for _, calls := range []int{1, 2, 20, 200} {
		for _, l := range limits(calls) {
			for _, l.After = range vpsorgtest.RetryForms() {
				if calls == 200 && (testing.Short() || l.After != vpsorgtest.AfterSeconds) {
					continue // many calls, and nothing that the others do not show
				}
				most := 0.02
				if calls == 1 {
					most = 0.03 // of these few calls a try is more
				}
				bubble(t, fmt.Sprintf("%d by %s of %d, %s", calls, l.Kind, max(l.Burst, 1), l.After), func(t *testing.T) {
					time.Sleep(300 * time.Millisecond) // no window begins with the work
					used, refused, early := measure(t, l, 0, 0)
					if used < 0.9 || refused > most {
						t.Errorf("got %.1f %% used and %.2f %% refused, want 90 %% or more and %.0f %% or less", 100*used, 100*refused, 100*most)
					}
					t.Logf("%.1f %% used, %.2f %% refused, %.0f %% of those in the first 30 s", 100*used, 100*refused, 100*early)
				})
			}
		}
	}
}

// A rate that is given is used, and no call is refused, also where answers take more or less
// time. Only a bucket of a single token has no room for that.
func TestRateIsGiven(t *testing.T) {
	t.Parallel()
	for _, calls := range []int{1, 2, 20, 200} {
		for _, l := range limits(calls) {
			bubble(t, fmt.Sprintf("%d by %s of %d", calls, l.Kind, max(l.Burst, 1)), func(t *testing.T) {
				jitter := 20 * time.Millisecond
				if l.Kind == vpsorgtest.TokenBucket && l.Burst <= 1 {
					jitter = 0
				}
				used, refused, early := measure(t, l, jitter, float64(calls))
				if used < 0.95 || refused > 0 || early > 0 {
					t.Errorf("got %.1f %% used, %v refused and %v at the start, want 95 %% or more and none", 100*used, refused, early)
				}
			})
		}
	}
}

// A high rate is learned as well.
func TestRateIsHigh(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("makes 80,000 calls")
	}
	for _, l := range limits(1000)[1:3] { // the strictest ones
		l.After = vpsorgtest.AfterSeconds
		bubble(t, string(l.Kind), func(t *testing.T) {
			const end = learning + 10*time.Second
			y := newTally(end)
			_, c := limited(t, l, 0, y, 0)
			busy(t, c, end)
			if used, refused := y.between(learning, end); used < 900 || refused > 0.02 {
				t.Errorf("got %.0f calls a second and %.2f %% refused, want 900 or more and 2 %% or less", used, 100*refused)
			}
		})
	}
}

// Where the service changes what it allows, the client follows.
func TestRateIsFollowed(t *testing.T) {
	t.Parallel()
	forms := vpsorgtest.RetryForms()
	for i, l := range limits(20) {
		l.After = forms[i%len(forms)]
		bubble(t, fmt.Sprintf("%s of %d, %s", l.Kind, max(l.Burst, 1), l.After), func(t *testing.T) {
			const phase = 4 * time.Minute
			y := newTally(3 * phase)
			s, c := limited(t, l, 0, y, 0)
			for i, calls := range []int{20, 5, 50} {
				l.Calls, l.Burst = calls, min(l.Burst, 1)*calls
				s.SetLimit(l)
				busy(t, c, phase)
				end := time.Duration(i+1) * phase
				// As much as it was tried less often, it takes longer to find a higher rate.
				used, refused := y.between(end-2*time.Minute, end)
				if used < 0.85*float64(calls) || refused > 0.02 {
					t.Errorf("%d a second: got %.1f a second and %.2f %% refused, want 85 %% or more and 2 %% or less", calls, used, 100*refused)
				}
			}
		})
	}
}

// What was learned lasts as long as the client: after an hour without calls it still holds.
func TestRateIsKept(t *testing.T) {
	bubble(t, "an idle hour", func(t *testing.T) {
		y := newTally(2 * time.Hour)
		_, c := limited(t, vpsorgtest.Limit{Kind: vpsorgtest.SlidingWindow, Calls: 20, After: vpsorgtest.AfterSeconds}, 0, y, 0)
		busy(t, c, 2*time.Minute)
		learned := c.Rate()
		if learned < 18 || learned > 21 {
			t.Errorf("got %v calls a second, want 20 or nearly so", learned)
		}
		time.Sleep(time.Hour)
		busy(t, c, 10*time.Second)
		if now := c.Rate(); math.Abs(now-learned) > 1 {
			t.Errorf("got %v calls a second after an hour, want %v", now, learned)
		}
		if _, refused := y.between(time.Hour, 2*time.Hour); refused > 0.01 {
			t.Errorf("got %.1f %% refused after an hour, want 1 %% or less", 100*refused)
		}
	})
}

// A service that counts by the minute is used as well, where it says when to go on.
func TestRateByTheMinute(t *testing.T) {
	t.Parallel()
	for _, form := range []vpsorgtest.RetryForm{vpsorgtest.AfterSeconds, vpsorgtest.AfterDate} {
		bubble(t, string(form), func(t *testing.T) {
			l := vpsorgtest.Limit{Kind: vpsorgtest.FixedWindow, Calls: 600, Period: time.Minute, After: form}
			y := newTally(10 * time.Minute)
			_, c := limited(t, l, 0, y, 0)
			busy(t, c, 10*time.Minute)
			if used, refused := y.between(time.Minute, 10*time.Minute); used < 9 || refused > 0.02 {
				t.Errorf("got %.1f calls a second and %.2f %% refused, want 9 or more and 2 %% or less", used, 100*refused)
			}
		})
	}
}
