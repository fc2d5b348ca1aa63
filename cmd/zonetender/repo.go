package main

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/git"
	"github.com/zonetender/zonetender/sync/web"
)

// gitRepo makes a Git repository what a daemon needs.
type gitRepo struct {
	*git.Repo
	fetched func(web.FetchResult)
}

// openRepo opens the repository that the settings name.
func openRepo(ctx context.Context, s settings, stateDir string, fetched func(web.FetchResult)) (*gitRepo, error) {
	url := s.Repo
	if url == "" {
		url = "."
	}
	if url == "." {
		// A command is run from anywhere in a clone; the repository is its top.
		if top, err := git.Root(url); err == nil && top != "" {
			url = top
		}
	}
	repo, err := git.Open(ctx, git.Options{
		URL: url, Ref: s.Ref, StateDir: filepath.Join(stateDir, "git"), Depth: int(s.GitDepth),
		Username: s.GitUsername, Password: secret{"ZONETENDER_GIT_PASSWORD", s.GitPassword, s.GitPasswordFile}.read,
		SSHKeyFile: s.GitSSHKeyFile, KnownHostsFile: s.GitKnownHostsFile, TrustedKeysFile: s.TrustedKeysFile,
	})
	if err != nil {
		return nil, err
	}
	return &gitRepo{repo, fetched}, nil
}

// Pull gives the branch's newest commit.
func (r *gitRepo) Pull(ctx context.Context, keep string) (sync.Commit, error) {
	r.Keep(keep)
	before := r.Repo.Head().Hash
	c, err := r.Repo.Pull(ctx)
	switch {
	case err != nil:
		r.fetched(web.FetchFailed)
		return sync.Commit{}, err
	case c.Hash == before:
		r.fetched(web.FetchUnchanged)
	default:
		r.fetched(web.FetchNew)
	}
	return commitOf(c), nil
}

// Head gives the newest commit at hand.
func (r *gitRepo) Head() sync.Commit { return commitOf(r.Repo.Head()) }

// Describe gives a commit at hand.
func (r *gitRepo) Describe(hash string) (sync.Commit, error) {
	c, err := r.Commit(hash)
	return commitOf(c), err
}

// FS gives the files of a commit.
func (r *gitRepo) FS(hash string) (fs.FS, error) { return r.Repo.FS(hash) }

func commitOf(c git.Commit) sync.Commit {
	if c.Hash == "" {
		return sync.Commit{}
	}
	return sync.Commit{Hash: c.Hash, Author: fmt.Sprintf("%s <%s>", c.Author, c.AuthorEmail), Subject: c.Subject, Time: c.Time}
}
