package sync_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// A loop that hangs is not alive; one whose cycles fail is.
func TestAliveIsWhetherTheLoopTurns(t *testing.T) {
	bubble(t, "alive", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.push("first")
		h.start()
		release := make(chan struct{})
		h.branch.breaks(func() error { <-release; return errors.New("silent") })
		h.pass(61 * time.Minute)
		if ok, why := h.daemon.Alive(); !ok {
			t.Errorf("got not alive (%s), want a cycle that may still end by itself", why)
		}
		h.pass(5 * time.Minute)
		ok, why := h.daemon.Alive()
		if ok {
			t.Error("got alive, want not: a cycle lasts longer than its deadline")
		}
		shows(t, why, "has not turned for 1h5m")
		close(release)
		synctest.Wait()
		if ok, _ := h.daemon.Alive(); !ok {
			t.Error("got not alive, want alive again")
		}
	})
}

// A sweep of a large account takes long; the daemon is no less ready for it.
func TestLongSweepIsNoReasonNotToBeReady(t *testing.T) {
	bubble(t, "long sweep", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.concurrency = 1
		for _, d := range domains(30) {
			h.live(d, "www 300 A 192.0.2.1")
			h.zone(d, "www 300 A 192.0.2.1")
		}
		h.push("first")
		h.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Do: vpsorgtest.Latency(20 * time.Second)})
		h.begin()
		h.pass(11 * time.Minute)
		for range 300 {
			if got := h.daemon.Status().NotReady; got != "" {
				t.Fatalf("got not ready: %s", got)
			}
			h.pass(37 * time.Second)
		}
	})
}

// The names in the status are what users' scripts read.
func TestStatusAsJSON(t *testing.T) {
	bubble(t, "json", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.push("first")
		h.start()
		text, err := json.Marshal(h.daemon.Status())
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]json.RawMessage
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		want := strings.Fields("applied_commit commit counts last_cycle last_good mode next_pull next_sweep schedule sweep unmanaged_zones version zones")
		if d := gocmp.Diff(slices.Sorted(maps.Keys(got)), want); d != "" {
			t.Errorf("fields (-got +want):\n%s", d)
		}
		for name, want := range map[string]string{
			"last_cycle": `{"kind":"sweep","started":"2000-01-01T00:00:00Z","seconds":0,"outcome":"applied","error":""}`,
			"counts":     `{"drifted":0,"failed":0,"in sync":1,"orphaned":0,"pending":0,"quarantined":0,"refused":0}`,
			"next_pull":  `"2000-01-01T00:01:00Z"`,
			"next_sweep": `"2000-01-01T01:00:00Z"`,
			"mode":       `"apply"`,
			"zones":      `[{"zone":"a.example","state":"in sync","reason":"","commit":` + string(got["commit"]) + `}]`,
		} {
			if string(got[name]) != want {
				t.Errorf("%s: got %s, want %s", name, got[name], want)
			}
		}
	})
}

func TestLogHasALineForEachChangeAndEachCycle(t *testing.T) {
	bubble(t, "log", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.tune = func(d *sync.Daemon) { d.Log = slog.New(slog.NewJSONHandler(h.log, nil)) }
		h.zone("a.example", "www 300 A 192.0.2.1", "api 300 A 192.0.2.1")
		hash := h.push("first")
		h.start()
		h.pass(10 * time.Minute)
		lines := strings.Split(strings.TrimSpace(h.log.String()), "\n")
		if len(lines) != 4 {
			t.Fatalf("got %d lines, want the zone, two records and a cycle, and none of cycles without news:\n%s", len(lines), h.log)
		}
		shows(t, lines[0], `"msg":"changed","zone":"a.example","change":"create the zone"`, hash)
		shows(t, lines[1], `"msg":"changed","zone":"a.example","change":"create api A 192.0.2.1`, hash)
		shows(t, lines[3], `"msg":"cycle","kind":"sweep","outcome":"applied"`, hash, `"changes":3`)
	})
}

// While no zone of a push can be read, pulls that wait for the next try are no good sign.
func TestFaultC15PullsThatWaitAreNoGoodSign(t *testing.T) {
	bubble(t, "unread", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.push("first")
		h.start()
		remove := h.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Do: vpsorgtest.Answer(400, `{"detail": "no"}`)})
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.push("second")
		h.pass(20 * time.Minute)
		if got := h.daemon.Status().NotReady; !strings.Contains(got, "could be read") {
			t.Errorf("not ready: got %q, want that no zone could be read", got)
		}
		remove()
		h.pass(time.Hour)
		h.follows("a.example")
		if got := h.daemon.Status().NotReady; got != "" {
			t.Errorf("not ready: got %q after the zone was read again", got)
		}
	})
}

// A schedule that pauses by its own word does not make the daemon look ill.
func TestReadyWhileTheSchedulePauses(t *testing.T) {
	bubble(t, "pause", func(t *testing.T) {
		h := newHouse(t, vpsorgtest.Options{})
		h.tune = func(d *sync.Daemon) { d.Schedule, d.Jitter = schedule(t, "*/5 8-18 * * 1-5"), 0 }
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.push("first")
		h.start()
		for range 7 * 24 {
			h.pass(time.Hour)
			if got := h.daemon.Status().NotReady; got != "" {
				t.Fatalf("%s: not ready: %s", time.Now().UTC().Format(time.RFC1123), got)
			}
		}
	})
}
