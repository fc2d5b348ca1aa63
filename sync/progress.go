package sync

import "sync/atomic"

// Progress is how far a pass is with planning or, after that, with applying.
type Progress struct {
	Zones, ZonesTotal int
	// Changes are the changes of records that were made or failed, of those that the plan has.
	// Both are 0 while planning.
	Changes, ChangesTotal int
}

// progress counts what is done.
type progress struct {
	zones, changes atomic.Int64
	total          Progress // only the totals
	report         func(Progress)
}

func (p *Pass) progress(zones, changes int) *progress {
	m := &progress{total: Progress{ZonesTotal: zones, ChangesTotal: changes}, report: p.Progress}
	m.tell()
	return m
}

func (m *progress) tell() {
	if m.report == nil {
		return
	}
	now := m.total
	now.Zones, now.Changes = int(m.zones.Load()), int(m.changes.Load())
	m.report(now)
}

// step counts a zone.
func (m *progress) step() {
	m.zones.Add(1)
	m.tell()
}

// counting counts changes before it passes them on to changed, which may be nil.
func (m *progress) counting(changed func(Event)) func(Event) {
	return func(e Event) {
		if !e.Change.Name.IsZero() && !e.PutBack {
			m.changes.Add(1)
			m.tell()
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
