package forge

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/zonetender/zonetender/sync/forge/forgetest"
)

func set(t *testing.T, o Options, k Check) Result {
	t.Helper()
	res, err := newClient(t, o).SetCheck(context.Background(), k)
	if err != nil {
		t.Fatalf("set check: %v", err)
	}
	return res
}

// annotations returns n of them, one for each line of a file.
func annotations(n int) []Annotation {
	list := make([]Annotation, n)
	for i := range list {
		list[i] = Annotation{Path: "zones/example.com.yaml", Start: i + 1, Level: Problem, Message: fmt.Sprint("wrong ", i)}
	}
	return list
}

var changes = Check{Name: "zonetender/plan", Conclusion: Success, Title: "3 changes, high risk", Summary: "**3**"}

// run returns the only check run of a server.
func run(t *testing.T, s *forgetest.Server) forgetest.CheckRun {
	t.Helper()
	runs := s.Checks()
	if len(runs) != 1 {
		t.Fatalf("%d check runs, expected 1: %+v", len(runs), runs)
	}
	return runs[0]
}

func TestCheckRun(t *testing.T) {
	t.Parallel()
	s := forgetest.NewGitHub(forgetest.Options{})
	o := optionsFor(GitHub, s)
	o.Target.Run = "https://ci.example/run/1"
	wantAction(t, set(t, o, changes), Created)
	got := run(t, s)
	if got.Name != changes.Name || got.Commit != forgetest.DefaultCommit || got.Conclusion != "success" ||
		got.Title != changes.Title || got.Summary != changes.Summary || got.DetailsURL != o.Target.Run {
		t.Errorf("check run %+v, expected what was set", got)
	}
	writes := len(s.Writes())
	wantAction(t, set(t, o, changes), Unchanged)
	if len(s.Writes()) != writes {
		t.Error("an unchanged check was written again")
	}
	refused := Check{Name: changes.Name, Conclusion: Failure, Title: "refused"}
	wantAction(t, set(t, o, refused), Updated)
	if got := run(t, s); got.Conclusion != "failure" || got.Title != "refused" {
		t.Errorf("check run %+v, expected the new verdict", got)
	}
	neutral := Check{Name: changes.Name, Conclusion: Neutral, Title: "unverified"}
	wantAction(t, set(t, o, neutral), Updated)
	if got := run(t, s); got.Conclusion != "neutral" {
		t.Errorf("conclusion %q, expected neutral", got.Conclusion)
	}
}

// All annotations arrive once, in batches that GitHub takes, whatever answers are lost.
func TestAnnotationsArriveOnce(t *testing.T) {
	t.Parallel()
	faults := map[string][]forgetest.Fault{
		"no fault":     nil,
		"create lost":  {forgetest.LostAnswer("POST", "check-runs")},
		"update lost":  {forgetest.LostAnswer("PATCH", "check-runs")},
		"502 after":    {forgetest.BadGateway("PATCH", "check-runs", true)},
		"502 before":   {forgetest.BadGateway("PATCH", "check-runs", false), forgetest.BadGateway("POST", "check-runs", false)},
		"all of these": {forgetest.LostAnswer("POST", "check-runs"), forgetest.LostAnswer("PATCH", "check-runs"), forgetest.BadGateway("PATCH", "check-runs", true)},
	}
	for name, list := range faults {
		for _, n := range []int{0, 1, 50, 51, 120, 500} {
			t.Run(fmt.Sprint(name, " ", n), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := forgetest.NewGitHub(forgetest.Options{})
					for _, f := range list {
						s.Fail(f)
					}
					k := changes
					k.Annotations = annotations(n)
					wantAction(t, set(t, optionsFor(GitHub, s), k), Created)
					got := run(t, s).Annotations
					if len(got) != n {
						t.Fatalf("%d annotations, expected %d", len(got), n)
					}
					for i, a := range got {
						if a.Start != i+1 || a.End != i+1 || a.Message != fmt.Sprint("wrong ", i) {
							t.Errorf("annotation %d is %+v", i, a)
						}
					}
				})
			})
		}
	}
}

// GitHub adds annotations to those of a run, so one that has some makes way for a new one.
func TestOldAnnotationsDoNotStay(t *testing.T) {
	t.Parallel()
	s := forgetest.NewGitHub(forgetest.Options{})
	o := optionsFor(GitHub, s)
	k := changes
	k.Annotations = annotations(60)
	wantAction(t, set(t, o, k), Created)
	wantAction(t, set(t, o, k), Unchanged)
	k.Annotations = annotations(2)
	wantAction(t, set(t, o, k), Created)
	runs := s.Checks()
	if len(runs) != 2 || len(runs[1].Annotations) != 2 {
		t.Errorf("check runs %+v, expected a second one with 2 annotations", runs)
	}
}

// The same verdict of another CI run changes the link, and adds no annotation.
func TestRepeatedRunChangesTheLink(t *testing.T) {
	t.Parallel()
	s := forgetest.NewGitHub(forgetest.Options{})
	o := optionsFor(GitHub, s)
	k := changes
	k.Annotations = annotations(60)
	k.URL = "https://ci.example/run/1"
	wantAction(t, set(t, o, k), Created)
	k.URL = "https://ci.example/run/2"
	wantAction(t, set(t, o, k), Updated)
	wantAction(t, set(t, o, k), Unchanged)
	if got := run(t, s); got.DetailsURL != k.URL || len(got.Annotations) != 60 || got.Title != k.Title {
		t.Errorf("check run %q with %d annotations, expected the new link and 60", got.DetailsURL, len(got.Annotations))
	}
}

func TestAnnotationsFitTheLimits(t *testing.T) {
	t.Parallel()
	s := forgetest.NewGitHub(forgetest.Options{})
	k := changes
	k.Annotations = annotations(600)
	k.Annotations[0] = Annotation{Path: "a.yaml", Start: 9, End: 3, Level: Warning, Title: strings.Repeat("ü", 300), Message: strings.Repeat("ü", 40_000)}
	res := set(t, optionsFor(GitHub, s), k)
	if len(res.Notes) != 1 || !strings.HasPrefix(res.Notes[0], "100 annotations are left out") {
		t.Errorf("notes %q, expected one on 100 annotations", res.Notes)
	}
	got := run(t, s).Annotations
	if len(got) != MaxAnnotations {
		t.Errorf("%d annotations, expected %d", len(got), MaxAnnotations)
	}
	if a := got[0]; a.End != 9 || len(a.Message) > 64<<10 || !strings.HasSuffix(a.Message, "ü…") {
		t.Errorf("annotation from line %d to %d, message of %d bytes", a.Start, a.End, len(a.Message))
	}
}

// A check run of another App is not ours, whatever its name and external id.
func TestCheckRunOfAnotherAppIsLeftAlone(t *testing.T) {
	t.Parallel()
	tokens := []forgetest.Token{
		{Value: "ghs_one", Login: "github-actions[bot]", Kind: forgetest.Workflow},
		{Value: "ghs_two", Login: "tender[bot]", Kind: forgetest.Workflow},
	}
	s := forgetest.NewGitHub(forgetest.Options{Tokens: tokens})
	o := optionsFor(GitHub, s)
	set(t, o, changes)
	o.Credentials.Token = "ghs_two"
	wantAction(t, set(t, o, changes), Created)
	if runs := s.Checks(); len(runs) != 2 || runs[0].App != "github-actions" || runs[1].App != "tender" {
		t.Errorf("check runs %+v, expected one of each App", runs)
	}
}

func TestPersonalTokenSetsAStatus(t *testing.T) {
	t.Parallel()
	s := forgetest.NewGitHub(forgetest.Options{Tokens: []forgetest.Token{{Value: "ghp_1234567890", Login: "robot"}}})
	o := optionsFor(GitHub, s)
	k := changes
	k.Title = strings.Repeat("ü", 200)
	res := set(t, o, k)
	wantAction(t, res, Created)
	if len(res.Notes) != 1 || !strings.Contains(res.Notes[0], "a commit status is set instead") {
		t.Errorf("notes %q, expected one on the commit status", res.Notes)
	}
	wantAction(t, set(t, o, k), Unchanged)
	wantAction(t, set(t, o, changes), Updated)
	k.Conclusion = Neutral
	wantAction(t, set(t, o, k), Skipped)
	got := s.Statuses()
	if len(got) != 2 || got[1].Description != changes.Title || got[1].State != "success" || got[1].Context != changes.Name {
		t.Errorf("statuses %+v, expected two, and the last to be %q", got, changes.Title)
	}
	if len(s.Checks()) != 0 {
		t.Error("a check run was made")
	}
}

// A missing permission is named, and does not pass for a personal token.
func TestMissingPermissionsAreNamed(t *testing.T) {
	t.Parallel()
	token := func(kind forgetest.TokenKind, login string) forgetest.Options {
		return forgetest.Options{Tokens: []forgetest.Token{{Value: "t0k3n-without", Login: login, Kind: kind, Permissions: []string{forgetest.PermUser}}}}
	}
	cases := []struct {
		kind           Kind
		server         *forgetest.Server
		comment, check string
	}{
		{GitHub, forgetest.NewGitHub(token(forgetest.Workflow, "github-actions[bot]")), "pull-requests: write", "checks: write"},
		{GitHub, forgetest.NewGitHub(token(forgetest.Personal, "robot")), "pull-requests: write", "commit statuses: write"},
		{GitLab, forgetest.NewGitLab(token(forgetest.Personal, "robot")), "scope api", "scope api"},
		{Gitea, forgetest.NewGitea(token(forgetest.Personal, "robot")), "write:issue", "write:repository"},
		{GitLab, forgetest.NewGitLab(token(forgetest.Job, "robot")), "401 Unauthorized", "401 Unauthorized"},
	}
	for _, c := range cases {
		o := optionsFor(c.kind, c.server)
		_, err := newClient(t, o).Comment(context.Background(), Comment{Body: "one"})
		wantError(t, err, c.comment)
		_, err = newClient(t, o).SetCheck(context.Background(), changes)
		wantError(t, err, c.check)
		if len(c.server.Checks())+len(c.server.Statuses())+len(c.server.Comments(1)) > 0 {
			t.Errorf("%s: something was written", c.kind)
		}
	}
}

func TestCommitStatusElsewhere(t *testing.T) {
	t.Parallel()
	for _, kind := range []Kind{GitLab, Gitea, Forgejo} {
		s := newServer(kind, forgetest.Options{})
		o := optionsFor(kind, s)
		failed := map[Kind]string{GitLab: "failed"}[kind]
		if failed == "" {
			failed = "failure"
		}
		k := changes
		wantAction(t, set(t, o, k), Created)
		wantAction(t, set(t, o, k), Unchanged)
		k.Conclusion, k.Title = Failure, strings.Repeat("ü", 300)
		wantAction(t, set(t, o, k), Updated)
		wantAction(t, set(t, o, k), Unchanged)
		got := s.Statuses()
		if len(got) != 2 || got[0].State != "success" || got[1].State != failed || got[1].Commit != forgetest.DefaultCommit {
			t.Errorf("%s: statuses %+v, expected success, then %s", kind, got, failed)
		}
	}
}

// What has no neutral state is given none that would pass for a verdict.
func TestNeutralStatus(t *testing.T) {
	t.Parallel()
	k := changes
	k.Conclusion = Neutral
	lab := forgetest.NewGitLab(forgetest.Options{})
	wantAction(t, set(t, optionsFor(GitLab, lab), k), Skipped)
	if got := lab.Statuses(); len(got) != 0 {
		t.Errorf("gitlab: statuses %+v, expected none", got)
	}
	tea := forgetest.NewGitea(forgetest.Options{})
	wantAction(t, set(t, optionsFor(Gitea, tea), k), Created)
	if got := tea.Statuses(); len(got) != 1 || got[0].State != "warning" {
		t.Errorf("gitea: statuses %+v, expected a warning", got)
	}
}

// At GitLab a status joins the pipeline that it was set from; elsewhere it names the branch,
// which GitLab cannot guess for a fork.
func TestGitLabStatusHasAPlace(t *testing.T) {
	t.Parallel()
	fork := forgetest.PullRequest{Number: 1, HeadRepository: "fork/zones", HeadProject: 9, HeadBranch: "fix", HeadCommit: forgetest.DefaultCommit}
	s := forgetest.NewGitLab(forgetest.Options{PullRequests: []forgetest.PullRequest{fork}})
	o := optionsFor(GitLab, s)
	set(t, o, changes)
	o.Target.Pipeline = 42
	wantAction(t, set(t, o, changes), Updated) // the same verdict, elsewhere
	wantAction(t, set(t, o, changes), Unchanged)
	got := s.Statuses()
	if len(got) != 2 || got[0].Ref != "fix" || got[0].Pipeline != 0 || got[1].Pipeline != 42 || got[1].Ref != "" {
		t.Errorf("statuses %+v, expected one for branch fix and one in pipeline 42", got)
	}
}

// Without a commit the head is asked for.
func TestHeadCommitIsAskedFor(t *testing.T) {
	t.Parallel()
	onEach(t, forgetest.Options{}, func(t *testing.T, s *forgetest.Server, o Options) {
		o.Target.Commit = ""
		set(t, o, changes)
		for _, r := range s.Checks() {
			if r.Commit != forgetest.DefaultCommit {
				t.Errorf("check run on %s", r.Commit)
			}
		}
		if len(s.Checks())+len(s.Statuses()) != 1 {
			t.Error("expected one check run or status")
		}
	})
}

// Without a name, results with keys of their own have checks of their own.
func TestChecksAreNamedAfterTheirKeys(t *testing.T) {
	t.Parallel()
	s := forgetest.NewGitHub(forgetest.Options{})
	o := optionsFor(GitHub, s)
	for _, key := range []string{"", "plan", "prod"} {
		o.Key = key
		set(t, o, Check{Conclusion: Success, Title: "1 change"})
	}
	if runs := s.Checks(); len(runs) != 2 || runs[0].Name != "zonetender" || runs[1].Name != "zonetender/prod" {
		t.Errorf("check runs %+v, expected zonetender and zonetender/prod", runs)
	}
}

func TestTitleIsOneLine(t *testing.T) {
	t.Parallel()
	s := forgetest.NewGitHub(forgetest.Options{})
	k := changes
	k.Title = " a\n\tb\x1b " + strings.Repeat("ü", 300)
	set(t, optionsFor(GitHub, s), k)
	got := run(t, s).Title
	if !strings.HasPrefix(got, "a b ü") || len([]rune(got)) != 255 || !strings.HasSuffix(got, "ü…") {
		t.Errorf("title %q, expected one line of 255 characters", got)
	}
}

func TestBadChecks(t *testing.T) {
	t.Parallel()
	c := newClient(t, optionsFor(GitHub, forgetest.NewGitHub(forgetest.Options{})))
	for _, k := range []Check{
		{Conclusion: Success},
		{Conclusion: "passed", Title: "a"},
		{Conclusion: Success, Title: " \n "},
		{Conclusion: Success, Title: "a", Text: strings.Repeat("a", 65_536)},
		{Conclusion: Success, Title: "a", Annotations: []Annotation{{Start: 1}}},
		{Conclusion: Success, Title: "a", Annotations: []Annotation{{Path: "/a"}}},
		{Conclusion: Success, Title: "a", Annotations: []Annotation{{Path: "./a"}}},
	} {
		_, err := c.SetCheck(context.Background(), k)
		wantError(t, err, "check: ")
	}
}
