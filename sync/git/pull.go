package git

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
)

// maxMoves bounds how often one Pull starts again because the branch moved.
const maxMoves = 3

// Pull returns the branch's newest commit. Where nothing is new that costs one
// question to the remote and no transfer. After an error Head still is the
// commit before, and its files can be read.
//
// The commit is one that the remote listed, and all of it is at hand. That it
// follows the one before is not checked: see Contains.
func (r *Repo) Pull(ctx context.Context) (Commit, error) {
	if r.addr.kind == kindLocal {
		c, err := r.pullLocal()
		if err == nil {
			r.setHead(c)
		}
		return c, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, r.opts.Timeout, fmt.Errorf("not done after %v", r.opts.Timeout))
	defer cancel()
	var c Commit
	var err error
	for range maxMoves {
		c, err = r.pullRemote(ctx)
		if !errors.Is(err, errMoved) {
			break
		}
	}
	return c, err
}

func (r *Repo) pullRemote(ctx context.Context) (Commit, error) {
	tip, branch, err := r.update(ctx)
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
	// A mirror that takes no fetch any more is replaced, but where that does not
	// help, not at every turn: at the 1st, 2nd, 4th, 8th, 16th, then each 16th.
	r.failures++
	if r.store.ready() && bits.OnesCount(uint(r.failures)) != 1 && r.failures%16 != 0 {
		return Commit{}, err
	}
	fresh, tip, branch, err := r.clone(ctx)
	if err != nil {
		return Commit{}, err
	}
	if err := r.install(fresh, tip); err != nil {
		return Commit{}, err
	}
	r.failures = 0
	return r.adopt(tip, branch)
}

// update asks the remote for its tip and brings the mirror up to it. ErrPartial
// means that there is no mirror, or that it is not fit for it.
func (r *Repo) update(ctx context.Context) (plumbing.Hash, string, error) {
	if !r.store.ready() || r.store.damaged.Load() {
		return plumbing.ZeroHash, "", fmt.Errorf("%s: mirror: absent or damaged: %w", r.addr, ErrPartial)
	}
	v, err := visitRemote(ctx, r.opts, r.addr)
	if err != nil {
		return plumbing.ZeroHash, "", err
	}
	defer v.close()
	tip, branch, err := v.tip(r.opts.Ref)
	if err != nil {
		return tip, branch, err
	}
	last := plumbing.NewHash(r.Head().Hash)
	if tip == last {
		return tip, branch, nil
	}
	if !r.store.has(tip) {
		if err := r.mirror.removeLeftovers(); err != nil {
			return tip, branch, fmt.Errorf("%s: tidy: %w", r.addr, err)
		}
		err := v.fetch(ctx, r.mirror, tip, r.haves(last), r.opts.Depth)
		if err != nil {
			// What it left behind may be what fills the disk.
			return tip, branch, errors.Join(err, r.mirror.removeLeftovers())
		}
		if err := r.store.reopen(); err != nil {
			return tip, branch, fmt.Errorf("%w: %w", ErrPartial, err)
		}
	}
	if err := r.store.whole(ctx, tip, last); err != nil {
		return tip, branch, fmt.Errorf("%s: %w", r.addr, err)
	}
	return tip, branch, nil
}

// adopt makes a commit that is whole the last good one.
func (r *Repo) adopt(tip plumbing.Hash, branch string) (Commit, error) {
	c, err := r.Commit(tip.String())
	if err != nil {
		return Commit{}, err
	}
	if err := r.mirror.setHead(tip); err != nil {
		return Commit{}, err
	}
	c.Branch = branch
	r.setHead(c)
	return c, nil
}

// clone makes a new mirror beside the present one and returns it with the tip
// it holds.
func (r *Repo) clone(ctx context.Context) (mirror, plumbing.Hash, string, error) {
	fresh := mirror{dir: r.mirror.dir + ".new"}
	v, err := visitRemote(ctx, r.opts, r.addr)
	if err != nil {
		return fresh, plumbing.ZeroHash, "", err
	}
	defer v.close()
	tip, branch, err := v.tip(r.opts.Ref)
	if err != nil {
		return fresh, tip, branch, err
	}
	if err := fresh.create(r.addr); err != nil {
		return fresh, tip, branch, err
	}
	err = v.fetch(ctx, fresh, tip, nil, r.opts.Depth)
	if err == nil {
		err = r.checkClone(ctx, fresh, tip)
	}
	if err != nil {
		return fresh, tip, branch, errors.Join(err, fresh.remove())
	}
	return fresh, tip, branch, nil
}

// checkClone sees that a mirror that is not in use yet holds all of its tip.
func (r *Repo) checkClone(ctx context.Context, fresh mirror, tip plumbing.Hash) error {
	st, err := openStore(fresh.dir)
	if err != nil {
		return fmt.Errorf("%w: %w", err, ErrPartial)
	}
	if err := st.whole(ctx, tip, plumbing.ZeroHash); err != nil {
		return fmt.Errorf("%s: %w", r.addr, err)
	}
	return nil
}

// compact replaces a mirror of too many packs by a fresh clone. Nothing depends
// on it: where it fails, or the clone would lack a commit that is needed, it is
// tried again after as many packs more.
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
	st, err := openStore(fresh.dir)
	lacks := func(hash plumbing.Hash) bool { return !st.has(hash) }
	if err != nil || slices.ContainsFunc(r.needed(), lacks) {
		_ = fresh.remove() // else the next Open or clone does
		return
	}
	if r.install(fresh, plumbing.NewHash(r.Head().Hash)) == nil {
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
	r.store.damaged.Store(false)
	return r.store.reopen()
}
