package sync

import (
	"cmp"
	"slices"
	"sync"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// outcomes hold what came of the changes of a zone's plan, each by its place in the plan.
// Their methods may be called concurrently.
type outcomes struct {
	changes []diff.Change

	mu           sync.Mutex
	done         []bool
	putBack      []int
	failed, lost []failedAt
	failures     failures
}

// failedAt is why the change at a place of the plan was not made, or not taken back.
type failedAt struct {
	at  int
	err error
}

func newOutcomes(changes []diff.Change) *outcomes {
	return &outcomes{changes: changes, done: make([]bool, len(changes)), failures: newFailures()}
}

// allows returns ErrSkipped for a change that must not be made because one before it in the
// plan failed.
func (o *outcomes) allows(at int) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.failures.check(&o.changes[at], at)
}

func (o *outcomes) made(at int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.done[at] = true
}

func (o *outcomes) notMade(at int, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.failures.add(&o.changes[at], at)
	o.failed = append(o.failed, failedAt{at, err})
}

// restored records the outcome of creating a deleted record again.
func (o *outcomes) restored(at int, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil {
		o.lost = append(o.lost, failedAt{at, err})
		return
	}
	o.putBack = append(o.putBack, at)
	o.done[at] = false
}

// report fills in what was done and what not, in the order of the plan, whatever the order in
// which it came about.
func (o *outcomes) report(r *ZoneReport) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := 0
	for _, done := range o.done {
		if done {
			n++
		}
	}
	r.Done = slices.Grow(r.Done, n)
	for at, done := range o.done {
		if done {
			r.Done = append(r.Done, o.changes[at])
		}
	}
	slices.Sort(o.putBack)
	for _, at := range o.putBack {
		r.PutBack = append(r.PutBack, o.changes[at])
	}
	r.Failed, r.Lost = o.inOrder(o.failed), o.inOrder(o.lost)
}

// undone returns the RRsets with changes that were not made.
func (o *outcomes) undone() map[schema.Key]bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := make(map[schema.Key]bool)
	for at, done := range o.done {
		if c := &o.changes[at]; !done {
			out[schema.Key{Name: c.Name, Type: c.Type}] = true
		}
	}
	return out
}

func (o *outcomes) inOrder(failed []failedAt) []Failure {
	slices.SortFunc(failed, func(a, b failedAt) int { return cmp.Compare(a.at, b.at) })
	var out []Failure
	for _, f := range failed {
		out = append(out, Failure{o.changes[f.at], f.err})
	}
	return out
}

// failures records which changes of a zone failed, so that nothing is deleted that is
// still needed because of them, and nothing is pointed at a target that was not created. Of
// several it knows the first place in the plan: only what comes later depends on it.
type failures struct {
	// names are owner names at which a creation or update failed: what is there must stay.
	names map[schema.Name]int
	// needed are hosts that a record still points at, because its change failed.
	needed map[schema.Name]int
	// missing are names at which a record that answers address queries was not created or
	// updated.
	missing map[schema.Name]int
}

func newFailures() failures {
	return failures{make(map[schema.Name]int), make(map[schema.Name]int), make(map[schema.Name]int)}
}

func (f failures) add(c *diff.Change, at int) {
	note := func(m map[schema.Name]int, name schema.Name) {
		if first, ok := m[name]; !ok || at < first {
			m[name] = at
		}
	}
	if c.Action != diff.Delete {
		note(f.names, c.Name)
	}
	if host := c.PointedAt(); !host.IsZero() {
		note(f.needed, host)
	}
	if c.Action != diff.Delete && c.Answers() {
		note(f.missing, c.Name)
	}
}

// check returns ErrSkipped for a change that must not be made because of earlier failures.
func (f failures) check(c *diff.Change, at int) error {
	in := func(m map[schema.Name]int, name schema.Name) bool {
		first, ok := m[name]
		return ok && first < at
	}
	if c.Action == diff.Delete {
		if in(f.names, c.Name) || in(f.needed, c.Name) && c.Answers() {
			return ErrSkipped
		}
		return nil
	}
	if in(f.missing, c.PointsAt()) {
		return ErrSkipped
	}
	return nil
}
