package forge

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// actions reads the environment of GitHub Actions, which Gitea's and Forgejo's follow.
//
// Source: docs.github.com, "Variables reference".
func actions(given Target, env Environment, kind Kind) (finding, error) {
	repository, server := env.Getenv("GITHUB_REPOSITORY"), strings.TrimRight(env.Getenv("GITHUB_SERVER_URL"), "/")
	f := finding{repository: "GITHUB_REPOSITORY", target: Target{
		Kind:       kind,
		URL:        cmp.Or(env.Getenv("GITHUB_API_URL"), server),
		Repository: repository,
	}}
	if kind == GitHub {
		f.target.GraphQL = env.Getenv("GITHUB_GRAPHQL_URL")
	}
	if server != "" && repository != "" {
		f.target.Web = server + "/" + repository
		// GitHub's pages of runs go by id, Gitea's by number.
		run := env.Getenv("GITHUB_RUN_ID")
		if kind != GitHub {
			run = env.Getenv("GITHUB_RUN_NUMBER")
		}
		if run != "" {
			f.target.Run = f.target.Web + "/actions/runs/" + run
		}
	}
	e, err := readEvent(env)
	if err != nil && given.PullRequest == 0 {
		return finding{}, err
	}
	f.target.PullRequest, f.target.Commit, f.target.Head = e.number, e.commit, e.head
	if f.target.PullRequest == 0 && f.target.Head == (Head{}) {
		f.target.PullRequest = numberOfRef(env.Getenv("GITHUB_REF"))
	}
	if f.target.PullRequest == 0 && f.target.Head == (Head{}) {
		f.noPull = fmt.Sprintf("this run is for none (GITHUB_EVENT_NAME is %s)", quote(env.Getenv("GITHUB_EVENT_NAME")))
	}
	return f, nil
}

// numberOfRef returns the number in refs/pull/N/merge or refs/pull/N/head, 0 for other refs.
func numberOfRef(ref string) int {
	rest, found := strings.CutPrefix(ref, "refs/pull/")
	digits, kind, _ := strings.Cut(rest, "/")
	if !found || kind != "merge" && kind != "head" {
		return 0
	}
	return number(digits)
}

// number parses a number above 0; anything else is 0.
func number(digits string) int {
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil {
		return 0
	}
	return int(n)
}

// An event is what started a run, as far as it is of interest.
type event struct {
	number int    // of the pull request, 0 for none
	commit string // the head commit, "" if the event does not say
	head   Head   // of a workflow_run event
}

// readEvent reads the file at GITHUB_EVENT_PATH. Without that variable there is no event.
func readEvent(env Environment) (event, error) {
	path := env.Getenv("GITHUB_EVENT_PATH")
	if path == "" {
		return event{}, nil
	}
	data, err := env.ReadFile(path)
	if err != nil {
		return event{}, fmt.Errorf("GITHUB_EVENT_PATH: %w", err)
	}
	e, err := parseEvent(data)
	if err != nil {
		return event{}, fmt.Errorf("GITHUB_EVENT_PATH: read event: %w", err)
	}
	return e, nil
}

type eventJSON struct {
	PullRequest *struct {
		Number int
		Head   struct{ SHA string }
	} `json:"pull_request"`
	Issue *struct {
		Number      int
		PullRequest json.RawMessage `json:"pull_request"` // null for an issue
	}
	WorkflowRun *struct {
		HeadBranch     string `json:"head_branch"`
		HeadSHA        string `json:"head_sha"`
		HeadRepository struct {
			FullName string `json:"full_name"`
		} `json:"head_repository"`
	} `json:"workflow_run"`
}

// parseEvent reads the payload of a webhook event, of which a file of an Actions run is a
// copy.
//
// Source: docs.github.com, "Webhook events and payloads": pull_request and its kin,
// issue_comment, workflow_run.
func parseEvent(data []byte) (event, error) {
	var payload eventJSON
	if err := json.Unmarshal(data, &payload); err != nil {
		return event{}, errors.New("not the JSON of a webhook event")
	}
	var e event
	switch {
	case payload.PullRequest != nil:
		e = event{number: payload.PullRequest.Number, commit: payload.PullRequest.Head.SHA}
	case payload.Issue != nil && len(payload.Issue.PullRequest) > 0 && string(payload.Issue.PullRequest) != "null":
		e = event{number: payload.Issue.Number}
	case payload.WorkflowRun != nil:
		run := payload.WorkflowRun
		e.head = Head{Repository: run.HeadRepository.FullName, Branch: run.HeadBranch, Commit: run.HeadSHA}
	}
	if e.number < 0 {
		return event{}, fmt.Errorf("pull request %d: expected a number above 0", e.number)
	}
	if e.commit != "" && !objectID.MatchString(e.commit) {
		return event{}, fmt.Errorf("head commit %s: expected a hexadecimal object name", quote(e.commit))
	}
	if e.head != (Head{}) {
		if err := e.head.check(GitHub); err != nil {
			return event{}, err
		}
	}
	return e, nil
}
