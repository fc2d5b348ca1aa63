package forge

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
)

// An Environment is what a program finds around it: variables and files. Both functions
// must be set; a variable that is not set is "".
type Environment struct {
	Getenv   func(name string) string
	ReadFile func(path string) ([]byte, error)
}

// on reports whether a variable is set to true.
func (e Environment) on(name string) bool { return strings.EqualFold(e.Getenv(name), "true") }

// A finding is what the environment of a CI says.
type finding struct {
	target Target
	// noPull says why there is no pull request, "" if there is one.
	noPull string
	// repository is the name of the variable that has the repository.
	repository string
	// path is the repository's other name, "" for none.
	path string
}

// Detect completes what is given, by flags for example, from the environment of GitHub
// Actions, Gitea and Forgejo Actions, GitLab CI or Woodpecker. What is given wins; an
// environment of another kind of forge than the given one is not looked at, and a commit of
// another pull request or repository not taken over.
//
// The commit is the head commit of the pull request, never the merge commit that such a run
// checks out. The pull request may stay 0 where Head says how to find it (see
// [Client.FindPullRequest]). The error names every variable or flag that is missing.
func Detect(given Target, env Environment) (Target, error) {
	found, err := environmentOf(given, env)
	if err != nil {
		return Target{}, err
	}
	t, err := merge(given, found).complete()
	if t.Kind == "" {
		return Target{}, err
	}
	problems := []error{err}
	if t.Repository == "" {
		problems = append(problems, fmt.Errorf("repository: %s is not set: pass --repository", cmp.Or(found.repository, "the CI's variable")))
	}
	if t.PullRequest == 0 && t.Head == (Head{}) {
		problems = append(problems, fmt.Errorf("pull request: %s: pass --pull-request", cmp.Or(found.noPull, "no CI's environment names one")))
	}
	if err := errors.Join(problems...); err != nil {
		return Target{}, err
	}
	return t, nil
}

// environmentOf reads the environment of the CI that it recognizes, if any.
func environmentOf(given Target, env Environment) (finding, error) {
	var kind Kind
	var read func(Target, Environment, Kind) (finding, error)
	switch {
	case env.Getenv("CI") == "woodpecker":
		read = woodpecker
		kind = Kind(strings.ToLower(env.Getenv("CI_FORGE_TYPE")))
	case env.on("GITLAB_CI"):
		read, kind = gitlabCI, GitLab
	case env.on("FORGEJO_ACTIONS"):
		read, kind = actions, Forgejo
	case env.on("GITEA_ACTIONS"):
		read, kind = actions, Gitea
	case env.on("GITHUB_ACTIONS"):
		read, kind = actions, GitHub
	default:
		return finding{}, nil
	}
	if given.Kind != "" && given.Kind.family() != kind.family() {
		return finding{}, nil
	}
	return read(given, env, kind)
}

// merge returns what is given, with what was found in the places that are empty.
func merge(given Target, by finding) Target {
	found := by.target
	t := found
	t.Kind = cmp.Or(given.Kind, found.Kind)
	t.URL = cmp.Or(given.URL, found.URL)
	if given.URL != "" {
		t.GraphQL = ""
	}
	t.GraphQL = cmp.Or(given.GraphQL, t.GraphQL)
	another := given.Repository != "" && !strings.EqualFold(given.Repository, found.Repository) && !strings.EqualFold(given.Repository, by.path)
	if another {
		t.PullRequest, t.Head, t.Web = 0, Head{}, ""
	}
	if another || given.PullRequest != 0 && given.PullRequest != found.PullRequest {
		t.Commit, t.Pipeline = "", 0
	}
	if given.Commit != "" && given.Commit != t.Commit {
		t.Pipeline = 0
	}
	t.Repository = cmp.Or(given.Repository, found.Repository)
	t.PullRequest = cmp.Or(given.PullRequest, t.PullRequest)
	t.Commit = cmp.Or(given.Commit, t.Commit)
	t.Pipeline = cmp.Or(given.Pipeline, t.Pipeline)
	t.Web = cmp.Or(given.Web, t.Web)
	t.Run = cmp.Or(given.Run, t.Run)
	if given.Head != (Head{}) {
		t.Head, t.PullRequest = given.Head, given.PullRequest
	}
	if t.PullRequest != 0 {
		t.Head = Head{}
	}
	return t
}
