package git

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// wantLimit pulls, and expects a LimitError and that the last good commit stays.
func wantLimit(t *testing.T, r *Repo, what string) *LimitError {
	t.Helper()
	before := r.Head()
	start := time.Now()
	_, err := r.Pull(t.Context())
	limit, ok := errors.AsType[*LimitError](err)
	if !ok || !strings.Contains(err.Error(), what) || limit.Option == "" {
		t.Fatalf("got %v, want a limit on %q that can be raised", err, what)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
	if got := r.Head(); got != before {
		t.Errorf("head: got %+v, want %+v", got, before)
	}
	if before.Hash != "" {
		if got := read(t, r, before.Hash, "zones/a.yaml"); got != "records" {
			t.Errorf("commit before: got %q", got)
		}
	}
	noLeftovers(t, r.opts.StateDir)
	return limit
}

// The numbers in what a server sends are not trusted, and its size is bounded.
func TestFaultB2WhatAServerSendsIsBounded(t *testing.T) {
	const mib = 1 << 20
	zeros := make([]byte, 8*mib)
	for _, c := range []struct {
		name string
		do   func(r *rogue, p *packMaker)
		want string
	}{
		{"list", func(r *rogue, p *packMaker) {
			r.push(p, "next", "")
			r.list = strings.Repeat(pktLine(r.tip.String()+" refs/pull/12345/head\n"), 100_000)
		}, "list of references: more than 262144 bytes"},
		{"answer before the pack", func(r *rogue, p *packMaker) {
			r.push(p, "next", "")
			r.pack = []byte(strings.Repeat(pktLine("ACK "+r.tip.String()+"\n"), 100_000))
		}, "answer before the pack: more than 262144 bytes"},
		{"objects", func(r *rogue, p *packMaker) {
			r.push(p, "next", "")
			r.pack = p.pack(0xffffffff)
		}, "pack: more than 8192 objects"},
		{"pack", func(r *rogue, p *packMaker) {
			p.add(plumbing.BlobObject, noise(17*mib))
			r.push(p, "next", "")
		}, "pack: more than 16777216 bytes"},
		{"tree", func(r *rogue, p *packMaker) {
			p.add(plumbing.TreeObject, make([]byte, 11*mib))
			r.push(p, "next", "")
		}, "tree: more than 10485760 bytes"},
		{"commit", func(r *rogue, p *packMaker) {
			p.add(plumbing.CommitObject, make([]byte, 11*mib))
			r.push(p, "next", "")
		}, "commit: more than 10485760 bytes"},
		{"tree made by a delta", func(r *rogue, p *packMaker) {
			_, base := p.add(plumbing.TreeObject, zeros)
			p.addDelta(base, repeat(len(zeros), 400))
			r.push(p, "next", "")
		}, "tree: more than 10485760 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := newRogue(t)
			server.push(new(packMaker), "first", "")
			r := open(t, server.url, func(o *Options) { o.Ref, o.MaxBytes = "main", 16*mib })
			pull(t, r)
			c.do(server, new(packMaker))
			wantLimit(t, r, c.want)
			server.list = ""
			server.push(new(packMaker), "mended", "")
			wantHash(t, r, server.tip.String())
		})
	}
}

// A commit that exceeds a limit is not fetched again by each Pull.
func TestFaultB2RefusedCommitIsNotFetchedAgain(t *testing.T) {
	w := newWork(t)
	w.push("zones/a.yaml", "records")
	s := serve(t, w)
	r := open(t, s.url, func(o *Options) { o.MaxBytes = 512 << 10 })
	pull(t, r)
	bulky(w, "large")
	wantLimit(t, r, "pack: more than 524288 bytes")
	before := s.fetches.Load()
	wantLimit(t, r, "pack: more than 524288 bytes")
	if got := s.fetches.Load() - before; got != 0 {
		t.Errorf("transfers of a refused commit: got %d, want 0", got)
	}
	w.git("reset", "-q", "--hard", "HEAD~1")
	wantHash(t, r, w.push("zones/b.yaml", "more"))
}

// A file that is too large to read does no harm outside the zones folder, and inside it
// only to those who read it, whether or not the server leaves it out of the pack.
func TestFaultB2LargeFiles(t *testing.T) {
	for _, filter := range []string{"true", "false"} {
		t.Run("filter "+filter, func(t *testing.T) {
			t.Parallel()
			w := newWork(t)
			w.git("config", "uploadpack.allowFilter", filter)
			s := serve(t, w)
			large := strings.Repeat("x", 2<<20)
			w.write("docs/video", large)
			w.write("docs/growing", large)
			w.write("zones/large.yaml", large)
			w.push("zones/a.yaml", "records")
			r := open(t, s.url, func(o *Options) { o.MaxFileBytes = 1 << 20 })
			check := func() {
				t.Helper()
				c := pull(t, r)
				if got := read(t, r, c.Hash, "zones/a.yaml"); got != "records" {
					t.Errorf("zone: got %q", got)
				}
				for _, name := range []string{"zones/large.yaml", "docs/growing"} {
					_, err := fs.ReadFile(commitFS(t, r, c.Hash), name)
					if err == nil || !strings.Contains(err.Error(), name) {
						t.Errorf("%s: got %v, want an error that names it", name, err)
					}
				}
				fetched := s.fetches.Load()
				pull(t, r)
				if got := s.fetches.Load() - fetched; got > 1 {
					t.Errorf("transfers without a push: got %d", got)
				}
			}
			check()
			w.write("docs/growing", large+"y")
			w.push("zones/large.yaml", large+"y") // now deltas, at the server
			w.git("gc", "-q")
			check()
			w.git("rm", "-q", "docs/video", "docs/growing")
			w.commit("remove")
			w.push("docs/growing", large+"z")
			check()
			check()
			fetched := s.fetches.Load()
			pull(t, r)
			if got := s.fetches.Load() - fetched; got != 0 {
				t.Errorf("transfers once everything is known: got %d, want 0", got)
			}
			if _, err := fs.ReadFile(commitFS(t, r, r.Head().Hash), "zones/large.yaml"); err == nil || !strings.Contains(err.Error(), "more than 1048576") && !strings.Contains(err.Error(), "has 2097153 bytes") {
				t.Errorf("got %v, want the size", err)
			}
			// A new process keeps the commit, and clones once to see whether files were lost.
			again := open(t, s.url, func(o *Options) { *o = r.opts })
			if got := again.Head().Hash; got != r.Head().Hash {
				t.Errorf("head after a restart: got %q", got)
			}
			wantHash(t, again, r.Head().Hash)
		})
	}
}

// A fetch is complete when the zones folder is. Nothing outside it is looked at: files
// may be missing there, and folders nested beyond counting.
func TestFaultB2OnlyTheZonesFolderMustBeComplete(t *testing.T) {
	missing := treeEntry("100644", "missing", plumbing.NewHash("1234567890123456789012345678901234567890"))
	nested := func(p *packMaker) string {
		nest, _ := p.add(plumbing.TreeObject, []byte(missing))
		for range 10 {
			var entries strings.Builder
			for i := range 10 {
				entries.WriteString(treeEntry("40000", fmt.Sprint(i), nest))
			}
			nest, _ = p.add(plumbing.TreeObject, []byte(entries.String()))
		}
		return treeEntry("40000", "nested", nest)
	}
	for _, c := range []struct {
		name, path string
		beside     func(*packMaker) string
		zones      []string
		want       error
	}{
		{"a file is missing beside it", "", func(*packMaker) string { return missing }, nil, nil},
		{"the same, and the folder is set", "zones", func(*packMaker) string { return missing }, nil, nil},
		{"folders are nested beside it", "", nested, nil, nil},
		{"a file is missing in it", "", func(*packMaker) string { return "" }, []string{missing}, ErrPartial},
		{"a file is missing in it, and folders are nested beside it", "", nested, []string{missing}, ErrPartial},
		{"a file is missing, and the top folder is set", ".", func(*packMaker) string { return missing }, nil, ErrPartial},
		{"the folder that is set does not exist", "dns", func(*packMaker) string { return missing }, []string{missing}, nil},
	} {
		server := newRogue(t)
		p := new(packMaker)
		server.push(p, "x", c.beside(p), c.zones...)
		_, err := open(t, server.url, func(o *Options) { o.Path = c.path }).Pull(t.Context())
		if c.want == nil && err != nil || !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
}

// A server may offer filters, but not the one by size.
func TestFaultB2ServerThatDoesNotFilterBySize(t *testing.T) {
	w := newWork(t)
	w.git("config", "uploadpack.allowFilter", "true")
	w.git("config", "uploadpackfilter.allow", "false")
	hash := w.push("zones/a.yaml", "records")
	s := serve(t, w)
	r := open(t, s.url)
	wantHash(t, r, hash)
	wantHash(t, r, w.push("zones/a.yaml", "more"))
	if got := s.fetches.Load(); got != 3 {
		t.Errorf("transfers: got %d, want 3: one is enough to learn it", got)
	}
}

// Folders that contain each other many times over do not keep a walk busy: there is none
// outside the zones folder, and a budget inside it.
func TestFaultB2NestedTrees(t *testing.T) {
	w := newWork(t)
	w.push("zones/a.yaml", "records")
	blob := w.git("rev-parse", "HEAD:zones/a.yaml")
	nest := w.gitIn("100644 blob "+blob+"\tf.yaml", "mktree")
	for range 10 {
		var lines strings.Builder
		for i := range 10 {
			fmt.Fprintf(&lines, "040000 tree %s\t%d\n", nest, i)
		}
		nest = w.gitIn(lines.String(), "mktree")
	}
	deep := nest
	for range 300 {
		deep = w.gitIn("040000 tree "+deep+"\td", "mktree")
	}
	commit := func(format string, args ...any) string {
		tree := w.gitIn(fmt.Sprintf(format, args...), "mktree")
		w.git("update-ref", "refs/heads/main", w.gitIn("x", "commit-tree", tree))
		return w.git("rev-parse", "main")
	}
	zones := w.git("rev-parse", "HEAD:zones")
	beside := commit("040000 tree %s\tnest\n040000 tree %s\tzones\n", nest, zones)
	zones = w.gitIn(fmt.Sprintf("100644 blob %s\ta.yaml\n040000 tree %s\tdeep\n040000 tree %s\tnest\n", blob, deep, nest), "mktree")
	within := commit("040000 tree %s\tzones\n", zones)
	s := serve(t, w)
	for name, url := range map[string]string{"local": w.dir, "remote": s.url} {
		for _, hash := range []string{beside, within} {
			w.git("update-ref", "refs/heads/main", hash)
			r := open(t, url, func(o *Options) { o.Ref, o.MaxBytes = "main", 16<<20 })
			wantHash(t, r, hash)
			if got := read(t, r, hash, "zones/a.yaml"); got != "records" {
				t.Errorf("%s: got %q", name, got)
			}
		}
		fsys := commitFS(t, open(t, w.dir, func(o *Options) { o.MaxBytes = 16 << 20 }), within)
		failures := 0
		err := fs.WalkDir(fsys, "zones", func(path string, _ fs.DirEntry, err error) error {
			if _, ok := errors.AsType[*LimitError](err); ok {
				failures++
				return fs.SkipDir
			}
			return err
		})
		if err != nil || failures == 0 {
			t.Errorf("%s: walk: got %d refusals, %v, want some", name, failures, err)
		}
	}
}

// A budget counts visits, not trees: equal folders at two paths are two zones.
func TestFaultB2EqualFoldersAreAllListed(t *testing.T) {
	w := newWork(t)
	for i := range 50 {
		w.write(fmt.Sprintf("zones/%d.example/www.yaml", i), "same")
	}
	hash := w.commit("x")
	for _, url := range []string{w.dir, serve(t, w).url} {
		r := open(t, url)
		wantHash(t, r, hash)
		if names, err := fs.Glob(commitFS(t, r, hash), "zones/*/www.yaml"); err != nil || len(names) != 50 {
			t.Errorf("%s: got %d files, %v, want 50", url, len(names), err)
		}
	}
}
