package vpsorgtest

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// Each kind of limit performs what it allows, and says when it performs more.
func TestLimit(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		name   string
		limit  Limit
		calls  []time.Duration // when, since the start of a second
		status string          // a digit for each: 2 for 200, 4 for 429
		after  string          // of the last call
	}{
		{"none", Limit{}, []time.Duration{0, 0, 0}, "222", ""},
		{"fixed", Limit{Kind: FixedWindow, Calls: 2, After: AfterSeconds}, []time.Duration{900 * ms, 950 * ms, 999 * ms, 1000 * ms, 1001 * ms, 1500 * ms}, "224224", "1"},
		{"fixed, a minute", Limit{Kind: FixedWindow, Calls: 1, Period: time.Minute, After: AfterSeconds}, []time.Duration{0, 1500 * ms}, "24", "59"},
		{"sliding", Limit{Kind: SlidingWindow, Calls: 2, After: AfterDate}, []time.Duration{900 * ms, 950 * ms, 1000 * ms, 1900 * ms, 1949 * ms}, "22424", "Sat, 01 Jan 2000 00:00:02 GMT"},
		{"bucket of 1", Limit{Kind: TokenBucket, Calls: 2}, []time.Duration{0, 499 * ms, 500 * ms, 10000 * ms, 10000 * ms}, "24224", ""},
		{"bucket of 3", Limit{Kind: TokenBucket, Calls: 2, Burst: 3, After: AfterSeconds}, []time.Duration{0, 0, 0, 0, 500 * ms, 501 * ms}, "222424", "1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := New(Options{})
				s.SetLimit(test.limit)
				begin, got, after := time.Now(), "", ""
				for _, at := range test.calls {
					time.Sleep(time.Until(begin.Add(at)))
					r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1"+s.Prefix()+"/account/me/", nil)
					if err != nil {
						t.Fatal(err)
					}
					r.Header.Set("Authorization", "Bearer "+s.Token())
					resp, err := s.Transport().RoundTrip(r)
					if err != nil {
						t.Fatal(err)
					}
					resp.Body.Close()
					got, after = got+resp.Status[:1], resp.Header.Get("Retry-After")
				}
				if got != test.status || after != test.after {
					t.Errorf("got %s and Retry-After %q, want %s and %q", got, after, test.status, test.after)
				}
			})
		})
	}
}
