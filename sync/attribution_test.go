package sync_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
	"github.com/zonetender/zonetender/sync"
)

// A repository is commits in memory, the newest last.
type repository struct {
	commits []sync.Commit
	files   map[string]fs.FS
	reads   int  // zone files that were opened
	missing bool // the history ends before older
}

func (r *repository) Between(_ context.Context, older, newer string) ([]sync.Commit, error) {
	in, out := map[string]bool{newer: true}, map[string]bool{older: true}
	var between []sync.Commit
	for _, c := range slices.Backward(r.commits) {
		for _, p := range c.Parents {
			in[p], out[p] = in[p] || in[c.Hash], out[p] || out[c.Hash]
		}
		if in[c.Hash] && !out[c.Hash] {
			between = append(between, c)
		}
	}
	if r.missing {
		return between, errors.New("history ends here")
	}
	return between, nil
}

func (r *repository) FS(hash string) (fs.FS, error) {
	f, ok := r.files[hash]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return f, nil
}

// add makes a commit out of files.
func (r *repository) add(hash string, files fs.FS, parents ...string) {
	r.commits = append(r.commits, sync.Commit{Hash: hash, Author: "author of " + hash, Parents: parents})
	r.files[hash] = files
}

// A hashed file system knows the hashes of its files and folders, as that of a commit does.
type hashed struct {
	fstest.MapFS
	reads *int
}

func (h hashed) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, ".yaml") {
		*h.reads++
	}
	return h.MapFS.Open(name)
}

func (h hashed) BlobHash(name string) (string, error) {
	sum := sha256.New()
	found := false
	err := fs.WalkDir(h.MapFS, name, func(p string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			found = true
			fmt.Fprintf(sum, "%q %q\n", p, h.MapFS[p].Data)
		}
		return err
	})
	if err != nil || !found {
		return "", fs.ErrNotExist
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// zoneAt reads a zone out of files, nil where it is not there.
func zoneAt(t *testing.T, files fs.FS, dir, name string) *schema.Zone {
	t.Helper()
	folder, _, err := zonefile.Open(files, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	s, ok := folder.Source(schema.MustParseName(name))
	if !ok {
		return nil
	}
	z, problems := folder.Zone(s)
	if z == nil {
		t.Fatal(problems)
	}
	return z
}

const attributed = "example.com"

// edited changes files at random: a record of the zone, an included file, the default TTL, the
// zone itself, or something that does not matter.
func edited(r *rand.Rand, before fstest.MapFS) fstest.MapFS {
	files := fstest.MapFS{}
	for name, f := range before {
		files[name] = f
	}
	put := func(name, format string, args ...any) {
		files[name] = &fstest.MapFile{Data: fmt.Appendf(nil, format, args...)}
	}
	if len(files) == 0 || r.IntN(3) == 0 {
		put("zones/example.com.yaml", "zone: example.com\ninclude: [../shared.yaml]\nrecords:\n  a: {A: 192.0.2.%d}\n  b: {A: 192.0.2.%d}\n", r.IntN(3), r.IntN(3))
	}
	if len(files) == 1 || r.IntN(4) == 0 {
		put("shared.yaml", "c: {A: 192.0.2.%d}\n", r.IntN(3))
	}
	switch r.IntN(8) {
	case 0:
		put("zones/zonetender.yaml", "ttl: %d\n", 300*(1+r.IntN(2)))
	case 1:
		put("README", "%d", r.IntN(1000))
	case 2:
		put("zones/other.example.yaml", "www: {type: A, value: 192.0.2.%d}\n", r.IntN(200))
	case 3:
		delete(files, "zones/example.com.yaml")
	}
	return files
}

// drawHistory draws commits, some of them merges that take each file from one side or change it.
func drawHistory(r *rand.Rand, repo *repository) (head fstest.MapFS) {
	var all []fstest.MapFS
	for i := range 14 {
		var parents []string
		before := fstest.MapFS{}
		if i > 0 {
			p := max(0, i-1-r.IntN(3))
			parents, before = append(parents, fmt.Sprint(p)), all[p]
			if q := max(0, i-1-r.IntN(4)); q != p && r.IntN(2) == 0 {
				parents = append(parents, fmt.Sprint(q))
				merged := fstest.MapFS{}
				for _, side := range []fstest.MapFS{all[q], before} {
					for name, f := range side {
						if _, taken := merged[name]; !taken || r.IntN(2) == 0 {
							merged[name] = f
						}
					}
				}
				before = merged
			}
		}
		head = before
		if len(parents) < 2 || r.IntN(3) == 0 {
			head = edited(r, before)
		}
		all = append(all, head)
		repo.add(fmt.Sprint(i), hashed{head, &repo.reads}, parents...)
	}
	return head
}

// An edit is of a commit between base and head that declares the RRset as the head does, while
// none of its parents does.
func TestEditsAreOfTheCommitThatMadeThem(t *testing.T) {
	t.Parallel()
	found, none := 0, 0
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 3))
		repo := &repository{files: make(map[string]fs.FS)}
		head := drawHistory(r, repo)
		last, first := repo.commits[len(repo.commits)-1].Hash, fmt.Sprint(r.IntN(8))
		now := zoneAt(t, head, "zones", attributed)
		if now == nil {
			continue
		}
		base := zoneAt(t, repo.files[first], "zones", attributed)
		var edits []sync.Edit
		for _, s := range now.RRsets() {
			if !diff.SameRRset(now, base, s.Key()) {
				edits = append(edits, sync.Edit{Zone: now.Name(), Key: s.Key(), Now: s})
			}
		}
		a := sync.Attribution{History: repo, Base: first, Head: last, Dir: "zones", Now: time.Time{}}
		if warnings := a.Attribute(t.Context(), edits); len(warnings) > 0 {
			t.Fatalf("seed %d: got the warnings %q", seed, warnings)
		}
		between, _ := repo.Between(t.Context(), first, last)
		for _, e := range edits {
			has := func(c string) bool {
				return diff.SameRRset(zoneAt(t, repo.files[c], "zones", attributed), now, e.Key)
			}
			i := slices.IndexFunc(between, func(c sync.Commit) bool { return c.Hash == e.Commit })
			switch {
			case e.Commit == "":
				none++
			case i < 0:
				t.Fatalf("seed %d: %v: got commit %s, which is not between %s and %s", seed, e.Key, e.Commit, first, last)
			case !has(e.Commit) || slices.ContainsFunc(between[i].Parents, has) || e.Author != "author of "+e.Commit:
				t.Fatalf("seed %d: %v: got commit %s by %q, which did not make the edit", seed, e.Key, e.Commit, e.Author)
			default:
				found++
			}
		}
		plain := slices.Clone(edits)
		for hash, f := range repo.files {
			repo.files[hash] = f.(hashed).MapFS
		}
		for i := range plain {
			plain[i].Commit, plain[i].Author = "", ""
		}
		a.Attribute(t.Context(), plain)
		if !slices.EqualFunc(plain, edits, func(e, f sync.Edit) bool { return e.Commit == f.Commit && e.Author == f.Author }) {
			t.Fatalf("seed %d: got %v without hashes, %v with them", seed, plain, edits)
		}
	}
	if found < 10*none || none == 0 {
		t.Errorf("found the commits of %d edits, and of %d none; want far more, and some", found, none)
	}
}

// straight makes a history of one line: of each commit the address of www.
func straight(addresses ...int) *repository {
	repo := &repository{files: make(map[string]fs.FS)}
	for i, n := range addresses {
		files := fstest.MapFS{"example.com.yaml": {Data: fmt.Appendf(nil, "www: {type: A, value: 192.0.2.%d}\n", n)}}
		var parents []string
		if i > 0 {
			parents = []string{fmt.Sprint(i - 1)}
		}
		repo.add(fmt.Sprint(i), hashed{files, &repo.reads}, parents...)
	}
	return repo
}

// editIn returns the edit of www that the newest commit of a history has.
func editIn(t *testing.T, repo *repository) []sync.Edit {
	zone := zoneAt(t, repo.files[repo.commits[len(repo.commits)-1].Hash], ".", attributed)
	return firstEdit(zone)
}

func firstEdit(zone *schema.Zone) []sync.Edit {
	first := zone.RRsets()[0]
	return []sync.Edit{{Zone: zone.Name(), Key: first.Key(), Now: first}}
}

// What did not change is not read again, however long the history is.
func TestAttributionReadsWhatChanged(t *testing.T) {
	t.Parallel()
	addresses := make([]int, 500)
	for i := range addresses {
		addresses[i] = min(i, 3)
	}
	repo := straight(addresses...)
	edits := editIn(t, repo)
	repo.reads = 0
	a := sync.Attribution{History: repo, Base: "0", Head: "499", Dir: "."}
	if warnings := a.Attribute(t.Context(), edits); len(warnings) > 0 || edits[0].Commit != "3" {
		t.Errorf("got commit %q and warnings %q, want 3", edits[0].Commit, warnings)
	}
	if repo.reads > 10 {
		t.Errorf("%d files were opened, want those of 2 versions", repo.reads)
	}
}

func TestAttributionSaysWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	repo := straight(0, 1, 2, 2, 2)
	delete(repo.files, "1")
	delete(repo.files, "2")
	repo.missing = true
	a := sync.Attribution{History: repo, Base: "0", Head: "4", Dir: "."}
	edits := editIn(t, repo)
	got := a.Attribute(t.Context(), edits)
	if want := []string{"the commits that made 1 edit are not known: history ends here"}; !slices.Equal(got, want) || edits[0].Commit != "" {
		t.Errorf("got %q and commit %q, want %q", got, edits[0].Commit, want)
	}

	// What is not committed yet is of no commit, and nothing to warn of.
	zone := zoneAt(t, fstest.MapFS{"example.com.yaml": {Data: []byte("www: {type: A, value: 192.0.2.77}\n")}}, ".", attributed)
	edits = firstEdit(zone)
	if got := a.Attribute(t.Context(), edits); len(got) > 0 || edits[0].Commit != "" {
		t.Errorf("uncommitted: got %q and commit %q", got, edits[0].Commit)
	}

	// A commit whose zone does not validate did not declare anything.
	repo = straight(0, 1, 2, 2)
	repo.files["2"] = fstest.MapFS{"example.com.yaml": {Data: []byte("www: {type: A, value: 192.0.2}\n")}}
	a = sync.Attribution{History: repo, Base: "0", Head: "3", Dir: "."}
	edits = editIn(t, repo)
	if got := a.Attribute(t.Context(), edits); len(got) > 0 || edits[0].Commit != "3" {
		t.Errorf("broken in between: got %q and commit %q, want 3", got, edits[0].Commit)
	}
}
