package forge

import (
	"crypto/x509"
	"encoding/pem"
	"io/fs"
	"strings"
	"testing"
)

// env returns an environment of variables "NAME=value" and files "path: content".
func env(files map[string]string, vars ...string) Environment {
	return Environment{
		Getenv: func(name string) string {
			for _, v := range vars {
				if n, value, _ := strings.Cut(v, "="); n == name {
					return value
				}
			}
			return ""
		},
		ReadFile: func(path string) ([]byte, error) {
			content, found := files[path]
			if !found {
				return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
			}
			return []byte(content), nil
		},
	}
}

func TestFindToken(t *testing.T) {
	t.Parallel()
	files := map[string]string{"t": " from-file\n"}
	cases := []struct {
		kind Kind
		vars string
		want string
	}{
		{GitHub, "GITHUB_TOKEN=a", "a"},
		{GitHub, "GITHUB_TOKEN=a GH_TOKEN=b", "b"},
		{GitHub, "GITHUB_TOKEN=a GH_TOKEN=b ZONETENDER_FORGE_TOKEN=c", "c"},
		{GitHub, "GITHUB_TOKEN=a ZONETENDER_FORGE_TOKEN_FILE=t", "from-file"},
		{GitLab, "GITLAB_TOKEN=a CI_JOB_TOKEN=b GITHUB_TOKEN=c", "a"},
		{GitLab, "ZONETENDER_FORGE_TOKEN=a CI_JOB_TOKEN=b", "a"},
		{Gitea, "GITEA_TOKEN=a GITHUB_TOKEN=b", "a"},
		{Gitea, "GITHUB_TOKEN=b GITEA_ACTIONS=true", "b"},
		{Forgejo, "GITHUB_TOKEN=b FORGEJO_ACTIONS=true", "b"},
		{Forgejo, "GITEA_TOKEN=a FORGEJO_TOKEN=b", "b"},
		{Forgejo, "GITEA_TOKEN=a", "a"},
	}
	for _, c := range cases {
		got, err := FindCredentials(c.kind, env(files, strings.Fields(c.vars)...))
		if err != nil || got.Token != c.want || got.App != nil {
			t.Errorf("%s with %s: token %q, %v, expected %q", c.kind, c.vars, got.Token, err, c.want)
		}
	}
}

func TestFindNoToken(t *testing.T) {
	t.Parallel()
	cases := []struct {
		kind Kind
		vars string
		want string
	}{
		{GitHub, "", "set GH_TOKEN or GITHUB_TOKEN or ZONETENDER_FORGE_TOKEN"},
		{GitHub, "GITLAB_TOKEN=hunter2", "checks: write"},
		{GitLab, "CI_JOB_TOKEN=hunter2", "CI_JOB_TOKEN cannot write comments: set GITLAB_TOKEN to"},
		{GitLab, "GITHUB_TOKEN=hunter2", "set GITLAB_TOKEN or ZONETENDER_FORGE_TOKEN"},
		// A GitHub token is not for another host.
		{Gitea, "GITHUB_TOKEN=hunter2", "set GITEA_TOKEN"},
		{Forgejo, "GITHUB_TOKEN=hunter2", "set FORGEJO_TOKEN or GITEA_TOKEN"},
		{GitHub, "ZONETENDER_FORGE_TOKEN=hunter2 ZONETENDER_FORGE_TOKEN_FILE=t", "both set"},
		{GitHub, "ZONETENDER_FORGE_TOKEN_FILE=missing", "ZONETENDER_FORGE_TOKEN_FILE: open missing"},
		{GitHub, "ZONETENDER_FORGE_TOKEN_FILE=empty", "is empty"},
		{GitHub, "GITHUB_TOKEN=hunter2\x00", "GITHUB_TOKEN: holds white space or other characters"},
		{GitHub, "ZONETENDER_GITHUB_APP_ID=1", "ZONETENDER_GITHUB_APP_KEY_FILE: not set"},
		{GitHub, "ZONETENDER_GITHUB_APP_KEY_FILE=t", "ZONETENDER_GITHUB_APP_ID: not set"},
		{GitHub, "ZONETENDER_GITHUB_APP_ID=1 ZONETENDER_GITHUB_APP_KEY_FILE=t", "ZONETENDER_GITHUB_APP_KEY_FILE: not a private key"},
		{GitHub, "ZONETENDER_GITHUB_APP_ID=1 ZONETENDER_GITHUB_APP_KEY_FILE=key ZONETENDER_GITHUB_APP_INSTALLATION=x", `"x": expected the number`},
		{GitHub, "ZONETENDER_GITHUB_APP_ID=1 ZONETENDER_GITHUB_APP_KEY_FILE=key ZONETENDER_FORGE_TOKEN=hunter2", "both set"},
		{Gitea, "ZONETENDER_GITHUB_APP_ID=1 ZONETENDER_GITHUB_APP_KEY_FILE=key", "no use at gitea"},
	}
	files := map[string]string{"t": "hunter2", "empty": "\n", "key": keyPEM()}
	for _, c := range cases {
		_, err := FindCredentials(c.kind, env(files, strings.Split(c.vars, " ")...))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with %q: error %v, expected %q", c.kind, c.vars, err, c.want)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s with %q: error %q shows a secret", c.kind, c.vars, err)
		}
	}
}

func keyPEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(appKey())}))
}

func TestFindApp(t *testing.T) {
	t.Parallel()
	files := map[string]string{"key": keyPEM()}
	got, err := FindCredentials(GitHub, env(files, "ZONETENDER_GITHUB_APP_ID=Iv23abc", "ZONETENDER_GITHUB_APP_INSTALLATION=7", "ZONETENDER_GITHUB_APP_KEY_FILE=key", "GITHUB_TOKEN=a"))
	if err != nil || got.Token != "" || got.App == nil || got.App.ID != "Iv23abc" || got.App.Installation != 7 || !got.App.Key.Equal(appKey()) {
		t.Errorf("credentials %+v, %v, expected the App", got.App, err)
	}
}
