package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
)

// A Commit is one state of the zone files.
type Commit struct {
	Hash    string // "" is no commit
	Author  string // as "name <address>"
	Subject string
	Time    time.Time // when it was committed, by the committer's clock
}

// A Repo is a branch of a Git repository. Only Pull asks the remote.
type Repo interface {
	// Pull returns the branch's newest commit. After an error the commits at hand can still
	// be read. Keep names a commit that is still needed.
	Pull(ctx context.Context, keep string) (Commit, error)
	// Describe returns a commit at hand.
	Describe(hash string) (Commit, error)
	// FS returns the files of a commit at hand. Where it has a method
	// BlobHash(name string) (string, error), files that did not change are not read.
	FS(hash string) (fs.FS, error)
	// Contains reports whether newer is older or descends from it.
	Contains(ctx context.Context, newer, older string) (bool, error)
	// Verify returns an error for a commit that is not signed as it has to be.
	Verify(hash string) error
}

// ZoneNames opens the zones folder of a commit as a cycle does, and returns the zones that
// its files name. An empty dir is zones where that exists, else the top.
func ZoneNames(repo Repo, commit, dir string) ([]schema.Name, error) {
	s, err := openSource(repo, Commit{Hash: commit}, dir)
	if err != nil {
		return nil, err
	}
	var out []schema.Name
	for _, source := range s.folder.Sources {
		out = append(out, source.Zone)
	}
	return out, nil
}

// A source is the zones folder of a commit.
type source struct {
	commit   Commit
	folder   *zonefile.Folder
	problems schema.Problems
	settings string // digest of zonetender.yaml
	blobs    *blobs
}

// openSource opens a zones folder. A missing folder, or one without a zone file, does not
// mean that the zones should go: it is refused.
func openSource(repo Repo, c Commit, dir string) (*source, error) {
	files, err := repo.FS(c.Hash)
	if err != nil {
		return nil, fmt.Errorf("commit %s: %w", short(c.Hash), err)
	}
	dir = zonesPath(files, dir)
	folder, problems, err := zonefile.Open(files, dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, refuse(diff.GuardEmpty, "commit %s has no folder %s; the last accepted commit stays in force", short(c.Hash), dir)
	case err != nil:
		return nil, fmt.Errorf("commit %s: %w", short(c.Hash), err)
	case len(folder.Sources) == 0:
		return nil, refuse(diff.GuardEmpty, "commit %s has no zone file in the folder %s; the last accepted commit stays in force", short(c.Hash), dir)
	}
	folder.Now = time.Now()
	return &source{c, folder, problems, digest(files, dir), newBlobs(files, dir)}, nil
}

// view is what a cycle that looks at the source has seen.
func (s *source) view() view { return view{s.commit.Hash, s.folder.Settings.Approve} }

// zonesPath returns the zones folder: the one that is set, else zones where that exists,
// else the top.
func zonesPath(files fs.FS, set string) string {
	if set != "" {
		return path.Clean(set)
	}
	if info, err := fs.Stat(files, "zones"); err == nil && info.IsDir() {
		return "zones"
	}
	return "."
}

// A refusedError is a commit that a guard does not accept.
type refusedError struct{ refusal diff.Refusal }

func (e *refusedError) Error() string {
	return fmt.Sprintf("refused by the guard %q: %s", e.refusal.Guard, e.refusal.Message)
}

func refuse(g diff.Guard, format string, args ...any) error {
	return &refusedError{diff.Refusal{Guard: g, Message: fmt.Sprintf(format, args...)}}
}

func short(hash string) string { return hash[:min(len(hash), 12)] }
