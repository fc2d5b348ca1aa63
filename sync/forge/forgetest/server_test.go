package forgetest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// ask makes a request with the headers that each forge wants, changed by change.
func ask(t *testing.T, s *Server, method, path, body string, change func(http.Header)) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "https://forge.example"+s.Prefix()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("User-Agent", "test")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	switch s.kind {
	case github:
		r.Header.Set("Accept", "application/vnd.github+json")
		r.Header.Set("X-GitHub-Api-Version", "2022-11-28")
		r.Header.Set("Authorization", "Bearer "+s.Token())
	case gitlab:
		r.Header.Set("PRIVATE-TOKEN", s.Token())
	case gitea:
		r.Header.Set("Authorization", "token "+s.Token())
	}
	if change != nil {
		change(r.Header)
	}
	resp, err := s.Transport().RoundTrip(r)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(got)
}

// quoted returns a JSON string of n characters.
func quoted(n int) string { return `"` + strings.Repeat("x", n) + `"` }

func checkRun(fields string) string {
	return `{"name":"a","head_sha":"` + DefaultCommit + `","status":"completed","conclusion":"success"` + fields + `}`
}

func annotated(n int, annotation string) string {
	list := strings.TrimSuffix(strings.Repeat(annotation+",", n), ",")
	return checkRun(`,"output":{"title":"t","summary":"s","annotations":[` + list + `]}`)
}

const annotation = `{"path":"a.yaml","start_line":1,"end_line":1,"annotation_level":"failure","message":"m"}`

func TestGitHubRefuses(t *testing.T) {
	t.Parallel()
	const repo, comments = "/repos/acme/zones", "/repos/acme/zones/issues/1/comments"
	header := func(name, value string) func(http.Header) {
		return func(h http.Header) { h.Set(name, value) }
	}
	cases := []struct {
		method, path, body string
		change             func(http.Header)
		status             int
	}{
		{"GET", comments, "", nil, 200},
		{"GET", comments + "?per_page=100&page=2", "", nil, 200},
		{"GET", comments + "?per_page=101", "", nil, 422},
		{"GET", comments + "?limit=10", "", nil, 400},
		{"GET", comments + "/", "", nil, 404},
		{"GET", "/repos/acme/zones/issues/2/comments", "", nil, 404},
		{"GET", "/repos/acme/other/issues/1/comments", "", nil, 404},
		{"GET", comments, "", header("Authorization", "Bearer no"), 401},
		{"GET", comments, "", header("Authorization", "token "+DefaultToken), 401},
		{"GET", comments, "", header("PRIVATE-TOKEN", DefaultToken), 401},
		{"GET", comments, "", header("Accept", "application/json"), 400},
		{"GET", comments, "", header("X-GitHub-Api-Version", ""), 400},
		{"GET", comments, "", header("User-Agent", ""), 403},
		{"GET", "/user", "", nil, 403}, // a workflow's token is no user's
		{"GET", "/app", "", nil, 401},
		{"POST", comments, `{"body":"a"}`, nil, 201},
		{"POST", comments, `{"body":""}`, nil, 422},
		{"POST", comments, `{"body":"a","x":1}`, nil, 422},
		{"POST", comments, `{"body":"a"} {}`, nil, 422},
		{"POST", comments, `{"body":` + quoted(65_536) + `}`, nil, 201},
		{"POST", comments, `{"body":` + quoted(65_537) + `}`, nil, 422},
		{"POST", comments, `{"body":"a"}`, header("Content-Type", "text/plain"), 415},
		{"PUT", comments, `{"body":"a"}`, nil, 404},
		{"PATCH", repo + "/issues/comments/999", `{"body":"a"}`, nil, 404},
		{"POST", repo + "/check-runs", checkRun(""), nil, 201},
		{"POST", repo + "/check-runs", checkRun(`,"x":1`), nil, 400},
		{"POST", repo + "/check-runs", `{"name":"a","head_sha":"` + DefaultCommit + `","status":"completed"}`, nil, 422},
		{"POST", repo + "/check-runs", strings.ReplaceAll(checkRun(""), DefaultCommit, strings.Repeat("b", 40)), nil, 422},
		{"POST", repo + "/check-runs", checkRun(`,"output":{"title":"t"}`), nil, 422},
		{"POST", repo + "/check-runs", checkRun(`,"output":{"title":"t","summary":` + quoted(65_536) + `}`), nil, 422},
		{"POST", repo + "/check-runs", annotated(50, annotation), nil, 201},
		{"POST", repo + "/check-runs", annotated(51, annotation), nil, 422},
		{"POST", repo + "/check-runs", annotated(1, strings.Replace(annotation, `"start_line":1`, `"start_line":2`, 1)), nil, 422},
		{"POST", repo + "/check-runs", annotated(1, strings.Replace(annotation, "failure", "error", 1)), nil, 422},
		{"POST", repo + "/check-runs", annotated(1, strings.Replace(annotation, `"m"`, quoted(64<<10+1), 1)), nil, 422},
		{"POST", repo + "/check-runs", annotated(1, strings.Replace(annotation, `"m"`, `"m","title":`+quoted(256), 1)), nil, 422},
		{"POST", repo + "/statuses/" + DefaultCommit, `{"state":"success","context":"a","description":` + quoted(140) + `}`, nil, 201},
		{"POST", repo + "/statuses/" + DefaultCommit, `{"state":"success","context":"a","description":` + quoted(141) + `}`, nil, 422},
		{"POST", repo + "/statuses/" + DefaultCommit, `{"state":"neutral","context":"a"}`, nil, 422},
		{"POST", "/app/installations/1/access_tokens", "", nil, 401},
	}
	for _, c := range cases {
		s := NewGitHub(Options{})
		status, body := ask(t, s, c.method, c.path, c.body, c.change)
		if status != c.status {
			t.Errorf("%s %s %.80s: %d %s, expected %d", c.method, c.path, c.body, status, body, c.status)
		}
		if wrote := len(s.Comments(1))+len(s.Checks())+len(s.Statuses()) > 0; wrote != (c.status == 201) {
			t.Errorf("%s %s %.80s: written: %v", c.method, c.path, c.body, wrote)
		}
	}
}

func TestGitLabRefuses(t *testing.T) {
	t.Parallel()
	const project, notes = "/projects/7", "/projects/acme%2Fzones/merge_requests/1/notes"
	const statuses = project + "/statuses/" + DefaultCommit
	cases := []struct {
		method, path, body string
		change             func(http.Header)
		status             int
	}{
		{"GET", notes, "", nil, 200},
		{"GET", notes + "?per_page=101", "", nil, 400},
		{"GET", notes + "?limit=1", "", nil, 400},
		{"GET", "/projects/acme/zones/merge_requests/1/notes", "", nil, 404},
		{"GET", "/projects/8/merge_requests/1/notes", "", nil, 404},
		{"GET", notes, "", func(h http.Header) { h.Set("PRIVATE-TOKEN", "no") }, 401},
		{"GET", notes, "", func(h http.Header) { h.Set("Authorization", "Bearer x") }, 401},
		{"POST", notes, `{"body":"a"}`, nil, 201},
		{"POST", notes, `{"body":""}`, nil, 400},
		{"POST", notes, `{"body":` + quoted(1_000_001) + `}`, nil, 400},
		{"PATCH", notes + "/1", `{"body":"a"}`, nil, 404},
		{"POST", statuses, `{"state":"success","name":"a","description":` + quoted(255) + `}`, nil, 201},
		{"POST", statuses, `{"state":"success","name":"a","description":` + quoted(256) + `}`, nil, 400},
		{"POST", statuses, `{"state":"failure","name":"a"}`, nil, 400},
		{"POST", project + "/statuses/" + strings.Repeat("b", 40), `{"state":"success"}`, nil, 404},
	}
	for _, c := range cases {
		s := NewGitLab(Options{})
		if status, body := ask(t, s, c.method, c.path, c.body, c.change); status != c.status {
			t.Errorf("%s %s %.80s: %d %s, expected %d", c.method, c.path, c.body, status, body, c.status)
		}
	}
}

func TestGitLabCarriesOutOrders(t *testing.T) {
	t.Parallel()
	s := NewGitLab(Options{})
	ask(t, s, "POST", "/projects/7/merge_requests/1/notes", `{"body":"a\r/close\nb\n/assign @me\n /merge"}`, nil)
	if got := fmt.Sprint(s.QuickActions()); got != "[/assign @me]" {
		t.Errorf("orders %s", got)
	}
	ask(t, s, "POST", "/projects/7/merge_requests/1/notes", `{"body":"a\n\r/close"}`, nil)
	if got := fmt.Sprint(s.QuickActions()); got != "[/assign @me /close]" {
		t.Errorf("orders %s", got)
	}
}

func TestGitLabFork(t *testing.T) {
	t.Parallel()
	s := NewGitLab(Options{PullRequests: []PullRequest{{Number: 1, HeadRepository: "fork/zones", HeadProject: 9, HeadBranch: "a", HeadCommit: DefaultCommit}}})
	const path = "/projects/7/statuses/" + DefaultCommit
	if status, _ := ask(t, s, "POST", path, `{"state":"success","name":"a"}`, nil); status != 404 {
		t.Errorf("%d for a commit that is in no branch, expected 404", status)
	}
	if status, _ := ask(t, s, "POST", path, `{"state":"success","name":"a","ref":"a"}`, nil); status != 201 {
		t.Errorf("%d with a ref, expected 201", status)
	}
}

func TestGiteaRefuses(t *testing.T) {
	t.Parallel()
	const repo, comments = "/repos/acme/zones", "/repos/acme/zones/issues/1/comments"
	cases := []struct {
		method, path, body string
		change             func(http.Header)
		status             int
	}{
		{"GET", comments, "", nil, 200},
		{"GET", comments + "?page=1", "", nil, 400}, // there are no pages
		{"GET", repo + "/pulls?limit=51", "", nil, 422},
		{"GET", comments, "", func(h http.Header) { h.Set("Authorization", "Bearer "+DefaultToken) }, 401},
		{"POST", comments, `{"body":"a"}`, nil, 201},
		{"POST", comments, `{}`, nil, 422},
		{"POST", repo + "/statuses/" + DefaultCommit, `{"state":"warning","context":"a"}`, nil, 201},
		{"POST", repo + "/statuses/" + DefaultCommit, `{"state":"neutral","context":"a"}`, nil, 422},
		{"GET", repo + "/commits/" + DefaultCommit + "/status", "", nil, 200},
	}
	for _, c := range cases {
		s := NewGitea(Options{})
		if status, body := ask(t, s, c.method, c.path, c.body, c.change); status != c.status {
			t.Errorf("%s %s %.80s: %d %s, expected %d", c.method, c.path, c.body, status, body, c.status)
		}
	}
	s := NewGitea(Options{})
	c := s.AddComment(1, "mallory", "mine")
	if status, _ := ask(t, s, "PATCH", fmt.Sprint(repo, "/issues/comments/", c.ID), `{"body":"a"}`, nil); status != 403 {
		t.Errorf("%d for the comment of somebody else, expected 403", status)
	}
}

// Pages hold every item once, over the network as well.
func TestPages(t *testing.T) {
	t.Parallel()
	s := NewGitHub(Options{PageSize: 3})
	for i := range 10 {
		s.AddComment(1, "a", fmt.Sprint(i))
	}
	ts := httptest.NewServer(s)
	defer ts.Close()
	var got []string
	for next := ts.URL + s.Prefix() + "/repos/acme/zones/issues/1/comments?per_page=100"; next != ""; {
		r, err := http.NewRequestWithContext(t.Context(), "GET", next, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "application/vnd.github+json")
		r.Header.Set("X-GitHub-Api-Version", "2022-11-28")
		r.Header.Set("Authorization", "Bearer "+s.Token())
		resp, err := ts.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var page []struct{ Body string }
		err = json.NewDecoder(resp.Body).Decode(&page)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page {
			got = append(got, c.Body)
		}
		next = ""
		if link, _, found := strings.Cut(resp.Header.Get("Link"), `>; rel="next"`); found {
			next = strings.TrimPrefix(link, "<")
		}
	}
	if strings.Join(got, "") != "0123456789" || len(s.Calls()) != 4 {
		t.Errorf("comments %q in %d calls, expected ten in 4", got, len(s.Calls()))
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	const comments = "/repos/acme/zones/issues/1/comments"
	s := NewGitHub(Options{})
	s.Fail(LostAnswer("POST", "comments"))
	s.Fail(BadGateway("POST", "comments", false))
	s.Fail(SecondaryLimit("POST", "", "7"))
	want := []struct{ status, comments int }{{0, 1}, {502, 1}, {403, 1}, {201, 2}}
	for i, w := range want {
		status, _ := ask(t, s, "POST", comments, `{"body":"a"}`, nil)
		if status != w.status || len(s.Comments(1)) != w.comments {
			t.Errorf("call %d: %d with %d comments, expected %+v", i, status, len(s.Comments(1)), w)
		}
	}
	for _, c := range s.Calls() {
		if strings.Contains(fmt.Sprint(c), DefaultToken) {
			t.Errorf("call %+v holds the token", c)
		}
	}
}
