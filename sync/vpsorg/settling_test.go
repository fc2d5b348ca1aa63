package vpsorg

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// A call gets what a read shows that began after it, and all that wait get the same.
func TestSettlingReadsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s settling
		var reads atomic.Int64
		call := func() {
			begun := reads.Load()
			raw, err := s.read(t.Context(), "zone-1", func() (rawZone, error) {
				n := reads.Add(1)
				time.Sleep(time.Second)
				return rawZone{partial: fmt.Sprint(n)}, nil
			})
			if n, _ := strconv.ParseInt(raw.partial, 10, 64); err != nil || n <= begun {
				t.Errorf("a call after %d reads had begun got read %d, %v", begun, n, err)
			}
		}
		var calls sync.WaitGroup
		for range 3 {
			for range 5 {
				calls.Go(call)
			}
			synctest.Wait() // the first of these reads has begun, or waits
			time.Sleep(700 * time.Millisecond)
		}
		calls.Wait()
		if n := reads.Load(); n > 4 || len(s.zones) != 0 {
			t.Errorf("got %d reads and %d zones left, want at most 4 and none", n, len(s.zones))
		}
	})
}

// Neither a call that is given up nor a read that breaks down keeps others waiting.
func TestSettlingReadsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s settling
		slow := func() (rawZone, error) { time.Sleep(time.Minute); return rawZone{}, nil }
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var calls sync.WaitGroup
		calls.Go(func() { _, _ = s.read(t.Context(), "zone-1", slow) })
		synctest.Wait()
		calls.Go(func() {
			defer func() { _ = recover() }()
			_, _ = s.read(t.Context(), "zone-1", func() (rawZone, error) { panic("no") })
		})
		synctest.Wait()
		begin := time.Now()
		if _, err := s.read(ctx, "zone-1", slow); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != time.Second {
			t.Errorf("got %v after %v, want the deadline of the call", err, time.Since(begin))
		}
		if _, err := s.read(t.Context(), "zone-1", slow); err == nil {
			t.Error("got no error of a read that broke down")
		}
		calls.Wait()
		if len(s.zones) != 0 {
			t.Errorf("got %d zones left, want none", len(s.zones))
		}
	})
}

// Where the answers of many POSTs of one zone are lost at once, few reads settle them all,
// and no record is created twice or not at all.
func TestLostPostsShareTheirReads(t *testing.T) {
	const posts = 40
	for _, f := range []struct {
		name  string
		do    vpsorgtest.Action
		d     vpsorgtest.Dialect
		reads int
	}{
		{"done", vpsorgtest.LostReply(), vpsorgtest.Dialect{}, 2},
		{"done, 502", vpsorgtest.PerformThen(http.StatusBadGateway), vpsorgtest.Dialect{}, 2},
		{"undone", vpsorgtest.CutBefore(), vpsorgtest.Dialect{}, 6},
		{"done, and reads lag", vpsorgtest.LostReply(), vpsorgtest.Dialect{LagTime: 900 * time.Millisecond}, 6},
	} {
		bubble(t, f.name, func(t *testing.T) {
			f.d.Duplicates = vpsorgtest.DuplicateCopied
			s, c, ref := simulate(t, vpsorgtest.Options{Dialect: f.d})
			s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.CreateRecord, Times: posts, Do: f.do})
			s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Do: vpsorgtest.Latency(100 * time.Millisecond)})
			var calls sync.WaitGroup
			for i := range posts {
				calls.Go(func() {
					if err := c.CreateRecord(t.Context(), ref, rec(t, fmt.Sprintf("n%d", i), "A", 60, "192.0.2.1")); err != nil {
						t.Error(err)
					}
				})
			}
			calls.Wait()
			names := make(map[string]int)
			for _, r := range s.Records("example.com") {
				names[r.Name]++
			}
			if len(names) != posts || len(s.Records("example.com")) != posts {
				t.Errorf("got %d records of %d names, want %d", len(s.Records("example.com")), len(names), posts)
			}
			reads := 0
			for _, c := range s.Calls() {
				if c.Kind == vpsorgtest.GetZone {
					reads++
				}
			}
			if reads > f.reads {
				t.Errorf("got %d reads, want at most %d", reads, f.reads)
			}
		})
	}
}

// Conflicts counts the answers that may come of writing at the same time, zone by zone.
func TestConflicts(t *testing.T) {
	for status, want := range map[int]int{200: 0, 400: 0, 404: 0, 409: 1, 423: 1, 429: 0, 500: 1, 503: 1} {
		bubble(t, fmt.Sprint(status), func(t *testing.T) {
			before, after := rec(t, "www", "A", 60, "192.0.2.1"), rec(t, "www", "A", 60, "192.0.2.2")
			s, c, ref := simulate(t, vpsorgtest.Options{}, stored(before))
			live := liveRecord(s.Records("example.com")[0].ID, before)
			answer := vpsorgtest.Answer(status, `{"detail": "no"}`)
			for kind, call := range map[vpsorgtest.Kind]func() error{
				vpsorgtest.CreateRecord: func() error { return c.CreateRecord(t.Context(), ref, rec(t, "new", "A", 60, "192.0.2.1")) },
				vpsorgtest.PatchRecord:  func() error { return c.UpdateRecord(t.Context(), ref, live, after) },
				vpsorgtest.DeleteRecord: func() error { return c.DeleteRecord(t.Context(), ref, liveRecord("other", before)) },
				vpsorgtest.GetZone:      func() error { _, err := c.Zone(t.Context(), ref, nil); return err },
			} {
				seen := c.Conflicts(ref)
				remove := s.AddRule(vpsorgtest.Rule{Kind: kind, Times: 1, Do: answer})
				err := call()
				remove()
				got, want := c.Conflicts(ref)-seen, want
				if kind == vpsorgtest.GetZone {
					want = 0
				}
				if got != want {
					t.Errorf("%s: got %d conflicts, want %d (%v)", kind, got, want, err)
				}
			}
			if got := c.Conflicts(ZoneRef{ID: "another"}); got != 0 {
				t.Errorf("got %d conflicts of another zone, want none", got)
			}
		})
	}
}
