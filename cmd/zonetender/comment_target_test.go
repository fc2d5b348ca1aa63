package main

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/sync/forge/forgetest"
)

const forkCommit = "b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2"

// workflowRun is a GitHub whose workflow runs after one for a branch of a fork.
func workflowRun(t *testing.T, pulls ...forgetest.PullRequest) *hub {
	t.Helper()
	h := gitHub(t, forgetest.Options{PullRequests: pulls})
	event := writeFiles(t, "event.json", `{"workflow_run": {"head_branch": "fix", "head_sha": "`+forkCommit+`",
		"head_repository": {"full_name": "guest/zones"}, "pull_requests": []}}`) + "/event.json"
	h.environ = append(h.environ, "GITHUB_EVENT_NAME=workflow_run", "GITHUB_EVENT_PATH="+event)
	return h
}

// After a run in a fork the pull request is the one that the forge knows by repository,
// branch and commit. One for another branch than the plan's is refused.
func TestCommentFindsPullRequest(t *testing.T) {
	t.Parallel()
	plan := changedPlan(t)
	fork := forgetest.PullRequest{Number: 4, HeadRepository: "guest/zones", HeadBranch: "fix", HeadCommit: forkCommit}
	other := forgetest.PullRequest{Number: 3, HeadRepository: "mallory/zones", HeadBranch: "fix", HeadCommit: forkCommit}

	h := workflowRun(t, other, fork)
	h.comments(t, plan, "--base-branch", "main")
	if n := len(h.Comments(4)); n != 1 || len(h.Comments(3)) != 0 {
		t.Errorf("got %d comments in pull request 4, want one, and none in 3", n)
	}
	if c := h.Checks(); len(c) != 1 || c[0].Commit != forkCommit {
		t.Errorf("got the checks %+v, want one on the fork's commit", c)
	}
	h.refuses(t, plan, []string{"--base-branch", "release"}, "pull request 4: it is for the branch \"main\", expected one for \"release\"")

	// The same by flags, in a shell.
	h = workflowRun(t, other, fork)
	h.environ = []string{h.environ[2], "GITHUB_TOKEN=" + forgeToken}
	url := strings.TrimPrefix(h.environ[0], "GITHUB_API_URL=")
	named := []string{"--forge", "github", "--forge-url", url, "--repository", "acme/zones", "--head-repository", "guest/zones", "--head-branch", "fix"}
	h.comments(t, plan, append(named, "--commit", forkCommit)...)
	if n := len(h.Comments(4)); n != 1 {
		t.Errorf("got %d comments in pull request 4, want one", n)
	}
	h.refuses(t, plan, named, "--head-repository and --head-branch: expected both, and --commit")

	h.refuses(t, plan, append(named, "--commit", forkCommit, "--pull-request", "4"), "--pull-request: expected it, or --head-repository")

	// They win over the pull request that the run itself is for.
	h = gitHub(t, forgetest.Options{PullRequests: []forgetest.PullRequest{{Number: 1, HeadBranch: "change", HeadCommit: forgetest.DefaultCommit}, fork}})
	h.comments(t, plan, "--head-repository", "guest/zones", "--head-branch", "fix", "--commit", forkCommit)
	if n := len(h.Comments(4)); n != 1 || len(h.Comments(1)) != 0 {
		t.Errorf("got %d comments in pull request 4, want one, and none in 1", n)
	}

	h = workflowRun(t, other)
	h.refuses(t, plan, nil, `pull request from "guest/zones", branch "fix", commit `+forkCommit+": none is open")
}

// refuses runs the command, which must fail, say why, and write nothing.
func (h *hub) refuses(t *testing.T, plan string, flags []string, texts ...string) {
	t.Helper()
	before := len(h.Writes())
	got := runs(t, h.environ, append([]string{"comment", plan}, flags...)...)
	got.fails(t, exitFailed, append(texts, "zonetender: comment: ")...)
	if n := len(h.Writes()) - before; n > 0 {
		t.Errorf("got %d writes, want none", n)
	}
	if strings.Contains(got.stderr, "SECRET") {
		t.Errorf("got the token in\n%s", got.stderr)
	}
}

// What keeps a plan from its pull request is said, and no token with it.
func TestCommentFailures(t *testing.T) {
	t.Parallel()
	plan := changedPlan(t)
	without := func(h *hub, name string) *hub {
		return &hub{h.Server, slices.DeleteFunc(slices.Clone(h.environ), func(e string) bool { return strings.HasPrefix(e, name+"=") })}
	}
	without(gitHub(t, forgetest.Options{}), "GITHUB_TOKEN").refuses(t, plan, nil, "github: token: none: set GH_TOKEN or GITHUB_TOKEN")
	h := without(gitLab(t, forgetest.Options{}), "GITLAB_TOKEN")
	h.environ = append(h.environ, "CI_JOB_TOKEN=glcbt-SECRET")
	h.refuses(t, plan, nil, "CI_JOB_TOKEN cannot write comments: set GITLAB_TOKEN")
	(&hub{gitHub(t, forgetest.Options{}).Server, nil}).refuses(t, plan, nil, "pass --forge")
	gitHub(t, forgetest.Options{}).refuses(t, plan, []string{"--forge", "bitbucket"}, `forge "bitbucket": expected github`)
	gitHub(t, forgetest.Options{}).refuses(t, plan, []string{"--key", "a b"}, "key")
	gitHub(t, forgetest.Options{}).refuses(t, plan, []string{"--base-branch", "main"}, "--base-branch: expected only with")

	refused := gitHub(t, forgetest.Options{Tokens: []forgetest.Token{
		{Value: forgeToken, Login: "github-actions[bot]", Kind: forgetest.Workflow, Permissions: []string{forgetest.PermChecks}},
	}})
	got := runs(t, refused.environ, "comment", plan)
	if got.code != exitFailed || !strings.Contains(got.stderr, "zonetender: comment: github: POST") || len(refused.Checks()) != 1 {
		t.Errorf("without the permission to comment: got exit code %d, %d checks and\n%s\nwant the check all the same", got.code, len(refused.Checks()), got.stderr)
	}
	leaky := gitHub(t, forgetest.Options{})
	leaky.Fail(forgetest.Fault{Times: 100, Status: http.StatusBadRequest, Body: `{"message": "what is $TOKEN"}`})
	if got := runs(t, leaky.environ, "comment", plan); got.code != exitFailed || strings.Contains(got.stderr, "SECRET") {
		t.Errorf("got exit code %d and\n%s\nwant a failure without the token", got.code, got.stderr)
	}
}

// What is no plan is refused before the forge is asked.
func TestCommentOfNoPlan(t *testing.T) {
	t.Parallel()
	h := gitHub(t, forgetest.Options{})
	dir := writeFiles(t, "empty", "", "other.json", `{"name": "x"}`)
	runs(t, h.environ, "comment", dir+"/missing").fails(t, exitFailed, "plan file "+dir+"/missing: no such file")
	runs(t, h.environ, "comment", dir+"/empty").fails(t, exitFailed, "plan file "+dir+"/empty: empty")
	runs(t, h.environ, "comment", dir+"/other.json").fails(t, exitFailed, "not a plan")
	runs(t, h.environ, "comment").fails(t, exitFailed, "0 arguments, expected one plan")
	if n := len(h.Calls()); n > 0 {
		t.Errorf("got %d calls, want none", n)
	}
}

// A plan may come by standard input, as plan --format json prints it.
func TestCommentStandardInput(t *testing.T) {
	t.Parallel()
	h := gitHub(t, forgetest.Options{})
	plan, err := os.ReadFile(changedPlan(t))
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"comment", "-"}, h.environ, bytes.NewReader(plan), &stdout, &stderr)
	if code != exitOK || !strings.Contains(stdout.String(), "comment created: https://") || !strings.Contains(h.only(t).Body, "example.com MX") {
		t.Errorf("got exit code %d and %q\n%s", code, stdout.String(), stderr.String())
	}
}

// A GitHub App comments as itself, and makes check runs; the flags of its settings go over
// the variables. A personal token gets a commit status.
func TestCommentCredentials(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	file := writeFiles(t, "app.pem", string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))) + "/app.pem"
	plan := changedPlan(t)
	h := gitHub(t, forgetest.Options{App: &forgetest.App{ID: "12", Slug: "dns-plans", Installation: 5, Key: &key.PublicKey}})
	h.environ = append(h.environ, "ZONETENDER_GITHUB_APP_ID=11", "ZONETENDER_GITHUB_APP_KEY_FILE="+file)
	h.comments(t, plan, "--github-app-id", "12")
	if c := h.Checks(); h.only(t).Author != "dns-plans[bot]" || len(c) != 1 || c[0].App != "dns-plans" {
		t.Errorf("got a comment by %s and the checks %+v, want the App's", h.only(t).Author, c)
	}

	h = gitHub(t, forgetest.Options{Tokens: []forgetest.Token{{Value: forgeToken, Login: "ada"}}})
	h.comments(t, plan)
	if s := h.Statuses(); len(h.Checks()) != 0 || len(s) != 1 || s[0].Context != "zonetender" || s[0].Commit != forgetest.DefaultCommit {
		t.Errorf("got the checks %+v and the statuses %+v, want one status", h.Checks(), s)
	}

	// A token in our own variable or file goes before those of other tools.
	h = gitea(t, forgetest.Options{})
	token := writeFiles(t, "token", forgeToken+"\n") + "/token"
	h.environ = append(h.environ, "GITEA_TOKEN=wrong_SECRET", "ZONETENDER_FORGE_TOKEN_FILE="+token)
	h.comments(t, plan)
	h.only(t)
}
