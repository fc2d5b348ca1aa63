package vpsorg

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// Every attempt is observed once, with the template of its path and without any id.
func TestObserve(t *testing.T) {
	bubble(t, "calls", func(t *testing.T) {
		s, _, ref := simulate(t, vpsorgtest.Options{})
		var mu sync.Mutex
		var got []Call
		c := newClient(t, s.Transport(), func(o *Options) {
			o.Observe = func(call Call) {
				mu.Lock()
				defer mu.Unlock()
				got = append(got, call)
			}
		})
		s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Times: 1, Do: vpsorgtest.CutBefore()})
		s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Times: 1, Do: vpsorgtest.RetryAfter(429, "9")})
		s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Do: vpsorgtest.Latency(2 * time.Second)})
		mustZone(t, c, ref)
		r := rec(t, "www", "A", 60, "192.0.2.1")
		if err := c.CreateRecord(t.Context(), ref, r); err != nil {
			t.Fatal(err)
		}
		after := r
		after.TTL++
		id := s.Records("example.com")[0].ID
		if err := c.UpdateRecord(t.Context(), ref, liveRecord(id, r), after); err != nil {
			t.Fatal(err)
		}
		if err := c.DeleteRecord(t.Context(), ref, liveRecord(id, r)); err != nil {
			t.Fatal(err)
		}
		want := []Call{
			{Method: "GET", Path: "/dns-zones/{id}/"}, {Method: "GET", Path: "/dns-zones/{id}/", Status: 429},
			{Method: "GET", Path: "/dns-zones/{id}/", Status: 200, Duration: 2 * time.Second},
			{Method: "POST", Path: "/dns-zones/{id}/records/", Status: 201}, {Method: "PATCH", Path: "/dns-records/{id}/", Status: 200},
			{Method: "DELETE", Path: "/dns-records/{id}/", Status: 204},
		}
		if d := cmp.Diff(want, got, cmpopts.IgnoreFields(Call{}, "Throttled")); d != "" {
			t.Error(d)
		}
		for _, call := range got {
			if strings.Contains(call.Path, ref.ID) {
				t.Errorf("got an id in %s", call.Path)
			}
		}
	})
}

// The time that a call is held back is counted apart from its own.
func TestObserveThrottled(t *testing.T) {
	bubble(t, "ceiling", func(t *testing.T) {
		s, _, _ := simulate(t, vpsorgtest.Options{})
		var got []Call
		c := newClient(t, s.Transport(), func(o *Options) {
			o.Rate = 0.5
			o.Observe = func(call Call) { got = append(got, call) }
		})
		for range 3 {
			if _, err := c.Zones(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for i, want := range []time.Duration{0, 2 * time.Second, 2 * time.Second} {
			if over := got[i].Throttled - want; over < 0 || over > want/20 || got[i].Duration != 0 {
				t.Errorf("call %d: got %v throttled and %v long, want %v or a little more, and 0s", i, got[i].Throttled, got[i].Duration, want)
			}
		}
	})
}

// Many workers with one client, through a storm of refusals (A4): all is read at last,
// and the race detector has nothing to say.
func TestConcurrentUse(t *testing.T) {
	bubble(t, "storm", func(t *testing.T) {
		want := sample(t)
		s, c, ref := simulate(t, vpsorgtest.Options{}, allStored(want)...)
		s.AddRule(vpsorgtest.Rule{Times: 12, Do: vpsorgtest.RetryAfter(429, "2")})
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				live, err := c.Zone(t.Context(), ref, declaring(want))
				if err != nil {
					t.Error(err)
					return
				}
				holds(t, live, want)
				if _, err := c.Zones(t.Context()); err != nil {
					t.Error(err, i)
				}
			})
		}
		wg.Wait()
	})
}
