package sync

import (
	"math"
	"sync"
	"time"
)

// Traffic tells of the calls that a client makes. Both functions may be nil.
type Traffic struct {
	// Calls returns how many were made so far, each try counted.
	Calls func() int
	// Allowed returns how many a second the service allows, +Inf where nothing is known.
	Allowed func() float64
}

const (
	recent      = 30 * time.Second // speed is measured over this time
	sampleEvery = time.Second
	leastBasis  = 3 * time.Second // no speed is known before
)

// A Meter measures how fast a pass is. Make it with NewMeter when the work begins. Its
// methods may be called by several goroutines at the same time.
type Meter struct {
	traffic Traffic

	mu       sync.Mutex
	progress Progress
	calls    int      // made before the work began
	samples  []sample // of the recent past, the oldest first
}

// sample is how far everything was at one time.
type sample struct {
	at       time.Time
	progress Progress
	calls    int
}

// Measurement is how far and how fast a pass is.
type Measurement struct {
	Progress
	Calls          int     // made since the work began
	CallsPerSecond float64 // recently, to a tenth; 0 where there is no basis to tell
	Allowed        float64 // calls per second, to a hundredth; 0 where no limit is known
	// Left is the time until the end at the recent speed, 0 where there is no basis to tell.
	Left time.Duration
}

// NewMeter begins to measure.
func NewMeter(traffic Traffic) *Meter {
	m := &Meter{traffic: traffic}
	m.calls = m.made()
	m.samples = []sample{{time.Now(), Progress{}, m.calls}}
	return m
}

func (m *Meter) made() int {
	if m.traffic.Calls == nil {
		return 0
	}
	return m.traffic.Calls()
}

// Report takes in how far the pass is. Where another part of the work begins, so does the
// measuring of speed.
func (m *Meter) Report(p Progress) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if p.ZonesTotal != m.progress.ZonesTotal || p.ChangesTotal != m.progress.ChangesTotal {
		m.samples = []sample{{time.Now(), p, m.made()}}
	}
	m.progress = p
}

// Measure returns how far the pass is now. It is called about once a second, or less often.
func (m *Meter) Measure() Measurement {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := sample{time.Now(), m.progress, m.made()}
	out := Measurement{Progress: now.progress, Calls: now.calls - m.calls}
	if m.traffic.Allowed != nil {
		if allowed := m.traffic.Allowed(); !math.IsInf(allowed, 1) {
			out.Allowed = math.Round(100*allowed) / 100
		}
	}
	for len(m.samples) > 1 && now.at.Sub(m.samples[1].at) >= recent {
		m.samples = m.samples[1:]
	}
	if then := m.samples[0]; now.at.Sub(then.at) >= leastBasis {
		seconds := now.at.Sub(then.at).Seconds()
		out.CallsPerSecond = math.Round(10*float64(now.calls-then.calls)/seconds) / 10
		done, left := now.progress.done()-then.progress.done(), now.progress.left()
		if done > 0 && left > 0 {
			out.Left = time.Duration(seconds * float64(left) / float64(done) * float64(time.Second))
		}
	}
	if now.at.Sub(m.samples[len(m.samples)-1].at) >= sampleEvery {
		m.samples = append(m.samples, now)
	}
	return out
}
