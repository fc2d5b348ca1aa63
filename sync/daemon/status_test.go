package daemon_test

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

	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// A loop that hangs is not alive; one whose cycles fail is.
func TestAliveIsWhetherTheLoopTurns(t *testing.T) {
	worldtest.Bubble(t, "alive", func(t *testing.T) {
		h := running(t, "a.example")
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
		worldtest.Shows(t, why, "has not turned for 1h5m")
		close(release)
		synctest.Wait()
		if ok, _ := h.daemon.Alive(); !ok {
			t.Error("got not alive, want alive again")
		}
	})
}

// A sweep of a large account takes long; the daemon is no less ready for it.
func TestLongSweepIsNoReasonNotToBeReady(t *testing.T) {
	worldtest.Bubble(t, "long sweep", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		h.world.Concurrency = 1
		for _, d := range domains(30) {
			h.world.Live(d, "www 300 A 192.0.2.1")
			h.zone(d, "www 300 A 192.0.2.1")
		}
		h.origin.push("first")
		h.api.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Do: vpsorgtest.Latency(20 * time.Second)})
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
	worldtest.Bubble(t, "json", func(t *testing.T) {
		h := running(t, "a.example")
		text, err := json.Marshal(h.daemon.Status())
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]json.RawMessage
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		want := strings.Fields("applied_commit commit counts last_change last_cycle last_good mode next_pull next_sweep schedule sweep unmanaged_zones version warnings zones")
		if d := gocmp.Diff(want, slices.Sorted(maps.Keys(got))); d != "" {
			t.Errorf("fields (-want +got):\n%s", d)
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
	worldtest.Bubble(t, "log", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		h.tune = func(d *daemon.Daemon) { d.Log = slog.New(slog.NewJSONHandler(h.log, nil)) }
		h.zone("a.example", "www 300 A 192.0.2.1", "api 300 A 192.0.2.1")
		hash := h.origin.push("first")
		h.start()
		h.pass(10 * time.Minute)
		lines := strings.Split(strings.TrimSpace(h.log.String()), "\n")
		if len(lines) != 4 {
			t.Fatalf("got %d lines, want the zone, two records and a cycle, and none of cycles without news:\n%s", len(lines), h.log)
		}
		worldtest.Shows(t, lines[0], `"msg":"zone created","zone":"a.example"`, hash, `"run":1`)
		worldtest.Shows(t, lines[1], `"msg":"record changed","zone":"a.example","action":"create","name":"api","type":"A","after":"192.0.2.1","ttl":300`, hash, `"run":1}`)
		worldtest.Shows(t, lines[3], `"msg":"cycle","kind":"sweep","outcome":"applied"`, hash, `"changes":3`)
	})
}

// While no zone of a push can be read, pulls that wait for the next try are no good sign.
func TestFaultC15PullsThatWaitAreNoGoodSign(t *testing.T) {
	worldtest.Bubble(t, "unread", func(t *testing.T) {
		h := running(t, "a.example")
		remove := h.api.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Do: vpsorgtest.Answer(400, `{"detail": "no"}`)})
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.origin.push("second")
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
	worldtest.Bubble(t, "pause", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		h.tune = func(d *daemon.Daemon) { d.Schedule, d.Jitter = schedule(t, "*/5 8-18 * * 1-5"), 0 }
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.origin.push("first")
		h.start()
		for range 7 * 24 {
			h.pass(time.Hour)
			if got := h.daemon.Status().NotReady; got != "" {
				t.Fatalf("%s: not ready: %s", time.Now().UTC().Format(time.RFC1123), got)
			}
		}
	})
}

// Once the state folder is gone, another daemon may have begun a new one: nothing is
// written any more, readiness says so, and the daemon ends with an error.
func TestFaultC7LostStateEndsTheDaemon(t *testing.T) {
	worldtest.Bubble(t, "idle", func(t *testing.T) {
		h := running(t, "a.example")
		h.fails = "state: the folder is gone"
		h.store.(*memory).lose(errors.New("the folder is gone"))
		if got := h.daemon.Status().NotReady; got != "the folder is gone" {
			t.Errorf("not ready: got %q", got)
		}
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.origin.push("second")
		h.pass(2 * time.Minute)
		h.world.Holds("a.example", "www 300 A 192.0.2.1")
		h.halt()
	})
	worldtest.Bubble(t, "in the middle of writing", func(t *testing.T) {
		h := running(t, "a.example")
		h.fails = "state: the folder is gone"
		h.api.OnCall(func(c vpsorgtest.Call) {
			if c.Kind.Writes() {
				h.store.(*memory).lose(errors.New("the folder is gone"))
			}
		})
		h.zone("a.example", "a 300 A 192.0.2.1", "b 300 A 192.0.2.1", "www 300 A 192.0.2.1")
		h.origin.push("second")
		h.pass(2 * time.Minute)
		h.ended(daemon.OutcomeFailed, "the folder is gone")
		h.world.Holds("a.example", "a 300 A 192.0.2.1", "www 300 A 192.0.2.1")
		h.halt()
	})
}

// What a committer's clock says does not matter: the time is that since the commit was seen.
func TestFaultC7CommitDatedLongAgo(t *testing.T) {
	worldtest.Bubble(t, "1970", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		h.origin.date = time.Unix(0, 0)
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.api.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.CreateRecord, Do: vpsorgtest.Latency(3 * time.Second)})
		h.origin.push("first")
		h.start()
		h.pass(10 * time.Second)
		if got := h.cycles.last; !got.Live || got.CommitToLive != 3*time.Second {
			t.Errorf("got live %v after %s, want 3s", got.Live, got.CommitToLive)
		}
	})
}

// What stays open about the account's spelling is shown in the status, in the history and
// once in the log, and a zone is not called in sync without a word.
func TestOpenQuestionsAreShown(t *testing.T) {
	worldtest.Bubble(t, "open", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		h.world.Live("a.example", `www 300 TXT "thing"`)
		h.zone("a.example", `www 300 TXT "thing"`)
		h.origin.push("first")
		h.start()
		h.pass(3 * time.Hour)
		status := h.daemon.Status()
		if len(status.Warnings) != 1 || len(h.zoneStatus("a.example").Warnings) != 1 {
			t.Errorf("got warnings %q, and %q for the zone, want one each", status.Warnings, h.zoneStatus("a.example").Warnings)
		}
		if got := h.runs.all[0].Warnings; len(got) != 1 {
			t.Errorf("got %q in the history, want one", got)
		}
		if got := strings.Count(h.log.String(), "msg=warning"); got != 1 {
			t.Errorf("got %d warnings in the log, want one:\n%s", got, h.log)
		}
	})
}

func TestStatusShowsUnicodeNames(t *testing.T) {
	worldtest.Bubble(t, "unicode", func(t *testing.T) {
		h := running(t, "xn--bcher-kva.example")
		if got, want := h.zoneStatus("xn--bcher-kva.example").Display, "bücher.example (xn--bcher-kva.example)"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// A record that is put back has a line of its own, as the call was one.
func TestLogTellsOfARecordThatIsPutBack(t *testing.T) {
	worldtest.Bubble(t, "put back", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		h.zone("a.example", "www 300 CNAME x.example.net.")
		h.origin.push("first")
		h.start()
		h.api.AddRule(vpsorgtest.Rule{Times: 1, Kind: vpsorgtest.CreateRecord, Do: vpsorgtest.Answer(400, "")})
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.origin.push("second")
		h.pass(time.Minute)
		worldtest.Shows(t, h.log.String(), `msg="record changed" zone=a.example action=delete name=www type=CNAME before=x.example.net. ttl=300`,
			`msg="record not changed" zone=a.example action=create name=www type=A after=192.0.2.1`, "error=",
			`msg="record changed" zone=a.example action=create name=www type=CNAME after=x.example.net. ttl=300`, "put_back=true")
	})
}
