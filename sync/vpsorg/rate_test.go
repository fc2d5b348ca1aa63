package vpsorg

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// run makes calls from many workers for a while, and says how many were let through.
func run(t *testing.T, l *limiter, workers int, d time.Duration) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var mu sync.Mutex
	n := 0
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				if _, err := l.wait(ctx, false); err != nil {
					return
				}
				mu.Lock()
				n++
				mu.Unlock()
				l.served()
				if sleep(ctx, 10*time.Millisecond) != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return n
}

// let has the limiter let a call go, and says how long that took.
func let(t *testing.T, l *limiter) time.Duration {
	t.Helper()
	begin := time.Now()
	if _, err := l.wait(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	return time.Since(begin)
}

func TestLimiterHasNoCeiling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(0)
		if n := run(t, l, 10, 10*time.Second); n < 9900 {
			t.Errorf("got %d calls, want 10000 or nearly so", n)
		}
		if got := l.rate(); !math.IsInf(got, 1) {
			t.Errorf("got %v calls a second allowed, want no limit", got)
		}
	})
}

func TestLimiterCeiling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(25)
		if n := run(t, l, 10, 10*time.Second); n < 238 || n > 250 {
			t.Errorf("got %d calls, want 95 %% of 250 or more", n)
		}
		if got := l.rate(); got != 25 {
			t.Errorf("got %v calls a second allowed, want 25", got)
		}
	})
}

// A ceiling below the least rate is kept all the same.
func TestLimiterLowCeiling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(0.05)
		d, err := l.wait(t.Context(), false)
		if err != nil {
			t.Fatal(err)
		}
		l.throttled(d)
		time.Sleep(time.Hour)
		if n := run(t, l, 3, 200*time.Second); n > 10 {
			t.Errorf("got %d calls, want 10", n)
		}
	})
}

// The lowest of ceilings is one.
func TestLimiterLowestCeiling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if n := run(t, newLimiter(math.SmallestNonzeroFloat64), 3, 24*time.Hour); n != 1 {
			t.Errorf("got %d calls in a day, want one", n)
		}
	})
}

// What nobody used is not made up for: after a pause there is no burst.
func TestLimiterNoBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(10)
		for _, pause := range []time.Duration{0, 90 * time.Millisecond, 150 * time.Millisecond, time.Hour} {
			let(t, l)
			time.Sleep(pause)
			let(t, l)
			if got := let(t, l); got < 100*time.Millisecond {
				t.Errorf("after %v: got a second call %v after the first, want 100ms or more", pause, got)
			}
		}
	})
}

// However often calls are refused, some are tried.
func TestLimiterFloor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(0)
		for range 100 {
			d, err := l.wait(t.Context(), false)
			if err != nil {
				t.Fatal(err)
			}
			l.throttled(d)
		}
		if got := l.rate(); got != minRate {
			t.Errorf("got %v calls a second, want %v", got, minRate)
		}
	})
}

// A refusal that says little, as few calls were made, is soon forgotten.
func TestLimiterRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(0)
		d, err := l.wait(t.Context(), false)
		if err != nil {
			t.Fatal(err)
		}
		l.throttled(d)
		if got := l.rate(); got != 1 {
			t.Errorf("got %v calls a second, want 1", got)
		}
		run(t, l, 8, 12*time.Second)
		if got := l.rate(); got < 200 {
			t.Errorf("got %v calls a second after 12 s, want 200 or more", got)
		}
	})
}

// Calls go in the order in which they came, those that come first before them all.
func TestLimiterOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(1)
		let(t, l)
		var mu sync.Mutex
		var order []string
		var wg sync.WaitGroup
		for _, call := range []string{"a", "b", "c", "first d", "first e"} {
			wg.Go(func() {
				if _, err := l.wait(t.Context(), len(call) > 1); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				order = append(order, call)
			})
			synctest.Wait()
		}
		wg.Wait()
		if want := []string{"first d", "first e", "a", "b", "c"}; !slices.Equal(order, want) {
			t.Errorf("got %v, want %v", order, want)
		}
	})
}

// A call whose context ends leaves the queue at once, and takes no turn.
func TestLimiterLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(1)
		let(t, l)
		begin := time.Now()
		var wg sync.WaitGroup
		for _, patience := range []time.Duration{200 * time.Millisecond, 100 * time.Millisecond} {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			wg.Go(func() {
				if _, err := l.wait(ctx, false); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != patience {
					t.Errorf("got %v after %v, want it over after %v", err, time.Since(begin), patience)
				}
			})
			synctest.Wait()
		}
		if got := let(t, l); got > 1100*time.Millisecond {
			t.Errorf("got a turn after %v, want the next one", got)
		}
		wg.Wait()
	})
}

func TestLimiterHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(0)
		l.hold(10 * time.Second)
		l.hold(2 * time.Second) // a shorter one takes nothing away
		if got := let(t, l); got != 10*time.Second {
			t.Errorf("got %v, want 10s", got)
		}
	})
}

// A hold that comes while a call waits for its turn holds that call as well.
func TestLimiterHoldWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(0.5)
		let(t, l) // the next turn is in 2 s
		time.AfterFunc(time.Second, func() { l.hold(10 * time.Second) })
		if got := let(t, l); got < 11*time.Second {
			t.Errorf("got %v, want 11s or more", got)
		}
	})
}
