package forge

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/sync/forge/forgetest"
)

func sha(n int) string { return fmt.Sprintf("%040x", n) }

// manyPulls returns pull requests from forks among which number 77 is the one that is meant.
func manyPulls() []forgetest.PullRequest {
	var list []forgetest.PullRequest
	for n := 1; n <= 130; n++ {
		list = append(list, forgetest.PullRequest{
			Number: n, HeadRepository: fmt.Sprintf("fork%d/zones", n%3), HeadProject: int64(100 + n%3), HeadBranch: "patch-1", HeadCommit: sha(n),
		})
	}
	list[10].HeadRepository, list[10].HeadProject = "-", 0
	list[20].HeadCommit, list[20].Closed = sha(77), true
	return list
}

func TestFindPullRequest(t *testing.T) {
	t.Parallel()
	onEach(t, forgetest.Options{PullRequests: manyPulls(), PageSize: 7}, func(t *testing.T, s *forgetest.Server, o Options) {
		o.Target.PullRequest, o.Target.Commit = 0, ""
		c := newClient(t, o)
		h := Head{Repository: "fork2/zones", Branch: "patch-1", Commit: sha(77)}
		p, err := c.FindPullRequest(context.Background(), h, "")
		if err != nil {
			t.Fatal(err)
		}
		if p.Number != 77 || p.Base != "main" || p.Head != h || p.URL == "" {
			t.Errorf("pull request %+v, expected 77", p)
		}
		found := c.For(p)
		if got := found.Target(); got.PullRequest != 77 || got.Commit != sha(77) {
			t.Errorf("target %+v, expected pull request 77", got)
		}
		if _, err := found.SetCheck(context.Background(), changes); err != nil {
			t.Error(err)
		}
		if _, err := found.Comment(context.Background(), Comment{Body: "one"}); err != nil {
			t.Error(err)
		}
		if len(s.Comments(77)) != 1 {
			t.Error("expected a comment in pull request 77")
		}
		if _, err := c.Comment(context.Background(), Comment{Body: "one"}); err == nil {
			t.Error("a comment without a pull request")
		}
	})
}

func TestFindNoPullRequest(t *testing.T) {
	t.Parallel()
	onEach(t, forgetest.Options{PullRequests: manyPulls()}, func(t *testing.T, s *forgetest.Server, o Options) {
		c := newClient(t, o)
		for _, h := range []Head{
			{"fork2/zones", "patch-1", sha(999)}, // pushed to since
			{"fork2/zones", "patch-2", sha(77)},
			{"fork1/zones", "patch-1", sha(77)},
		} {
			_, err := c.FindPullRequest(context.Background(), h, "")
			wantError(t, err, "none is open", h.Repository, h.Branch)
		}
		for _, h := range []Head{
			{"fork2", "patch-1", sha(77)},
			{"fork2/zones", "", sha(77)},
			{"fork2/zones", "a b", sha(77)},
			{"fork2/zones", "patch-1", "HEAD"},
			{"../zones", "patch-1", sha(77)},
		} {
			_, err := c.FindPullRequest(context.Background(), h, "")
			wantError(t, err, "head ", "expected")
		}
	})
}

func TestFindSeveralPullRequests(t *testing.T) {
	t.Parallel()
	list := []forgetest.PullRequest{
		{Number: 1, HeadBranch: "change", HeadCommit: sha(1)},
		{Number: 2, HeadBranch: "change", HeadCommit: sha(1)},
	}
	onEach(t, forgetest.Options{PullRequests: list}, func(t *testing.T, s *forgetest.Server, o Options) {
		_, err := newClient(t, o).FindPullRequest(context.Background(), Head{"acme/zones", "change", sha(1)}, "")
		wantError(t, err, "2 are open", "--pull-request")
		if strings.Contains(err.Error(), o.Credentials.Token) {
			t.Errorf("error %q", err)
		}
	})
}

// A branch with a second pull request, for another base, cannot hide the first one.
func TestFindByBase(t *testing.T) {
	t.Parallel()
	list := []forgetest.PullRequest{
		{Number: 1, HeadBranch: "change", HeadCommit: sha(1), Base: "release"},
		{Number: 2, HeadBranch: "change", HeadCommit: sha(1)},
	}
	onEach(t, forgetest.Options{PullRequests: list}, func(t *testing.T, s *forgetest.Server, o Options) {
		h := Head{"acme/zones", "change", sha(1)}
		for base, want := range map[string]int{"main": 2, "release": 1} {
			p, err := newClient(t, o).FindPullRequest(context.Background(), h, base)
			if err != nil || p.Number != want || p.Base != base {
				t.Errorf("%s: pull request %+v, error %v, expected %d", base, p, err, want)
			}
		}
		_, err := newClient(t, o).FindPullRequest(context.Background(), h, "next")
		wantError(t, err, "pull request ", `expected one for "next"`)
	})
}
