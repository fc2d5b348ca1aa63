package forge

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// The variables of our own that [FindCredentials] reads. Each of the first two wins over
// every other token.
const (
	TokenVariable           = "ZONETENDER_FORGE_TOKEN"
	TokenFileVariable       = "ZONETENDER_FORGE_TOKEN_FILE"
	AppIDVariable           = "ZONETENDER_GITHUB_APP_ID"
	AppInstallationVariable = "ZONETENDER_GITHUB_APP_INSTALLATION"
	AppKeyFileVariable      = "ZONETENDER_GITHUB_APP_KEY_FILE"
)

// Credentials are a token, or a GitHub App that is given tokens. One of them must be set.
type Credentials struct {
	Token string
	App   *App
}

// FindCredentials returns the credentials for a forge from the environment: first
// ZONETENDER_FORGE_TOKEN or the file that ZONETENDER_FORGE_TOKEN_FILE names, then a GitHub
// App, then the variables that the forge's own tools read. A token that GitHub, Gitea or
// Forgejo made for one run of their CI counts as one of theirs only in that CI.
//
// GitLab's CI_JOB_TOKEN cannot write comments: it is refused, naming the token that is
// needed. No error holds a secret.
func FindCredentials(kind Kind, env Environment) (Credentials, error) {
	token, err := ownToken(env)
	if err != nil {
		return Credentials{}, err
	}
	app, err := findApp(env)
	switch {
	case err != nil:
		return Credentials{}, err
	case app != nil && kind != GitHub:
		return Credentials{}, fmt.Errorf("%s: a GitHub App is no use at %s: set a token", AppIDVariable, kind)
	case app != nil && token != "":
		return Credentials{}, fmt.Errorf("%s and %s are both set, expected one of them", TokenVariable, AppIDVariable)
	case app != nil:
		return Credentials{App: app}, nil
	case token != "":
		return Credentials{Token: token}, checkToken(TokenVariable, token)
	}
	names := tokenVariables(kind, env)
	for _, name := range names {
		if token := strings.TrimSpace(env.Getenv(name)); token != "" {
			return Credentials{Token: token}, checkToken(name, token)
		}
	}
	return Credentials{}, missing(kind, env, names)
}

// ownToken returns the token of our own variables, "" if there is none.
func ownToken(env Environment) (string, error) {
	token, file := strings.TrimSpace(env.Getenv(TokenVariable)), env.Getenv(TokenFileVariable)
	switch {
	case token != "" && file != "":
		return "", fmt.Errorf("%s and %s are both set, expected one of them", TokenVariable, TokenFileVariable)
	case file == "":
		return token, nil
	}
	data, err := env.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%s: %w", TokenFileVariable, err)
	}
	if token = strings.TrimSpace(string(data)); token == "" {
		return "", fmt.Errorf("%s: %s is empty", TokenFileVariable, quote(file))
	}
	return token, nil
}

// tokenVariables returns the variables of a forge's own tools, the first that is set wins.
func tokenVariables(kind Kind, env Environment) []string {
	switch {
	case kind == GitHub:
		return []string{"GH_TOKEN", "GITHUB_TOKEN"} // as in the program gh
	case kind == GitLab:
		return []string{"GITLAB_TOKEN"}
	}
	names := []string{"GITEA_TOKEN"}
	if kind == Forgejo {
		names = []string{"FORGEJO_TOKEN", "GITEA_TOKEN"}
	}
	if env.on("GITEA_ACTIONS") || env.on("FORGEJO_ACTIONS") {
		names = append(names, "GITHUB_TOKEN")
	}
	return names
}

// missing says which token is needed.
func missing(kind Kind, env Environment, names []string) error {
	set := "set " + strings.Join(append(names, TokenVariable), " or ")
	switch {
	case kind == GitLab && env.Getenv("CI_JOB_TOKEN") != "":
		return errors.New("gitlab: token: CI_JOB_TOKEN cannot write comments: set GITLAB_TOKEN to a project, group or personal access token with the scope api")
	case kind == GitLab:
		return fmt.Errorf("gitlab: token: none: %s to a project, group or personal access token with the scope api", set)
	case kind == GitHub:
		return fmt.Errorf("github: token: none: %s, in a workflow to ${{ github.token }} with the permissions pull-requests: write and checks: write", set)
	}
	return fmt.Errorf("%s: token: none: %s to an access token with the scopes write:issue, write:repository and read:user", kind, set)
}

// checkToken refuses what no header can hold.
func checkToken(name, token string) error {
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return fmt.Errorf("%s: holds white space or other characters that no token has", name)
	}
	return nil
}

// findApp returns the GitHub App of the environment, nil if there is none.
func findApp(env Environment) (*App, error) {
	id, installation, file := env.Getenv(AppIDVariable), env.Getenv(AppInstallationVariable), env.Getenv(AppKeyFileVariable)
	if id == "" && installation == "" && file == "" {
		return nil, nil
	}
	app := &App{ID: id}
	var problems []error
	if id == "" {
		problems = append(problems, fmt.Errorf("%s: not set, but another variable of the GitHub App is", AppIDVariable))
	}
	if installation != "" {
		n, err := strconv.ParseInt(installation, 10, 64)
		if err != nil || n <= 0 {
			problems = append(problems, fmt.Errorf("%s: %s: expected the number of an installation", AppInstallationVariable, quote(installation)))
		}
		app.Installation = n
	}
	if file == "" {
		problems = append(problems, fmt.Errorf("%s: not set, but another variable of the GitHub App is", AppKeyFileVariable))
	} else if pem, err := env.ReadFile(file); err != nil {
		problems = append(problems, fmt.Errorf("%s: %w", AppKeyFileVariable, err))
	} else if app.Key, err = ParseKey(pem); err != nil {
		problems = append(problems, fmt.Errorf("%s: %w", AppKeyFileVariable, err))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return app, nil
}
