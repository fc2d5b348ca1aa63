package sync

import (
	"context"
	"io/fs"
	"time"
)

// A Commit is one state of the zone files.
type Commit struct {
	Hash    string // "" is no commit
	Author  string // as "name <address>"
	Subject string
	Time    time.Time // when it was committed
}

// A Repo is a branch of a Git repository. Only Pull asks the remote.
type Repo interface {
	// Pull gives the branch's newest commit. After an error Head is still the one before,
	// and its files can be read. Keep names a commit that is still needed.
	Pull(ctx context.Context, keep string) (Commit, error)
	// Head is the newest commit at hand.
	Head() Commit
	// Describe gives a commit at hand.
	Describe(hash string) (Commit, error)
	// FS gives the files of a commit at hand. Where it has a method
	// BlobHash(name string) (string, error), files that did not change are not read.
	FS(hash string) (fs.FS, error)
	// Contains reports whether newer is older or descends from it.
	Contains(ctx context.Context, newer, older string) (bool, error)
	// Verify gives an error for a commit that is not signed as it has to be.
	Verify(hash string) error
}
