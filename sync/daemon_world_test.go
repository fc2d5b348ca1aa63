package sync_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	gosync "sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/git"
	"github.com/zonetender/zonetender/sync/state"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// A memory is a store that lasts as long as the test.
type memory struct {
	mu    gosync.Mutex
	saved sync.Memory
	fault error
}

func (m *memory) Load(context.Context) (sync.Memory, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := m.saved
	out.Zones = maps.Clone(m.saved.Zones)
	return out, nil
}

func (m *memory) Save(ctx context.Context, run sync.Run) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := cmp.Or(m.fault, ctx.Err()); err != nil {
		return err
	}
	if m.saved.Zones == nil {
		m.saved.Zones = make(map[schema.Name]sync.ZoneMemory)
	}
	m.saved.Progress = run.Progress
	for name, z := range run.Zones {
		z.Waiting = 0
		m.saved.Zones[name] = z
	}
	for _, name := range run.Forget {
		delete(m.saved.Zones, name)
	}
	return nil
}

// A house is a team's whole installation: their repository, the simulated service, and
// the daemon between the two, with a clock that the test moves.
type house struct {
	*world
	*origin
	testing.TB
	branch *branch
	store  sync.Store
	log    *logbook
	runs   *runs
	daemon *sync.Daemon
	stop   func()
	// tune changes each daemon before it starts.
	tune func(*sync.Daemon)
}

// A logbook holds what the daemon logs.
type logbook struct {
	mu gosync.Mutex
	b  bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// runs are the cycles that have ended.
type runs struct {
	mu  gosync.Mutex
	all []sync.Run
}

func (r *runs) add(run sync.Run) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, run)
}

func (r *runs) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.all)
}

func (r *runs) last() sync.Run {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) == 0 {
		return sync.Run{}
	}
	return r.all[len(r.all)-1]
}

func newHouse(t testing.TB, o vpsorgtest.Options) *house {
	h := &house{world: newWorld(t, o), origin: newOrigin(t), TB: t, store: &memory{}, log: &logbook{}, runs: &runs{}}
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

// open opens the repository as a daemon does that starts.
func (h *house) open(o git.Options) {
	h.Helper()
	o.URL = h.dir
	repo, err := git.Open(h.Context(), o)
	if err != nil {
		h.Fatal(err)
	}
	h.branch = &branch{Repo: repo}
}

// zone puts a zone file into the next commit.
func (h *house) zone(domain string, lines ...string) {
	h.origin.files[domain+".yaml"] = zoneFile(domain, lines)
}

// text puts any file into the next commit; nothing takes it out.
func (h *house) text(name, content string) {
	if content == "" {
		delete(h.origin.files, name)
		return
	}
	h.origin.files[name] = content
}

func schedule(t testing.TB, text string) sync.Schedule {
	t.Helper()
	s, err := sync.ParseSchedule(text, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// start starts a daemon on what is there, and waits for its first cycle.
func (h *house) start() {
	h.Helper()
	h.begin()
	synctest.Wait()
}

// begin starts a daemon on what is there.
func (h *house) begin() {
	h.Helper()
	api := h.client()
	d := &sync.Daemon{
		Repo: h.branch, API: api, Writer: api, Store: h.store, Version: "v1",
		Schedule: schedule(h, "@every 1m"), Sweeping: schedule(h, "@hourly"),
		Concurrency: h.concurrency, Log: slog.New(slog.NewTextHandler(h.log, nil)), Observe: h.runs.add,
	}
	if h.tune != nil {
		h.tune(d)
	}
	ctx, cancel := context.WithCancel(h.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	h.daemon = d
	h.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			h.Error(err)
		}
	}
}

// halt tells the daemon to stop, and waits until it has.
func (h *house) halt() {
	h.stop()
	h.stop = nil
}

// restart stops the daemon and starts another one.
func (h *house) restart() {
	h.Helper()
	h.halt()
	h.start()
}

// pass lets time pass, and waits until the daemon rests.
func (h *house) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// ask triggers a cycle and waits until the daemon rests.
func (h *house) ask(kind sync.Kind) {
	h.daemon.Trigger(kind)
	synctest.Wait()
}

// zoneStatus gives how the daemon says a zone stands.
func (h *house) zoneStatus(domain string) sync.ZoneStatus {
	for _, z := range h.daemon.Status().Zones {
		if z.Zone == domain {
			return z
		}
	}
	return sync.ZoneStatus{}
}

// stands fails the test unless the zone is in a state, for a reason with these phrases.
func (h *house) stands(domain string, want sync.State, phrases ...string) {
	h.Helper()
	got := h.zoneStatus(domain)
	if got.State != want {
		h.Errorf("%s: got state %q (%s), want %q", domain, got.State, got.Reason, want)
	}
	shows(h, got.Reason, phrases...)
}

// ended fails the test unless the last cycle ended so, with these phrases in its error.
func (h *house) ended(want sync.Outcome, phrases ...string) {
	h.Helper()
	got := h.daemon.Status().LastCycle
	if got == nil || got.Outcome != want {
		h.Errorf("last cycle: got %+v, want outcome %q", got, want)
		return
	}
	shows(h, got.Error, phrases...)
}

// follows fails the test unless the zone files of the newest commit are live: the zones
// that they name, and nothing else in them.
func (h *house) follows(domains ...string) {
	h.Helper()
	for _, domain := range domains {
		h.holds(domain, h.says(domain)...)
	}
}

// says gives the records of a zone file.
func (h *house) says(domain string) []string {
	h.Helper()
	files := make(map[string]string)
	maps.Copy(files, h.origin.files)
	return linesOf(h, files, domain)
}

// reads gives the zones that were read since the last look, sorted, and forgets them.
func (h *house) reads() []string {
	var out []string
	for _, c := range h.Calls() {
		if c.Kind == vpsorgtest.GetZone {
			out = append(out, c.Domain)
		}
	}
	h.ResetCalls()
	slices.Sort(out)
	return slices.Compact(out)
}

// read fails the test unless these zones, and no others, were read since the last look.
func (h *house) read(want ...string) {
	h.Helper()
	if d := gocmp.Diff(h.reads(), append([]string(nil), want...)); d != "" {
		h.Errorf("zones read (-got +want):\n%s", d)
	}
}

// linesOf reads a zone out of files.
func linesOf(t testing.TB, files map[string]string, domain string) []string {
	t.Helper()
	w := newWorld(t, vpsorgtest.Options{})
	for name, text := range files {
		w.files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	folder, _, err := schema.Open(w.files, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range folder.Sources {
		if s.Zone.Undotted() == domain {
			z, problems := folder.Zone(s)
			if z == nil {
				t.Fatal(problems)
			}
			return zoneLines(z)
		}
	}
	t.Fatalf("no zone file says anything of %s", domain)
	return nil
}

// database opens a real state directory.
func (h *house) database() *state.DB {
	h.Helper()
	db, err := state.Open(h.Context(), filepath.Join(h.TempDir(), "state"), state.Options{})
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() {
		if err := db.Close(); err != nil {
			h.Error(err)
		}
	})
	return db
}

// domains gives n zone names.
func domains(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("zone-%02d.example", i))
	}
	return out
}
