package daemon

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
)

// State is how a zone stands.
type State string

// The states of a zone.
const (
	StateInSync      State = "in sync"     // read back as its file says
	StateDrifted     State = "drifted"     // the live zone differs, and no commit explains it
	StatePending     State = "pending"     // a commit waits to be applied
	StateRefused     State = "refused"     // a guard refuses
	StateFailed      State = "failed"      // the last try failed; it is tried again later
	StateOrphaned    State = "orphaned"    // its file is gone; the live zone is left unchanged
	StateQuarantined State = "quarantined" // somebody or the service keeps changing a record back
)

// States lists the states in a fixed order.
func States() []State {
	return []State{StateInSync, StateDrifted, StatePending, StateRefused, StateFailed, StateOrphaned, StateQuarantined}
}

// Outcome is how a cycle ended.
type Outcome string

// The outcomes of a cycle.
const (
	OutcomeUnchanged Outcome = "unchanged" // nothing new in Git, so nothing was read or written
	OutcomeApplied   Outcome = "applied"   // all zones of the cycle are as their files say
	OutcomeObserved  Outcome = "observed"  // planned and reported, as the mode says
	OutcomeHeld      Outcome = "held"      // a guard refused the commit, or the whole cycle
	OutcomePartly    Outcome = "partly"    // some zones were refused, failed or did not validate
	OutcomeStopped   Outcome = "stopped"   // the daemon was told to stop before it was done
	OutcomeFailed    Outcome = "failed"    // the cycle could not do its work
)

// Outcomes lists the outcomes in a fixed order.
func Outcomes() []Outcome {
	return []Outcome{OutcomeUnchanged, OutcomeApplied, OutcomeObserved, OutcomeHeld, OutcomePartly, OutcomeStopped, OutcomeFailed}
}

// Kind says what a cycle looks at.
type Kind string

// The kinds of cycle.
const (
	Pull  Kind = "pull"  // zones whose files changed, and those that wait to be tried again
	Sweep Kind = "sweep" // every zone
)

// Mode says whether the daemon writes.
type Mode string

// The modes.
const (
	ModeApply   Mode = "apply"
	ModeObserve Mode = "observe"
)

// A Status is how the daemon stands, for people and their tools.
type Status struct {
	Version string `json:"version"`
	Mode    Mode   `json:"mode"`
	// NotReady is why the daemon is not to be relied on, "" where it is.
	NotReady string `json:"not_ready,omitempty"`
	// Commit was read last, AppliedCommit is the newest one whose zones were applied.
	Commit        string `json:"commit"`
	AppliedCommit string `json:"applied_commit"`
	Schedule      string `json:"schedule"`
	Sweep         string `json:"sweep"`
	// LastCycle is nil before the first one has ended.
	LastCycle *CycleStatus `json:"last_cycle"`
	// LastGood is when a cycle last did all it could and reached Git and, where it had to,
	// the API, LastChange when one last changed a live zone. Each is the zero time where
	// none has.
	LastGood   time.Time     `json:"last_good"`
	LastChange time.Time     `json:"last_change"`
	NextPull   time.Time     `json:"next_pull"`
	NextSweep  time.Time     `json:"next_sweep"`
	Counts     map[State]int `json:"counts"`
	// Zones is sorted by name.
	Zones []ZoneStatus `json:"zones"`
	// Answering counts the zones that cycles have written to by what their name servers
	// answer; it is nil where nobody asks.
	Answering map[Answering]int `json:"answering,omitempty"`
	// Audit is the last audit, nil before the first one has ended. NextAudit is the zero
	// time where none is due.
	Audit     *AuditStatus `json:"audit,omitempty"`
	NextAudit time.Time    `json:"next_audit,omitzero"`
	// Unmanaged are live zones that no file names, as the last sweep saw them.
	Unmanaged []string `json:"unmanaged_zones"`
	// Warnings are what a reader should know of all zones together, a sentence each: what
	// is odd about the account's list of zones, and the open questions about how the
	// account spells.
	Warnings []string `json:"warnings"`
}

// A CycleStatus is one cycle that has ended.
type CycleStatus struct {
	Kind    Kind      `json:"kind"`
	Started time.Time `json:"started"`
	Seconds float64   `json:"seconds"`
	Outcome Outcome   `json:"outcome"`
	Error   string    `json:"error"`
}

// A ZoneStatus is how one zone stands.
type ZoneStatus struct {
	Zone string `json:"zone"` // without final dot
	// Display is the name in Unicode with the A-labels beside it, "" where both are the same.
	Display string `json:"display,omitempty"`
	State   State  `json:"state"`
	Reason  string `json:"reason"`
	Commit  string `json:"commit"` // that was last applied and verified
	// Answering says whether the name servers answer what was last written, "" where nobody
	// has asked since the daemon started. AnsweringReason is why they do not.
	Answering       Answering `json:"answering,omitempty"`
	AnsweringReason string    `json:"answering_reason,omitempty"`
	// Warnings are the open questions on which the reading of the zone depends.
	Warnings []string `json:"warnings,omitempty"`
}

// Status says how the daemon stands.
func (d *Daemon) Status() Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.memory.Progress
	s := Status{
		Version: d.Version, Mode: d.mode(), Commit: p.Read, AppliedCommit: p.Applied,
		Schedule: d.Schedule.String(), Sweep: d.Sweeping.String(),
		LastGood: p.LastGood, LastChange: p.LastChange, NextPull: d.next[Pull], NextSweep: d.next[Sweep],
		Counts: make(map[State]int), Zones: make([]ZoneStatus, 0, len(d.memory.Zones)), Unmanaged: append([]string{}, d.unmanaged...),
	}
	if d.last != nil {
		last := *d.last
		s.LastCycle = &last
	}
	for _, state := range States() {
		s.Counts[state] = 0
	}
	s.Audit, s.NextAudit = d.lastAudit, d.nextAudit
	if d.Asking != nil {
		s.Answering = make(map[Answering]int)
		for _, a := range Answerings() {
			s.Answering[a] = 0
		}
	}
	var open [][]diff.OpenQuestion
	for _, name := range slices.SortedFunc(maps.Keys(d.memory.Zones), schema.Name.Compare) {
		z := d.memory.Zones[name]
		switch {
		case z.State == "":
			continue
		case z.State == StateInSync && d.waiting[name]:
			z.State, z.Reason = StatePending, "a cycle that is under way has yet to apply a commit"
		}
		s.Counts[z.State]++
		status := zoneStatus(name, z)
		if status.Answering, status.AnsweringReason = d.answers.of(name); status.Answering != "" && s.Answering != nil {
			s.Answering[status.Answering]++
		}
		s.Zones = append(s.Zones, status)
		open = append(open, z.Open)
	}
	slices.SortFunc(s.Zones, func(a, b ZoneStatus) int { return strings.Compare(a.Zone, b.Zone) })
	s.Warnings = append(append([]string{}, d.listWarnings...), sync.OpenQuestions(open)...)
	s.NotReady = d.notReady(time.Now())
	return s
}

func zoneStatus(name schema.Name, z ZoneMemory) ZoneStatus {
	s := ZoneStatus{Zone: name.Undotted(), State: z.State, Reason: z.Reason, Commit: z.Commit}
	if display := schema.Display(s.Zone); display != s.Zone {
		s.Display = display
	}
	s.Warnings = sync.OpenQuestions([][]diff.OpenQuestion{z.Open})
	return s
}

// notReady says why the daemon is not to be relied on. That cycles run does not make it
// ready: only what they reach does.
func (d *Daemon) notReady(now time.Time) string {
	good := d.memory.Progress.LastGood
	// A sweep may take longer than the schedule; that is no reason to look ill meanwhile.
	last := good
	for range 3 {
		last = d.Schedule.Next(last)
	}
	last = last.Add(d.Jitter + 2*d.swept)
	if d.Store != nil {
		if err := d.Store.Lost(); err != nil {
			return err.Error()
		}
	}
	switch {
	case d.last == nil:
		return "no cycle has ended yet"
	case good.IsZero():
		return "no cycle has succeeded yet: " + d.trouble()
	case now.After(last):
		return fmt.Sprintf("the last good cycle ended %s ago, expected one in the last %s: %s", now.Sub(good).Round(time.Second),
			last.Sub(good).Round(time.Second), d.trouble())
	}
	return ""
}

// trouble says why no cycle is good. Some may have ended while the first sweep goes on.
func (d *Daemon) trouble() string {
	if text := cmp.Or(d.unread, d.last.Error); text != "" {
		return text
	}
	if !d.compared {
		return "the first sweep has not ended yet"
	}
	return "the last cycle ended as " + string(d.last.Outcome)
}

// Alive reports whether the loop turns, and if not, since when it does not. It says
// nothing of whether cycles succeed.
func (d *Daemon) Alive() (bool, string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.beat.IsZero() {
		return true, "starting"
	}
	if still := time.Since(d.beat); still > d.deadline()+2*heartbeat {
		return false, fmt.Sprintf("the loop has not turned for %s", still.Round(time.Second))
	}
	return true, "the loop turns"
}
