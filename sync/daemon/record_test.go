package daemon_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	gosync "sync"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/daemon"
)

// A memory is a store that lasts as long as the test.
type memory struct {
	mu    gosync.Mutex
	saved daemon.Memory
	// declared is what zones declare.
	declared map[schema.Name]daemon.Declared
	saves    int64 // the highest number of a run that was saved
	fault    error // of each Save
	mute     error // of each Declared
	lost     error
	// answers are what Answered was told.
	answers []string
}

func (m *memory) Load(context.Context) (daemon.Memory, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := m.saved
	out.Zones = maps.Clone(m.saved.Zones)
	return out, nil
}

func (m *memory) Declared(_ context.Context, zone schema.Name) (daemon.Declared, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.declared[zone], m.mute
}

func (m *memory) NextRun(context.Context) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.saves + 1, nil
}

func (m *memory) Save(ctx context.Context, run daemon.Run, change daemon.MemoryChange) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := cmp.Or(m.fault, ctx.Err()); err != nil {
		return err
	}
	m.saves = max(m.saves, cmp.Or(run.Number, m.saves+1))
	if m.saved.Zones == nil {
		m.saved.Zones = make(map[schema.Name]daemon.ZoneMemory)
		m.declared = make(map[schema.Name]daemon.Declared)
	}
	m.saved.Progress = change.Progress
	for name, z := range change.Zones {
		z.Waiting, z.Open = 0, nil
		m.saved.Zones[name] = z
	}
	maps.Copy(m.declared, change.Declared)
	for _, name := range change.Forget {
		delete(m.saved.Zones, name)
		delete(m.declared, name)
	}
	return nil
}

func (m *memory) Answered(_ context.Context, run int64, answering bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answers = append(m.answers, fmt.Sprintf("run %d %t", run, answering))
	return nil
}

func (m *memory) Lost() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lost
}

func (m *memory) lose(err error) { m.set(func() { m.lost = err }) }

// set changes fields while a daemon runs.
func (m *memory) set(change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
}

// A recorder is a store that keeps each run for the test.
type recorder struct {
	store daemon.Store
	runs  *runs
}

func (r recorder) Load(ctx context.Context) (daemon.Memory, error) { return r.store.Load(ctx) }
func (r recorder) NextRun(ctx context.Context) (int64, error)      { return r.store.NextRun(ctx) }
func (r recorder) Lost() error                                     { return r.store.Lost() }
func (r recorder) Declared(ctx context.Context, zone schema.Name) (daemon.Declared, error) {
	return r.store.Declared(ctx, zone)
}
func (r recorder) Answered(ctx context.Context, run int64, answering bool) error {
	return r.store.Answered(ctx, run, answering)
}

func (r recorder) Save(ctx context.Context, run daemon.Run, change daemon.MemoryChange) error {
	r.runs.add(run)
	return r.store.Save(ctx, run, change)
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

// metrics are those of the last cycle that has ended.
type metrics struct {
	mu   gosync.Mutex
	last daemon.CycleMetrics
	live int // how many cycles were the first after which a commit was live
}

func (m *metrics) observe(c daemon.CycleMetrics) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last = c
	if c.Live {
		m.live++
	}
}

// runs are the cycles that have ended.
type runs struct {
	mu  gosync.Mutex
	all []daemon.Run
	// note, where it is set, takes each run instead.
	note func(daemon.Run)
}

func (r *runs) add(run daemon.Run) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.note != nil {
		r.note(run)
		return
	}
	r.all = append(r.all, run)
}

func (r *runs) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.all)
}

func (r *runs) last() daemon.Run {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) == 0 {
		return daemon.Run{}
	}
	return r.all[len(r.all)-1]
}
