package git

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

const (
	// maxTries bounds how often one Pull starts over, because the branch moved or the
	// server asked to wait.
	maxTries = 3
	// maxWait is how long one Pull waits because the server asked for it. After a
	// longer wait, up to maxPause, it is for a later Pull to ask again.
	maxWait  = time.Minute
	maxPause = time.Hour
)

// Pull returns the branch's newest commit. Where nothing is new that costs one question
// to the remote and no transfer. After an error Head is still the commit before, and
// its files can be read.
//
// The commit was listed by the remote, and its zones folder is at hand. Whether it
// descends from the one before is not checked: see Contains.
func (r *Repo) Pull(ctx context.Context) (Commit, error) {
	if r.addr.kind == kindLocal {
		return r.pullLocal()
	}
	ctx, cancel := context.WithTimeoutCause(ctx, r.opts.Timeout, fmt.Errorf("not done after %v", r.opts.Timeout))
	defer cancel()
	// A clock that was set back must not make this wait for long.
	if wait := r.notBefore.Sub(r.opts.Now()); wait > 0 && wait <= maxPause {
		return Commit{}, fmt.Errorf("%w; not asked again before %s", r.busy, r.notBefore.UTC().Format(time.RFC3339))
	}
	for try := 1; ; try++ {
		c, err := r.pullRemote(ctx)
		busy, isBusy := errors.AsType[*busyError](err)
		switch {
		case isBusy && busy.wait <= maxWait && try < maxTries:
			if sleepErr := r.opts.sleep(ctx, busy.wait); sleepErr != nil {
				return c, fmt.Errorf("%w: %w", err, sleepErr)
			}
		case isBusy:
			r.busy, r.notBefore = err, r.opts.Now().Add(min(busy.wait, maxPause))
			return c, err
		case errors.Is(err, errNoFilter) && !r.opts.noFilter:
			r.opts.noFilter = true
		case !errors.Is(err, errMoved) || try == maxTries:
			return c, err
		}
	}
}

func (r *Repo) pullRemote(ctx context.Context) (Commit, error) {
	tip, branch, err := r.update(ctx)
	if err == nil {
		err = r.deepen(ctx, r.mirror, r.store(), tip)
	}
	if err == nil {
		r.failures = 0
		c, err := r.adopt(tip, branch)
		if err == nil {
			r.compact(ctx)
		}
		return c, err
	}
	if !errors.Is(err, ErrPartial) {
		return Commit{}, err
	}
	// A mirror that accepts no fetch is replaced. Where that does not help it is not
	// tried at every turn, but at the 1st, 2nd, 4th, 8th, 16th, then every 16th.
	r.failures++
	if r.store().ready() && bits.OnesCount(uint(r.failures)) != 1 && r.failures%16 != 0 {
		return Commit{}, err
	}
	fresh, tip, branch, err := r.clone(ctx)
	if err == nil {
		err = r.install(fresh, tip)
	}
	if err != nil {
		return Commit{}, err
	}
	r.failures = 0
	return r.adopt(tip, branch)
}

// update asks the remote for its tip and brings the mirror up to it. ErrPartial means
// that there is no mirror, or none that is fit for it.
func (r *Repo) update(ctx context.Context) (plumbing.Hash, string, error) {
	st := r.store()
	if !st.ready() || st.damaged.Load() {
		return plumbing.ZeroHash, "", fmt.Errorf("%s: mirror: absent or damaged: %w", r.addr, ErrPartial)
	}
	remote, err := dial(ctx, r.opts, r.addr)
	if err != nil {
		return plumbing.ZeroHash, "", err
	}
	defer remote.close()
	tip, branch, err := remote.tip(r.opts.Ref)
	if err != nil {
		return tip, branch, err
	}
	last := plumbing.NewHash(r.Head().Hash)
	if tip == last {
		return tip, branch, nil
	}
	gaps := false
	if !st.has(tip) {
		if gaps, err = r.fetch(ctx, remote, tip, last); err != nil {
			return tip, branch, r.refuse(tip, err)
		}
	}
	if err := st.complete(ctx, tip, last, gaps); err != nil {
		return tip, branch, fmt.Errorf("%s: %w", r.addr, err)
	}
	return tip, branch, nil
}

// fetch brings a commit into the mirror. See remote.fetch for gaps.
func (r *Repo) fetch(ctx context.Context, remote *remote, tip, last plumbing.Hash) (gaps bool, err error) {
	if tip == r.refused.tip {
		return false, r.refused.err
	}
	if err := r.mirror.removeLeftovers(); err != nil {
		return false, fmt.Errorf("%s: tidy: %w", r.addr, err)
	}
	st := r.store()
	gaps, err = remote.fetch(ctx, r.mirror, tip, st.haves(last), r.opts.Depth)
	if err != nil {
		// What it left behind may be what fills the disk.
		return false, errors.Join(err, r.mirror.removeLeftovers())
	}
	if err := st.reopen(); err != nil {
		return false, fmt.Errorf("%w: %w", err, ErrPartial)
	}
	return gaps, nil
}

// refuse remembers a commit that went beyond a limit, so that each Pull does not fetch
// it anew only to refuse it again, and returns the error.
func (r *Repo) refuse(tip plumbing.Hash, err error) error {
	if _, ok := errors.AsType[*LimitError](err); ok {
		r.refused = refusal{tip, err}
	}
	return err
}

// deepen fetches more of the history into a mirror, as long as it is too short to tell
// whether the tip contains the commit of Keep: with a depth, an ordinary push of as many
// commits looks like a rewritten branch.
func (r *Repo) deepen(ctx context.Context, m mirror, st *store, tip plumbing.Hash) error {
	kept := r.keeps()
	goal := [2]plumbing.Hash{tip, kept}
	if r.opts.Depth == 0 || kept.IsZero() || r.searched == goal {
		return nil
	}
	for depth := r.opts.Depth; ; {
		if _, err := st.contains(ctx, tip, kept); !errors.Is(err, ErrUnknown) {
			return ctx.Err() // what the answer is, is for others to ask
		}
		if depth >= maxDepth {
			break
		}
		depth = min(2*depth, maxDepth)
		remote, err := dial(ctx, r.opts, r.addr)
		if err != nil {
			return err
		}
		_, err = remote.fetch(ctx, m, tip, st.haves(tip), depth)
		remote.close()
		if _, isLimit := errors.AsType[*LimitError](err); isLimit {
			break
		}
		if err != nil {
			return errors.Join(err, m.removeLeftovers())
		}
		if err := st.reopen(); err != nil {
			return fmt.Errorf("%w: %w", err, ErrPartial)
		}
	}
	r.searched = goal
	return m.removeLeftovers()
}

// adopt makes a complete commit the last good one.
func (r *Repo) adopt(tip plumbing.Hash, branch string) (Commit, error) {
	c, err := r.Commit(tip.String())
	if err != nil {
		return Commit{}, err
	}
	if err := r.mirror.setHead(tip); err != nil {
		return Commit{}, err
	}
	c.Branch = branch
	r.use(r.store(), c)
	return c, nil
}

// clone makes a new mirror beside the present one and returns it with its tip.
func (r *Repo) clone(ctx context.Context) (mirror, plumbing.Hash, string, error) {
	fresh := mirror{dir: r.mirror.dir + ".new"}
	remote, err := dial(ctx, r.opts, r.addr)
	if err != nil {
		return fresh, plumbing.ZeroHash, "", err
	}
	defer remote.close()
	tip, branch, err := remote.tip(r.opts.Ref)
	if err != nil {
		return fresh, tip, branch, err
	}
	if tip == r.refused.tip {
		return fresh, tip, branch, r.refused.err
	}
	if err := fresh.create(r.addr); err != nil {
		return fresh, tip, branch, err
	}
	gaps, err := remote.fetch(ctx, fresh, tip, nil, r.opts.Depth)
	if err == nil {
		err = r.finish(ctx, fresh, tip, gaps)
	}
	if err != nil {
		return fresh, tip, branch, r.refuse(tip, errors.Join(err, fresh.remove()))
	}
	return fresh, tip, branch, nil
}

// finish checks that a clone is complete, and brings the history that it needs.
func (r *Repo) finish(ctx context.Context, fresh mirror, tip plumbing.Hash, gaps bool) error {
	st, err := openStore(fresh.dir, r.opts)
	if err != nil {
		return fmt.Errorf("%w: %w", err, ErrPartial)
	}
	if err := st.complete(ctx, tip, plumbing.ZeroHash, gaps); err != nil {
		return fmt.Errorf("%s: %w", r.addr, err)
	}
	// These are missing from the clone as well, so that it was not damage.
	for hash := range st.omitted {
		r.store().omit(hash)
	}
	return r.deepen(ctx, fresh, st, tip)
}

// compact replaces a mirror of too many packs by a fresh clone. Nothing depends on it:
// where it fails, or the clone lacks a commit that is needed, it is tried again after
// as many packs more.
func (r *Repo) compact(ctx context.Context) {
	packs := r.mirror.packs()
	if packs < r.compactAt {
		return
	}
	r.compactAt = packs + r.opts.maxPacks
	fresh, _, _, err := r.clone(ctx)
	if err != nil {
		return
	}
	head := plumbing.NewHash(r.Head().Hash)
	needed := []plumbing.Hash{head}
	if kept := r.keeps(); !kept.IsZero() && r.store().has(kept) {
		needed = append(needed, kept)
	}
	st, err := openStore(fresh.dir, r.opts)
	lacks := func(hash plumbing.Hash) bool { return !st.has(hash) }
	if err != nil || slices.ContainsFunc(needed, lacks) {
		_ = fresh.remove() // else the next Open or clone does
		return
	}
	if r.install(fresh, head) == nil {
		r.compactAt = r.opts.maxPacks
	}
}

// install puts a clone in the mirror's place, with the commit that it is for.
func (r *Repo) install(fresh mirror, tip plumbing.Hash) error {
	if err := fresh.setHead(tip); err != nil {
		return err
	}
	if err := r.mirror.replaceBy(fresh); err != nil {
		return err
	}
	st := r.store()
	st.damaged.Store(false)
	return st.reopen()
}
