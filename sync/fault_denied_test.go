package sync_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// A token that is refused at the first call costs one call, and one sentence.
func TestFaultA3DeniedAtTheFirstCall(t *testing.T) {
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		worldtest.Bubble(t, http.StatusText(status), func(t *testing.T) {
			w := twoZones(t, vpsorgtest.Dialect{})
			w.Server.AddRule(vpsorgtest.Rule{Do: vpsorgtest.Answer(status, `{"detail": "Token is not accepted."}`)})
			_, _, err := w.Try(t.Context())
			if err == nil {
				t.Fatal("got no error")
			}
			worldtest.Shows(t, err.Error(), "zones: list: GET /dns-zones/: ", http.StatusText(status), "Token is not accepted")
			worldtest.Hides(t, err.Error(), w.Server.Token(), "\n")
			if n := len(w.Server.Calls()); n != 1 {
				t.Errorf("got %d calls, want 1", n)
			}
		})
	}
}

// When reading a zone is refused, the run ends before it writes anything: the refusal
// holds for every zone.
func TestFaultA3DeniedWhilePlanning(t *testing.T) {
	worldtest.Bubble(t, "403", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		w.Concurrency = 1
		w.Server.AddRule(vpsorgtest.Rule{When: recordsOf("one.example"), Do: vpsorgtest.Answer(http.StatusForbidden, `{"detail": "no"}`)})
		_, _, err := w.Try(t.Context())
		if err == nil {
			t.Fatal("got no error")
		}
		worldtest.Shows(t, err.Error(), "zone one.example: read: GET ", "403 Forbidden: no")
		if n := len(w.Server.Calls()); n != 2 {
			t.Errorf("got %d calls, want 2: the list, and the one that was refused", n)
		}
		untouched(w, "one.example", "two.example")
	})
}

// A 404 concerns its zone alone, and is never an empty zone.
func TestFaultA3ZoneNotFound(t *testing.T) {
	notFound := vpsorgtest.Answer(http.StatusNotFound, `{"detail": "Not found."}`)
	worldtest.Bubble(t, "one zone", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		w.Server.AddRule(vpsorgtest.Rule{When: recordsOf("one.example"), Do: notFound})
		draft, report := w.Apply()
		worldtest.Shows(t, worldtest.PlanText(t, draft.Plan), "one.example: cannot be planned", "error:", "read: GET /dns-zones/", "404 Not Found", "1 zone in error")
		worldtest.Shows(t, worldtest.ReportText(t, report), "two.example: 1 created, 1 updated, 1 deleted, verified")
		untouched(w, "one.example")
		changed(w, "two.example")
	})
	worldtest.Bubble(t, "all zones", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		w.Server.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Do: notFound})
		draft, _ := w.Apply()
		worldtest.Shows(t, worldtest.PlanText(t, draft.Plan), "2 zones in error")
		untouched(w, "one.example", "two.example")
	})
	worldtest.Bubble(t, "the API", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		w.Server.AddRule(vpsorgtest.Rule{Do: vpsorgtest.HTMLPage(http.StatusNotFound)})
		_, _, err := w.Try(t.Context())
		if err == nil {
			t.Fatal("got no error")
		}
		worldtest.Shows(t, err.Error(), "zones: list: GET /dns-zones/: 404 Not Found")
		worldtest.Hides(t, err.Error(), "<", "\n")
	})
}

// A token that is refused in the middle of a run ends it: calls in flight may end, none
// begins, and what is left is named.
func TestFaultA3DeniedWhileApplying(t *testing.T) {
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		for _, concurrency := range []int{1, 2} {
			worldtest.Bubble(t, fmt.Sprintf("%d, %d at once", status, concurrency), func(t *testing.T) {
				w := twoZones(t, vpsorgtest.Dialect{})
				w.Concurrency = concurrency
				refused, later := false, 0
				w.Watch(func(c vpsorgtest.Call) {
					if refused {
						later++
					}
					refused = refused || c.Kind == vpsorgtest.PatchRecord
				})
				w.Server.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.PatchRecord, Do: vpsorgtest.Answer(status, `{"detail": "expired"}`)})
				_, report := w.Apply()
				// The other zone goes on until the refusal has reached the client: its own plan is
				// three calls long.
				if most := 3 * (concurrency - 1); later > most {
					t.Errorf("got %d calls begun after the refusal, want at most %d", later, most)
				}
				text := worldtest.ReportText(t, report)
				worldtest.Shows(t, text, "failed: update www A", http.StatusText(status)+": expired", "not attempted: an earlier call was denied", "failed")
				if !report.Failed() {
					t.Error("the run counts as good")
				}
				// One of the two may have gone on in the same moment; the other was not begun.
				if concurrency == 1 {
					worldtest.Shows(t, text, "two.example: nothing was changed\n  failed: not attempted: an earlier call was denied")
					untouched(w, "two.example")
				}
				w.Server.ClearRules()
				w.Server.OnCall(nil)
				_, report = w.Apply()
				if report.Failed() {
					t.Error(worldtest.ReportText(t, report))
				}
				changed(w, "one.example", "two.example")
			})
		}
	}
}

// Whoever answers in the service's place gets no token: no certificate, no call; a
// redirect to another host is not followed.
func TestFaultA12WrongPeer(t *testing.T) {
	t.Run("unknown certificate", func(t *testing.T) {
		w := twoZones(t, vpsorgtest.Dialect{})
		front := httptest.NewUnstartedServer(w.Server)
		front.Config.ErrorLog = log.New(io.Discard, "", 0)
		front.StartTLS()
		defer front.Close()
		w.Transport = redirected{http.DefaultTransport, front.Listener.Addr().String()}
		_, _, err := w.Try(t.Context())
		if err == nil {
			t.Fatal("got no error")
		}
		worldtest.Shows(t, err.Error(), "zones: list: GET /dns-zones/: ", "certificate")
		worldtest.Hides(t, err.Error(), w.Server.Token(), "attempts")
		if n := len(w.Server.Calls()); n != 0 {
			t.Errorf("got %d calls through, want none", n)
		}
	})
	for _, status := range []int{http.StatusMovedPermanently, http.StatusTemporaryRedirect} {
		worldtest.Bubble(t, http.StatusText(status), func(t *testing.T) {
			w := twoZones(t, vpsorgtest.Dialect{})
			w.Server.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.ListZones, Do: vpsorgtest.Redirect(status, "https://evil.example/api/v1/dns-zones/")})
			_, _, err := w.Try(t.Context())
			if err == nil {
				t.Fatal("got no error")
			}
			worldtest.Shows(t, err.Error(), "zones: list: GET /dns-zones/: ", http.StatusText(status))
			noCallTo(w, "evil.example")
			untouched(w, "one.example", "two.example")
		})
		worldtest.Bubble(t, "write "+http.StatusText(status), func(t *testing.T) {
			w := twoZones(t, vpsorgtest.Dialect{})
			w.Server.AddRule(vpsorgtest.Rule{When: func(c vpsorgtest.Call) bool { return c.Kind.Writes() }, Do: vpsorgtest.Redirect(status, "https://evil.example/")})
			_, report := w.Apply()
			worldtest.Shows(t, worldtest.ReportText(t, report), "one.example: nothing was changed", "failed: create new A", http.StatusText(status))
			noCallTo(w, "evil.example")
			for _, domain := range []string{"one.example", "two.example"} {
				w.Holds(domain, "@ 300 A 192.0.2.1", "www 300 A 192.0.2.1", "old 300 A 192.0.2.1")
			}
		})
	}
}

// redirected sends every call to one address.
type redirected struct {
	next http.RoundTripper
	addr string
}

func (d redirected) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Host = d.addr
	return d.next.RoundTrip(r)
}
