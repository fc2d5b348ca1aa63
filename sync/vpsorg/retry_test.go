package vpsorg

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// A fault that goes away is not seen, and what was done is done once.
func TestRetry(t *testing.T) {
	for _, test := range []struct {
		name string
		do   vpsorgtest.Action
	}{
		{"429 without Retry-After", vpsorgtest.RetryAfter(429, "")},
		{"429 with seconds", vpsorgtest.RetryAfter(429, "7")},
		{"429 with a fraction", vpsorgtest.RetryAfter(429, "0.5")},
		{"429 with nonsense", vpsorgtest.RetryAfter(429, "soon")},
		{"503 with seconds", vpsorgtest.RetryAfter(503, "7")},
		{"502 page", vpsorgtest.HTMLPage(502)},
		{"503 page", vpsorgtest.HTMLPage(503)},
		{"504 page", vpsorgtest.HTMLPage(504)},
		{"502 after the work", vpsorgtest.PerformThen(502)},
		{"cut before", vpsorgtest.CutBefore()},
		{"cut after", vpsorgtest.LostReply()},
		{"silence before", vpsorgtest.HangBefore()},
		{"silence after", vpsorgtest.HangAfter()},
		{"slow drip", vpsorgtest.Drip(1, time.Second)},
	} {
		bubble(t, test.name, func(t *testing.T) {
			s, c, ref := simulate(t, vpsorgtest.Options{}, stored(rec(t, "www", "A", 60, "192.0.2.1")))
			fault := func(k vpsorgtest.Kind) { s.AddRule(vpsorgtest.Rule{Kind: k, Times: 2, Do: test.do}) }
			fault(vpsorgtest.GetZone)
			live := mustZone(t, c, ref)
			fault(vpsorgtest.PatchRecord)
			after := rec(t, "www", "A", 61, "192.0.2.1")
			if err := c.UpdateRecord(t.Context(), ref, live.Records[0], after); err != nil {
				t.Error(err)
			}
			fault(vpsorgtest.CreateRecord)
			added := rec(t, "new", "A", 60, "192.0.2.2")
			if err := c.CreateRecord(t.Context(), ref, added); err != nil {
				t.Error(err)
			}
			if n := s.Writes()[vpsorgtest.CreateRecord]; n != 1 {
				t.Errorf("got %d records created, want 1", n)
			}
			fault(vpsorgtest.DeleteRecord)
			if err := c.DeleteRecord(t.Context(), ref, live.Records[0]); err != nil {
				t.Error(err)
			}
			s.ClearRules()
			if got := s.Records("example.com"); len(got) != 1 || got[0].Name != "new.example.com" {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// A fault that lasts is given up after a bounded number of attempts and a bounded time.
func TestRetryEnds(t *testing.T) {
	for _, test := range []struct {
		name string
		do   vpsorgtest.Action
		want string
		most time.Duration
	}{
		{"429", vpsorgtest.RetryAfter(429, ""), "429 Too Many Requests: Request was throttled, after 5 attempts", 40 * time.Second},
		{"429 for ever", vpsorgtest.RetryAfter(429, "86400"), "429 Too Many Requests", 5 * 61 * time.Second},
		{"503", vpsorgtest.HTMLPage(503), "503 Service Unavailable: an HTML page, 503 Service Unavailable, after 5 attempts", 30 * time.Second},
		{"silence", vpsorgtest.HangBefore(), "no complete answer within 30s, after 5 attempts", 3 * time.Minute},
		{"drip", vpsorgtest.Drip(1, time.Second), "no complete answer within 30s, after 5 attempts", 3 * time.Minute},
		{"cut", vpsorgtest.CutBefore(), "connection cut: unexpected EOF, after 5 attempts", 30 * time.Second},
	} {
		bubble(t, test.name, func(t *testing.T) {
			s, c, ref := simulate(t, vpsorgtest.Options{}, stored(rec(t, "www", "A", 60, "192.0.2.1")))
			s.AddRule(vpsorgtest.Rule{Do: test.do})
			begin := time.Now()
			_, err := c.Zone(t.Context(), ref, nil)
			e := mustError(t, err)
			if !strings.HasSuffix(e.Error(), test.want) && !strings.Contains(e.Error(), test.want) {
				t.Errorf("got %q, want %q", e, test.want)
			}
			if !e.Temporary() || e.Denied() || e.NotFound() || e.Unknown() {
				t.Errorf("%v: got Temporary %v, Denied %v, NotFound %v, Unknown %v", e, e.Temporary(), e.Denied(), e.NotFound(), e.Unknown())
			}
			if n := calls(s, vpsorgtest.GetZone); n != 5 {
				t.Errorf("got %d attempts, want 5", n)
			}
			if d := time.Since(begin); d > test.most {
				t.Errorf("got an end after %v, want %v at most", d, test.most)
			}
		})
	}
}

// What would fail alike is not asked again.
func TestNoRetry(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 405, 409, 413, 415, 422, 500, 501} {
		bubble(t, http.StatusText(status), func(t *testing.T) {
			s, c, ref := simulate(t, vpsorgtest.Options{})
			s.AddRule(vpsorgtest.Rule{Do: vpsorgtest.Answer(status, `{"detail": "no"}`)})
			_, err := c.Zone(t.Context(), ref, nil)
			e := mustError(t, err)
			if e.Status != status || e.Attempts != 1 || len(s.Calls()) != 1 {
				t.Errorf("got %v after %d calls, want status %d after one", e, len(s.Calls()), status)
			}
			if got, want := e.Denied(), status == 401 || status == 403; got != want {
				t.Errorf("got Denied %v, want %v", got, want)
			}
			if got, want := e.NotFound(), status == 404; got != want {
				t.Errorf("got NotFound %v, want %v", got, want)
			}
			if got, want := e.Temporary(), status >= 500; got != want {
				t.Errorf("got Temporary %v, want %v", got, want)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 21, 22, 34, 0, 0, time.UTC)
	for _, test := range []struct {
		text string
		want time.Duration
	}{
		{"", 0}, {"0", 0}, {"-5", 0}, {"NaN", 0}, {"soon", 0},
		{"1", time.Second}, {" 2 ", 2 * time.Second}, {"0.5", time.Second / 2},
		{"60", time.Minute}, {"61", time.Minute}, {"1e300", time.Minute}, {"Inf", time.Minute}, {"99999999999999999999", time.Minute},
		{"Sat, 21 Nov 2026 22:34:10 GMT", 10 * time.Second},
		{"Sat, 21 Nov 2026 22:33:50 GMT", 0},
		{"Sun, 22 Nov 2026 22:34:10 GMT", time.Minute},
		{"Saturday, 21-Nov-26 22:34:10 GMT", 10 * time.Second},
	} {
		if got := retryAfter(test.text, now); got != test.want {
			t.Errorf("%q: got %v, want %v", test.text, got, test.want)
		}
	}
}

// A Retry-After, in seconds or as a date, holds back every call of the client.
func TestRetryAfterHoldsEverybody(t *testing.T) {
	for _, date := range []bool{false, true} {
		bubble(t, map[bool]string{false: "seconds", true: "date"}[date], func(t *testing.T) {
			s, c, ref := simulate(t, vpsorgtest.Options{})
			after := "20"
			if date {
				after = time.Now().Add(20 * time.Second).UTC().Format(http.TimeFormat)
			}
			s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Times: 1, Do: vpsorgtest.RetryAfter(429, after)})
			begin := time.Now()
			done := make(chan time.Duration)
			go func() {
				_, err := c.Zone(t.Context(), ref, nil)
				if err != nil {
					t.Error(err)
				}
				done <- time.Since(begin)
			}()
			time.Sleep(time.Second)
			if _, err := c.Zones(t.Context()); err != nil {
				t.Error(err)
			}
			other := time.Since(begin)
			if d := <-done; d < 20*time.Second || d > 25*time.Second {
				t.Errorf("got the refused call done after %v, want 20s or a little more", d)
			}
			if other < 20*time.Second || other > 25*time.Second {
				t.Errorf("got another call done after %v, want 20s or a little more", other)
			}
		})
	}
}

// A refusal slows down the calls that follow, those that were not refused among them.
func TestRefusalSlowsDown(t *testing.T) {
	bubble(t, "429", func(t *testing.T) {
		s, c, ref := simulate(t, vpsorgtest.Options{})
		s.AddRule(vpsorgtest.Rule{Times: 1, Do: vpsorgtest.RetryAfter(429, "")})
		mustZone(t, c, ref)
		begin := time.Now()
		for range 10 {
			mustZone(t, c, ref)
		}
		if d := time.Since(begin); d < 3*time.Second || d > 10*time.Second {
			t.Errorf("got 10 reads in %v, want about one a second at first", d)
		}
	})
}

func TestCancel(t *testing.T) {
	for name, do := range map[string]vpsorgtest.Action{
		"silence": vpsorgtest.HangBefore(), "wait": vpsorgtest.RetryAfter(429, "60"), "drip": vpsorgtest.Drip(1, time.Second),
	} {
		bubble(t, name, func(t *testing.T) {
			s, c, ref := simulate(t, vpsorgtest.Options{}, stored(rec(t, "www", "A", 60, "192.0.2.1")))
			s.AddRule(vpsorgtest.Rule{Do: do})
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(5*time.Second, cancel)
			begin := time.Now()
			_, err := c.Zone(ctx, ref, nil)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want it cancelled", err)
			}
			if d := time.Since(begin); d != 5*time.Second {
				t.Errorf("got an end after %v, want 5s", d)
			}
		})
	}
}

// A POST that never left is sent again, without reading; one that left is not.
func TestPostThatNeverLeft(t *testing.T) {
	for name, cause := range map[string]error{
		"refused": &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")},
		"no name": &net.DNSError{Err: "no such host", Name: "api.invalid"},
	} {
		bubble(t, name, func(t *testing.T) {
			var methods []string
			c := newClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
				methods = append(methods, r.Method)
				if len(methods) < 3 {
					return nil, cause
				}
				return reply(r, 201, "", ""), nil
			}))
			if err := c.CreateRecord(t.Context(), ZoneRef{ID: "z", Name: zoneName()}, rec(t, "www", "A", 60, "192.0.2.1")); err != nil {
				t.Error(err)
			}
			if got := strings.Join(methods, " "); got != "POST POST POST" {
				t.Errorf("got %s, want three POSTs", got)
			}
		})
	}
}

// A good status on a write is enough: what follows it does not matter.
func TestWriteWithBrokenBody(t *testing.T) {
	c := newClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		resp := reply(r, 201, "", "")
		resp.ContentLength, resp.Body = 100, io.NopCloser(io.MultiReader(strings.NewReader(`{"uu`), broken{}))
		return resp, nil
	}))
	if err := c.CreateRecord(t.Context(), ZoneRef{ID: "z", Name: zoneName()}, rec(t, "www", "A", 60, "192.0.2.1")); err != nil {
		t.Error(err)
	}
}

// broken is a body whose connection is gone.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
