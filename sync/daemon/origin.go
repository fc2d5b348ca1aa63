package daemon

import (
	"context"
	gosync "sync"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
)

// bases knows how zones were declared when they were last applied. It is safe for concurrent
// use.
type bases struct {
	repo   Repo
	dir    string
	before Memory
	now    *source // of the cycle
	around *cycle  // that is suspended for it, nil for none

	mu   gosync.Mutex
	open map[string]*source // some, by commit; nil where it cannot be read
}

func (d *Daemon) bases(c *cycle) *bases {
	return &bases{repo: d.Repo, dir: d.Path, before: c.before, now: c.src, around: c.around, open: map[string]*source{c.src.commit.Hash: c.src}}
}

// zone returns a zone as the commit that was last applied declared it, nil where none was. One
// that a suspended cycle has changed is as that cycle's commit declares it.
func (b *bases) zone(name schema.Name) (*schema.Zone, error) {
	z := b.before.Zones[name]
	// While a zone is orphaned, the commit in force declares nothing.
	if z.Commit == "" || z.State == StateOrphaned {
		return nil, nil
	}
	var src *source
	if b.around != nil && b.around.declared.changedIn(name) {
		src = b.around.src
	} else {
		src = b.source(z.Commit)
	}
	if src == nil {
		return nil, sync.ErrNoBase
	}
	s, ok := src.folder.Source(name)
	if !ok {
		return nil, nil
	}
	zone, _ := src.folder.Zone(s)
	if zone == nil {
		return nil, sync.ErrNoBase // another version of this program found it valid
	}
	return zone, nil
}

// maxBases is how many zones folders of earlier commits are open at the same time. Each keeps
// the names of all files in memory, and after a day of pushes there are as many commits as
// zones that were pushed.
const maxBases = 4

// source opens the zones folder of a commit. One that is no longer at hand, after the branch
// was rewritten, is no news.
func (b *bases) source(commit string) *source {
	b.mu.Lock()
	defer b.mu.Unlock()
	src, ok := b.open[commit]
	if ok {
		return src
	}
	for other := range b.open {
		if len(b.open) <= maxBases {
			break
		}
		if other != b.now.commit.Hash {
			delete(b.open, other)
		}
	}
	src, _ = openSource(b.repo, Commit{Hash: commit}, b.dir)
	b.open[commit] = src
	return src
}

// attribute says that the commit at hand made the edits: it is what brought them here.
func (b *bases) attribute(_ context.Context, edits []sync.Edit) []string {
	for i := range edits {
		edits[i].Commit, edits[i].Author = b.now.commit.Hash, b.now.commit.Author
	}
	return nil
}
