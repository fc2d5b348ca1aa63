package daemon_test

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	gosync "sync"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/state"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// A soak is months of a team's life, one minute at a time: pushes of every kind, an API
// with moods, colleagues with a dashboard, restarts with and without their state.
type soak struct {
	h        *installation
	g        worldtest.Generator
	domains  []string
	foreign  map[string][]string // what others own, by zone
	broken   map[string]string   // what a broken file said before
	db       *state.DB           // nil where the state is kept in memory
	dir      string
	outcomes map[daemon.Outcome]int
	codes    map[string]bool // approval codes that were shown

	mu     gosync.Mutex
	moods  *rand.Rand
	faulty int // per cent of the calls that go wrong
}

const parked = "parked.example"

func newSoak(t *testing.T, seed uint64) *soak {
	s := &soak{
		g: worldtest.Generate(seed), domains: domains(10), foreign: make(map[string][]string), broken: make(map[string]string),
		outcomes: make(map[daemon.Outcome]int), codes: make(map[string]bool), moods: rand.New(rand.NewPCG(seed, 7)),
	}
	// Copies are accepted, so that a call made twice shows.
	s.h = newInstallation(t, vpsorgtest.Options{KeepCalls: -1, Dialect: vpsorgtest.Dialect{Duplicates: vpsorgtest.DuplicateCopied}})
	s.h.world.Concurrency = 2
	s.h.world.Live(parked, "www 300 A 203.0.113.1")
	s.addFaults()
	s.h.api.AddRule(vpsorgtest.Rule{Do: vpsorgtest.Latency(30 * time.Millisecond)})
	s.h.runs.note = s.note
	s.h.tune = func(d *daemon.Daemon) {
		d.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
		d.Version = s.g.Pick("v1", "v1", "v1", "v2")
		d.Jitter = time.Second
	}
	s.h.text("templates/mail.yaml", "'@': {MX: 10 mail.example.net.}\n")
	s.limits()
	for _, d := range s.domains[:6] {
		s.edit(d)
	}
	s.h.origin.push("first")
	s.newState()
	return s
}

func (s *soak) note(run daemon.Run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outcomes[run.Outcome]++
	for _, r := range run.Refusals {
		if r.Approval != "" {
			s.codes[r.Approval] = true
		}
	}
}

// addFaults lets some of the calls go wrong, while faulty says so.
func (s *soak) addFaults() {
	for i, do := range []vpsorgtest.Action{
		vpsorgtest.Answer(503, ""), vpsorgtest.LostReply(), vpsorgtest.PerformThen(502), vpsorgtest.CutBefore(),
		vpsorgtest.RetryAfter(429, "1"), vpsorgtest.Answer(500, ""), vpsorgtest.HTMLPage(404), vpsorgtest.InvalidJSON(), vpsorgtest.Answer(400, ""),
	} {
		s.h.api.AddRule(vpsorgtest.Rule{Name: fmt.Sprint("fault ", i), Do: do, When: func(c vpsorgtest.Call) bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.moods.IntN(900) < s.faulty
		}})
	}
	for _, r := range []vpsorgtest.Rule{
		{Kind: vpsorgtest.ListZones, Do: vpsorgtest.Truncate(1)},
		{Kind: vpsorgtest.GetZone, Do: vpsorgtest.TruncateCounted(1)},
	} {
		r.When = func(vpsorgtest.Call) bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.moods.IntN(400) < s.faulty
		}
		s.h.api.AddRule(r)
	}
}

func (s *soak) mood(faulty int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faulty = faulty
}

// newState returns the daemon an empty memory: now and then a real state directory, which
// takes ten times as long.
func (s *soak) newState() {
	s.h.t.Helper()
	s.h.store, s.dir = &memory{}, ""
	if s.g.Some(20) {
		s.dir = filepath.Join(quickDir(s.h.t), "state")
	}
	s.openState()
}

func (s *soak) openState() {
	s.h.t.Helper()
	if s.dir == "" {
		return
	}
	var err error
	if s.db, err = state.Open(s.h.t.Context(), s.dir, state.Options{}); err != nil {
		s.h.t.Fatal(err)
	}
	s.h.store = s.db
}

// stopAll ends the daemon, wherever it is, and closes its state.
func (s *soak) stopAll() {
	s.h.t.Helper()
	s.h.halt()
	if s.db == nil {
		return
	}
	if err := s.db.Close(); err != nil {
		s.h.t.Fatal(err)
	}
	s.db = nil
}

// quickDir is a folder in memory where there is one, as a database that waits for a disk
// takes most of the time.
func quickDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "zonetender-soak-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// minute lets a minute pass in which anything may happen.
func (s *soak) minute() {
	s.h.t.Helper()
	switch kind := s.g.Rand.IntN(100); {
	case kind < 25:
		s.pushSomething()
	case kind < 31:
		s.scribble()
	case kind < 34:
		s.mood(s.g.Rand.IntN(4) * 8)
	case kind < 36:
		s.mood(0)
		if s.g.Some(10) {
			s.mood(1000) // away altogether
		}
	case kind < 37:
		s.h.daemon.Trigger(daemon.Sweep)
	case kind < 39:
		s.h.daemon.Trigger(daemon.Pull)
		time.Sleep(time.Duration(s.g.Rand.IntN(400)) * time.Millisecond) // in the middle of something
		s.stopAll()
		if s.g.Some(30) {
			s.newState()
		} else {
			s.openState()
		}
		s.h.begin()
	}
	s.h.pass(time.Minute)
	// A zone that is deleted takes what others own with it.
	for domain := range s.foreign {
		if s.h.api.Records(domain) == nil {
			delete(s.foreign, domain)
		}
	}
}

// usage is what a process may leak.
type usage struct {
	goroutines, files int
	heap              uint64
}

func measure() usage {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u := usage{goroutines: runtime.NumGoroutine(), heap: m.HeapAlloc}
	if entries, err := os.ReadDir("/proc/self/fd"); err == nil {
		u.files = len(entries)
	}
	return u
}

// TestSoak runs thousands of cycles. In the end, once the faults are over, the service
// holds exactly what Git says and what others own, nothing twice, and nothing has grown.
func TestSoak(t *testing.T) {
	const minutes, settled = 3000, 1000
	const seed = 11
	// Little is alive at any time, so that the collector would run for each cycle.
	defer debug.SetGCPercent(debug.SetGCPercent(2000))
	synctest.Test(t, func(t *testing.T) {
		s := newSoak(t, seed)
		s.h.begin()
		var before usage
		for m := range minutes {
			if s.minute(); t.Failed() {
				t.Fatalf("seed %d, minute %d", seed, m)
			}
			if m == settled {
				before = measure()
			}
		}
		s.comeToRest()
		s.compare()
		after := measure()
		t.Logf("cycles %v, usage %+v, then %+v", s.outcomes, before, after)
		if after.goroutines > before.goroutines+3 || after.files > before.files+5 || after.heap > before.heap+16<<20 {
			t.Errorf("got usage %+v after %d minutes, want no more than the %+v after %d", after, minutes, before, settled)
		}
		for _, o := range []daemon.Outcome{daemon.OutcomeUnchanged, daemon.OutcomeApplied, daemon.OutcomePartly, daemon.OutcomeHeld, daemon.OutcomeFailed} {
			if s.outcomes[o] == 0 {
				t.Errorf("got no cycle that ended as %q, want some: the soak has become too tame", o)
			}
		}
		s.stopAll()
		s.h.stop = nil
	})
}

// comeToRest ends the faults, mends the broken files, approves what is refused, and
// sweeps.
func (s *soak) comeToRest() {
	s.h.t.Helper()
	s.mood(0)
	for domain := range maps.Clone(s.broken) {
		s.edit(domain)
	}
	for name, text := range s.h.origin.files {
		if strings.HasSuffix(name, ".example.yaml") {
			s.h.origin.files[name] = text + "# the end\n" // what was fought over is tried again
		}
	}
	for range 6 {
		s.h.origin.push("the end")
		s.h.pass(2 * time.Minute)
		s.mu.Lock()
		s.limits()
		s.mu.Unlock()
	}
	s.h.daemon.Trigger(daemon.Sweep)
	s.h.pass(time.Minute)
}

// compare fails the test unless the service holds what Git says.
func (s *soak) compare() {
	s.h.t.Helper()
	status := s.h.daemon.Status()
	for _, z := range status.Zones {
		if z.State != daemon.StateInSync && z.State != daemon.StateOrphaned {
			s.h.t.Errorf("%s: got %q (%s), want in sync", z.Zone, z.State, z.Reason)
		}
	}
	if status.NotReady != "" {
		s.h.t.Errorf("got not ready: %s", status.NotReady)
	}
	s.h.world.Holds(parked, "www 300 A 203.0.113.1")
	for _, domain := range s.domains {
		text, named := s.h.origin.files[domain+".yaml"]
		switch {
		case !named:
		case strings.Contains(text, "state: absent"):
			if got := s.h.api.Records(domain); got != nil {
				s.h.t.Errorf("%s: got %v, want no such zone", domain, got)
			}
		default:
			want := append(s.h.says(domain), s.foreign[domain]...)
			slices.Sort(want)
			apexNS := func(line string) bool { f := strings.Fields(line); return f[0] == "@" && f[2] == "NS" }
			got := s.h.world.Records(domain)
			if !slices.ContainsFunc(want, apexNS) {
				got = slices.DeleteFunc(got, apexNS) // not ours, once the file does not name them
			}
			if d := gocmp.Diff(want, got); d != "" {
				s.h.t.Errorf("%s holds (-want +got):\n%s", domain, d)
			}
		}
	}
}
