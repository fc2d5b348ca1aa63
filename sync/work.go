package sync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// work is one cycle of the daemon while it runs.
type work struct {
	*Daemon
	kind   Kind
	memory Memory // as it was when the cycle began
	run    Run
	commit Commit
	zonesFolder
	swept  *sweepFacts
	looked bool // the zones were looked at
	unread bool // and none of them could be read
	// fresh counts the zones whose files changed, taken those of which something was
	// applied, or written again.
	fresh, taken int
	stopped      bool // before everything was done
}

// do pulls, plans and writes. What came of it stands in w.run.
func (w *work) do(ctx context.Context) {
	w.run.Zones = make(map[schema.Name]ZoneMemory)
	if !w.pull(ctx) {
		return
	}
	chosen := w.choose()
	if len(chosen) == 0 && w.kind == Pull {
		w.settle(ctx)
		return
	}
	cycle := &Cycle{
		Folder: w.folder, API: w.API, Commit: w.commit.Hash, Concurrency: w.Concurrency,
		Select: func(n schema.Name) bool { return w.kind == Sweep || chosen[n] },
		Memory: CycleMemory{Declared: w.declared, Quarantined: w.quarantined, Guards: w.guards},
	}
	draft, err := cycle.Plan(ctx)
	if err != nil {
		w.fail(Broken, err)
		return
	}
	w.looked = true
	for _, text := range draft.Warnings {
		w.Log.Warn("zones", "warning", text)
	}
	var report *Report
	if w.Writer != nil && len(draft.Plan.Blocked) == 0 {
		report = cycle.Apply(ctx, draft, w.Writer)
	}
	w.remember(draft, report)
	w.settle(ctx)
}

// fail ends the cycle with an error. What the cycle had learned before stays.
func (w *work) fail(o Outcome, err error) {
	w.run.Outcome, w.run.Error = o, err.Error()
}

// pull gets the newest commit and accepts it, or holds. A sweep goes on with the last
// accepted commit when there is no newer one to be had: the name of the Git host may
// lie in a zone that only this sweep can mend.
func (w *work) pull(ctx context.Context) bool {
	known := w.memory.Progress
	newest, err := w.Repo.Pull(ctx, cmp.Or(known.Applied, known.Read))
	if err == nil {
		w.about(newest)
		err = w.accept(ctx, newest)
	}
	if err == nil && w.idle(newest) {
		w.run.Outcome = Unchanged
		return false
	}
	if err == nil {
		err = w.open(newest)
	}
	if err == nil {
		w.took(newest)
		return true
	}
	outcome := Broken
	var refused *refusedError
	if errors.As(err, &refused) {
		outcome = Held
		w.run.Refusals = append(w.run.Refusals, RunRefusal{Guard: refused.Guard, Message: refused.Message})
	}
	w.fail(outcome, fmt.Errorf("git: %w", err))
	return w.kind == Sweep && w.fallBack(known.Read, known.Applied)
}

// idle reports whether a pull has nothing to do: the zones of the commit were looked at,
// and none is due to be tried again.
func (w *work) idle(c Commit) bool {
	if w.kind == Sweep || c.Hash != w.seen.commit || c.Hash != w.memory.Progress.Read {
		return false
	}
	now := time.Now()
	for _, z := range w.memory.Zones {
		if z.due(now) {
			return false
		}
	}
	return true
}

// fallBack opens the first of the commits that is still at hand.
func (w *work) fallBack(hashes ...string) bool {
	for _, hash := range hashes {
		if hash == "" {
			continue
		}
		if c, err := w.Repo.Describe(hash); err == nil && w.open(c) == nil {
			w.about(c)
			return true
		}
	}
	return false
}

// about notes for the history which commit the cycle is about.
func (w *work) about(c Commit) {
	w.run.Commit, w.run.CommitTime, w.run.Author, w.run.Subject = c.Hash, c.Time, c.Author, c.Subject
}

// A refusedError is a commit that a guard does not accept.
type refusedError struct {
	diff.Refusal
}

func (e *refusedError) Error() string {
	return fmt.Sprintf("refused by the guard %q: %s", e.Guard, e.Message)
}

func refuse(g diff.Guard, format string, args ...any) error {
	return &refusedError{diff.Refusal{Guard: g, Message: fmt.Sprintf(format, args...)}}
}

// took notes that a commit is in force. One that is accepted by name is from then on what
// the next ones have to contain, whatever the guards let pass of it.
func (w *work) took(c Commit) {
	p := &w.run.Progress
	p.Read = c.Hash
	switch w.AcceptCommit {
	case "":
		p.Accepted = ""
	case c.Hash:
		if p.Accepted != c.Hash {
			p.Accepted, p.Applied = c.Hash, c.Hash
		}
	}
}

// accept checks that a commit is signed as it has to be, and that it contains the one
// that was applied last. A commit that is held is not taken as read: the one before it
// stays in force.
func (w *work) accept(ctx context.Context, c Commit) error {
	known := w.memory.Progress
	if err := w.Repo.Verify(c.Hash); err != nil {
		return refuse(diff.GuardUnsigned, "commit %s: %v; the last accepted commit stays in force", short(c.Hash), err)
	}
	before := cmp.Or(known.Applied, known.Read)
	if before == "" || c.Hash == before || c.Hash == known.Read || c.Hash == w.AcceptCommit && c.Hash != known.Accepted {
		return nil
	}
	contains, err := w.Repo.Contains(ctx, c.Hash, before)
	if err == nil && contains {
		return nil
	}
	why := fmt.Sprintf("commit %s does not contain %s, which was applied last", short(c.Hash), short(before))
	if err != nil {
		why = fmt.Sprintf("it cannot be told whether commit %s contains %s, which was applied last: %v", short(c.Hash), short(before), err)
	}
	return refuse(diff.GuardRewind, "%s; nothing is applied until the branch contains it again, or ZONETENDER_ACCEPT_COMMIT=%s names the new one", why, c.Hash)
}

func short(hash string) string { return hash[:min(len(hash), 12)] }

// open opens the zones folder of a commit, for the rest of the cycle.
func (w *work) open(c Commit) error {
	opened, err := openFolder(w.Repo, c.Hash, w.Path)
	if err != nil {
		return err
	}
	w.commit, w.zonesFolder = c, opened
	if c.Hash != w.seen.commit {
		w.logProblems(opened.problems.Errors())
	}
	return nil
}

// maxProblems is how many mistakes in zone files one cycle writes into the log.
const maxProblems = 20

func (w *work) logProblems(problems schema.Problems) {
	for i, p := range problems {
		if i == maxProblems {
			w.Log.Warn("zone files", "problem", fmt.Sprintf("and %d more; zonetender validate shows all", len(problems)-i))
			return
		}
		w.Log.Warn("zone files", "problem", p.String())
	}
}

// settle says how the cycle ended, where nothing has said so yet, and what is orphaned.
func (w *work) settle(ctx context.Context) {
	w.orphans()
	w.seen = view{w.commit.Hash, w.folder.Settings.Approve}
	if w.advanced() {
		w.run.Progress.Applied, w.run.Progress.Version = w.commit.Hash, w.Version
	}
	if w.run.Outcome != "" {
		return
	}
	if w.stopped {
		w.fail(Broken, fmt.Errorf("the cycle was stopped: %w", context.Cause(ctx)))
		return
	}
	after, troubled := w.memory.with(w.run), false
	for _, s := range w.folder.Sources {
		troubled = troubled || after.Zones[s.Zone].State != InSync
	}
	switch {
	case len(w.run.Zones) == 0 && w.kind == Pull && w.commit.Hash == w.memory.Progress.Read:
		w.run.Outcome = Unchanged
	case w.Writer == nil:
		w.run.Outcome = Observed
	case troubled:
		w.run.Outcome = Partly
	default:
		w.run.Outcome = Applied
		w.run.Live = w.commit.Hash != w.live
	}
}

// advanced reports whether the commit counts as applied: something of it was. One of
// which a guard refused everything does not, so that taking it back is no rewind.
func (w *work) advanced() bool {
	known := w.memory.Progress
	switch {
	case w.Writer == nil || w.commit.Hash == known.Applied:
		return false
	case w.taken > 0:
		return true
	}
	return w.fresh == 0 && known.Read == known.Applied
}

// orphans marks zones that were known and that no file names any more. Their live
// zones stay as they are; only a tombstone deletes one.
func (w *work) orphans() {
	named := make(map[schema.Name]bool, len(w.folder.Sources))
	for _, s := range w.folder.Sources {
		named[s.Zone] = true
	}
	for name, z := range w.memory.Zones {
		switch {
		case named[name] || z.State == Orphaned:
		case z.Absent:
			w.run.Forget = append(w.run.Forget, name)
		default:
			z.State, z.Reason, z.Files = Orphaned, "its zone file is gone; the live zone stays as it is", nil
			// The commit in force declares nothing here: what others write from now on is theirs.
			z.Declared, z.Fights = nil, nil
			z.Failures, z.RetryAt, z.Waiting = 0, time.Time{}, 0
			w.run.Zones[name] = z
		}
	}
}
