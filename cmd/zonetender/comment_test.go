package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/sync/forge/forgetest"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// forgeToken is easy to find in what the program prints.
const forgeToken = "forge_SECRET0123456789"

// A hub is a simulated forge over HTTP, with the environment that a CI beside it gives.
type hub struct {
	*forgetest.Server
	environ []string
}

func forgeOptions(o forgetest.Options) forgetest.Options {
	if o.Tokens == nil {
		o.Tokens = []forgetest.Token{{Value: forgeToken, Login: "ci-bot"}}
	}
	return o
}

func serveHub(t *testing.T, s *forgetest.Server) (*forgetest.Server, string) {
	t.Helper()
	listener := httptest.NewServer(s)
	t.Cleanup(listener.Close)
	return s, listener.URL
}

// gitHub is a GitHub whose workflow runs for pull request 1.
func gitHub(t *testing.T, o forgetest.Options) *hub {
	t.Helper()
	if o.Tokens == nil {
		o.Tokens = []forgetest.Token{{Value: forgeToken, Login: "github-actions[bot]", Kind: forgetest.Workflow}}
	}
	s, url := serveHub(t, forgetest.NewGitHub(o))
	event := filepath.Join(writeFiles(t, "event.json", `{"pull_request": {"number": 1, "head": {"sha": "`+forgetest.DefaultCommit+`"}}}`), "event.json")
	return &hub{s, []string{
		"CI=true", "GITHUB_ACTIONS=true", "GITHUB_API_URL=" + url + s.Prefix(), "GITHUB_GRAPHQL_URL=" + url + "/api/graphql",
		"GITHUB_SERVER_URL=https://github.example", "GITHUB_REPOSITORY=acme/zones", "GITHUB_RUN_ID=99",
		"GITHUB_EVENT_NAME=pull_request", "GITHUB_EVENT_PATH=" + event, "GITHUB_TOKEN=" + forgeToken,
	}}
}

// gitLab is a GitLab whose pipeline runs for merge request 1.
func gitLab(t *testing.T, o forgetest.Options) *hub {
	t.Helper()
	s, url := serveHub(t, forgetest.NewGitLab(forgeOptions(o)))
	return &hub{s, []string{
		"CI=true", "GITLAB_CI=true", "CI_API_V4_URL=" + url + s.Prefix(), "CI_PROJECT_ID=7", "CI_PROJECT_PATH=acme/zones",
		"CI_PROJECT_URL=https://gitlab.example/acme/zones", "CI_MERGE_REQUEST_IID=1", "CI_COMMIT_SHA=" + forgetest.DefaultCommit,
		"CI_JOB_URL=https://gitlab.example/acme/zones/-/jobs/5", "GITLAB_TOKEN=" + forgeToken,
	}}
}

// gitea is a Gitea whose Actions run for pull request 1.
func gitea(t *testing.T, o forgetest.Options) *hub {
	t.Helper()
	s, url := serveHub(t, forgetest.NewGitea(forgeOptions(o)))
	event := filepath.Join(writeFiles(t, "event.json", `{"pull_request": {"number": 1, "head": {"sha": "`+forgetest.DefaultCommit+`"}}}`), "event.json")
	return &hub{s, []string{
		"CI=true", "GITHUB_ACTIONS=true", "GITEA_ACTIONS=true", "GITHUB_API_URL=" + url + s.Prefix(), "GITHUB_SERVER_URL=" + url,
		"GITHUB_REPOSITORY=acme/zones", "GITHUB_RUN_NUMBER=5", "GITHUB_EVENT_NAME=pull_request", "GITHUB_EVENT_PATH=" + event,
		"GITEA_TOKEN=" + forgeToken,
	}}
}

// comments runs the command, which must succeed, and keeps the token out of its output.
func (h *hub) comments(t *testing.T, plan string, flags ...string) ran {
	t.Helper()
	got := runs(t, h.environ, append([]string{"comment", plan}, flags...)...)
	if got.code != exitOK {
		t.Fatalf("comment: got exit code %d:\n%s", got.code, got.stderr)
	}
	if strings.Contains(got.stdout+got.stderr, "SECRET") {
		t.Errorf("got the token in\n%s", got.stdout+got.stderr)
	}
	return got
}

// only returns the one comment that there must be.
func (h *hub) only(t *testing.T) forgetest.Comment {
	t.Helper()
	all := h.Comments(1)
	if len(all) != 1 {
		t.Fatalf("got %d comments, want one:\n%v", len(all), all)
	}
	return all[0]
}

// savePlan plans a folder of zone files against live zones and returns the saved plan.
func savePlan(t *testing.T, environ []string, dir string, flags ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "plan.json")
	got := runs(t, environ, append([]string{"plan", "--out", out, dir}, flags...)...)
	if _, err := os.Stat(out); err != nil {
		t.Fatalf("plan --out: %v: exit code %d:\n%s", err, got.code, got.stderr)
	}
	return out
}

const changedZone = "zone: example.com\nrecords:\n  '@': {A: 192.0.2.1, MX: 10 mx2}\n  www: {A: 192.0.2.3}\n  mx2: {A: 192.0.2.4}\n"

// changedPlan changes the apex MX of a zone, and an address.
func changedPlan(t *testing.T) string {
	t.Helper()
	server, environ := serve(t, vpsorgtest.Options{})
	live(t, server, "example.com", "@ 3600 A 192.0.2.1", "@ 3600 MX 10 mx1.example.com", "www 3600 A 192.0.2.2", "mx1 3600 A 192.0.2.4")
	return savePlan(t, environ, writeFiles(t, "example.com.yaml", changedZone))
}

// emptyPlan has nothing to do.
func emptyPlan(t *testing.T) string {
	t.Helper()
	server, environ := serve(t, vpsorgtest.Options{})
	live(t, server, "example.com", "www 300 A 192.0.2.1")
	return savePlan(t, environ, oneZone(t))
}

// A pull request has one comment: made for the first plan, updated for the next, and small
// when nothing is left to do. The check has the verdict each time.
func TestCommentLifecycle(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(*testing.T, forgetest.Options) *hub{"github": gitHub, "gitlab": gitLab, "gitea": gitea} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t, forgetest.Options{})
			changed, empty := changedPlan(t), emptyPlan(t)

			h.comments(t, empty)
			if n := len(h.Comments(1)); n != 0 {
				t.Errorf("got %d comments for a first plan without changes, want none", n)
			}
			h.comments(t, changed)
			first := h.only(t).Body
			for _, want := range []string{"example.com MX", "highest risk high", "www"} {
				if !strings.Contains(first, want) {
					t.Errorf("got\n%s\nwant it to say %q", first, want)
				}
			}
			if got := h.comments(t, changed); !strings.Contains(got.stdout, "comment unchanged") {
				t.Errorf("got %q for the same plan, want that the comment is unchanged", got.stdout)
			}
			h.comments(t, empty)
			last := h.only(t)
			if last.Edits != 1 || !strings.Contains(last.Body, "No changes") || len(last.Body) > 600 {
				t.Errorf("got %d edits and\n%s\nwant a small comment that says so", last.Edits, last.Body)
			}
			if got := h.verdicts(); len(got) == 0 || !strings.HasPrefix(got[len(got)-1], "success no changes") || !strings.Contains(strings.Join(got, "\n"), "highest risk high") {
				t.Errorf("got the verdicts %q, want those of both plans", got)
			}
		})
	}
}

// verdicts returns what check runs and commit statuses say, oldest first.
func (h *hub) verdicts() (out []string) {
	for _, c := range h.Checks() {
		out = append(out, c.Conclusion+" "+c.Title)
	}
	for _, s := range h.Statuses() {
		out = append(out, s.State+" "+s.Description)
	}
	return out
}
