package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/git"
)

// A base is the commit that a plan is compared with.
type base struct {
	rev    string // as the user named it
	commit string
	repo   *git.Repo
	dir    string           // the zones folder within the repository
	folder *zonefile.Folder // without zones where the commit has no such folder
	// missing is true in the latter case.
	missing bool
}

// openBase opens the zones folder as it is in a revision of the repository whose work tree is
// top.
func openBase(ctx context.Context, top, dir, rev string) (*base, error) {
	fail := func(err error) (*base, error) { return nil, fmt.Errorf("--base %s: %w", schema.Printable(rev), err) }
	root, err := git.Root(top)
	switch {
	case err != nil:
		return fail(err)
	case root != top:
		return fail(errors.New("the zones folder is not in a Git work tree"))
	}
	repo, err := git.Open(ctx, git.Options{URL: top})
	if err != nil {
		return fail(err)
	}
	b := &base{rev: rev, repo: repo, dir: dir}
	if b.commit, err = repo.Resolve(rev); err != nil {
		return fail(missingRevision(repo, rev))
	}
	files, err := repo.FS(b.commit)
	if err != nil {
		return fail(err)
	}
	b.folder, _, err = zonefile.Open(files, dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		b.folder, b.missing = &zonefile.Folder{}, true
	case err != nil:
		return fail(err)
	}
	if repo.PartialClone() && !b.whole(files) {
		return fail(missingFiles(repo))
	}
	return b, nil
}

// whole reports whether the zone files of the base are at hand.
func (b *base) whole(files fs.FS) bool {
	for _, s := range b.folder.Sources {
		for _, file := range s.Files {
			if _, err := fs.Stat(files, b.folder.PathOf(file)); err != nil {
				return false
			}
		}
	}
	return true
}

// compare makes a pass tell edits since the base from drift.
func (b *base) compare(ctx context.Context, p *sync.Pass) {
	p.Base = b.commit
	selects := func(n schema.Name) bool { return p.Select == nil || p.Select(n) }
	p.Warnings = append(b.warnings(ctx, p.Commit), b.abandoned(p.Folder, selects)...)
	for _, e := range p.Folder.SettingEdits(selects) {
		p.Settings = append(p.Settings, diff.SettingChange{
			Zone: e.Zone, Pos: e.Pos, Key: e.Key, Before: e.Before, After: e.After,
		})
	}
	a := &sync.Attribution{History: history{b.repo}, Base: b.commit, Head: p.Commit, Dir: b.dir, Now: b.folder.Now}
	p.Known.Base, p.Known.Attribute, p.Known.Declared = b.zone, a.Attribute, b.declared
}

// declared returns the RRsets that the base declares. The daemon has applied it, so that with
// manage: declared those that the branch drops go. Of a base that does not validate none is
// known, of which the plan of the zone warns.
func (b *base) declared(name schema.Name) []schema.Key {
	zone, err := b.zone(name)
	if err != nil || zone == nil {
		return nil
	}
	var out []schema.Key
	for _, s := range zone.RRsets() {
		out = append(out, s.Key())
	}
	return out
}

// zone returns a zone as the base declares it, nil where it does not.
func (b *base) zone(name schema.Name) (*schema.Zone, error) {
	s, ok := b.folder.Source(name)
	if !ok {
		return nil, nil
	}
	zone, problems := b.folder.Zone(s)
	if zone == nil {
		return nil, fmt.Errorf("%s: %w", schema.Printable(b.rev), problems.Errors()[:1])
	}
	return zone, nil
}

// warnings say what makes the comparison mean something else than it seems to.
func (b *base) warnings(ctx context.Context, head string) []string {
	rev := fmt.Sprintf("%s (%.12s)", schema.Printable(b.rev), b.commit)
	var out []string
	if b.missing {
		out = append(out, fmt.Sprintf("base %s has no folder %s: every zone counts as new", rev, schema.Printable(b.dir)))
	}
	contains, err := b.repo.Contains(ctx, head, b.commit)
	switch {
	case errors.Is(err, git.ErrUnknown):
		out = append(out, fmt.Sprintf("cannot tell whether this checkout contains %s: the history at hand does not reach that far%s", rev, deepen(b.repo)))
	case err != nil:
		out = append(out, fmt.Sprintf("cannot tell whether this checkout contains %s: %v", rev, err))
	case !contains:
		out = append(out, fmt.Sprintf("this checkout is behind its base: it does not contain %s, so that what was edited there since shows as taken back here; merge or rebase, and plan again", rev))
	}
	return out
}

// abandoned names the zones that the base declares and head does not. The plan has no change
// of them for a reader to see.
func (b *base) abandoned(head *zonefile.Folder, selects func(schema.Name) bool) []string {
	const most = 10
	var names []string
	for _, s := range b.folder.Sources {
		if _, declared := head.Source(s.Zone); !declared && selects(s.Zone) {
			names = append(names, s.Zone.Undotted())
		}
	}
	if len(names) == 0 {
		return nil
	}
	list := strings.Join(names[:min(len(names), most)], ", ")
	if more := len(names) - most; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return []string{fmt.Sprintf("without a file since the base: %s; what is live stays as it is, and is no longer managed (state: absent deletes a zone)", list)}
}

// A history is what the repository at hand knows of its commits.
type history struct{ repo *git.Repo }

// Between returns the commits that newer has and older has not.
func (h history) Between(ctx context.Context, older, newer string) ([]sync.Commit, error) {
	links, err := h.repo.Between(ctx, older, newer)
	var out []sync.Commit
	for _, l := range links {
		out = append(out, sync.Commit{Hash: l.Commit.Hash, Author: commitOf(l.Commit).Author, Parents: l.Parents})
	}
	if errors.Is(err, git.ErrUnknown) {
		err = fmt.Errorf("the history at hand does not reach that far%s", deepen(h.repo))
	}
	return out, err
}

// FS returns the files of a commit.
func (h history) FS(hash string) (fs.FS, error) { return h.repo.FS(hash) }
