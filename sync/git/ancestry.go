package git

import (
	"container/heap"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// maxBetween bounds the commits that Between looks at.
const maxBetween = 10_000

// A Link is a commit in its history.
type Link struct {
	Commit  Commit // but for its branch
	Parents []string
}

// Between returns the commits that newer is or descends from and that older is not and does
// not descend from, as "git log older..newer" does: a commit comes before its parents. Where
// a part of the history is missing, or more than 10,000 commits would have to be looked at,
// the error is ErrUnknown, and the commits are those that were found.
//
// Like Git, it goes by the clocks of the committers. Where a commit is dated before its
// parents, commits of older may be among the result.
func (r *Repo) Between(ctx context.Context, older, newer string) ([]Link, error) {
	st := r.store()
	from, err := r.lookUp(st, newer)
	if err != nil {
		return nil, err
	}
	to, err := r.lookUp(st, older)
	if err != nil {
		return nil, err
	}
	w := &walk{
		store: st, sides: make(map[plumbing.Hash]side), done: make(map[plumbing.Hash]bool),
		commits: make(map[plumbing.Hash]*object.Commit),
	}
	w.reach(from, ofNewer)
	w.reach(to, ofOlder)
	if err := w.run(ctx); err != nil {
		return nil, fmt.Errorf("%s: list commits: %w", r.addr, err)
	}
	var out []Link
	for _, c := range w.seen {
		if w.sides[c.Hash] != ofNewer {
			continue
		}
		link := Link{Commit: describe(c)}
		for _, parent := range c.ParentHashes {
			link.Parents = append(link.Parents, parent.String())
		}
		out = append(out, link)
	}
	switch {
	case w.tooMany:
		err = &LimitError{What: "history between two commits", Limit: maxBetween, Unit: "commits"}
	case w.partial:
		err = fmt.Errorf("%s: list commits: %w", r.addr, ErrUnknown)
	}
	return childrenFirst(out), err
}

// A side is from which of two commits another one is reached.
type side int

const (
	ofNewer side = 1 << iota
	ofOlder
	ofBoth = ofNewer | ofOlder
)

// A walk visits the ancestors of two commits, the newest first.
type walk struct {
	store   *store
	sides   map[plumbing.Hash]side
	commits map[plumbing.Hash]*object.Commit // those at hand
	queue   commitQueue
	open    int                    // commits in the queue that only newer has
	done    map[plumbing.Hash]bool // left the queue
	seen    []*object.Commit       // in that order
	oldest  time.Time              // of those that only newer had then
	partial bool                   // a commit is not at hand
	tooMany bool                   // there are more than maxBetween
}

func (w *walk) run(ctx context.Context) error {
	// Once newer has no more commits of its own, some of those may still turn out to be of
	// older, as long as what is left of it is not older than they are.
	for w.queue.Len() > 0 && (w.open > 0 || !w.queue[0].Committer.When.Before(w.oldest)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(w.seen) >= maxBetween {
			w.tooMany = true
			return nil
		}
		c := heap.Pop(&w.queue).(*object.Commit)
		w.seen, w.done[c.Hash] = append(w.seen, c), true
		if w.sides[c.Hash] == ofNewer {
			w.open--
			w.oldest = c.Committer.When
		}
		for _, parent := range c.ParentHashes {
			w.reach(parent, w.sides[c.Hash])
		}
	}
	return nil
}

// reach notes that a commit is reached from a side, and with it what was found behind it.
func (w *walk) reach(hash plumbing.Hash, from side) {
	for stack := []plumbing.Hash{hash}; len(stack) > 0; {
		hash, stack = stack[len(stack)-1], stack[:len(stack)-1]
		before, known := w.sides[hash]
		if before|from == before {
			continue
		}
		w.sides[hash] = before | from
		switch c := w.commits[hash]; {
		case !known:
			w.load(hash, from)
		case c == nil:
		case w.done[hash]:
			stack = append(stack, c.ParentHashes...)
		case before == ofNewer:
			w.open--
		}
	}
}

// load puts a commit into the queue.
func (w *walk) load(hash plumbing.Hash, from side) {
	var c *object.Commit
	if w.store.has(hash) {
		c, _ = w.store.commit(hash) // one that cannot be read is missing as well
	}
	if c == nil {
		w.partial = w.partial || from == ofNewer
		return
	}
	w.commits[hash] = c
	heap.Push(&w.queue, c)
	if from == ofNewer {
		w.open++
	}
}

// A commitQueue is a heap of commits, the newest on top.
type commitQueue []*object.Commit

func (q commitQueue) Len() int           { return len(q) }
func (q commitQueue) Less(i, j int) bool { return q[i].Committer.When.After(q[j].Committer.When) }
func (q commitQueue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *commitQueue) Push(x any)        { *q = append(*q, x.(*object.Commit)) }
func (q *commitQueue) Pop() any {
	last := len(*q) - 1
	c := (*q)[last]
	*q = (*q)[:last]
	return c
}

// childrenFirst puts every commit before its parents, whatever their clocks say.
func childrenFirst(links []Link) []Link {
	index := make(map[string]int, len(links))
	children := make([]int, len(links))
	for i, l := range links {
		index[l.Commit.Hash] = i
	}
	each := func(l Link, do func(parent int)) {
		for _, p := range l.Parents {
			if i, ok := index[p]; ok {
				do(i)
			}
		}
	}
	for _, l := range links {
		each(l, func(parent int) { children[parent]++ })
	}
	var ready []int
	for i := range links {
		if children[i] == 0 {
			ready = append(ready, i)
		}
	}
	out := make([]Link, 0, len(links))
	for ; len(ready) > 0; ready = ready[1:] {
		l := links[ready[0]]
		out = append(out, l)
		each(l, func(parent int) {
			if children[parent]--; children[parent] == 0 {
				ready = append(ready, parent)
			}
		})
	}
	return out
}

// Shallow reports whether a local repository lacks the older part of its history, as a
// clone with a depth does.
func (r *Repo) Shallow() bool {
	info, err := os.Stat(filepath.Join(commonDir(r.store().dir), "shallow"))
	return err == nil && info.Size() > 0
}

// PartialClone reports whether a local repository leaves objects with its remote until they
// are used, as "git clone --filter" makes one. They are not fetched from here.
func (r *Repo) PartialClone() bool {
	config, err := r.store().current().Config()
	if err != nil {
		return false
	}
	for _, remote := range config.Raw.Section("remote").Subsections {
		if remote.Option("promisor") == "true" {
			return true
		}
	}
	return false
}

// Remotes returns the names of the remotes that a local repository knows, sorted, those that
// can be printed.
func (r *Repo) Remotes() []string {
	config, err := r.store().current().Config()
	if err != nil {
		return nil
	}
	var names []string
	for name := range config.Remotes {
		if clean(name) == name {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
