package sync

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
)

const (
	// maxReadings bounds how many zones of earlier commits are read to find who made edits.
	maxReadings = 10_000
	// keptFolders is how many commits are kept open meanwhile: a commit and its parents.
	keptFolders = 8
)

// A History is the commits of a repository that are at hand.
type History interface {
	// Between returns the commits that newer has and older has not, children before their
	// parents. An error means that some may be missing.
	Between(ctx context.Context, older, newer string) ([]Commit, error)
	// FS returns the files of a commit. Where it has a method BlobHash(name string) (string,
	// error), files that did not change are not read again.
	FS(hash string) (fs.FS, error)
}

// A Commit is a commit in its history.
type Commit struct {
	Hash, Author string // the author as "name <address>"
	Parents      []string
}

// An Attribution finds out which commit between Base and Head made an edit: the one whose
// parents all declare the RRset otherwise.
type Attribution struct {
	History    History
	Base, Head string
	Dir        string    // the zones folder within the repository, by slashes
	Now        time.Time // as in [zonefile.Folder]
}

// Attribute fills in commit and author of edits. An edit that is not in Head is not committed
// yet, and has none. One that Base has changed since, and Head has not, has none either.
func (a *Attribution) Attribute(ctx context.Context, edits []Edit) (warnings []string) {
	commits, missing := a.History.Between(ctx, a.Base, a.Head)
	s := &search{
		past:    newPast(a, edits),
		waiting: make(map[string][]*Edit), between: make(map[string]bool, len(commits)),
	}
	for i := range edits {
		if e := &edits[i]; s.past.has(a.Head, e) {
			s.waiting[a.Head] = append(s.waiting[a.Head], e)
		}
	}
	for _, c := range commits {
		s.between[c.Hash] = true
	}
	for _, c := range commits {
		if ctx.Err() != nil {
			break
		}
		s.visit(c)
	}
	if missing != nil {
		for _, left := range s.waiting {
			s.unknown += len(left)
		}
	}
	return s.warnings(missing)
}

// A search goes from Head back to Base, with the edits that are still to be found.
type search struct {
	past    *past
	waiting map[string][]*Edit // by a commit that has them
	between map[string]bool
	unknown int
}

// visit passes edits on to the parents of a commit that have them as well. The others were
// made by the commit.
func (s *search) visit(c Commit) {
	// Of several parents those between Base and Head go first: what counts is who brought
	// the edit here.
	parents := slices.SortedStableFunc(slices.Values(c.Parents), func(p, q string) int {
		switch {
		case s.between[p] == s.between[q]:
			return 0
		case s.between[p]:
			return -1
		}
		return 1
	})
	for _, e := range s.waiting[c.Hash] {
		switch from, known := s.past.from(parents, e); {
		case from != "":
			s.waiting[from] = append(s.waiting[from], e)
		case known:
			e.Commit, e.Author = c.Hash, c.Author
		default:
			s.unknown++
		}
	}
	delete(s.waiting, c.Hash)
}

func (s *search) warnings(missing error) []string {
	if s.unknown == 0 {
		return nil
	}
	of := "the commits that made " + Plural(s.unknown, "edit") + " are not known: "
	switch {
	case s.past.readings > maxReadings:
		return []string{of + fmt.Sprintf("more than %d versions of zones would have to be read", maxReadings)}
	case missing != nil:
		return []string{of + missing.Error()}
	}
	return []string{of + "a commit before them cannot be read"}
}

// past is the zones of earlier commits, each read as seldom as can be.
type past struct {
	attribution *Attribution
	zones       map[schema.Name]*versions
	folders     []*pastFolder // the last ones used
	readings    int
}

func newPast(a *Attribution, edits []Edit) *past {
	p := &past{attribution: a, zones: make(map[schema.Name]*versions)}
	for _, e := range edits {
		if p.zones[e.Zone] == nil {
			p.zones[e.Zone] = &versions{}
		}
		p.zones[e.Zone].keys = append(p.zones[e.Zone].keys, e.Key)
	}
	return p
}

// from returns the first of some commits that declares the RRset of an edit as the edit does,
// "" where none does; known is false where one of them cannot be read.
func (p *past) from(commits []string, e *Edit) (from string, known bool) {
	known = true
	for _, hash := range commits {
		f := p.folder(hash)
		if f == nil {
			known = false
			continue
		}
		if p.has(hash, e) {
			return hash, true
		}
	}
	return "", known && p.readings <= maxReadings
}

// has reports whether a commit declares the RRset of an edit as the edit does. A zone whose
// files do not validate declares nothing that counts.
func (p *past) has(hash string, e *Edit) bool {
	f := p.folder(hash)
	if f == nil {
		return false
	}
	sets, valid := p.setsIn(f, e.Zone)
	if !valid {
		return false
	}
	set, declared := sets[e.Key]
	return declared == (len(e.Now.Values) > 0) && (!declared || set.Same(e.Now))
}

// folder opens the zones folder of a commit; nil where the commit is not at hand. A commit
// without the folder has no zones.
func (p *past) folder(hash string) *pastFolder {
	for i, f := range p.folders {
		if f.hash == hash {
			p.folders = append(slices.Delete(p.folders, i, i+1), f)
			return f
		}
	}
	files, err := p.attribution.History.FS(hash)
	if err != nil {
		return nil
	}
	f := &pastFolder{hash: hash, files: files}
	if len(p.folders) >= keptFolders {
		p.folders = slices.Delete(p.folders, 0, 1)
	}
	p.folders = append(p.folders, f)
	return f
}

// A pastFolder is the zones folder of a commit, opened when a zone has to be read.
type pastFolder struct {
	hash   string
	files  fs.FS
	opened bool
	folder *zonefile.Folder // nil where the commit has none
}

// blob returns the hash of a file or folder, "" where it is not known or there is none.
func (f *pastFolder) blob(name string) string {
	h, ok := f.files.(interface {
		BlobHash(name string) (string, error)
	})
	if !ok {
		return ""
	}
	hash, err := h.BlobHash(name)
	if err != nil {
		return ""
	}
	return hash
}

// versions are the states of one zone that have been read.
type versions struct {
	keys []schema.Key // of the edits
	read []version
}

// A version is a zone as it was read from files with some hashes.
type version struct {
	folder string // hash of the zones folder, "" where the zone has files outside it
	files  map[string]string
	// sets are the RRsets that edits are about, those that are declared.
	sets  map[schema.Key]schema.RRset
	valid bool
}

// setsIn returns the RRsets of a zone that edits are about, as a commit declares them.
func (p *past) setsIn(f *pastFolder, name schema.Name) (sets map[schema.Key]schema.RRset, valid bool) {
	dir, v := p.attribution.Dir, p.zones[name]
	whole := f.blob(dir)
	for _, old := range v.read {
		if old.folder != "" && old.folder == whole || old.unchangedIn(f) {
			return old.sets, old.valid
		}
	}
	if p.readings++; p.readings > maxReadings {
		return nil, false
	}
	if !f.opened {
		f.opened = true
		// A commit whose folder cannot be read declares no zone.
		if folder, _, err := zonefile.Open(f.files, dir); err == nil {
			folder.Now = p.attribution.Now
			f.folder = folder
		}
	}
	read := f.read(name, v.keys)
	if read.valid && !read.hasOutside(dir) {
		read.folder = whole
	}
	v.read = append(v.read, read)
	return read.sets, read.valid
}

// read reads some RRsets of a zone of the commit.
func (f *pastFolder) read(name schema.Name, keys []schema.Key) version {
	if f.folder == nil {
		return version{valid: true}
	}
	s, ok := f.folder.Source(name)
	if !ok {
		return version{valid: true}
	}
	zone, _ := f.folder.Zone(s)
	if zone == nil {
		return version{}
	}
	out := version{valid: true, files: make(map[string]string), sets: make(map[schema.Key]schema.RRset)}
	for _, k := range keys {
		if set, declared := zone.RRset(k); declared {
			out.sets[k] = set
		}
	}
	for _, file := range append(slices.Clone(zone.Files()), "zonetender.yaml") {
		file = f.folder.PathOf(file)
		out.files[file] = f.blob(file)
	}
	if own, _, isFolder := strings.Cut(s.Files[0], "/"); isFolder {
		own = f.folder.PathOf(own)
		out.files[own] = f.blob(own)
	}
	return out
}

func (v *version) hasOutside(dir string) bool {
	for file := range v.files {
		if dir != "." && !strings.HasPrefix(file, dir+"/") {
			return true
		}
	}
	return false
}

// unchangedIn reports whether the files of the version are those of a commit.
func (v *version) unchangedIn(f *pastFolder) bool {
	known := false
	for file, hash := range v.files {
		if f.blob(file) != hash {
			return false
		}
		known = known || hash != ""
	}
	return known
}
