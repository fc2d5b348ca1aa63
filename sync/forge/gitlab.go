package forge

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// gitlab speaks to GitLab.
//
// Source: docs.gitlab.com/api: notes, commits, merge_requests, users.
type gitlab struct {
	api     *api
	project string // path or number
}

const gitlabHint = "the token needs the scope api, and the role Developer in the project"

func authorizeGitLab(h http.Header, token string) { h.Set("PRIVATE-TOKEN", token) }

// path returns the URL of a path below the project's. A project's path is one part, with its
// slashes escaped.
func (g *gitlab) path(parts ...string) *url.URL {
	return g.api.endpoint(append([]string{"projects", g.project}, parts...)...)
}

type gitlabUser struct {
	Username string `json:"username"`
}

func (g *gitlab) self(ctx context.Context) (account, error) {
	var user gitlabUser
	err := g.api.get(ctx, g.api.endpoint("user"), &user)
	switch {
	case refused(err, http.StatusForbidden, http.StatusNotFound):
		return account{}, fmt.Errorf("%w: %w", errUnknownSelf, err)
	case err == nil && user.Username == "":
		return account{}, errUnknownSelf
	}
	return account{login: user.Username}, withHint(err, gitlabHint, http.StatusUnauthorized)
}

type gitlabNote struct {
	ID     int64      `json:"id"`
	Body   string     `json:"body"`
	Author gitlabUser `json:"author"`
	System bool       `json:"system"` // written by GitLab itself
}

func (n gitlabNote) note() note {
	return note{id: n.ID, author: account{login: n.Author.Username}, body: n.Body}
}

func (g *gitlab) list(ctx context.Context, pull int, each func(note)) error {
	first := with(g.path("merge_requests", strconv.Itoa(pull), "notes"), "order_by", "created_at", "sort", "asc", "per_page", "50")
	err := g.api.pages(ctx, first, func(body []byte, u *url.URL) (bool, error) {
		var page []gitlabNote
		err := g.api.decode(http.MethodGet, u, body, &page)
		for _, n := range page {
			if !n.System {
				each(n.note())
			}
		}
		return false, err
	})
	return withHint(err, "the token cannot see this merge request (a fork's pipeline needs CI_MERGE_REQUEST_PROJECT_ID)", http.StatusNotFound)
}

func (g *gitlab) create(ctx context.Context, pull int, body string) (note, error) {
	var made gitlabNote
	u := g.path("merge_requests", strconv.Itoa(pull), "notes")
	err := g.api.send(ctx, http.MethodPost, u, bodyJSON{body}, &made, true)
	return made.note(), withHint(err, gitlabHint, http.StatusUnauthorized, http.StatusForbidden)
}

func (g *gitlab) update(ctx context.Context, pull int, id int64, body string) (note, error) {
	var made gitlabNote
	u := g.path("merge_requests", strconv.Itoa(pull), "notes", strconv.FormatInt(id, 10))
	err := g.api.send(ctx, http.MethodPut, u, bodyJSON{body}, &made, false)
	return made.note(), withHint(err, gitlabHint, http.StatusUnauthorized, http.StatusForbidden)
}

type mergeRequest struct {
	IID           int    `json:"iid"`
	SHA           string `json:"sha"`
	SourceBranch  string `json:"source_branch"`
	TargetBranch  string `json:"target_branch"`
	SourceProject int64  `json:"source_project_id"`
	URL           string `json:"web_url"`
}

// pull returns the merge request, whose source project is called repository.
func (m mergeRequest) pull(repository string) PullRequest {
	return PullRequest{Number: m.IID, URL: m.URL, Base: m.TargetBranch, Head: Head{Repository: repository, Branch: m.SourceBranch, Commit: m.SHA}}
}

// open matches source projects by number, as merge requests do not tell their path.
func (g *gitlab) open(ctx context.Context, h Head, each func(PullRequest)) error {
	source, err := g.number(ctx, h.Repository)
	if err != nil {
		return err
	}
	first := with(g.path("merge_requests"), "state", "opened", "source_branch", h.Branch, "per_page", "100")
	return g.api.pages(ctx, first, func(body []byte, u *url.URL) (bool, error) {
		var page []mergeRequest
		err := g.api.decode(http.MethodGet, u, body, &page)
		for _, m := range page {
			if m.SourceProject == source {
				each(m.pull(h.Repository))
			}
		}
		return false, err
	})
}

// number returns the number of a project.
func (g *gitlab) number(ctx context.Context, project string) (int64, error) {
	if n, err := strconv.ParseInt(project, 10, 64); err == nil {
		return n, nil
	}
	var found struct{ ID int64 }
	err := g.api.get(ctx, g.api.endpoint("projects", project), &found)
	return found.ID, err
}

func (g *gitlab) pull(ctx context.Context, number int) (PullRequest, error) {
	var m mergeRequest
	err := g.api.get(ctx, g.path("merge_requests", strconv.Itoa(number)), &m)
	return m.pull(strconv.FormatInt(m.SourceProject, 10)), err
}

// A gitlabStatus is a commit status to be written. Without a pipeline GitLab makes one of
// its own for the ref.
type gitlabStatus struct {
	State       string `json:"state"`
	Name        string `json:"name"`
	Description string `json:"description"`
	TargetURL   string `json:"target_url,omitempty"`
	Ref         string `json:"ref,omitempty"`
	Pipeline    int64  `json:"pipeline_id,omitempty"`
}

// set sets a commit status, unless the latest of its name says so already.
func (g *gitlab) set(ctx context.Context, t Target, k Check, _ account) (Result, error) {
	if k.Conclusion == Neutral {
		return Result{Action: Skipped, Notes: []string{"a commit status cannot be neutral at GitLab: none is set"}}, nil
	}
	want := gitlabStatus{State: "success", Name: k.Name, Description: clip(k.Title, maxDescription), TargetURL: k.URL, Pipeline: t.Pipeline}
	if k.Conclusion == Failure {
		want.State = "failed"
	}
	if t.Pipeline == 0 && t.PullRequest != 0 {
		// GitLab cannot guess the branch of a commit that is only in a fork.
		pull, err := g.pull(ctx, t.PullRequest)
		if err != nil {
			return Result{}, err
		}
		want.Ref = pull.Head.Branch
	}
	action, err := g.compare(ctx, t.Commit, want)
	if err == nil && action != Unchanged {
		var made struct{}
		// A second one of the same name takes the first one's place.
		err = g.api.send(ctx, http.MethodPost, g.path("statuses", t.Commit), want, &made, false)
	}
	return Result{Action: action, URL: k.URL}, withHint(err, gitlabHint, http.StatusUnauthorized, http.StatusForbidden)
}

// compare returns what setting a status would do to those of the commit.
func (g *gitlab) compare(ctx context.Context, commit string, want gitlabStatus) (Action, error) {
	action := Created
	first := with(g.path("repository", "commits", commit, "statuses"), "name", want.Name, "per_page", "100")
	err := g.api.pages(ctx, first, func(body []byte, u *url.URL) (bool, error) {
		var page []struct {
			Status, Name, Description string
			TargetURL                 string `json:"target_url"`
			Pipeline                  int64  `json:"pipeline_id"`
		}
		err := g.api.decode(http.MethodGet, u, body, &page)
		for _, s := range page {
			if s.Name != want.Name {
				continue
			}
			action = Updated
			elsewhere := want.Pipeline != 0 && s.Pipeline != want.Pipeline
			if !elsewhere && s.Status == want.State && s.Description == want.Description && s.TargetURL == want.TargetURL {
				action = Unchanged
				return true, err
			}
		}
		return false, err
	})
	return action, err
}
