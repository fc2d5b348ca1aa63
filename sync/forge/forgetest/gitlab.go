package forgetest

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxNote              = 1_000_000 // characters
	maxGitLabDescription = 255       // characters
)

// NewGitLab returns a GitLab server.
//
// Source: docs.gitlab.com/api: users, projects, notes, merge_requests, commits.
func NewGitLab(opts Options) *Server {
	s := newServer(gitlab, opts, "/api/v4")
	const project = "/projects/{project}"
	const notes = project + "/merge_requests/{number}/notes"
	s.handle("GET /user", func(x *exchange) reply {
		return ok(map[string]any{"id": 1, "username": x.who.Login})
	})
	s.handle("GET "+project, gitlabProject)
	s.handle("GET "+project+"/merge_requests", inProject(gitlabMergeRequests), "state", "source_branch", "per_page", "page")
	s.handle("GET "+project+"/merge_requests/{number}", inProject(gitlabMergeRequest))
	s.handle("GET "+notes, inProject(gitlabNotes), "sort", "order_by", "per_page", "page")
	s.handle("POST "+notes, inProject(writing(gitlabNote)))
	s.handle("PUT "+notes+"/{id}", inProject(writing(gitlabEdit)))
	s.handle("GET "+project+"/repository/commits/{sha}/statuses", inProject(gitlabStatuses), "ref", "name", "all", "per_page", "page")
	s.handle("POST "+project+"/statuses/{sha}", inProject(writing(gitlabStatus)))
	return s
}

// isProject reports whether a number or path is that of the repository.
func (x *exchange) isProject(name string) bool {
	return name == itoa(x.server.opts.Project) || name == x.server.opts.Repository
}

func inProject(h handler) handler {
	return func(x *exchange) reply {
		if !x.isProject(x.r.PathValue("project")) {
			return refuse(http.StatusNotFound, "404 Project Not Found")
		}
		return h(x)
	}
}

func writing(h handler) handler {
	return func(x *exchange) reply {
		if !x.may(PermAPI) {
			return reply{status: http.StatusForbidden, body: map[string]string{
				"error": "insufficient_scope", "error_description": "The request requires higher privileges than provided by the access token.", "scope": "api",
			}}
		}
		return h(x)
	}
}

// gitlabProject answers for the repository and the forks that its merge requests come from.
func gitlabProject(x *exchange) reply {
	name := x.r.PathValue("project")
	if x.isProject(name) {
		return ok(map[string]any{"id": x.server.opts.Project, "path_with_namespace": x.server.opts.Repository})
	}
	for _, p := range x.server.opts.PullRequests {
		if p.HeadRepository == name {
			return ok(map[string]any{"id": p.HeadProject, "path_with_namespace": name})
		}
	}
	return refuse(http.StatusNotFound, "404 Project Not Found")
}

func (x *exchange) mergeRequestJSON(p PullRequest) map[string]any {
	return map[string]any{
		"iid": p.Number, "sha": p.HeadCommit, "source_branch": p.HeadBranch, "target_branch": p.Base,
		"source_project_id": p.HeadProject, "target_project_id": x.server.opts.Project,
		"web_url": fmt.Sprintf("https://forge.example/%s/-/merge_requests/%d", x.server.opts.Repository, p.Number),
	}
}

func gitlabMergeRequest(x *exchange) reply {
	if p := x.pull(); p != nil {
		return ok(x.mergeRequestJSON(*p))
	}
	return refuse(http.StatusNotFound, "404 Not found")
}

func gitlabMergeRequests(x *exchange) reply {
	q := x.r.URL.Query()
	var list []map[string]any
	for _, p := range x.server.opts.PullRequests {
		if p.Closed && q.Get("state") == "opened" || q.Has("source_branch") && p.HeadBranch != q.Get("source_branch") {
			continue
		}
		list = append(list, x.mergeRequestJSON(p))
	}
	return gitlabPage(x, list)
}

func gitlabPage(x *exchange, list []map[string]any) reply {
	out, header, err := page(x, "per_page", 100, list)
	if err != nil {
		return refuse(http.StatusBadRequest, err.Error())
	}
	return reply{status: http.StatusOK, header: header, body: out}
}

func noteJSON(c *Comment) map[string]any {
	return map[string]any{"id": c.ID, "body": c.Body, "system": c.Author == "", "author": map[string]any{"id": 1, "username": c.Author}}
}

func gitlabNotes(x *exchange) reply {
	if x.pull() == nil {
		return refuse(http.StatusNotFound, "404 Not found")
	}
	var list []map[string]any
	for _, c := range x.comments() {
		list = append(list, noteJSON(c))
	}
	if q := x.r.URL.Query(); q.Get("sort") != "asc" {
		slices.Reverse(list)
	}
	return gitlabPage(x, list)
}

var order = regexp.MustCompile(`(?m)^/[a-z_]+( .*)?$`)

// note reads the body of a note. GitLab carries out the orders in it and leaves them out.
// Lines in code are not told apart here: a client should send none.
func (x *exchange) note() (string, reply, bool) {
	var in bodyJSON
	if err := x.decode(&in); err != nil || in.Body == nil || *in.Body == "" {
		return "", refuse(http.StatusBadRequest, "400 Bad request - Note {:note=>[\"can't be blank\"]}"), false
	}
	if utf8.RuneCountInString(*in.Body) > maxNote {
		return "", refuse(http.StatusBadRequest, "400 Bad request - Note is too long (maximum is 1000000 characters)"), false
	}
	body := strings.ReplaceAll(*in.Body, "\r", "")
	x.server.store.orders = append(x.server.store.orders, order.FindAllString(body, -1)...)
	return strings.TrimRight(order.ReplaceAllString(body, ""), " \n"), reply{}, true
}

func gitlabNote(x *exchange) reply {
	p := x.pull()
	if p == nil {
		return refuse(http.StatusNotFound, "404 Not found")
	}
	body, no, fine := x.note()
	if !fine {
		return no
	}
	return created(noteJSON(x.server.addComment(p.Number, x.who.Login, body)))
}

func gitlabEdit(x *exchange) reply {
	c := x.server.store.comment(x.id())
	switch {
	case c == nil || itoa(c.pull) != x.r.PathValue("number"):
		return refuse(http.StatusNotFound, "404 Not found")
	case c.Author != x.who.Login:
		return refuse(http.StatusForbidden, "403 Forbidden")
	}
	body, no, fine := x.note()
	if !fine {
		return no
	}
	c.Body, c.Edits = body, c.Edits+1
	return ok(noteJSON(c))
}

func gitlabStatuses(x *exchange) reply {
	q, sha := x.r.URL.Query(), x.r.PathValue("sha")
	if !x.hasCommit(sha) {
		return refuse(http.StatusNotFound, "404 Commit Not Found")
	}
	var list []map[string]any
	for _, st := range x.server.store.latest(sha) {
		if !q.Has("name") || q.Get("name") == st.Context {
			list = append(list, map[string]any{"id": st.ID, "sha": sha, "ref": st.Ref, "status": st.State, "name": st.Context, "description": st.Description, "target_url": st.TargetURL, "pipeline_id": st.Pipeline})
		}
	}
	return gitlabPage(x, list)
}

type gitlabStatusIn struct {
	State       string `json:"state"`
	Name        string `json:"name"`
	Description string `json:"description"`
	TargetURL   string `json:"target_url"`
	Ref         string `json:"ref"`
	Pipeline    int64  `json:"pipeline_id"`
}

func gitlabStatus(x *exchange) reply {
	var in gitlabStatusIn
	sha := x.r.PathValue("sha")
	switch err := x.decode(&in); {
	case err != nil:
		return refuse(http.StatusBadRequest, err.Error())
	case !x.hasCommit(sha):
		return refuse(http.StatusNotFound, "404 Commit Not Found")
	case !slices.Contains([]string{"pending", "running", "success", "failed", "canceled", "skipped"}, in.State):
		return refuse(http.StatusBadRequest, "state does not have a valid value")
	case utf8.RuneCountInString(in.Description) > maxGitLabDescription:
		return refuse(http.StatusBadRequest, "description is too long (maximum is 255 characters)")
	case !validURL(in.TargetURL):
		return refuse(http.StatusBadRequest, "target_url is not valid")
	}
	if in.Ref == "" && in.Pipeline == 0 {
		// GitLab looks for a branch that has the commit; a fork's is in none.
		i := slices.IndexFunc(x.server.opts.PullRequests, func(p PullRequest) bool {
			return p.HeadCommit == sha && p.HeadRepository == x.server.opts.Repository
		})
		if i < 0 {
			return refuse(http.StatusNotFound, "404 References for commit Not Found")
		}
		in.Ref = x.server.opts.PullRequests[i].HeadBranch
	}
	st := x.addStatus(statusIn{State: in.State, Context: in.Name, Description: in.Description, TargetURL: in.TargetURL})
	st.Ref, st.Pipeline = in.Ref, in.Pipeline
	return created(map[string]any{"id": st.ID, "status": st.State, "name": st.Context})
}
