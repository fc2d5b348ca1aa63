package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
)

// fetch brings one commit, with its history as far as depth says, into a mirror.
// It asks for the listed hash itself and names no branch, so that there is no
// refspec to refuse a rewritten branch, and what arrives is what was listed.
// A pack counts only when it is complete and its checksum is right.
func (v *visit) fetch(ctx context.Context, m mirror, want plumbing.Hash, haves []plumbing.Hash, depth int) error {
	st := newStorage(m.dir)
	req := packp.NewUploadPackRequestFromCapabilities(v.refs.Capabilities)
	req.Wants = []plumbing.Hash{want}
	req.Haves = haves
	if v.addr.wantsMultiAck() {
		if err := req.Capabilities.Set(capability.MultiACK); err != nil {
			return fmt.Errorf("%s: fetch: %w", v.addr, err)
		}
	}
	if depth > 0 {
		if err := req.Capabilities.Set(capability.Shallow); err != nil {
			return fmt.Errorf("%s: fetch: %w", v.addr, err)
		}
		var err error
		if req.Shallows, err = st.Shallow(); err != nil {
			return fmt.Errorf("%w: %w", ErrPartial, err)
		}
		req.Depth = packp.DepthCommits(depth)
	}
	res, err := v.UploadPack(ctx, req)
	if err != nil {
		return v.explainFetch(ctx, err)
	}
	defer res.Close()
	if depth > 0 {
		shallows := slices.Concat(req.Shallows, res.Shallows)
		shallows = slices.DeleteFunc(shallows, func(h plumbing.Hash) bool { return slices.Contains(res.Unshallows, h) })
		if err := st.SetShallow(slices.Compact(slices.SortedFunc(slices.Values(shallows), compareHash))); err != nil {
			return fmt.Errorf("%s: fetch: %w", v.addr, err)
		}
	}
	if err := packfile.UpdateObjectStorage(st, packReader(req.Capabilities, res)); err != nil {
		return v.explainFetch(ctx, err)
	}
	return nil
}

func compareHash(a, b plumbing.Hash) int { return slices.Compare(a[:], b[:]) }

// packReader takes the pack out of the band it shares with progress messages.
func packReader(asked *capability.List, res io.Reader) io.Reader {
	switch {
	case asked.Supports(capability.Sideband64k):
		return sideband.NewDemuxer(sideband.Sideband64k, res)
	case asked.Supports(capability.Sideband):
		return sideband.NewDemuxer(sideband.Sideband, res)
	}
	return res
}

// explainFetch adds ErrPartial to an error that neither the network nor this
// machine's disk explains: then the mirror may be at fault.
func (v *visit) explainFetch(ctx context.Context, err error) error {
	explained := v.explain(ctx, "fetch", err)
	known := v.line.silent.Load() || v.line.broken.Load() || ctx.Err() != nil || onDisk(err)
	for _, sentinel := range []error{errMoved, ErrAuth, ErrHostKey, ErrNotFound, ErrEmpty, ErrSHA256} {
		known = known || errors.Is(explained, sentinel)
	}
	if known {
		return explained
	}
	return fmt.Errorf("%w: %w", explained, ErrPartial)
}

// haves are the commits that the remote need not send again: the last good one
// and, at growing distances, what came before, in case the branch was rewritten.
func (r *Repo) haves(last plumbing.Hash) []plumbing.Hash {
	var haves []plumbing.Hash
	next := 0
	for i, at := 0, last; i <= 1024 && !at.IsZero() && r.store.has(at); i++ {
		if i == next {
			haves = append(haves, at)
			next = max(1, 2*next)
		}
		c, err := r.store.commit(at)
		if err != nil || len(c.ParentHashes) == 0 {
			break
		}
		at = c.ParentHashes[0]
	}
	return haves
}
