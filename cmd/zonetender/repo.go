package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"

	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/git"
	"github.com/zonetender/zonetender/sync/web"
)

// gitRepo makes a Git repository what a daemon needs.
type gitRepo struct {
	repo    *git.Repo
	mirror  string // folder of the mirror
	metrics *web.Metrics
}

// openRepo opens the repository that the settings name.
func openRepo(ctx context.Context, s *settings, stateDir string, metrics *web.Metrics, log *slog.Logger) (*gitRepo, error) {
	url := s.Repo
	if url == "." {
		// A command is run from anywhere in a clone; the repository is its top.
		if top, err := git.Root(url); err == nil && top != "" {
			url = top
		}
	}
	mirror := filepath.Join(stateDir, "git")
	repo, err := git.Open(ctx, git.Options{
		URL: url, Ref: s.Ref, Path: s.Path, StateDir: mirror, Depth: s.GitDepth,
		MaxBytes: s.GitMaxBytes, MaxFileBytes: s.GitMaxFileBytes,
		Username: s.GitUsername, Password: s.GitPassword.read,
		SSHKeyFile: s.GitSSHKeyFile, KnownHostsFile: s.GitKnownHostsFile, TrustedKeysFile: s.TrustedKeysFile,
		Warn: func(warning string) { log.Warn("git", "warning", warning) },
	})
	if err != nil {
		return nil, err
	}
	r := &gitRepo{repo, mirror, metrics}
	r.measure()
	return r, nil
}

// Pull returns the branch's newest commit.
func (r *gitRepo) Pull(ctx context.Context, keep string) (daemon.Commit, error) {
	r.repo.Keep(keep)
	before := r.repo.Head().Hash
	c, err := r.repo.Pull(ctx)
	switch {
	case err != nil:
		r.metrics.Fetch(web.FetchFailed)
		return daemon.Commit{}, withRemedy(err)
	case c.Hash == before:
		r.metrics.Fetch(web.FetchUnchanged)
	default:
		r.metrics.Fetch(web.FetchNew)
		r.measure()
	}
	return commitOf(c), nil
}

// withRemedy adds to the error for a limit how to raise it.
func withRemedy(err error) error {
	limit, ok := errors.AsType[*git.LimitError](err)
	switch {
	case ok && limit.Option == "MaxBytes":
		return fmt.Errorf("%w; raise ZONETENDER_GIT_MAX_BYTES, or fetch less history with ZONETENDER_GIT_DEPTH", err)
	case ok && limit.Option == "MaxFileBytes":
		return fmt.Errorf("%w; raise ZONETENDER_GIT_MAX_FILE_BYTES", err)
	}
	return err
}

// Describe returns a commit at hand.
func (r *gitRepo) Describe(hash string) (daemon.Commit, error) {
	c, err := r.repo.Commit(hash)
	return commitOf(c), err
}

// FS returns the files of a commit.
func (r *gitRepo) FS(hash string) (fs.FS, error) { return r.repo.FS(hash) }

// Contains reports whether newer is older or descends from it.
func (r *gitRepo) Contains(ctx context.Context, newer, older string) (bool, error) {
	return r.repo.Contains(ctx, newer, older)
}

// Verify returns an error for a commit that is not signed as it has to be.
func (r *gitRepo) Verify(hash string) error { return r.repo.Verify(hash) }

// measure notes how large the mirror is.
func (r *gitRepo) measure() {
	var total int64
	// What vanishes meanwhile does not count.
	_ = filepath.WalkDir(r.mirror, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil
		}
		if info, err := e.Info(); err == nil {
			total += info.Size()
		}
		return nil
	})
	r.metrics.Mirror(total)
}

func commitOf(c git.Commit) daemon.Commit {
	if c.Hash == "" {
		return daemon.Commit{}
	}
	return daemon.Commit{Hash: c.Hash, Author: fmt.Sprintf("%s <%s>", c.Author, c.AuthorEmail), Subject: c.Subject, Time: c.Time}
}
