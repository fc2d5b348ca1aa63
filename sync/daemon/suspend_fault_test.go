package daemon_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"strings"
	gosync "sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// A push that a guard refuses as a whole does not hold back the sweep, which goes on with the
// commit before.
func TestRefusedPushLeavesTheSweepGoingOn(t *testing.T) {
	for name, after := range map[string]time.Duration{"reading": 5 * time.Second, "writing": 25 * time.Second} {
		worldtest.Bubble(t, name, func(t *testing.T) {
			const n = 200
			h := slow(t, n)
			for _, d := range many(n)[:60] {
				h.drift(d)
			}
			h.sweep(after)
			for _, d := range many(n)[:110] {
				h.text(d+".yaml", "zone: "+d+"\nstate: absent\n")
			}
			refused := h.origin.push("all gone")
			h.pass(25 * time.Second)
			if got := lastRefusals(h)[0].Guard; got != diff.GuardFleet {
				t.Errorf("got a refusal by %q, want %q", got, diff.GuardFleet)
			}
			h.pass(2 * time.Minute)
			for _, d := range many(n) {
				h.world.Holds(d, "www 300 A 192.0.2.1")
			}
			h.stands("zone-000.example", daemon.StateRefused, string(diff.GuardFleet))
			h.stands("zone-150.example", daemon.StateInSync)
			if got := h.daemon.Status(); got.Commit != refused || got.AppliedCommit == refused {
				t.Errorf("got commit %s, applied %s, want %s read and not applied", got.Commit, got.AppliedCommit, refused)
			}
		})
	}
}

// To be told to stop during the push ends both in order, and the next start finishes them.
func TestStopDuringAPushDuringASweep(t *testing.T) {
	worldtest.Bubble(t, "stop", func(t *testing.T) {
		const n = 100
		h := newInstallation(t, vpsorgtest.Options{})
		h.store = h.database()
		h.world.Concurrency = 4
		h.tune = func(d *daemon.Daemon) { d.Schedule = schedule(t, "@every 10s") }
		for _, d := range many(n) {
			h.zone(d, "www 300 A 192.0.2.1")
		}
		h.origin.push("first")
		h.start()
		h.slowDown()
		h.drift("zone-090.example")
		h.sweep(5 * time.Second)
		h.zone("zone-000.example", "www 300 A 192.0.2.2", "a 300 A 192.0.2.2", "b 300 A 192.0.2.2")
		h.origin.push("second")
		h.daemon.Trigger(daemon.Pull)
		h.pass(1800 * time.Millisecond)
		h.halt()
		h.had("pull stopped second, 2 changes", "sweep stopped second, 0 changes")
		h.start()
		h.pass(2 * time.Minute)
		h.sound(n)
	})
}

// To be killed after the push and before the end of the sweep loses nothing: the store knows
// of the push, and the next start sweeps.
func TestKilledAfterAPushDuringASweep(t *testing.T) {
	worldtest.Bubble(t, "killed", func(t *testing.T) {
		const n = 200
		h := slow(t, n)
		h.drift("zone-190.example")
		h.sweep(5 * time.Second)
		h.zone("zone-000.example", "www 300 A 192.0.2.2")
		second := h.origin.push("second")
		h.pass(8 * time.Second)
		h.follows("zone-000.example")
		store := h.store.(*memory)
		store.mu.Lock()
		left := &memory{saved: store.saved, saves: store.saves, declared: maps.Clone(store.declared)}
		left.saved.Zones = maps.Clone(store.saved.Zones)
		store.mu.Unlock()
		if p := left.saved.Progress; p.Read != second || p.Applied != second {
			t.Errorf("got %+v, want the second commit saved as read and applied", p)
		}
		h.halt()
		h.store, h.runs.all = left, nil
		h.start()
		h.pass(time.Minute)
		h.sound(n)
	})
}

// What the sweep has accepted by name is what pushes during the sweep have to contain.
func TestPushOnAnAcceptedCommitDuringTheSweep(t *testing.T) {
	worldtest.Bubble(t, "accepted", func(t *testing.T) {
		const n = 100
		h := slow(t, n)
		h.zone("zone-000.example", "www 300 A 192.0.2.2")
		accepted := h.origin.amend("first, better")
		h.tune = func(d *daemon.Daemon) { d.AcceptCommit, d.Schedule = accepted, schedule(t, "@every 10s") }
		h.halt()
		h.begin()
		h.pass(5 * time.Second)
		h.zone("zone-001.example", "www 300 A 192.0.2.2")
		h.origin.push("second")
		h.daemon.Trigger(daemon.Pull)
		h.pass(5 * time.Second)
		h.follows("zone-001.example")
		h.pass(time.Minute)
		h.sound(n)
	})
}

// A pull that breaks down, or finds Git away, leaves the sweep going on, and the next pull
// finds what was pushed.
func TestFailingPullsDuringASweep(t *testing.T) {
	for name, fault := range map[string]func() error{
		"panic": func() error { panic("index out of range [7]") },
		"away":  func() error { return errors.New("connection refused") },
	} {
		worldtest.Bubble(t, name, func(t *testing.T) {
			const n = 300
			h := slow(t, n)
			h.sweep(5 * time.Second)
			h.zone("zone-000.example", "www 300 A 192.0.2.2")
			h.origin.push("second")
			h.branch.breaks(fault)
			h.pass(10 * time.Second)
			h.ended(daemon.OutcomeFailed)
			h.branch.breaks(nil)
			h.pass(11 * time.Second)
			h.follows("zone-000.example")
			h.pass(time.Minute)
			h.called(n, 1+1, map[string]int{"zone-000.example": 4})
			h.sound(n)
		})
	}
}

// A sweep that began on the commit before, as Git was away, goes on with the newest one.
func TestGitComesBackDuringASweep(t *testing.T) {
	worldtest.Bubble(t, "back", func(t *testing.T) {
		const n = 200
		h := slow(t, n)
		h.zone("zone-000.example", "www 300 A 192.0.2.2")
		h.origin.push("second")
		h.branch.breaks(func() error { return errors.New("connection refused") })
		h.sweep(5 * time.Second)
		h.branch.breaks(nil)
		h.pass(8 * time.Second)
		h.follows("zone-000.example")
		h.pass(time.Minute)
		h.had("pull applied second, 1 changes", "sweep failed second, 0 changes")
		h.sound(n)
	})
}

// A zone whose include did not validate when the sweep read it is looked at when a push mends
// the include, in whichever state the sweep is.
func TestPushMendsAnIncludeDuringASweep(t *testing.T) {
	for name, after := range map[string]time.Duration{"reading": 5 * time.Second, "writing": 13 * time.Second} {
		worldtest.Bubble(t, name, func(t *testing.T) {
			const n = 100
			h := slow(t, n)
			h.text("templates/mail.yaml", "'@': {MX: oops}\n")
			h.text("zone-010.example.yaml", "zone: zone-010.example\ninclude: [templates/mail.yaml]\nrecords: {www: {A: 192.0.2.1}}\n")
			h.origin.push("broken")
			h.pass(30 * time.Second)
			h.stands("zone-010.example", daemon.StateFailed)
			for _, d := range many(n)[50:] {
				h.drift(d)
			}
			h.sweep(after)
			h.text("templates/mail.yaml", "'@': {MX: 10 mail.example.net.}\n")
			h.origin.push("mended")
			h.pass(12 * time.Second)
			h.follows("zone-010.example")
			h.pass(time.Minute)
			h.sound(n)
		})
	}
}

// A sweep that was asked for during a sweep comes after it, once, and a pull does not answer it.
func TestSweepAskedForDuringASweep(t *testing.T) {
	worldtest.Bubble(t, "asked", func(t *testing.T) {
		const n = 100
		h := slow(t, n)
		h.sweep(3 * time.Second)
		for range 100 {
			h.daemon.Trigger(daemon.Sweep)
			h.daemon.Trigger(daemon.Pull)
		}
		h.pass(time.Minute)
		want := make(map[string]int)
		for _, d := range many(n) {
			want[d] = 2
		}
		h.called(n, 2, want)
	})
}

// counted are the files of a commit, which count what is read.
type counted struct {
	files fs.FS
	mu    *gosync.Mutex
	reads map[string]int
}

func (c counted) Open(name string) (fs.File, error) { return c.files.Open(name) }

func (c counted) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(c.files, name) }

func (c counted) Stat(name string) (fs.FileInfo, error) { return fs.Stat(c.files, name) }

func (c counted) ReadFile(name string) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reads[name]++
	return fs.ReadFile(c.files, name)
}

func (c counted) BlobHash(name string) (string, error) {
	return c.files.(interface {
		BlobHash(string) (string, error)
	}).BlobHash(name)
}

// counting is a repository whose files count what is read of them.
type counting struct {
	*branch
	counted counted
}

func (c counting) FS(hash string) (fs.FS, error) {
	files, err := c.branch.FS(hash)
	return counted{files, c.counted.mu, c.counted.reads}, err
}

// A pull reads the files of the zones that it looks at, and of no others, and looks them up by
// name; the call for the list is what a sweep makes.
func TestPullReadsNoOtherZone(t *testing.T) {
	worldtest.Bubble(t, "one", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{Dialect: vpsorgtest.Dialect{Zones: vpsorgtest.EnvelopePaged}})
		reads := counted{mu: &gosync.Mutex{}, reads: make(map[string]int)}
		h.tune = func(d *daemon.Daemon) { d.Repo = counting{h.branch, reads} }
		h.world.Live("parked.example", "www 300 A 203.0.113.1")
		for _, d := range many(250) {
			h.zone(d, "www 300 A 192.0.2.1")
		}
		h.origin.push("first")
		h.start()
		h.zone("zone-042.example", "www 300 A 192.0.2.2")
		h.origin.push("second")
		reads.mu.Lock()
		clear(reads.reads)
		reads.mu.Unlock()
		h.api.ResetCalls()
		h.pass(time.Minute)
		reads.mu.Lock()
		defer reads.mu.Unlock()
		for name := range reads.reads {
			if strings.HasPrefix(name, "zone-") && name != "zone-042.example.yaml" {
				t.Errorf("got %s read, want the one file that changed", name)
			}
		}
		var calls []string
		for _, c := range h.api.Calls() {
			calls = append(calls, fmt.Sprint(c.Kind, " ", c.Domain))
		}
		want := fmt.Sprint([]string{
			fmt.Sprint(vpsorgtest.ListZones, " zone-042.example"), fmt.Sprint(vpsorgtest.GetZone, " zone-042.example"),
			fmt.Sprint(vpsorgtest.PatchRecord, " zone-042.example"), fmt.Sprint(vpsorgtest.GetZone, " zone-042.example"),
		})
		if got := fmt.Sprint(calls); got != want {
			t.Errorf("got the calls %s, want %s", got, want)
		}
		if got := h.daemon.Status().Unmanaged; len(got) != 1 || got[0] != "parked.example" {
			t.Errorf("got unmanaged zones %q, want what the sweep has seen", got)
		}
	})
}

// A pull that breaks down after it has written stops the sweep: what that has planned before
// would take the push back.
func TestPullThatBreaksDownAfterWriting(t *testing.T) {
	worldtest.Bubble(t, "broken", func(t *testing.T) {
		const n = 200
		h := slow(t, n)
		h.halt()
		tune := h.tune
		var mu gosync.Mutex
		var written []string
		h.tune = func(d *daemon.Daemon) {
			tune(d)
			d.Schedule = schedule(t, "@every 1h")
			d.Log = slog.New(&panicsOnce{Handler: d.Log.Handler(), on: "zone files"})
			d.Changed = func(e sync.Event) {
				mu.Lock()
				defer mu.Unlock()
				if e.Zone.Undotted() == "zone-000.example" && e.Err == nil {
					written = append(written, e.Change.After.Data.String())
				}
			}
		}
		h.drift("zone-000.example")
		h.begin()
		h.pass(5 * time.Second)
		h.zone("zone-000.example", "www 300 A 192.0.2.2")
		h.text("zone-001.example.yaml", "zone: zone-001.example\nrecrods: {}\n")
		h.origin.push("second")
		h.daemon.Trigger(daemon.Pull)
		h.pass(2 * time.Minute)
		h.world.Holds("zone-000.example", "www 300 A 192.0.2.2")
		mu.Lock()
		defer mu.Unlock()
		if len(written) != 1 || written[0] != "192.0.2.2" {
			t.Errorf("got %q written, want what was pushed, once", written)
		}
	})
}

// panicsOnce is a log handler that panics at the first line with a message.
type panicsOnce struct {
	slog.Handler
	on   string
	done atomic.Bool
}

func (p *panicsOnce) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == p.on && p.done.CompareAndSwap(false, true) {
		panic("the log is gone")
	}
	return p.Handler.Handle(ctx, r)
}
