package daemon

import (
	"context"
	"slices"
	stdsync "sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
)

// An Auditor looks at where the records of zones lead.
type Auditor interface {
	// Zone returns warnings about a zone. It is called concurrently.
	Zone(ctx context.Context, zone *schema.Zone) schema.Problems
}

// maxFindings is how many findings of an audit the status shows.
const maxFindings = 100

// An AuditStatus is the last audit that has ended.
type AuditStatus struct {
	Commit  string    `json:"commit"` // whose zone files were read
	Started time.Time `json:"started"`
	Seconds float64   `json:"seconds"`
	Zones   int       `json:"zones"` // that were looked at
	// Codes counts the findings by code.
	Codes map[string]int `json:"codes"`
	// Findings are the first of them, sorted by place.
	Findings []Finding `json:"findings"`
}

// A Finding is one thing that an audit has found.
type Finding struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Message  string `json:"message"`
}

// audits looks at all zones on the schedule of audits, until ctx ends. Cycles go on
// meanwhile.
func (d *Daemon) audits(ctx context.Context) {
	for {
		now := time.Now()
		next := d.Audits.Next(now)
		d.mu.Lock()
		d.nextAudit = next
		d.mu.Unlock()
		timer := time.NewTimer(next.Sub(now))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		if err := sync.Catch(func() { d.audit(ctx) }); err != nil {
			d.logPanic(err)
		}
	}
}

// audit looks at all zones of the commit that was read last.
func (d *Daemon) audit(ctx context.Context) {
	d.mu.Lock()
	src := d.current
	d.mu.Unlock()
	if src == nil {
		d.Log.Warn("audit", "error", "no commit has been read yet")
		return
	}
	start := time.Now()
	auditor := d.Auditing()
	var mu stdsync.Mutex
	var found schema.Problems
	zones := 0
	var g errgroup.Group
	g.SetLimit(d.concurrency())
	for _, s := range src.folder.Sources {
		g.Go(func() error {
			zone, levels, _ := src.folder.ZoneLevels(s)
			if zone == nil {
				return nil // the cycles report what is wrong with it
			}
			problems := levels.Apply(auditor.Zone(ctx, zone))
			mu.Lock()
			defer mu.Unlock()
			zones++
			found = append(found, problems...)
			return nil
		})
	}
	_ = g.Wait() // no function returns an error
	if ctx.Err() != nil {
		return
	}
	d.audited(newAuditStatus(src.commit.Hash, start, zones, found.Sorted()))
}

// newAuditStatus sums an audit up.
func newAuditStatus(commit string, start time.Time, zones int, found schema.Problems) *AuditStatus {
	a := &AuditStatus{Commit: commit, Started: start, Seconds: time.Since(start).Seconds(), Zones: zones, Codes: make(map[string]int), Findings: []Finding{}}
	for i, p := range found {
		a.Codes[p.Code]++
		if i < maxFindings {
			a.Findings = append(a.Findings, Finding{p.Pos.File, p.Pos.Line, p.Severity.String(), p.Code, p.Message})
		}
	}
	return a
}

// audited takes an audit into the status, and logs what it found that the one before had
// not.
func (d *Daemon) audited(a *AuditStatus) {
	d.mu.Lock()
	before := d.lastAudit
	d.lastAudit = a
	d.mu.Unlock()
	for _, f := range a.Findings {
		known := before != nil && slices.ContainsFunc(before.Findings, func(b Finding) bool { return b.Code == f.Code && b.Message == f.Message })
		if !known {
			d.Log.Warn("audit", attributes("code", f.Code, "finding", f.Message, "file", f.File, "line", int64(f.Line))...)
		}
	}
	total := 0
	for _, n := range a.Codes {
		total += n
	}
	d.Log.Info("audit", "zones", a.Zones, "findings", total, "seconds", a.Seconds, "commit", a.Commit)
}
