package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/diff/render"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/forge"
)

// commentFlags say which pull request a plan belongs to, as far as the environment of the
// CI does not, and how it is shown there.
type commentFlags struct {
	forge  string
	target forge.Target
	// baseBranch is the branch that the plan was made for, "" for any.
	baseBranch         string
	key, author        string
	always, unverified bool
}

func (f *commentFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.forge, "forge", "", "github, gitlab, gitea or forgejo (default the one that the CI runs for)")
	flags.StringVar(&f.target.URL, "forge-url", "", "`url` of the forge or of its API (default the CI's, or the public service)")
	flags.StringVar(&f.target.Repository, "repository", "", "repository of the pull request, as `owner/name` (default the CI's)")
	flags.IntVar(&f.target.PullRequest, "pull-request", 0, "`number` of the pull request (default the CI's)")
	flags.StringVar(&f.target.Commit, "commit", "", "full `hash` of the pull request's head commit (default the CI's, else the forge is asked)")
	flags.StringVar(&f.target.Head.Repository, "head-repository", "", "find the pull request by the `owner/name` that it comes from, with --head-branch and --commit")
	flags.StringVar(&f.target.Head.Branch, "head-branch", "", "find the pull request by the `branch` that it comes from, with --head-repository and --commit")
	flags.StringVar(&f.baseBranch, "base-branch", "", "`branch` that the plan was made for; a pull request for another one is refused")
	flags.StringVar(&f.key, "key", "", "`name` that tells apart the plans of one pull request, each with a comment and a check of its own")
	flags.StringVar(&f.author, "comment-author", "", "`account` that the token belongs to, where the forge does not say")
	flags.BoolVar(&f.always, "always", false, "make a comment also for a plan without changes, where there is none yet")
	flags.BoolVar(&f.unverified, "unverified", false, "mark the plan as made by a job that anybody can change: a neutral check, and no approval codes")
}

func (a *app) comment() *cobra.Command {
	var f commentFlags
	cmd := &cobra.Command{
		Use:   "comment PLAN",
		Short: "Put a saved plan into its pull request: comment, check, annotations",
		Long: `Put a plan into its pull request at GitHub, GitLab, Gitea or Forgejo. PLAN is a file of
plan --out or plan --format json, or - for standard input.

There is one comment, which is updated in place, and a check with the verdict on the head
commit: a check run with annotations at GitHub, a commit status elsewhere. Which pull
request that is, is found in the environment of the CI; flags take precedence. The token
comes from ZONETENDER_FORGE_TOKEN, else from GH_TOKEN, GITHUB_TOKEN, GITLAB_TOKEN,
FORGEJO_TOKEN or GITEA_TOKEN, or belongs to a GitHub App.

The exit code is 0 if the forge has taken everything, whatever the plan says.`,
		Example: `  zonetender plan --out plan.json zones; zonetender comment plan.json
  zonetender comment --key staging --always plan.json
  zonetender comment --forge gitea --forge-url https://git.example --repository dns/zones --pull-request 7 plan.json`,
		Args: onePlan,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.settings(cmd)
			if err != nil {
				return err
			}
			plan, err := a.planArg(args[0])
			if err != nil {
				return err
			}
			if err := a.putPlan(cmd.Context(), f, s, plan); err != nil {
				return fmt.Errorf("comment: %w", err)
			}
			return nil
		},
	}
	f.add(cmd)
	return cmd
}

// onePlan is for commands that take a saved plan.
func onePlan(_ *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return fmt.Errorf("%s, expected one plan, or - for standard input", count(len(args), "argument"))
}

// planArg reads the plan that an argument names.
func (a *app) planArg(arg string) (*diff.Plan, error) {
	if arg != "-" {
		saved, err := readPlan(arg)
		if err != nil {
			return nil, err
		}
		return saved.Plan, nil
	}
	saved, err := diff.ReadPlan(a.stdin)
	if err != nil {
		return nil, fmt.Errorf("plan from standard input: %w", err)
	}
	return saved.Plan, nil
}

// putPlan puts a plan into its pull request. What goes wrong with one part of it keeps none
// of the others back.
func (a *app) putPlan(ctx context.Context, f commentFlags, s *settings, plan *diff.Plan) error {
	client, err := a.pullRequest(ctx, f, s)
	if err != nil {
		return err
	}
	p := &pullPlan{plan: plan, flags: f, target: client.Target()}
	body, err := p.body(p.target.Run)
	if err != nil {
		return err
	}
	problems := []error{p.writeSummary(a)}
	commented, err := client.Comment(ctx, forge.Comment{
		Body: body, UpdateOnly: !f.always && render.Verdict(plan) == render.NoChanges,
	})
	problems = append(problems, err, a.tell("comment", commented, err))
	checked, err := client.SetCheck(ctx, p.check(body))
	return errors.Join(append(problems, err, a.tell("check", checked, err))...)
}

// tell writes what was done.
func (a *app) tell(what string, r forge.Result, err error) error {
	for _, n := range r.Notes {
		fmt.Fprintf(a.stderr, "note: %s\n", schema.Printable(n))
	}
	if err != nil || r.Action == "" {
		return nil
	}
	line := what + " " + string(r.Action)
	if r.URL != "" {
		line += ": " + schema.Printable(r.URL)
	}
	_, err = fmt.Fprintln(a.stdout, line)
	return err
}

// pullRequest returns a client for the pull request that flags and environment name.
func (a *app) pullRequest(ctx context.Context, f commentFlags, s *settings) (*forge.Client, error) {
	given, err := f.given()
	if err != nil {
		return nil, err
	}
	env := a.forgeEnvironment(s)
	target, err := forge.Detect(given, env)
	if err != nil {
		return nil, err
	}
	credentials, err := forge.FindCredentials(target.Kind, env)
	if err != nil {
		return nil, err
	}
	client, err := forge.New(forge.Options{
		Target: target, Credentials: credentials, Key: f.key, CommentAuthor: f.author, UserAgent: userAgent(),
	})
	if err != nil {
		return nil, err
	}
	return f.find(ctx, client)
}

// given returns the target as far as flags give it.
func (f *commentFlags) given() (forge.Target, error) {
	t := f.target
	if f.forge != "" {
		var err error
		if t.Kind, err = forge.ParseKind(f.forge); err != nil {
			return forge.Target{}, err
		}
	}
	if t.Head == (forge.Head{}) {
		return t, nil
	}
	if t.Head.Repository == "" || t.Head.Branch == "" || t.Commit == "" {
		return forge.Target{}, errors.New("--head-repository and --head-branch: expected both, and --commit")
	}
	if t.PullRequest != 0 {
		return forge.Target{}, errors.New("--pull-request: expected it, or --head-repository and --head-branch, not both")
	}
	t.Head.Commit = t.Commit
	return t, nil
}

// find returns a client for a pull request that is named by where it comes from, or the
// client itself. A plan that was made for another branch than the pull request's is refused.
func (f *commentFlags) find(ctx context.Context, client *forge.Client) (*forge.Client, error) {
	target := client.Target()
	if target.PullRequest != 0 {
		if f.baseBranch != "" {
			return nil, errors.New("--base-branch: expected only with a pull request that is found by --head-branch or by a workflow_run event")
		}
		return client, nil
	}
	pull, err := client.FindPullRequest(ctx, target.Head, f.baseBranch)
	if err != nil {
		return nil, err
	}
	return client.For(pull), nil
}

// forgeEnvironment is the environment, in which flags take the place of their variables.
func (a *app) forgeEnvironment(s *settings) forge.Environment {
	given := map[string]string{
		forge.AppIDVariable: s.GitHubAppID, forge.AppInstallationVariable: s.GitHubAppInstallation,
		forge.AppKeyFileVariable: s.GitHubAppKeyFile,
	}
	return forge.Environment{
		Getenv:   func(name string) string { return cmp.Or(given[name], a.getenv(name)) },
		ReadFile: readSmallFile,
	}
}

// readSmallFile reads a secret or an event.
func readSmallFile(path string) ([]byte, error) {
	const most = 32 << 20 // GitHub cuts the payload of an event at 25 MB
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && len(data) > most {
		err = fmt.Errorf("%s: larger than %d MiB", path, most>>20)
	}
	return data, err
}
