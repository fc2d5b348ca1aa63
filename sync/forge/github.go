package forge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// github speaks to GitHub and GitHub Enterprise.
//
// Source: docs.github.com/rest, version 2022-11-28.
type github struct {
	api     *api
	repo    []string // owner and name
	graphQL *url.URL
	session *appSession // nil for a token
	key     string
}

const (
	commentHint = "the token needs pull-requests: write (a workflow for a fork's pull request can only read)"
	checkHint   = "the token needs checks: write (a workflow for a fork's pull request can only read)"
)

func authorizeGitHub(h http.Header, token string) {
	h.Set("Authorization", "Bearer "+token)
	h.Set("Accept", "application/vnd.github+json")
	h.Set("X-GitHub-Api-Version", "2022-11-28")
}

// path returns the URL of a path below the repository's.
func (g *github) path(parts ...string) *url.URL {
	return g.api.endpoint(append([]string{"repos", g.repo[0], g.repo[1]}, parts...)...)
}

// with returns a URL with a query of names and values in turn.
func with(u *url.URL, pairs ...string) *url.URL {
	q := u.Query()
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	u.RawQuery = q.Encode()
	return u
}

type githubUser struct {
	Login string `json:"login"`
	Type  string `json:"type"`
}

func (u githubUser) account() account { return account{login: u.Login, bot: u.Type == "Bot"} }

// self asks for the user of a personal token, or the App whose token it is. A workflow's
// token and an installation's cannot read /user, but know themselves as a viewer.
func (g *github) self(ctx context.Context) (account, error) {
	if g.session != nil {
		slug, err := g.session.slug(ctx, g.api)
		return account{login: slug + botSuffix, bot: true}, err
	}
	var user githubUser
	err := g.api.get(ctx, g.api.endpoint("user"), &user)
	switch {
	case err == nil && user.Login != "":
		return user.account(), nil
	case err != nil && !refused(err, http.StatusForbidden, http.StatusNotFound):
		return account{}, err
	}
	var answer struct {
		Data struct {
			Viewer struct {
				Login string `json:"login"`
			} `json:"viewer"`
		} `json:"data"`
	}
	query := struct {
		Query string `json:"query"`
	}{"{ viewer { login } }"}
	switch err := g.api.send(ctx, http.MethodPost, g.graphQL, query, &answer, false); {
	case err != nil && !refused(err, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound):
		return account{}, err
	case err != nil:
		return account{}, fmt.Errorf("%w: %w", errUnknownSelf, err)
	case answer.Data.Viewer.Login == "":
		return account{}, fmt.Errorf("%w: github: POST %s: the answer names no viewer", errUnknownSelf, g.api.path(g.graphQL))
	}
	return account{login: answer.Data.Viewer.Login, bot: true}, nil
}

type githubComment struct {
	ID   int64      `json:"id"`
	Body string     `json:"body"`
	URL  string     `json:"html_url"`
	User githubUser `json:"user"`
}

func (c githubComment) note() note {
	return note{id: c.ID, author: c.User.account(), body: c.Body, url: c.URL}
}

type bodyJSON struct {
	Body string `json:"body"`
}

func (g *github) list(ctx context.Context, pull int, each func(note)) error {
	first := with(g.path("issues", strconv.Itoa(pull), "comments"), "per_page", "100")
	err := g.api.pages(ctx, first, func(body []byte, u *url.URL) (bool, error) {
		var page []githubComment
		err := g.api.decode(http.MethodGet, u, body, &page)
		for _, c := range page {
			each(c.note())
		}
		return false, err
	})
	return withHint(err, "the token cannot see this pull request", http.StatusNotFound)
}

func (g *github) create(ctx context.Context, pull int, body string) (note, error) {
	var made githubComment
	u := g.path("issues", strconv.Itoa(pull), "comments")
	err := g.api.send(ctx, http.MethodPost, u, bodyJSON{body}, &made, true)
	return made.note(), withHint(err, commentHint, http.StatusForbidden, http.StatusNotFound)
}

func (g *github) update(ctx context.Context, _ int, id int64, body string) (note, error) {
	var made githubComment
	u := g.path("issues", "comments", strconv.FormatInt(id, 10))
	err := g.api.send(ctx, http.MethodPatch, u, bodyJSON{body}, &made, false)
	return made.note(), withHint(err, commentHint, http.StatusForbidden, http.StatusNotFound)
}

// A pullJSON is a pull request as GitHub and Gitea write it.
type pullJSON struct {
	Number int    `json:"number"`
	URL    string `json:"html_url"`
	Head   struct {
		Ref  string `json:"ref"`
		SHA  string `json:"sha"`
		Repo *struct {
			FullName string `json:"full_name"`
		} `json:"repo"` // null where the fork is gone
	} `json:"head"`
	Base struct {
		Ref string `json:"ref"`
	} `json:"base"`
}

func (p pullJSON) pull() PullRequest {
	found := PullRequest{Number: p.Number, URL: p.URL, Base: p.Base.Ref, Head: Head{Branch: p.Head.Ref, Commit: p.Head.SHA}}
	if p.Head.Repo != nil {
		found.Head.Repository = p.Head.Repo.FullName
	}
	return found
}

func (g *github) open(ctx context.Context, h Head, each func(PullRequest)) error {
	owner, _, _ := strings.Cut(h.Repository, "/")
	first := with(g.path("pulls"), "state", "open", "head", owner+":"+h.Branch, "per_page", "100")
	return g.api.pages(ctx, first, func(body []byte, u *url.URL) (bool, error) {
		var page []pullJSON
		err := g.api.decode(http.MethodGet, u, body, &page)
		for _, p := range page {
			each(p.pull())
		}
		return false, err
	})
}

func (g *github) pull(ctx context.Context, number int) (PullRequest, error) {
	var p pullJSON
	err := g.api.get(ctx, g.path("pulls", strconv.Itoa(number)), &p)
	return p.pull(), err
}

// set makes a check run. A personal token cannot: with one, a commit status is set.
func (g *github) set(ctx context.Context, t Target, k Check, self account) (Result, error) {
	res, err := g.setRun(ctx, t.Commit, k, self)
	if left := len(k.Annotations) - MaxAnnotations; left > 0 {
		res.Notes = append(res.Notes, fmt.Sprintf("%d annotations are left out: a check run is given %d", left, MaxAnnotations))
	}
	if e, ok := errors.AsType[*Error](err); !ok || !personal(e) {
		return res, withHint(err, checkHint, http.StatusForbidden, http.StatusNotFound)
	}
	const reason = "a personal token cannot make check runs"
	if k.Conclusion == Neutral {
		return Result{Action: Skipped, Notes: []string{reason + ", and a commit status cannot be neutral: none is set"}}, nil
	}
	res, err = g.setStatus(ctx, t.Commit, k)
	res.Notes = append(res.Notes, reason+": a commit status is set instead, without annotations")
	return res, withHint(err, "the token needs commit statuses: write", http.StatusForbidden, http.StatusNotFound)
}

// personal reports whether a check run was refused because the token is a person's.
func personal(e *Error) bool {
	return e.Status == http.StatusForbidden && !e.throttled &&
		(strings.Contains(e.Detail, "authenticate via a GitHub App") || strings.Contains(e.Detail, "not accessible by personal access token"))
}

type githubStatus struct {
	State       string `json:"state"`
	Context     string `json:"context"`
	Description string `json:"description"`
	TargetURL   string `json:"target_url,omitempty"`
}

// setStatus sets a commit status, unless the latest of its name says so already: GitHub keeps
// all of them, 1000 at most.
func (g *github) setStatus(ctx context.Context, commit string, k Check) (Result, error) {
	want := githubStatus{State: string(k.Conclusion), Context: k.Name, Description: clip(k.Title, maxGitHubDescription), TargetURL: k.URL}
	res := Result{Action: Created, URL: k.URL}
	first := with(g.path("commits", commit, "status"), "per_page", "100")
	err := g.api.pages(ctx, first, func(body []byte, u *url.URL) (bool, error) {
		var page struct{ Statuses []githubStatus }
		err := g.api.decode(http.MethodGet, u, body, &page)
		for _, s := range page.Statuses {
			if !strings.EqualFold(s.Context, k.Name) {
				continue
			}
			if res.Action = Updated; s.State == want.State && s.Description == want.Description && s.TargetURL == want.TargetURL {
				res.Action = Unchanged
			}
			return true, err
		}
		return false, err
	})
	if err != nil || res.Action == Unchanged {
		return res, err
	}
	var made struct{}
	// A second one of the same name takes the first one's place.
	return res, g.api.send(ctx, http.MethodPost, g.path("statuses", commit), want, &made, false)
}
