package sync_test

import (
	"math/rand/v2"
	"net/http"
	gosync "sync"
	"time"
)

// An unsteady connection takes a while for each call, before and after it is performed, so
// that calls overlap. It counts those in flight.
type unsteady struct {
	next http.RoundTripper
	// begins and ends, where they are not nil, are called at both ends of a call, one at a time.
	begins func(*http.Request)
	ends   func(*http.Request, *http.Response)

	mu             gosync.Mutex
	draw           rand.PCG
	inFlight, most int
}

func (u *unsteady) RoundTrip(r *http.Request) (*http.Response, error) {
	u.note(1, func() {
		if u.begins != nil {
			u.begins(r)
		}
	})
	time.Sleep(u.wait())
	resp, err := u.next.RoundTrip(r)
	time.Sleep(u.wait())
	u.note(-1, func() {
		if u.ends != nil {
			u.ends(r, resp)
		}
	})
	return resp, err
}

func (u *unsteady) note(n int, f func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.inFlight += n
	u.most = max(u.most, u.inFlight)
	f()
}

// wait draws from 0 to 30 ms.
func (u *unsteady) wait() time.Duration {
	u.mu.Lock()
	defer u.mu.Unlock()
	return time.Duration(u.draw.Uint64() % uint64(30*time.Millisecond))
}
