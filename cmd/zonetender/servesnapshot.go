package main

import (
	"errors"
	"io"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/vpsorg"
)

// noted says what the client passes on: calls for the metrics, and what was read for the
// snapshot.
func (v *service) noted() vpsorg.Options {
	o := vpsorg.Options{Observe: func(c vpsorg.Call) { v.metrics.APICall(c.Method, c.Status, c.Throttled) }}
	if v.recorder != nil {
		o.Readings, o.Listed, o.Read = true, v.recorder.Listed, v.recorder.Read
	}
	return o
}

// record notes for the snapshot that a zone was deleted. What else is changed is read again.
func (v *service) record(e sync.Event) {
	if v.recorder != nil && e.Err == nil && e.Action == diff.Delete && e.Change.Name.IsZero() {
		v.recorder.Deleted(e.Zone)
	}
}

// publish brings the snapshot up to date when a cycle has ended.
func (v *service) publish(c daemon.CycleMetrics) {
	// A sweep that is suspended has more to write before long.
	if v.recorder == nil || c.Within {
		return
	}
	looked := c.Outcome == daemon.OutcomeApplied || c.Outcome == daemon.OutcomeObserved || c.Outcome == daemon.OutcomePartly
	if c.Kind == daemon.Sweep && looked {
		v.recorder.Swept()
	}
	if err := v.recorder.Publish(); err != nil {
		v.log.Warn("snapshot not written", "error", err.Error())
	}
}

// snapshot returns what opens the snapshot, nil where none is to be served.
func (v *service) snapshot() func() (io.ReadSeekCloser, error) {
	if v.recorder == nil {
		return nil
	}
	return func() (io.ReadSeekCloser, error) {
		file, err := v.recorder.Open()
		if err != nil {
			return nil, err
		}
		return file, nil
	}
}

// close frees what the service stands on.
func (v *service) close() error {
	var err error
	if v.conn != nil {
		err = v.conn.close()
	}
	if v.recorder != nil {
		err = errors.Join(err, v.recorder.Close())
	}
	return err
}
