package forge

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/sync/forge/forgetest"
)

// From the variables of a CI to the comment and the check, over the network.
func TestFromTheEnvironment(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		server *forgetest.Server
		vars   string
	}{
		"GitHub Actions": {forgetest.NewGitHub(forgetest.Options{}), "GITHUB_ACTIONS=true GITHUB_REPOSITORY=acme/zones GITHUB_API_URL=$URL/api/v3 GITHUB_GRAPHQL_URL=$URL/api/graphql GITHUB_TOKEN=$TOKEN"},
		"GitLab CI":      {forgetest.NewGitLab(forgetest.Options{}), "GITLAB_CI=true CI_API_V4_URL=$URL/api/v4 CI_PROJECT_ID=7 CI_MERGE_REQUEST_IID=1 CI_PIPELINE_ID=42 CI_COMMIT_SHA=$SHA GITLAB_TOKEN=$TOKEN CI_JOB_TOKEN=no"},
		"Gitea Actions":  {forgetest.NewGitea(forgetest.Options{}), "GITEA_ACTIONS=true GITHUB_REPOSITORY=acme/zones GITHUB_SERVER_URL=$URL GITEA_TOKEN=$TOKEN"},
		"Woodpecker":     {forgetest.NewGitea(forgetest.Options{}), "CI=woodpecker CI_FORGE_TYPE=forgejo CI_FORGE_URL=$URL CI_REPO=acme/zones CI_COMMIT_PULL_REQUEST=1 CI_COMMIT_SHA=$SHA FORGEJO_TOKEN=$TOKEN"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ts := httptest.NewServer(c.server)
			defer ts.Close()
			vars := strings.NewReplacer("$URL", ts.URL, "$TOKEN", c.server.Token(), "$SHA", forgetest.DefaultCommit).Replace(c.vars)
			event := ""
			if strings.Contains(vars, "_ACTIONS") {
				event = `{"pull_request":{"number":1,"head":{"sha":"` + forgetest.DefaultCommit + `"}}}`
			}
			e := eventEnv(vars, event)
			target, err := Detect(Target{}, e)
			if err != nil {
				t.Fatal(err)
			}
			credentials, err := FindCredentials(target.Kind, e)
			if err != nil {
				t.Fatal(err)
			}
			client := newClient(t, Options{Target: target, Credentials: credentials, Transport: ts.Client().Transport})
			wantAction(t, say(t, client, Comment{Body: "one"}), Created)
			wantAction(t, say(t, client, Comment{Body: "two"}), Updated)
			if _, err := client.SetCheck(context.Background(), changes); err != nil {
				t.Error(err)
			}
			wantBodies(t, c.server, marked("plan", "two"))
			if len(c.server.Checks())+len(c.server.Statuses()) != 1 {
				t.Error("expected one check run or status")
			}
		})
	}
}
