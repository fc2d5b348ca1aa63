package sync

import "sync"

// Progress is how far a pass is with planning or, after that, with applying.
type Progress struct {
	Zones, ZonesTotal int
	// Changes are the changes of records that were made or failed, of those that the plan has.
	// Both are 0 while planning.
	Changes, ChangesTotal int
}

// progress counts what is done. It tells of each step before the next, so that what is told
// never goes back.
type progress struct {
	report func(Progress) // nil for nobody

	mu  sync.Mutex
	now Progress
}

func (p *Pass) progress(zones, changes int) *progress {
	m := &progress{report: p.Progress}
	m.tell(func(now *Progress) { now.ZonesTotal, now.ChangesTotal = zones, changes })
	return m
}

// tell changes the counts, and tells of them.
func (m *progress) tell(change func(now *Progress)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.now)
	if m.report != nil {
		m.report(m.now)
	}
}

// step counts a zone.
func (m *progress) step() { m.tell(func(now *Progress) { now.Zones++ }) }

// remain changes the total after a pause.
func (m *progress) remain(zones int) {
	m.tell(func(now *Progress) { now.ZonesTotal = now.Zones + zones })
}

// counting counts changes before it passes them on to changed, which may be nil.
func (m *progress) counting(changed func(Event)) func(Event) {
	return func(e Event) {
		if !e.Change.Name.IsZero() && !e.PutBack {
			m.tell(func(now *Progress) { now.Changes++ })
		}
		if changed != nil {
			changed(e)
		}
	}
}

// done returns how much is done, in changes where there are any: zones differ too much in
// how many they have.
func (p Progress) done() int {
	if p.ChangesTotal > 0 {
		return p.Changes
	}
	return p.Zones
}

func (p Progress) left() int {
	if p.ChangesTotal > 0 {
		return p.ChangesTotal - p.Changes
	}
	return p.ZonesTotal - p.Zones
}
