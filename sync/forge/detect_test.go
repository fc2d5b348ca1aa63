package forge

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	headSHA  = "1111111111111111111111111111111111111111"
	mergeSHA = "2222222222222222222222222222222222222222"
)

const githubVars = `GITHUB_ACTIONS=true GITHUB_REPOSITORY=acme/zones GITHUB_API_URL=https://api.github.com ` +
	`GITHUB_GRAPHQL_URL=https://api.github.com/graphql GITHUB_SERVER_URL=https://github.com GITHUB_RUN_ID=99 GITHUB_RUN_NUMBER=3 GITHUB_SHA=` + mergeSHA + " "

const gitlabVars = `GITLAB_CI=true CI_API_V4_URL=https://gitlab.example/api/v4 CI_PROJECT_ID=7 CI_PROJECT_PATH=acme/zones ` +
	`CI_PROJECT_URL=https://gitlab.example/acme/zones CI_PIPELINE_ID=42 CI_JOB_URL=https://gitlab.example/acme/zones/-/jobs/5 `

const (
	pullEvent = `{"action":"opened","number":12,"pull_request":{"number":12,"head":{"sha":"` + headSHA + `","ref":"change","repo":{"full_name":"fork/zones"}}}}`
	runEvent  = `{"workflow_run":{"head_branch":"patch-1","head_sha":"` + headSHA + `","head_repository":{"full_name":"fork/zones"},"pull_requests":[]}}`
)

func onGitHub() Target {
	return Target{
		Kind: GitHub, URL: "https://api.github.com", GraphQL: "https://api.github.com/graphql", Repository: "acme/zones",
		PullRequest: 12, Commit: headSHA, Web: "https://github.com/acme/zones", Run: "https://github.com/acme/zones/actions/runs/99",
	}
}

func onGitLab() Target {
	return Target{
		Kind: GitLab, URL: "https://gitlab.example/api/v4", Repository: "7", PullRequest: 5, Commit: headSHA, Pipeline: 42,
		Web: "https://gitlab.example/acme/zones", Run: "https://gitlab.example/acme/zones/-/jobs/5",
	}
}

// but returns a target with a change.
func but(t Target, change func(*Target)) Target {
	change(&t)
	return t
}

func TestDetect(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, vars, event string
		given, want       Target
	}{
		{"a pull request at GitHub", githubVars + "GITHUB_REF=refs/pull/12/merge", pullEvent, Target{}, onGitHub()},
		{"no event", githubVars + "GITHUB_REF=refs/pull/12/merge", "", Target{},
			but(onGitHub(), func(t *Target) { t.Commit = "" })},
		{"a remark", githubVars, `{"issue":{"number":12,"pull_request":{"url":"x"}}}`, Target{},
			but(onGitHub(), func(t *Target) { t.Commit = "" })},
		{"a run in a fork", githubVars, runEvent, Target{}, but(onGitHub(), func(t *Target) {
			t.PullRequest, t.Commit, t.Head = 0, "", Head{"fork/zones", "patch-1", headSHA}
		})},
		{"another pull request than the event's", githubVars, pullEvent, Target{PullRequest: 3},
			but(onGitHub(), func(t *Target) { t.PullRequest, t.Commit = 3, "" })},
		{"another repository", githubVars, pullEvent, Target{Repository: "acme/other", PullRequest: 12},
			but(onGitHub(), func(t *Target) { t.Repository, t.Commit, t.Web = "acme/other", "", "" })},
		{"a flag instead of an event that cannot be read", githubVars, "not JSON", Target{PullRequest: 12},
			but(onGitHub(), func(t *Target) { t.Commit = "" })},
		{"GitHub Enterprise", `GITHUB_ACTIONS=true GITHUB_REPOSITORY=acme/zones GITHUB_API_URL=https://ghe.example/api/v3`, pullEvent, Target{},
			Target{Kind: GitHub, URL: "https://ghe.example/api/v3", GraphQL: "https://ghe.example/api/graphql", Repository: "acme/zones", PullRequest: 12, Commit: headSHA}},
		{"Gitea Actions", `GITEA_ACTIONS=true GITHUB_ACTIONS=true GITHUB_REPOSITORY=acme/zones GITHUB_RUN_ID=99 GITHUB_RUN_NUMBER=3 GITHUB_API_URL=https://gitea.example/api/v1 GITHUB_SERVER_URL=https://gitea.example GITHUB_SHA=` + mergeSHA, pullEvent, Target{},
			Target{Kind: Gitea, URL: "https://gitea.example/api/v1", Repository: "acme/zones", PullRequest: 12, Commit: headSHA,
				Web: "https://gitea.example/acme/zones", Run: "https://gitea.example/acme/zones/actions/runs/3"}},
		{"Forgejo Actions", `FORGEJO_ACTIONS=true GITEA_ACTIONS=true GITHUB_ACTIONS=true GITHUB_REPOSITORY=acme/zones GITHUB_SERVER_URL=https://forgejo.example`, pullEvent, Target{},
			Target{Kind: Forgejo, URL: "https://forgejo.example/api/v1", Repository: "acme/zones", PullRequest: 12, Commit: headSHA, Web: "https://forgejo.example/acme/zones"}},
		{"a merge request", gitlabVars + "CI_MERGE_REQUEST_IID=5 CI_MERGE_REQUEST_PROJECT_ID=7 CI_COMMIT_SHA=" + headSHA, "", Target{}, onGitLab()},
		{"merged results", gitlabVars + "CI_MERGE_REQUEST_IID=5 CI_MERGE_REQUEST_PROJECT_ID=7 CI_COMMIT_SHA=" + mergeSHA + " CI_MERGE_REQUEST_SOURCE_BRANCH_SHA=" + headSHA, "", Target{},
			but(onGitLab(), func(t *Target) { t.Pipeline = 0 })},
		{"a path for the number of the project", gitlabVars + "CI_MERGE_REQUEST_IID=5 CI_COMMIT_SHA=" + headSHA, "", Target{Repository: "acme/zones"},
			but(onGitLab(), func(t *Target) { t.Repository = "acme/zones" })},
		{"a pipeline in a fork", gitlabVars + "CI_MERGE_REQUEST_IID=5 CI_MERGE_REQUEST_PROJECT_ID=3 CI_COMMIT_SHA=" + headSHA, "", Target{},
			but(onGitLab(), func(t *Target) { t.Repository, t.Pipeline = "3", 0 })},
		{"a branch with one merge request", gitlabVars + "CI_OPEN_MERGE_REQUESTS=acme/zones!5 CI_COMMIT_SHA=" + headSHA, "", Target{}, onGitLab()},
		{"a fork's branch with one merge request", gitlabVars + "CI_OPEN_MERGE_REQUESTS=up/zones!5 CI_COMMIT_SHA=" + headSHA, "", Target{},
			but(onGitLab(), func(t *Target) { t.Repository, t.Pipeline = "up/zones", 0 })},
		{"another commit than the pipeline's", gitlabVars + "CI_MERGE_REQUEST_IID=5 CI_COMMIT_SHA=" + headSHA, "", Target{Commit: mergeSHA},
			but(onGitLab(), func(t *Target) { t.Commit, t.Pipeline = mergeSHA, 0 })},
		{"Woodpecker", `CI=woodpecker CI_FORGE_TYPE=forgejo CI_FORGE_URL=https://forgejo.example CI_REPO=acme/zones CI_COMMIT_PULL_REQUEST=4 CI_REPO_URL=https://forgejo.example/acme/zones CI_PIPELINE_URL=https://ci.example/1 CI_COMMIT_SHA=` + headSHA, "", Target{},
			Target{Kind: Forgejo, URL: "https://forgejo.example/api/v1", Repository: "acme/zones", PullRequest: 4, Commit: headSHA, Web: "https://forgejo.example/acme/zones", Run: "https://ci.example/1"}},
		{"Woodpecker beside GitHub", `CI=woodpecker CI_FORGE_TYPE=github CI_FORGE_URL=https://github.com CI_REPO=acme/zones CI_COMMIT_PULL_REQUEST=4 CI_COMMIT_SHA=` + headSHA, "", Target{},
			Target{Kind: GitHub, URL: "https://api.github.com", GraphQL: "https://api.github.com/graphql", Repository: "acme/zones", PullRequest: 4, Commit: headSHA}},
		{"flags alone", "", "", Target{Kind: GitLab, Repository: "acme/dns/zones", PullRequest: 4},
			Target{Kind: GitLab, URL: "https://gitlab.com/api/v4", Repository: "acme/dns/zones", PullRequest: 4}},
		{"another forge than the CI's", githubVars, pullEvent, Target{Kind: Gitea, URL: "https://gitea.example", Repository: "acme/zones", PullRequest: 4},
			Target{Kind: Gitea, URL: "https://gitea.example/api/v1", Repository: "acme/zones", PullRequest: 4}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := Detect(c.given, eventEnv(c.vars, c.event))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("target (-want +got):\n%s", diff)
			}
		})
	}
}

// eventEnv returns an environment of variables, and an event if that is not "".
func eventEnv(vars, event string) Environment {
	list := strings.Fields(vars)
	if event != "" {
		list = append(list, "GITHUB_EVENT_PATH=/event.json")
	}
	return env(map[string]string{"/event.json": event}, list...)
}

func TestDetectSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	cases := []struct {
		vars, event string
		given       Target
		want        []string
	}{
		{"", "", Target{}, []string{"forge: not known", "--forge"}},
		{"", "", Target{Kind: "bitbucket"}, []string{`forge "bitbucket": expected github`}},
		{"", "", Target{Kind: Gitea}, []string{"forge URL: not known: pass --forge-url", "repository: ", "--repository", "pull request: ", "--pull-request"}},
		{"", "", Target{Kind: GitHub, PullRequest: -1, Repository: "acme"}, []string{"pull request -1", `repository "acme": expected owner/name`}},
		{githubVars + "GITHUB_EVENT_NAME=push", `{"ref":"refs/heads/main"}`, Target{}, []string{`GITHUB_EVENT_NAME is "push"`, "--pull-request"}},
		{githubVars + "GITHUB_EVENT_NAME=issue_comment", `{"issue":{"number":3}}`, Target{}, []string{"--pull-request"}},
		{githubVars + "GITHUB_EVENT_PATH=/gone", "", Target{}, []string{"GITHUB_EVENT_PATH: open /gone"}},
		{githubVars, `{"pull_request":{"number":"12"}}`, Target{}, []string{"GITHUB_EVENT_PATH: read event: not the JSON"}},
		{githubVars, `{"pull_request":{"number":12,"head":{"sha":"HEAD"}}}`, Target{}, []string{`head commit "HEAD"`}},
		{"GITHUB_ACTIONS=true", pullEvent, Target{}, []string{"GITHUB_REPOSITORY is not set"}},
		{gitlabVars, "", Target{}, []string{"CI_MERGE_REQUEST_IID is not set"}},
		{gitlabVars + "CI_OPEN_MERGE_REQUESTS=a/b!1,a/b!2", "", Target{}, []string{"names several"}},
		{"CI=woodpecker CI_FORGE_TYPE=bitbucket", "", Target{}, []string{`CI_FORGE_TYPE: forge "bitbucket"`}},
		{"CI=woodpecker CI_FORGE_TYPE=gitea CI_FORGE_URL=https://gitea.example CI_REPO=a/b CI_PIPELINE_EVENT=push", "", Target{}, []string{`CI_PIPELINE_EVENT is "push"`}},
		{githubVars, pullEvent, Target{URL: "http://forge.example"}, []string{"http to \"forge.example\" would send the token in the clear"}},
		{githubVars, pullEvent, Target{Commit: "abc"}, []string{`commit "abc"`}},
	}
	for _, c := range cases {
		_, err := Detect(c.given, eventEnv(c.vars, c.event))
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s with %s, %+v: error %v, expected %q", c.vars, c.event, c.given, err, want)
			}
		}
	}
}

func TestAPIAddress(t *testing.T) {
	t.Parallel()
	cases := []struct {
		kind       Kind
		text, want string
	}{
		{GitHub, "", "https://api.github.com"},
		{GitHub, "https://github.com/", "https://api.github.com"},
		{GitHub, "https://ghe.example", "https://ghe.example/api/v3"},
		{GitHub, "https://ghe.example/api/v3/", "https://ghe.example/api/v3"},
		{GitHub, "https://acme.ghe.com", "https://api.acme.ghe.com"},
		{GitHub, "https://api.acme.ghe.com", "https://api.acme.ghe.com"},
		{GitLab, "", "https://gitlab.com/api/v4"},
		{GitLab, "https://example.com/gitlab", "https://example.com/gitlab/api/v4"},
		{Gitea, "http://127.0.0.1:3000", "http://127.0.0.1:3000/api/v1"},
		{Forgejo, "https://codeberg.org/api/v1", "https://codeberg.org/api/v1"},
	}
	for _, c := range cases {
		got, err := apiURL(c.kind, c.text)
		if err != nil || got.String() != c.want {
			t.Errorf("%s at %q: %v, %v, expected %s", c.kind, c.text, got, err, c.want)
		}
	}
}

func TestFileURL(t *testing.T) {
	t.Parallel()
	for kind, want := range map[Kind]string{
		GitHub:  "https://forge.example/a/b/blob/" + headSHA + "/zones/b%C3%BCcher%20%23.yaml#L3",
		GitLab:  "https://forge.example/a/b/-/blob/" + headSHA + "/zones/b%C3%BCcher%20%23.yaml#L3",
		Forgejo: "https://forge.example/a/b/src/commit/" + headSHA + "/zones/b%C3%BCcher%20%23.yaml#L3",
	} {
		target := Target{Kind: kind, Web: "https://forge.example/a/b", Commit: headSHA}
		if got := target.FileURL("zones/bücher #.yaml", 3); got != want {
			t.Errorf("%s: %s, expected %s", kind, got, want)
		}
		if got := (Target{Kind: kind}).FileURL("a", 1); got != "" {
			t.Errorf("%s: %s, expected nothing without a page", kind, got)
		}
	}
}

// Whatever the environment holds: no panic, and a target that is complete or an error.
func FuzzDetect(f *testing.F) {
	for _, event := range []string{pullEvent, runEvent, "{}", "null", `{"issue":{"number":1,"pull_request":{}}}`, `{"pull_request":null}`, `{"pull_request":{"number":-5}}`} {
		f.Add(githubVars+"GITHUB_REF=refs/pull/12/merge", event)
	}
	f.Add(gitlabVars+"CI_MERGE_REQUEST_IID=5 CI_COMMIT_SHA="+headSHA, "")
	f.Add(gitlabVars+"CI_OPEN_MERGE_REQUESTS=a/b!5", "")
	f.Add("CI=woodpecker CI_FORGE_TYPE=gitlab CI_REPO=a/b CI_COMMIT_PULL_REQUEST=1 CI_FORGE_URL=https://%zz", "")
	f.Fuzz(func(t *testing.T, vars, event string) {
		got, err := Detect(Target{}, eventEnv(vars, event))
		if err != nil {
			return
		}
		if again, err := got.complete(); err != nil || again != got {
			t.Errorf("target %+v is not complete: %+v, %v", got, again, err)
		}
		if got.PullRequest <= 0 && got.Head.check(got.Kind) != nil {
			t.Errorf("target %+v names no pull request", got)
		}
		if _, err := New(Options{Target: got, Credentials: Credentials{Token: "t"}}); err != nil {
			t.Errorf("target %+v: %v", got, err)
		}
	})
}

func FuzzErrorBody(f *testing.F) {
	for _, body := range []string{`{"message":"a","errors":[{"field":"b","message":"c"}]}`, `{"error":{"base":["a"]}}`, "<html><title>x</title>", "text", `{"message":`, "\x00\xff"} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		text := clean(detail(body), []string{"secret-0123456789"})
		if n := len([]rune(text)); n > maxDetail {
			t.Errorf("%d characters, expected at most %d", n, maxDetail)
		}
		if strings.ContainsAny(text, "\n\r\x00\x1b") {
			t.Errorf("%q does not print in one line", text)
		}
	})
}
