package vpsorg

import (
	"context"
	"math"
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
				if _, err := l.wait(ctx); err != nil {
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

func TestLimiterHasNoCeiling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if n := run(t, newLimiter(0), 10, 10*time.Second); n < 9900 {
			t.Errorf("got %d calls, want 10000 or nearly so", n)
		}
	})
}

func TestLimiterCeiling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if n := run(t, newLimiter(25), 10, 10*time.Second); n < 249 || n > 252 {
			t.Errorf("got %d calls, want 250", n)
		}
	})
}

// A refusal halves the rate that was seen, once for each burst; it grows back slowly.
func TestLimiterAdapts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(0)
		run(t, l, 1, 3*time.Second) // 100 a second
		for range 20 {
			l.throttled()
		}
		if got := float64(l.bucket.Limit()); math.Abs(got-50) > 5 {
			t.Fatalf("got %v calls a second after a refusal, want 50", got)
		}
		if n := run(t, l, 5, 4*time.Second); n < 180 || n > 230 {
			t.Errorf("got %d calls in 4 s, want about 200", n)
		}
		run(t, l, 5, 20*time.Second)
		if got := float64(l.bucket.Limit()); got <= 55 || got >= 100 {
			t.Errorf("got %v calls a second after 20 s, want more than 55 and less than 100", got)
		}
		time.Sleep(30 * time.Minute)
		run(t, l, 1, time.Second)
		if got := l.bucket.Limit(); got != l.ceiling {
			t.Errorf("got %v calls a second after half an hour, want no limit", got)
		}
	})
}

func TestLimiterFloor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(0)
		for range 20 {
			l.throttled()
			time.Sleep(2 * time.Second)
		}
		if got := l.bucket.Limit(); got != minRate {
			t.Errorf("got %v calls a second, want %v", got, minRate)
		}
	})
}

// A ceiling below the least rate is kept all the same.
func TestLimiterLowCeiling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(0.5)
		l.throttled()
		time.Sleep(time.Hour)
		if n := run(t, l, 3, 20*time.Second); n > 11 {
			t.Errorf("got %d calls, want 10", n)
		}
	})
}

func TestLimiterHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(0)
		l.hold(10 * time.Second)
		l.hold(2 * time.Second) // a shorter one takes nothing away
		waited, err := l.wait(t.Context())
		if err != nil || waited != 10*time.Second {
			t.Errorf("got %v, %v, want 10s", waited, err)
		}
	})
}

// A hold that comes while a call waits for its turn holds that call as well.
func TestLimiterHoldWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(0.5)
		if _, err := l.wait(t.Context()); err != nil { // the next turn is in 2 s
			t.Fatal(err)
		}
		time.AfterFunc(time.Second, func() { l.hold(10 * time.Second) })
		if waited, err := l.wait(t.Context()); err != nil || waited < 11*time.Second {
			t.Errorf("got %v, %v, want 11s or more", waited, err)
		}
	})
}
