package sync

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
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
	path   string // of the zones folder
	folder *schema.Folder
	files  fs.FS
	swept  *sweepFacts
}

// do pulls, plans and writes. What came of it stands in w.run.
func (w *work) do(ctx context.Context) {
	if !w.pull(ctx) || !w.open() {
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
// accepted commit when Git cannot be reached: the name of the Git host may lie in a
// zone that only this sweep can mend.
func (w *work) pull(ctx context.Context) bool {
	w.run.Zones = make(map[schema.Name]ZoneMemory)
	known := w.memory.Progress
	newest, err := w.Repo.Pull(ctx, known.Applied)
	if err == nil {
		err = w.accept(ctx, newest)
	}
	switch {
	case err == nil:
		w.commit = newest
		w.run.Progress.Read = newest.Hash
	case w.kind == Sweep && known.Read != "":
		// A commit that is not at hand any more is no commit to go on with.
		w.commit, _ = w.Repo.Describe(known.Read)
	}
	w.run.Commit, w.run.CommitTime, w.run.Author, w.run.Subject = w.commit.Hash, w.commit.Time, w.commit.Author, w.commit.Subject
	if err == nil {
		return true
	}
	outcome := Broken
	var refused *refusedError
	if errors.As(err, &refused) {
		outcome = Held
		w.run.Refusals = append(w.run.Refusals, RunRefusal{Guard: refused.Guard, Message: refused.Message})
	}
	w.fail(outcome, fmt.Errorf("git: %w", err))
	return w.commit.Hash != ""
}

// A refusedError is a commit that a guard does not accept.
type refusedError struct {
	diff.Refusal
}

func (e *refusedError) Error() string {
	return fmt.Sprintf("refused by the guard %q: %s", e.Guard, e.Message)
}

// accept checks a commit that was not read before: its signature, and that it contains
// the one that was applied last.
func (w *work) accept(ctx context.Context, c Commit) error {
	known := w.memory.Progress
	if err := w.Repo.Verify(c.Hash); err != nil {
		return &refusedError{diff.Refusal{Guard: diff.GuardUnsigned, Message: fmt.Sprintf(
			"commit %s: %v; the last accepted commit stays in force", short(c.Hash), err)}}
	}
	before := known.Applied
	if before == "" {
		before = known.Read
	}
	if before == "" || before == c.Hash || c.Hash == w.AcceptCommit {
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
	return &refusedError{diff.Refusal{Guard: diff.GuardRewind, Message: why +
		"; nothing is applied until the branch contains it again, or ZONETENDER_ACCEPT_COMMIT=" + c.Hash + " names the new one"}}
}

func short(hash string) string { return hash[:min(len(hash), 12)] }

// open opens the zones folder of the commit. A folder that is gone, or holds no zone
// file, is no word that the zones are to go.
func (w *work) open() bool {
	files, err := w.Repo.FS(w.commit.Hash)
	if err != nil {
		w.fail(Broken, fmt.Errorf("git: commit %s: %w", short(w.commit.Hash), err))
		return false
	}
	w.path = zonesPath(files, w.Path)
	folder, problems, err := schema.Open(files, w.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		w.refuse(diff.GuardEmpty, fmt.Sprintf("commit %s has no folder %s; nothing is done", short(w.commit.Hash), w.path))
		return false
	case err != nil:
		w.fail(Broken, fmt.Errorf("git: commit %s: folder %s: %w", short(w.commit.Hash), w.path, err))
		return false
	case len(folder.Sources) == 0:
		w.refuse(diff.GuardEmpty, fmt.Sprintf("commit %s has no zone file in %s; nothing is done", short(w.commit.Hash), w.path))
		return false
	}
	for _, p := range problems.Errors() {
		w.Log.Warn("zone files", "problem", p.String())
	}
	w.folder, w.files = folder, files
	return true
}

// zonesPath gives the zones folder: the one that is set, else zones where that exists,
// else the top.
func zonesPath(files fs.FS, set string) string {
	if set != "" {
		return path.Clean(set)
	}
	if info, err := fs.Stat(files, "zones"); err == nil && info.IsDir() {
		return "zones"
	}
	return "."
}

// refuse holds the whole cycle. A commit that is held is not taken as read, so that the
// one before it stays in force.
func (w *work) refuse(g diff.Guard, message string) {
	w.run.Progress.Read = w.memory.Progress.Read
	w.run.Refusals = append(w.run.Refusals, RunRefusal{Guard: g, Message: message})
	w.fail(Held, fmt.Errorf("refused by the guard %q: %s", g, message))
}

// settle says how the cycle ended, where nothing has said so yet, and what is orphaned.
func (w *work) settle(ctx context.Context) {
	w.orphans()
	if w.run.Outcome != "" {
		return
	}
	if ctx.Err() != nil {
		w.fail(Broken, fmt.Errorf("the cycle was stopped: %w", context.Cause(ctx)))
		return
	}
	after := w.memory.with(w.run)
	troubled := 0
	for _, s := range w.folder.Sources {
		z := after.Zones[s.Zone]
		if z.State != InSync {
			troubled++
			w.run.Pending += z.Waiting
		}
		if z.State == Refused {
			w.run.Refused += z.Waiting
		}
	}
	switch {
	case len(w.run.Zones) == 0 && w.kind == Pull && w.commit.Hash == w.memory.Progress.Read:
		w.run.Outcome = Unchanged
	case w.Writer == nil:
		w.run.Outcome = Observed
	case troubled > 0:
		w.run.Outcome = Partly
	default:
		w.run.Outcome = Applied
		w.run.Live = w.commit.Hash != w.memory.Progress.Applied
	}
	if w.Writer != nil {
		w.run.Progress.Applied = w.commit.Hash
	}
	if w.kind == Sweep {
		w.run.Progress.Version = w.Version
	}
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
			z.Failures, z.RetryAt = 0, time.Time{}
			w.run.Zones[name] = z
		}
	}
}
