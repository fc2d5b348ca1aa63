package daemon_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/schema/zonefile"
	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/git"
	"github.com/zonetender/zonetender/sync/state"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// An installation is a team's whole installation: their repository, the simulated service, and
// the daemon between the two, with a clock that the test moves.
type installation struct {
	t      testing.TB
	world  *worldtest.World
	api    *vpsorgtest.Server // the world's
	origin *origin
	branch *branch
	store  daemon.Store
	log    *logbook
	runs   *runs
	cycles *metrics
	daemon *daemon.Daemon
	stop   func()
	// fails is the error with which the daemon ends, "" for none.
	fails string
	// tune changes each daemon before it starts.
	tune func(*daemon.Daemon)
}

func newInstallation(t testing.TB, o vpsorgtest.Options) *installation {
	w := worldtest.New(t, o)
	h := &installation{t: t, world: w, api: w.Server, origin: newOrigin(t), store: &memory{}, log: &logbook{}, runs: &runs{}, cycles: &metrics{}}
	h.open(git.Options{})
	t.Cleanup(func() {
		if h.stop != nil {
			h.halt()
		}
		if t.Failed() {
			t.Logf("log:\n%s", h.log)
		}
	})
	return h
}

// running returns an installation whose daemon has applied its first commit: zones with an
// address at www.
func running(t testing.TB, domains ...string) *installation {
	h := newInstallation(t, vpsorgtest.Options{})
	for _, d := range domains {
		h.zone(d, "www 300 A 192.0.2.1")
	}
	h.origin.push("first")
	h.start()
	return h
}

// open opens the repository as a daemon does that starts.
func (h *installation) open(o git.Options) {
	h.t.Helper()
	o.URL = h.origin.dir
	repo, err := git.Open(h.t.Context(), o)
	if err != nil {
		h.t.Fatal(err)
	}
	h.branch = &branch{repo: repo}
}

// zone puts a zone file into the next commit.
func (h *installation) zone(domain string, lines ...string) {
	h.origin.files[domain+".yaml"] = worldtest.ZoneFile(domain, lines)
}

// text puts any file into the next commit; nothing takes it out.
func (h *installation) text(name, content string) {
	if content == "" {
		delete(h.origin.files, name)
		return
	}
	h.origin.files[name] = content
}

func schedule(t testing.TB, text string) daemon.Schedule {
	t.Helper()
	s, err := daemon.ParseSchedule(text, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// start starts a daemon on what is there, and waits for its first cycle.
func (h *installation) start() {
	h.t.Helper()
	h.begin()
	synctest.Wait()
}

// begin starts a daemon on what is there.
func (h *installation) begin() {
	h.t.Helper()
	api := h.world.Client()
	d := &daemon.Daemon{
		Repo: h.branch, API: api, Writer: api, Store: recorder{h.store, h.runs}, Version: "v1", AcceptSetting: "ACCEPT",
		Schedule: schedule(h.t, "@every 1m"), Sweeping: schedule(h.t, "@hourly"),
		Concurrency: h.world.Concurrency, Log: slog.New(slog.NewTextHandler(h.log, nil)), Observe: h.cycles.observe,
	}
	if h.tune != nil {
		h.tune(d)
	}
	ctx, cancel := context.WithCancel(h.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	h.daemon = d
	h.stop = func() {
		cancel()
		if err := <-ended; err != nil && err.Error() != h.fails || err == nil && h.fails != "" {
			h.t.Errorf("the daemon ended with error %v, want %q", err, h.fails)
		}
	}
}

// halt tells the daemon to stop, and waits until it has.
func (h *installation) halt() {
	h.stop()
	h.stop = nil
}

// restart stops the daemon and starts another one.
func (h *installation) restart() {
	h.t.Helper()
	h.halt()
	h.start()
}

// pass lets time pass, and waits until the daemon rests.
func (h *installation) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// ask triggers a cycle and waits until the daemon rests.
func (h *installation) ask(kind daemon.Kind) {
	h.daemon.Trigger(kind)
	synctest.Wait()
}

// zoneStatus returns how the daemon says a zone stands.
func (h *installation) zoneStatus(domain string) daemon.ZoneStatus {
	for _, z := range h.daemon.Status().Zones {
		if z.Zone == domain {
			return z
		}
	}
	return daemon.ZoneStatus{}
}

// stands fails the test unless the zone is in a state, for a reason with these phrases.
func (h *installation) stands(domain string, want daemon.State, phrases ...string) {
	h.t.Helper()
	got := h.zoneStatus(domain)
	if got.State != want {
		h.t.Errorf("%s: got state %q (%s), want %q", domain, got.State, got.Reason, want)
	}
	worldtest.Shows(h.t, got.Reason, phrases...)
}

// ended fails the test unless the last cycle ended so, with these phrases in its error.
func (h *installation) ended(want daemon.Outcome, phrases ...string) {
	h.t.Helper()
	got := h.daemon.Status().LastCycle
	if got == nil || got.Outcome != want {
		h.t.Errorf("last cycle: got %+v, want outcome %q", got, want)
		return
	}
	worldtest.Shows(h.t, got.Error, phrases...)
}

// follows fails the test unless the zone files of the newest commit are live: the zones
// that they name, and nothing else in them.
func (h *installation) follows(domains ...string) {
	h.t.Helper()
	for _, domain := range domains {
		h.world.Holds(domain, h.says(domain)...)
	}
}

// says returns the records of a zone file.
func (h *installation) says(domain string) []string {
	h.t.Helper()
	files := make(map[string]string)
	maps.Copy(files, h.origin.files)
	return linesOf(h.t, files, domain)
}

// reads returns the zones that were read since the last look, sorted, and forgets them.
func (h *installation) reads() []string {
	var out []string
	for _, c := range h.api.Calls() {
		if c.Kind == vpsorgtest.GetZone {
			out = append(out, c.Domain)
		}
	}
	h.api.ResetCalls()
	slices.Sort(out)
	return slices.Compact(out)
}

// read fails the test unless these zones, and no others, were read since the last look.
func (h *installation) read(want ...string) {
	h.t.Helper()
	if d := gocmp.Diff(append([]string(nil), want...), h.reads()); d != "" {
		h.t.Errorf("zones read (-want +got):\n%s", d)
	}
}

// linesOf reads a zone out of files.
func linesOf(t testing.TB, files map[string]string, domain string) []string {
	t.Helper()
	w := worldtest.New(t, vpsorgtest.Options{})
	for name, text := range files {
		w.Files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	folder, _, err := zonefile.Open(w.Files, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range folder.Sources {
		if s.Zone.Undotted() == domain {
			z, problems := folder.Zone(s)
			if z == nil {
				t.Fatal(problems)
			}
			return worldtest.ZoneLines(z)
		}
	}
	t.Fatalf("no zone file says anything of %s", domain)
	return nil
}

// database opens a real state directory.
func (h *installation) database() *state.DB {
	h.t.Helper()
	db, err := state.Open(h.t.Context(), filepath.Join(h.t.TempDir(), "state"), state.Options{})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		if err := db.Close(); err != nil {
			h.t.Error(err)
		}
	})
	return db
}

// domains returns n zone names.
func domains(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("zone-%02d.example", i))
	}
	return out
}
