package forge

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// gitea speaks to Gitea and Forgejo.
//
// Source: the API reference that each instance serves at /api/swagger.
type gitea struct {
	api  *api
	repo []string // owner and name
}

const (
	giteaHint       = "the token needs the scope write:issue"
	giteaStatusHint = "the token needs the scope write:repository"
)

func authorizeGitea(h http.Header, token string) { h.Set("Authorization", "token "+token) }

// path returns the URL of a path below the repository's.
func (g *gitea) path(parts ...string) *url.URL {
	return g.api.endpoint(append([]string{"repos", g.repo[0], g.repo[1]}, parts...)...)
}

type giteaUser struct {
	Login string `json:"login"`
}

// self asks for the token's user. Tokens of Actions, and those without the scope read:user,
// may not be told.
func (g *gitea) self(ctx context.Context) (account, error) {
	var user giteaUser
	err := g.api.get(ctx, g.api.endpoint("user"), &user)
	switch {
	case refused(err, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound):
		return account{}, fmt.Errorf("%w: %w", errUnknownSelf, err)
	case err == nil && user.Login == "":
		return account{}, errUnknownSelf
	}
	return account{login: user.Login}, err
}

type giteaComment struct {
	ID   int64     `json:"id"`
	Body string    `json:"body"`
	URL  string    `json:"html_url"`
	User giteaUser `json:"user"`
}

func (c giteaComment) note() note {
	return note{id: c.ID, author: account{login: c.User.Login}, body: c.Body, url: c.URL}
}

// list reads all comments at once: this list has no pages. Should a version have some, its
// links are followed.
func (g *gitea) list(ctx context.Context, pull int, each func(note)) error {
	first := g.path("issues", strconv.Itoa(pull), "comments")
	err := g.api.pages(ctx, first, func(body []byte, u *url.URL) (bool, error) {
		var page []giteaComment
		err := g.api.decode(http.MethodGet, u, body, &page)
		for _, c := range page {
			each(c.note())
		}
		return false, err
	})
	return withHint(err, "the token cannot see this pull request", http.StatusNotFound)
}

func (g *gitea) create(ctx context.Context, pull int, body string) (note, error) {
	var made giteaComment
	u := g.path("issues", strconv.Itoa(pull), "comments")
	err := g.api.send(ctx, http.MethodPost, u, bodyJSON{body}, &made, true)
	return made.note(), withHint(err, giteaHint, http.StatusUnauthorized, http.StatusForbidden)
}

func (g *gitea) update(ctx context.Context, _ int, id int64, body string) (note, error) {
	var made giteaComment
	u := g.path("issues", "comments", strconv.FormatInt(id, 10))
	err := g.api.send(ctx, http.MethodPatch, u, bodyJSON{body}, &made, false)
	return made.note(), withHint(err, giteaHint, http.StatusUnauthorized, http.StatusForbidden)
}

func (g *gitea) open(ctx context.Context, _ Head, each func(PullRequest)) error {
	first := with(g.path("pulls"), "state", "open", "limit", "50", "page", "1")
	return g.api.pages(ctx, first, func(body []byte, u *url.URL) (bool, error) {
		var page []pullJSON
		err := g.api.decode(http.MethodGet, u, body, &page)
		for _, p := range page {
			each(p.pull())
		}
		return false, err
	})
}

func (g *gitea) pull(ctx context.Context, number int) (PullRequest, error) {
	var p pullJSON
	err := g.api.get(ctx, g.path("pulls", strconv.Itoa(number)), &p)
	return p.pull(), err
}

// set sets a commit status, unless the latest of its name says so already. An unverified
// verdict is a warning, which is no success to branch protection.
func (g *gitea) set(ctx context.Context, t Target, k Check, _ account) (Result, error) {
	want := githubStatus{State: string(k.Conclusion), Context: k.Name, Description: clip(k.Title, maxDescription), TargetURL: k.URL}
	if k.Conclusion == Neutral {
		want.State = "warning"
	}
	res := Result{Action: Created, URL: k.URL}
	first := with(g.path("commits", t.Commit, "status"), "limit", "50", "page", "1")
	err := g.api.pages(ctx, first, func(body []byte, u *url.URL) (bool, error) {
		if len(bytes.TrimSpace(body)) == 0 {
			return true, nil // so do some versions answer for a commit without a status
		}
		var page struct {
			Statuses []struct {
				State       string `json:"status"`
				Context     string `json:"context"`
				Description string `json:"description"`
				TargetURL   string `json:"target_url"`
			} `json:"statuses"`
		}
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
	if err == nil && res.Action != Unchanged {
		var made struct{}
		// A second one of the same name takes the first one's place.
		err = g.api.send(ctx, http.MethodPost, g.path("statuses", t.Commit), want, &made, false)
	}
	return res, withHint(err, giteaStatusHint, http.StatusUnauthorized, http.StatusForbidden)
}
