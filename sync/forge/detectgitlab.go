package forge

import (
	"cmp"
	"strconv"
	"strings"
)

// gitlabCI reads the environment of GitLab CI.
//
// A pipeline of a fork runs in the fork (CI_PROJECT_ID), its merge request is in another
// project (CI_MERGE_REQUEST_PROJECT_ID). A pipeline for merged results runs on a commit of
// its own (CI_COMMIT_SHA), whose parent is the head (CI_MERGE_REQUEST_SOURCE_BRANCH_SHA).
//
// Source: docs.gitlab.com, "Predefined CI/CD variables reference".
func gitlabCI(_ Target, env Environment, _ Kind) (finding, error) {
	f := finding{repository: "CI_PROJECT_ID", path: env.Getenv("CI_PROJECT_PATH"), target: Target{
		Kind:       GitLab,
		URL:        cmp.Or(env.Getenv("CI_API_V4_URL"), env.Getenv("CI_SERVER_URL")),
		Repository: cmp.Or(env.Getenv("CI_PROJECT_ID"), env.Getenv("CI_PROJECT_PATH")),
		Commit:     env.Getenv("CI_COMMIT_SHA"),
		Web:        strings.TrimRight(env.Getenv("CI_PROJECT_URL"), "/"),
		Run:        cmp.Or(env.Getenv("CI_JOB_URL"), env.Getenv("CI_PIPELINE_URL")),
	}}
	t := &f.target
	if t.PullRequest = number(env.Getenv("CI_MERGE_REQUEST_IID")); t.PullRequest == 0 {
		return openMergeRequest(f, env), nil
	}
	own := t.Repository
	t.Repository = cmp.Or(env.Getenv("CI_MERGE_REQUEST_PROJECT_ID"), own)
	f.path = cmp.Or(env.Getenv("CI_MERGE_REQUEST_PROJECT_PATH"), f.path)
	t.Web = strings.TrimRight(cmp.Or(env.Getenv("CI_MERGE_REQUEST_SOURCE_PROJECT_URL"), t.Web), "/")
	if head := env.Getenv("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"); head != "" && head != t.Commit {
		t.Commit = head
	} else if t.Repository == own {
		t.Pipeline = pipeline(env)
	}
	return f, nil
}

// openMergeRequest takes the merge request of a branch's pipeline, if there is just one.
func openMergeRequest(f finding, env Environment) finding {
	open := env.Getenv("CI_OPEN_MERGE_REQUESTS")
	path, digits, _ := strings.Cut(open, "!")
	n := number(digits)
	switch {
	case open == "":
		f.noPull = "CI_MERGE_REQUEST_IID is not set (it is in merge request pipelines)"
	case n == 0:
		f.noPull = "CI_OPEN_MERGE_REQUESTS names several: " + quote(open)
	default:
		if path != env.Getenv("CI_PROJECT_PATH") {
			f.target.Repository, f.path = path, ""
		} else {
			f.target.Pipeline = pipeline(env)
		}
		f.target.PullRequest = n
	}
	return f
}

func pipeline(env Environment) int64 {
	id, err := strconv.ParseInt(env.Getenv("CI_PIPELINE_ID"), 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}
