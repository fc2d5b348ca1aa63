package sync

import "sync/atomic"

// meter counts zones that are done, for a progress display.
type meter struct {
	done   atomic.Int64
	total  int
	report func(done, total int)
}

func (c *Cycle) meter(total int) *meter {
	m := &meter{total: total, report: c.Progress}
	if m.report != nil {
		m.report(0, total)
	}
	return m
}

func (m *meter) step() {
	n := m.done.Add(1)
	if m.report != nil {
		m.report(int(n), m.total)
	}
}
