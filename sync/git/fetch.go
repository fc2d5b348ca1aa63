package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
)

// fetch brings a commit into a mirror, with as much history as depth says (0 is all),
// and reports whether files may be missing from it because of their size.
//
// It asks for the hash from the list and names no branch, so that there is no refspec
// to refuse a rewritten branch, and what arrives is what was listed. Haves are commits
// that the mirror has.
func (r *remote) fetch(ctx context.Context, m mirror, want plumbing.Hash, haves []plumbing.Hash, depth int) (gaps bool, err error) {
	st := newStorage(m.dir)
	req, err := r.request(want, haves)
	if err == nil && depth > 0 {
		err = req.Capabilities.Set(capability.Shallow)
		req.Depth = packp.DepthCommits(depth)
	}
	if err != nil {
		return false, fmt.Errorf("%s: fetch: %w", r.addr, err)
	}
	if depth > 0 {
		if req.Shallows, err = st.Shallow(); err != nil {
			return false, fmt.Errorf("%w: %w", ErrPartial, err)
		}
	}
	r.intake.expect("answer before the pack", r.opts.maxListBytes())
	res, err := r.session.UploadPack(ctx, req)
	if err != nil && req.Filter != "" && strings.Contains(err.Error(), "filter") {
		_ = r.blame(errNoFilter)
	}
	if err != nil {
		return false, r.explainFetch(ctx, err)
	}
	defer res.Close()
	r.intake.expect("pack", r.opts.MaxBytes)
	omitted, err := receivePack(ctx, m.packDir(), packReader(req.Capabilities, res), r.opts)
	if err != nil {
		return false, r.explainFetch(ctx, err)
	}
	if depth > 0 {
		// Only now: a boundary that the history does not reach would never be crossed.
		shallows := slices.Concat(req.Shallows, res.Shallows)
		shallows = slices.DeleteFunc(shallows, func(h plumbing.Hash) bool { return slices.Contains(res.Unshallows, h) })
		slices.SortFunc(shallows, compareHash)
		if err := st.SetShallow(slices.Compact(shallows)); err != nil {
			return false, fmt.Errorf("%s: fetch: %w", r.addr, err)
		}
	}
	return omitted || req.Filter != "", nil
}

// request asks for a commit, without the files that are too large to be read.
func (r *remote) request(want plumbing.Hash, haves []plumbing.Hash) (*packp.UploadPackRequest, error) {
	req := packp.NewUploadPackRequestFromCapabilities(r.refs.Capabilities)
	req.Wants = []plumbing.Hash{want}
	req.Haves = haves
	if r.addr.wantsMultiAck() {
		if err := req.Capabilities.Set(capability.MultiACK); err != nil {
			return nil, err
		}
	}
	if r.refs.Capabilities.Supports(capability.Filter) && !r.opts.noFilter {
		if err := req.Capabilities.Set(capability.Filter); err != nil {
			return nil, err
		}
		req.Filter = packp.FilterBlobLimit(uint64(r.opts.MaxFileBytes)+1, packp.BlobLimitPrefixNone)
	}
	return req, nil
}

func compareHash(a, b plumbing.Hash) int { return slices.Compare(a[:], b[:]) }

// packReader takes the pack out of the band that it shares with progress messages.
func packReader(asked *capability.List, res io.Reader) io.Reader {
	switch {
	case asked.Supports(capability.Sideband64k):
		return sideband.NewDemuxer(sideband.Sideband64k, res)
	case asked.Supports(capability.Sideband):
		return sideband.NewDemuxer(sideband.Sideband, res)
	}
	return res
}

// explainFetch adds ErrPartial to an error that neither the remote, nor the network,
// nor this machine's disk explains: the mirror may be at fault.
func (r *remote) explainFetch(ctx context.Context, err error) error {
	if limit, ok := errors.AsType[*LimitError](err); ok {
		_ = r.blame(limit)
	}
	explained := r.explain(ctx, "fetch", err)
	known := r.cause != nil || r.line.silent.Load() || r.line.broken.Load() || ctx.Err() != nil || onDisk(err)
	for _, sentinel := range []error{errMoved, ErrAuth, ErrHostKey, ErrNotFound, ErrEmpty, ErrSHA256} {
		known = known || errors.Is(explained, sentinel)
	}
	if known {
		return explained
	}
	return fmt.Errorf("%w: %w", explained, ErrPartial)
}
