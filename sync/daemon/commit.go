package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zonetender/zonetender/diff"
)

// pull gets the newest commit and accepts it, or refuses it and returns nil. A sweep goes
// on with the last accepted commit when there is no newer one to be had: the name of the
// Git host may lie in a zone that only this sweep can mend.
func (d *Daemon) pull(ctx context.Context, c *cycle) *source {
	known := c.before.Progress
	newest, err := d.Repo.Pull(ctx, cmp.Or(known.Applied, known.Read))
	if err == nil {
		if d.arrived.commit != newest.Hash {
			d.arrived = arrival{newest.Hash, time.Now()}
		}
		c.about(newest)
		err = d.accept(ctx, known, newest)
	}
	if err == nil && c.idle(newest) {
		c.run.Outcome = OutcomeUnchanged
		return nil
	}
	var src *source
	if err == nil {
		src, err = d.open(newest)
	}
	if err == nil {
		c.change.Progress = known.took(newest.Hash, d.AcceptCommit)
		return src
	}
	outcome := OutcomeFailed
	var refused *refusedError
	if errors.As(err, &refused) {
		outcome = OutcomeHeld
		c.run.Refusals = append(c.run.Refusals, RunRefusal{Guard: refused.refusal.Guard, Message: refused.refusal.Message})
	}
	c.fail(outcome, fmt.Errorf("git: %w", err))
	if c.kind == Pull {
		return nil
	}
	return d.fallBack(c, known.Read, known.Applied)
}

// idle reports whether a pull has nothing to do: the zones of the commit were looked at,
// and none is due to be tried again or has a record that has expired since.
func (c *cycle) idle(commit Commit) bool {
	known := commit.Hash == c.seen.commit || c.around != nil && commit.Hash == c.around.pushes.refused
	if c.kind == Sweep || !known || commit.Hash != c.before.Progress.Read {
		return false
	}
	now := time.Now()
	for name, z := range c.before.Zones {
		switch {
		case c.around != nil && !c.around.pushes.zones[name]:
		case z.due(now), c.around == nil && z.expired(now):
			return false
		}
	}
	return true
}

// fallBack opens the first of the commits that is still at hand.
func (d *Daemon) fallBack(c *cycle, hashes ...string) *source {
	for _, hash := range hashes {
		if hash == "" {
			continue
		}
		commit, err := d.Repo.Describe(hash)
		if err != nil {
			continue
		}
		if src, err := d.open(commit); err == nil {
			c.about(commit)
			return src
		}
	}
	return nil
}

// open opens the zones folder of a commit.
func (d *Daemon) open(commit Commit) (*source, error) {
	src, err := openSource(d.Repo, commit, d.Path)
	if err == nil && commit.Hash != d.seen.commit {
		d.logProblems(src.problems.Errors())
	}
	if err == nil && d.Auditing != nil {
		d.mu.Lock()
		d.current = src
		d.mu.Unlock()
	}
	return src, err
}

// accept checks that a commit is signed as it has to be, and that it contains the one
// that was applied last. A commit that is refused does not count as read: the one before
// it stays in force.
func (d *Daemon) accept(ctx context.Context, known Progress, c Commit) error {
	if err := d.Repo.Verify(c.Hash); err != nil {
		return refuse(diff.GuardUnsigned, "commit %s: %v; the last accepted commit stays in force", short(c.Hash), err)
	}
	before := cmp.Or(known.Applied, known.Read)
	if before == "" || c.Hash == before || c.Hash == known.Read || c.Hash == d.AcceptCommit && c.Hash != known.Accepted {
		return nil
	}
	contains, err := d.Repo.Contains(ctx, c.Hash, before)
	if err == nil && contains {
		return nil
	}
	why := fmt.Sprintf("commit %s does not contain %s, which was applied last", short(c.Hash), short(before))
	if err != nil {
		why = fmt.Sprintf("cannot tell whether commit %s contains %s, which was applied last: %v", short(c.Hash), short(before), err)
	}
	hint := ""
	if d.AcceptSetting != "" {
		hint = fmt.Sprintf("; if the new commit is intended, accept it with %s=%s", d.AcceptSetting, c.Hash)
	}
	return refuse(diff.GuardRewind, "%s; nothing is applied until the branch contains it again%s", why, hint)
}

// took returns the progress once a commit is in force. One that is accepted by name is
// from then on what the next ones have to contain, whatever the guards let pass of it.
func (p Progress) took(commit, accept string) Progress {
	p.Read = commit
	switch accept {
	case "":
		p.Accepted = ""
	case commit:
		if p.Accepted != commit {
			p.Accepted, p.Applied = commit, commit
		}
	}
	return p
}
