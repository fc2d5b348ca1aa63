package daemon

import (
	"time"

	"github.com/zonetender/zonetender/sync"
)

// progressEvery is how often the log says how far a cycle is.
const progressEvery = 10 * time.Second

// follow has the log say how far the pass of a cycle is, until the caller calls stop.
func (d *Daemon) follow(run Run, pass *sync.Pass) (stop func()) {
	meter := sync.NewMeter(d.Traffic)
	pass.Progress = meter.Report
	enough, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(progressEvery)
		defer ticker.Stop()
		for {
			select {
			case <-enough:
				return
			case <-ticker.C:
				d.logProgress(run, meter.Measure())
			}
		}
	}()
	return func() {
		close(enough)
		<-ended
	}
}

func (d *Daemon) logProgress(run Run, m sync.Measurement) {
	if m.ZonesTotal == 0 {
		return // the zones are still being listed
	}
	args := []any{"run", run.Number, "kind", string(run.Kind), "zones", m.Zones, "zones_total", m.ZonesTotal}
	if m.ChangesTotal > 0 {
		args = append(args, "changes", m.Changes, "changes_total", m.ChangesTotal)
	}
	args = append(args, "calls", m.Calls)
	if m.CallsPerSecond > 0 {
		args = append(args, "calls_per_second", m.CallsPerSecond)
	}
	if m.Allowed > 0 {
		args = append(args, "allowed_per_second", m.Allowed)
	}
	if m.Left > 0 {
		args = append(args, "left", m.Left.Round(time.Second).String())
	}
	d.Log.Info("in progress", args...)
}
