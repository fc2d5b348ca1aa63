package forgetest

import (
	"net/http"
	"slices"
)

const maxGiteaPage = 50

// NewGitea returns a Gitea or Forgejo server. A commit without a status has an empty body for
// a combined one, as in some versions.
//
// Source: the API reference that Gitea serves at /api/swagger.
func NewGitea(opts Options) *Server {
	s := newServer(gitea, opts, "/api/v1")
	repo := "/repos/" + s.opts.Repository
	s.handle("GET /user", func(x *exchange) reply {
		if !x.may(PermUser) || x.who.Kind != Personal {
			return refuse(http.StatusForbidden, "token does not have at least one of required scope(s): [read:user]")
		}
		return ok(map[string]any{"id": 1, "login": x.who.Login})
	})
	s.handle("GET "+repo+"/issues/{number}/comments", giteaList, "since", "before")
	s.handle("POST "+repo+"/issues/{number}/comments", giteaComment)
	s.handle("PATCH "+repo+"/issues/comments/{id}", giteaEdit)
	s.handle("GET "+repo+"/pulls", giteaPulls, "state", "sort", "milestone", "labels", "poster", "page", "limit")
	s.handle("GET "+repo+"/pulls/{number}", onePull)
	s.handle("GET "+repo+"/commits/{sha}/status", giteaCombined, "page", "limit")
	s.handle("POST "+repo+"/statuses/{sha}", giteaStatus)
	return s
}

// needs is what Gitea says to a token without a scope.
func needs(scope string) reply {
	return refuse(http.StatusForbidden, "token does not have at least one of required scope(s): ["+scope+"]")
}

func giteaCommentJSON(x *exchange, c *Comment) map[string]any {
	out := x.commentJSON(c)
	out["user"] = map[string]any{"id": 1, "login": c.Author}
	return out
}

func giteaList(x *exchange) reply {
	if x.pull() == nil {
		return refuse(http.StatusNotFound, "issue does not exist")
	}
	out := []map[string]any{}
	for _, c := range x.comments() {
		out = append(out, giteaCommentJSON(x, c))
	}
	return ok(out)
}

func giteaComment(x *exchange) reply {
	p := x.pull()
	var in bodyJSON
	switch err := x.decode(&in); {
	case p == nil:
		return refuse(http.StatusNotFound, "issue does not exist")
	case !x.may(PermIssue):
		return needs(PermIssue)
	case err != nil || in.Body == nil || *in.Body == "":
		return refuse(http.StatusUnprocessableEntity, "[Body]: Required")
	}
	return created(giteaCommentJSON(x, x.server.addComment(p.Number, x.who.Login, *in.Body)))
}

func giteaEdit(x *exchange) reply {
	c := x.server.store.comment(x.id())
	var in bodyJSON
	switch err := x.decode(&in); {
	case c == nil:
		return refuse(http.StatusNotFound, "comment does not exist")
	case !x.may(PermIssue):
		return needs(PermIssue)
	case c.Author != x.who.Login:
		return refuse(http.StatusForbidden, "user should be the poster or an admin")
	case err != nil || in.Body == nil || *in.Body == "":
		return refuse(http.StatusUnprocessableEntity, "[Body]: Required")
	}
	c.Body, c.Edits = *in.Body, c.Edits+1
	return ok(giteaCommentJSON(x, c))
}

func giteaPulls(x *exchange) reply {
	var list []map[string]any
	for _, p := range x.server.opts.PullRequests {
		if !p.Closed || x.r.URL.Query().Get("state") == "all" {
			list = append(list, x.pullJSON(p))
		}
	}
	out, header, err := page(x, "limit", maxGiteaPage, list)
	if err != nil {
		return refuse(http.StatusUnprocessableEntity, err.Error())
	}
	return reply{status: http.StatusOK, header: header, body: out}
}

func giteaStatus(x *exchange) reply {
	var in statusIn
	switch err := x.decode(&in); {
	case err != nil:
		return refuse(http.StatusUnprocessableEntity, err.Error())
	case !x.may(PermRepo):
		return needs(PermRepo)
	case !x.hasCommit(x.r.PathValue("sha")):
		return refuse(http.StatusBadRequest, "object does not exist")
	case !slices.Contains([]string{"pending", "success", "error", "failure", "warning"}, in.State):
		return refuse(http.StatusUnprocessableEntity, "state is not valid")
	case !validURL(in.TargetURL):
		return refuse(http.StatusUnprocessableEntity, "target_url is not valid")
	}
	st := x.addStatus(in)
	return created(map[string]any{"id": st.ID, "status": st.State, "context": st.Context})
}

func giteaCombined(x *exchange) reply {
	all := x.server.store.latest(x.r.PathValue("sha"))
	list, header, err := page(x, "limit", maxGiteaPage, all)
	switch {
	case err != nil:
		return refuse(http.StatusUnprocessableEntity, err.Error())
	case len(all) == 0:
		return reply{status: http.StatusOK}
	}
	out := make([]map[string]any, len(list))
	for i, st := range list {
		out[i] = map[string]any{"id": st.ID, "status": st.State, "context": st.Context, "description": st.Description, "target_url": st.TargetURL}
	}
	return reply{status: http.StatusOK, header: header, body: map[string]any{"state": "success", "statuses": out}}
}
