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
	// begins and ends, where they are not nil, are called with each request, one at a time.
	begins, ends func(*http.Request)

	mu             gosync.Mutex
	draw           rand.PCG
	inFlight, most int
}

func (u *unsteady) RoundTrip(r *http.Request) (*http.Response, error) {
	u.note(u.begins, r, 1)
	defer u.note(u.ends, r, -1)
	time.Sleep(u.wait())
	resp, err := u.next.RoundTrip(r)
	time.Sleep(u.wait())
	return resp, err
}

func (u *unsteady) note(f func(*http.Request), r *http.Request, n int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.inFlight += n
	u.most = max(u.most, u.inFlight)
	if f != nil {
		f(r)
	}
}

// wait draws from 0 to 30 ms.
func (u *unsteady) wait() time.Duration {
	u.mu.Lock()
	defer u.mu.Unlock()
	return time.Duration(u.draw.Uint64() % uint64(30*time.Millisecond))
}
