package forge

import (
	"fmt"
	"strings"
)

// woodpecker reads the environment of Woodpecker, which runs beside a forge of any kind.
//
// Source: woodpecker-ci.org/docs/usage/environment.
func woodpecker(given Target, env Environment, kind Kind) (finding, error) {
	if _, err := ParseKind(string(kind)); err != nil && given.Kind == "" {
		return finding{}, fmt.Errorf("CI_FORGE_TYPE: %w", err)
	}
	f := finding{repository: "CI_REPO", target: Target{
		Kind:        kind,
		URL:         env.Getenv("CI_FORGE_URL"),
		Repository:  env.Getenv("CI_REPO"),
		PullRequest: number(env.Getenv("CI_COMMIT_PULL_REQUEST")),
		Commit:      env.Getenv("CI_COMMIT_SHA"),
		Web:         strings.TrimRight(env.Getenv("CI_REPO_URL"), "/"),
		Run:         env.Getenv("CI_PIPELINE_URL"),
	}}
	if f.target.PullRequest == 0 {
		f.noPull = fmt.Sprintf("CI_COMMIT_PULL_REQUEST is not set (CI_PIPELINE_EVENT is %s)", quote(env.Getenv("CI_PIPELINE_EVENT")))
	}
	return f, nil
}
