package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zonetender/zonetender/sync/git"
)

// missingRevision says that a revision is not at hand, and which fetch brings it.
func missingRevision(repo *git.Repo, rev string) error {
	none := "no such commit here"
	shallow := repo.Shallow()
	if shallow {
		none = "no such commit in this shallow clone"
	}
	if !shellSafe(rev) {
		return errors.New(none)
	}
	names := remotes(repo)
	for _, remote := range names {
		if _, err := repo.Resolve(remote + "/" + rev); err == nil {
			return fmt.Errorf("%s; did you mean --base %s/%s?", none, remote, rev)
		}
	}
	if hint := fetchHint(names, rev, shallow); hint != "" {
		return fmt.Errorf("%s; %s", none, hint)
	}
	return errors.New(none)
}

// missingFiles says that a partial clone lacks files of a commit, and which fetch brings them.
func missingFiles(repo *git.Repo) error {
	const lacks = "this partial clone lacks zone files of that commit"
	names := remotes(repo)
	if len(names) == 0 {
		return errors.New(lacks)
	}
	return fmt.Errorf("%s; fetch them with: git fetch --refetch --no-filter %s", lacks, names[0])
}

// fetchHint says which fetch brings a revision, "" where none is known to.
func fetchHint(names []string, rev string, shallow bool) string {
	if len(names) == 0 {
		return ""
	}
	// A depth would cut off the history of a clone that has all of it.
	fetch := "git fetch"
	if shallow {
		fetch = "git fetch --depth=1"
	}
	remote, branch := names[0], rev
	if before, after, ok := strings.Cut(rev, "/"); ok && slices.Contains(names, before) {
		remote, branch = before, after
	}
	hash := strings.Trim(rev, "0123456789abcdef") == ""
	base, steps, ancestor := strings.Cut(rev, "~")
	if !ancestor {
		base, steps, ancestor = strings.Cut(rev, "^")
	}
	switch {
	case ancestor && !shallow:
		return ""
	case ancestor && strings.Trim(steps, "0123456789") == "" && !strings.ContainsAny(base, "~^"):
		return fmt.Sprintf("fetch more history with: git fetch --deepen=%s %s", cmp.Or(steps, "1"), remote)
	case ancestor, hash && len(rev) < 40 && shallow:
		return fmt.Sprintf("fetch the rest of the history with: git fetch --unshallow %s", remote)
	case hash && len(rev) == 40:
		return fmt.Sprintf("fetch it with: %s %s %s", fetch, remote, rev)
	case branch != rev:
		return fmt.Sprintf("fetch it with: %s %s %s", fetch, remote, refspec(remote, branch))
	}
	return fmt.Sprintf("fetch a branch with: %s %s %s (then it is --base %s/%s); a tag with: %s %s tag %s",
		fetch, remote, refspec(remote, rev), remote, rev, fetch, remote, rev)
}

// refspec makes a fetch keep a branch under its usual name, also in a clone of one branch.
func refspec(remote, branch string) string {
	return fmt.Sprintf("+refs/heads/%s:refs/remotes/%s/%s", branch, remote, branch)
}

// deepen says how to get the history that is missing, "" where nothing does.
func deepen(repo *git.Repo) string {
	names := remotes(repo)
	if !repo.Shallow() || len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("; git fetch --unshallow %[1]s fetches the rest, git fetch --deepen=100 %[1]s a part of it", names[0])
}

// remotes returns the remotes that a command can name, origin first.
func remotes(repo *git.Repo) []string {
	names := slices.DeleteFunc(repo.Remotes(), func(name string) bool { return !shellSafe(name) })
	if i := slices.Index(names, "origin"); i > 0 {
		names[0], names[i] = names[i], names[0]
	}
	return names
}

// shellSafe reports whether a shell takes a word as it is: what is printed may be copied.
func shellSafe(word string) bool {
	return word != "" && word[0] != '-' && strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/~^-") == ""
}
