package sync

import "time"

// State is how a zone stands.
type State string

// The states of a zone.
const (
	InSync      State = "in sync"     // read back as its file says
	Drifted     State = "drifted"     // the live zone differs, and no commit explains it
	Pending     State = "pending"     // a commit is to be applied
	Refused     State = "refused"     // a guard refuses
	Failed      State = "failed"      // the last try failed; it is tried again later
	Orphaned    State = "orphaned"    // its file is gone; the live zone stays as it is
	Quarantined State = "quarantined" // somebody or the service keeps changing a record
)

// States lists the states in a fixed order.
func States() []State {
	return []State{InSync, Drifted, Pending, Refused, Failed, Orphaned, Quarantined}
}

// Outcome is how a cycle ended.
type Outcome string

// The outcomes of a cycle.
const (
	Unchanged Outcome = "unchanged" // nothing new in Git, so nothing was read or written
	Applied   Outcome = "applied"   // all zones of the cycle are as their files say
	Observed  Outcome = "observed"  // planned and reported, as the mode says
	Held      Outcome = "held"      // a guard, or Git, held the whole cycle
	Partly    Outcome = "partly"    // some zones were refused, failed or did not validate
	Broken    Outcome = "failed"    // the cycle could not do its work
)

// Outcomes lists the outcomes in a fixed order.
func Outcomes() []Outcome {
	return []Outcome{Unchanged, Applied, Observed, Held, Partly, Broken}
}

// A Status is how the daemon stands, for people and their tools.
type Status struct {
	Version string `json:"version"`
	Mode    Mode   `json:"mode"`
	// Ready is why the daemon is not to be relied on, "" where it is.
	NotReady string `json:"not_ready,omitempty"`
	// Commit was read last, AppliedCommit is the newest one whose zones were applied.
	Commit        string `json:"commit"`
	AppliedCommit string `json:"applied_commit"`
	Schedule      string `json:"schedule"`
	Sweep         string `json:"sweep"`
	// LastCycle is nil before the first one has ended.
	LastCycle *CycleStatus `json:"last_cycle"`
	// LastGood is when a cycle last did all it could and reached Git and, where it had to,
	// the API. It is the zero time where none has.
	LastGood  time.Time     `json:"last_good"`
	NextPull  time.Time     `json:"next_pull"`
	NextSweep time.Time     `json:"next_sweep"`
	Counts    map[State]int `json:"counts"`
	// Zones is sorted by name.
	Zones []ZoneStatus `json:"zones"`
	// Unmanaged are live zones that no file names, as the last sweep saw them.
	Unmanaged []string `json:"unmanaged_zones"`
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
	Zone   string `json:"zone"` // without final dot
	State  State  `json:"state"`
	Reason string `json:"reason"`
	Commit string `json:"commit"` // that was last applied and verified
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
