package forgetest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const maxGitHubComment = 65_536 // characters

// NewGitHub returns a GitHub Enterprise server, or api.github.com where it is called by that
// name without a prefix.
//
// Source: docs.github.com/rest, version 2022-11-28.
func NewGitHub(opts Options) *Server {
	s := newServer(github, opts, "/api/v3")
	repo := "/repos/" + s.opts.Repository
	s.handle("GET /user", githubUser)
	s.handle("POST "+graphQLPath, githubGraphQL)
	s.handle("GET /app", githubApp)
	s.handle("POST /app/installations/{id}/access_tokens", githubMint)
	s.handle("GET "+repo+"/installation", githubInstallation)
	s.handle("GET "+repo+"/issues/{number}/comments", asToken(githubList), "per_page", "page", "since")
	s.handle("POST "+repo+"/issues/{number}/comments", asToken(githubComment))
	s.handle("PATCH "+repo+"/issues/comments/{id}", asToken(githubEdit))
	s.handle("GET "+repo+"/pulls", asToken(githubPulls), "state", "head", "base", "sort", "direction", "per_page", "page")
	s.handle("GET "+repo+"/pulls/{number}", asToken(onePull))
	s.handle("GET "+repo+"/commits/{sha}/status", asToken(githubCombined), "per_page", "page")
	s.handle("POST "+repo+"/statuses/{sha}", asToken(githubStatus))
	s.handle("GET "+repo+"/commits/{sha}/check-runs", asToken(githubRuns), "check_name", "status", "filter", "per_page", "page", "app_id")
	s.handle("POST "+repo+"/check-runs", asToken(githubCreateRun))
	s.handle("GET "+repo+"/check-runs/{id}", asToken(githubRun))
	s.handle("PATCH "+repo+"/check-runs/{id}", asToken(githubUpdateRun))
	return s
}

// asToken refuses an App that comes as itself, without an installation's token.
func asToken(h handler) handler {
	return func(x *exchange) reply {
		if x.jwt {
			return refuse(http.StatusForbidden, "Resource not accessible by integration")
		}
		return h(x)
	}
}

// forbidden is what GitHub says to a token without a permission.
func (x *exchange) forbidden() reply {
	if x.who.Kind == Personal {
		return refuse(http.StatusForbidden, "Resource not accessible by personal access token")
	}
	return refuse(http.StatusForbidden, "Resource not accessible by integration")
}

// invalid is a refusal of a body by GitHub.
func invalid(field, message string) reply {
	return reply{status: http.StatusUnprocessableEntity, body: map[string]any{
		"message": "Validation Failed",
		"errors":  []map[string]string{{"resource": "Request", "code": "invalid", "field": field, "message": message}},
	}}
}

func githubUser(x *exchange) reply {
	if x.jwt || x.who.Kind != Personal {
		return refuse(http.StatusForbidden, "Resource not accessible by integration")
	}
	return ok(userJSON(x.who.Login))
}

func userJSON(login string) map[string]any {
	kind := "User"
	if isBot(login) {
		kind = "Bot"
	}
	return map[string]any{"login": login, "type": kind}
}

func githubGraphQL(x *exchange) reply {
	var q struct {
		Query string `json:"query"`
	}
	if err := x.decode(&q); err != nil || x.jwt {
		return refuse(http.StatusBadRequest, "Problems parsing JSON")
	}
	if strings.Join(strings.Fields(q.Query), " ") != "{ viewer { login } }" {
		return ok(map[string]any{"errors": []map[string]string{{"message": "Parse error"}}})
	}
	return ok(map[string]any{"data": map[string]any{"viewer": map[string]string{"login": x.who.Login}}})
}

func githubApp(x *exchange) reply {
	if !x.jwt {
		return refuse(http.StatusUnauthorized, "A JSON web token could not be decoded")
	}
	return ok(map[string]any{"id": 1, "slug": x.server.opts.App.Slug})
}

func githubInstallation(x *exchange) reply {
	if !x.jwt {
		return refuse(http.StatusUnauthorized, "A JSON web token could not be decoded")
	}
	return ok(map[string]any{"id": x.server.opts.App.Installation, "app_slug": x.server.opts.App.Slug})
}

// githubMint makes a token of an installation, which lasts an hour.
func githubMint(x *exchange) reply {
	app := x.server.opts.App
	switch {
	case !x.jwt:
		return refuse(http.StatusUnauthorized, "A JSON web token could not be decoded")
	case x.r.PathValue("id") != itoa(app.Installation):
		return refuse(http.StatusNotFound, "Not Found")
	case len(x.body) > 0:
		return refuse(http.StatusUnprocessableEntity, "no body is expected here")
	}
	token := Token{
		Value: fmt.Sprintf("ghs_installation_%020d", len(x.server.store.minted)+1),
		Login: app.Slug + "[bot]", Kind: Workflow, Permissions: app.Permissions,
	}
	x.server.store.minted = append(x.server.store.minted, token)
	return created(map[string]any{"token": token.Value, "expires_at": x.server.opts.Now().Add(time.Hour).UTC().Format(time.RFC3339)})
}

func (x *exchange) commentJSON(c *Comment) map[string]any {
	page := fmt.Sprintf("https://forge.example/%s/pull/%d#issuecomment-%d", x.server.opts.Repository, c.pull, c.ID)
	return map[string]any{"id": c.ID, "body": c.Body, "html_url": page, "user": userJSON(c.Author)}
}

// comments returns those of the pull request in the path, oldest first.
func (x *exchange) comments() []*Comment {
	var list []*Comment
	for _, c := range x.server.store.comments {
		if itoa(c.pull) == x.r.PathValue("number") {
			list = append(list, c)
		}
	}
	return list
}

func githubList(x *exchange) reply {
	if x.pull() == nil {
		return refuse(http.StatusNotFound, "Not Found")
	}
	list, header, err := page(x, "per_page", 100, x.comments())
	if err != nil {
		return refuse(http.StatusUnprocessableEntity, err.Error())
	}
	out := make([]map[string]any, len(list))
	for i, c := range list {
		out[i] = x.commentJSON(c)
	}
	return reply{status: http.StatusOK, header: header, body: out}
}

type bodyJSON struct {
	Body *string `json:"body"`
}

// commentBody reads the body of a comment to be written.
func (x *exchange) commentBody() (string, reply, bool) {
	var in bodyJSON
	if err := x.decode(&in); err != nil || in.Body == nil || *in.Body == "" {
		return "", invalid("body", "body can't be blank"), false
	}
	if utf8.RuneCountInString(*in.Body) > maxGitHubComment {
		return "", invalid("body", "Body is too long (maximum is 65536 characters)"), false
	}
	return *in.Body, reply{}, true
}

func githubComment(x *exchange) reply {
	p := x.pull()
	switch {
	case p == nil:
		return refuse(http.StatusNotFound, "Not Found")
	case !x.may(PermPulls):
		return x.forbidden()
	}
	body, no, fine := x.commentBody()
	if !fine {
		return no
	}
	return created(x.commentJSON(x.server.addComment(p.Number, x.who.Login, body)))
}

func githubEdit(x *exchange) reply {
	c := x.server.store.comment(x.id())
	switch {
	case c == nil:
		return refuse(http.StatusNotFound, "Not Found")
	case !x.may(PermPulls):
		return x.forbidden()
	}
	body, no, fine := x.commentBody()
	if !fine {
		return no
	}
	c.Body, c.Edits = body, c.Edits+1
	return ok(x.commentJSON(c))
}

// id returns the number that ends the path, 0 for none.
func (x *exchange) id() int64 {
	id, err := strconv.ParseInt(x.r.PathValue("id"), 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// pullJSON is a pull request as GitHub and Gitea write it.
func (x *exchange) pullJSON(p PullRequest) map[string]any {
	var repo any
	if p.HeadRepository != "-" {
		repo = map[string]any{"full_name": p.HeadRepository}
	}
	return map[string]any{
		"number": p.Number, "html_url": fmt.Sprintf("https://forge.example/%s/pull/%d", x.server.opts.Repository, p.Number),
		"head": map[string]any{"ref": p.HeadBranch, "sha": p.HeadCommit, "repo": repo},
		"base": map[string]any{"ref": p.Base},
	}
}

func onePull(x *exchange) reply {
	if p := x.pull(); p != nil {
		return ok(x.pullJSON(*p))
	}
	return refuse(http.StatusNotFound, "Not Found")
}

func githubPulls(x *exchange) reply {
	q := x.r.URL.Query()
	owner, branch, both := strings.Cut(q.Get("head"), ":")
	var list []map[string]any
	for _, p := range x.server.opts.PullRequests {
		by, _, _ := strings.Cut(p.HeadRepository, "/")
		// Without an owner GitHub ignores the filter.
		if p.Closed && q.Get("state") != "all" || both && (by != owner || p.HeadBranch != branch) {
			continue
		}
		list = append(list, x.pullJSON(p))
	}
	slices.Reverse(list)
	out, header, err := page(x, "per_page", 100, list)
	if err != nil {
		return refuse(http.StatusUnprocessableEntity, err.Error())
	}
	return reply{status: http.StatusOK, header: header, body: out}
}
