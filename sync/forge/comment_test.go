package forge

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/sync/forge/forgetest"
)

// Whatever was said before, the last comment is what stands there, once.
func TestCommentIsUpdatedInPlace(t *testing.T) {
	t.Parallel()
	onEach(t, forgetest.Options{}, func(t *testing.T, s *forgetest.Server, o Options) {
		wantAction(t, say(t, newClient(t, o), Comment{Body: "one"}), Created)
		wantBodies(t, s, marked("plan", "one"))
		wantAction(t, say(t, newClient(t, o), Comment{Body: "two"}), Updated)
		wantBodies(t, s, marked("plan", "two"))
		writes := len(s.Writes())
		wantAction(t, say(t, newClient(t, o), Comment{Body: "two\n"}), Unchanged)
		if got := len(s.Writes()); got != writes {
			t.Errorf("%d writes for an unchanged body, expected none", got-writes)
		}
	})
}

func TestKeysTellCommentsApart(t *testing.T) {
	t.Parallel()
	onEach(t, forgetest.Options{}, func(t *testing.T, s *forgetest.Server, o Options) {
		a, b := o, o
		a.Key, b.Key = "prod", "prod/eu"
		for _, text := range []string{"one", "two"} {
			say(t, newClient(t, a), Comment{Body: "a " + text})
			say(t, newClient(t, b), Comment{Body: "b " + text})
		}
		wantBodies(t, s, marked("prod", "a two"), marked("prod/eu", "b two"))
	})
}

// A comment of somebody else with our marker, and one of our own that only quotes it, stay
// as they are.
func TestForeignCommentsAreLeftAlone(t *testing.T) {
	t.Parallel()
	onEach(t, forgetest.Options{}, func(t *testing.T, s *forgetest.Server, o Options) {
		self := "robot"
		if o.Target.Kind == GitHub {
			self = "github-actions[bot]"
		}
		foreign := []string{marked("plan", "mine"), marked("plan", "mine, too"), "> " + marked("plan", "quoted")}
		s.AddComment(1, "mallory", foreign[0])
		s.AddComment(1, strings.TrimSuffix(self, "[bot]")+"2", foreign[1])
		s.AddComment(1, self, foreign[2])
		res := say(t, newClient(t, o), Comment{Body: "one"})
		wantAction(t, res, Created)
		if len(res.Notes) != 1 || !strings.Contains(res.Notes[0], "2 comments with the key plan are not by") {
			t.Errorf("notes %q, expected one on the foreign comments", res.Notes)
		}
		wantAction(t, say(t, newClient(t, o), Comment{Body: "two"}), Updated)
		wantBodies(t, s, append(foreign, marked("plan", "two"))...)
	})
}

// A user whose name is an App's without its suffix is somebody else.
func TestUserIsNotTheAppOfThatName(t *testing.T) {
	t.Parallel()
	s := forgetest.NewGitHub(forgetest.Options{})
	s.AddComment(1, "github-actions", marked("plan", "mine"))
	wantAction(t, say(t, newClient(t, optionsFor(GitHub, s)), Comment{Body: "one"}), Created)
	wantBodies(t, s, marked("plan", "mine"), marked("plan", "one"))
}

func TestOldestOfSeveralIsUsed(t *testing.T) {
	t.Parallel()
	onEach(t, forgetest.Options{PageSize: 2}, func(t *testing.T, s *forgetest.Server, o Options) {
		say(t, newClient(t, o), Comment{Body: "one"})
		for range 5 {
			s.AddComment(1, s.Comments(1)[0].Author, marked("plan", "again"))
		}
		res := say(t, newClient(t, o), Comment{Body: "two"})
		wantAction(t, res, Updated)
		if len(res.Notes) != 1 || !strings.Contains(res.Notes[0], "5 more comments") {
			t.Errorf("notes %q, expected one on the 5 others", res.Notes)
		}
		if got := s.Comments(1)[0].Body; got != marked("plan", "two") {
			t.Errorf("oldest comment %q, expected it to be updated", got)
		}
	})
}

// The own comment is found wherever it stands among hundreds.
func TestEveryPageIsSearched(t *testing.T) {
	t.Parallel()
	for _, before := range []int{49, 50, 99, 100, 250} {
		onEach(t, forgetest.Options{}, func(t *testing.T, s *forgetest.Server, o Options) {
			for i := range before {
				s.AddComment(1, "reviewer", fmt.Sprint("remark ", i))
			}
			say(t, newClient(t, o), Comment{Body: "one"})
			for i := range 120 {
				s.AddComment(1, "reviewer", fmt.Sprint("answer ", i))
			}
			wantAction(t, say(t, newClient(t, o), Comment{Body: "two"}), Updated)
			if got := len(s.Comments(1)); got != before+121 {
				t.Errorf("%d comments, expected %d", got, before+121)
			}
		})
	}
}

func TestUpdateOnlyCreatesNothing(t *testing.T) {
	t.Parallel()
	onEach(t, forgetest.Options{}, func(t *testing.T, s *forgetest.Server, o Options) {
		wantAction(t, say(t, newClient(t, o), Comment{Body: "no changes", UpdateOnly: true}), Skipped)
		wantBodies(t, s)
		say(t, newClient(t, o), Comment{Body: "one"})
		wantAction(t, say(t, newClient(t, o), Comment{Body: "no changes", UpdateOnly: true}), Updated)
		wantBodies(t, s, marked("plan", "no changes"))
	})
}

// Whether a call took effect before its answer was lost or not: there is one comment.
func TestLostAnswerMakesNoSecondComment(t *testing.T) {
	t.Parallel()
	const path = "comments"
	faults := map[string][]forgetest.Fault{
		"cut after":         {forgetest.LostAnswer("POST", "")},
		"cut before":        {{Method: "POST", Cut: true}},
		"502 after":         {forgetest.BadGateway("POST", "", true)},
		"502 before, twice": {forgetest.BadGateway("POST", "", false), forgetest.BadGateway("POST", "", false)},
		"500, then cut":     {{Method: "POST", Status: 500}, forgetest.LostAnswer("POST", "")},
		"and reads fail":    {forgetest.LostAnswer("POST", ""), forgetest.BadGateway("GET", path, false)},
	}
	for name, list := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, forgetest.Options{}, func(t *testing.T, s *forgetest.Server, o Options) {
				for _, f := range list {
					if f.Method == "POST" {
						f.Path = map[Kind]string{GitLab: "notes"}[o.Target.Kind]
						if f.Path == "" {
							f.Path = path
						}
					}
					s.Fail(f)
				}
				wantAction(t, say(t, newClient(t, o), Comment{Body: "one"}), Created)
				wantBodies(t, s, marked("plan", "one"))
			})
		})
	}
}

func TestTroubleThatLastsIsAnError(t *testing.T) {
	t.Parallel()
	onEach(t, forgetest.Options{}, func(t *testing.T, s *forgetest.Server, o Options) {
		f := forgetest.BadGateway("", "", false)
		f.Times = 1000
		s.Fail(f)
		_, err := newClient(t, o).Comment(context.Background(), Comment{Body: "one"})
		wantError(t, err, string(o.Target.Kind)+": GET /user: 502 Bad Gateway: an HTML page, 502 Bad Gateway, after 5 attempts")
	})
}

// GitLab carries out a line such as "/close", whatever the end of the line before.
func TestNoLineIsAnOrder(t *testing.T) {
	t.Parallel()
	bodies := []string{"/close", "a\n/close", "a\r/close", "a\n\r/close", "a\r\n/assign @me\r\n/close", "```\n/close\n```", "a\n\n/merge\n"}
	for _, body := range bodies {
		s := forgetest.NewGitLab(forgetest.Options{})
		say(t, newClient(t, optionsFor(GitLab, s)), Comment{Body: body})
		say(t, newClient(t, optionsFor(GitLab, s)), Comment{Body: body + "\n/close"})
		if got := s.QuickActions(); len(got) > 0 {
			t.Errorf("body %q: GitLab carried out %q", body, got)
		}
	}
}

func TestKeyCannotEndTheMarker(t *testing.T) {
	t.Parallel()
	s := forgetest.NewGitHub(forgetest.Options{})
	for _, key := range []string{"a--b", "a -->", "-a", "a-", "a\nb", "a b", "ä", strings.Repeat("a", 65), "a..b"} {
		o := optionsFor(GitHub, s)
		o.Key = key
		if _, err := New(o); err == nil {
			t.Errorf("key %q was accepted", key)
		}
	}
	for _, key := range []string{"a", "prod/eu-1", "a.b_c", strings.Repeat("a", 64)} {
		o := optionsFor(GitHub, s)
		o.Key = key
		newClient(t, o)
	}
}

func TestCommentLengths(t *testing.T) {
	t.Parallel()
	onEach(t, forgetest.Options{}, func(t *testing.T, s *forgetest.Server, o Options) {
		most := o.Target.Kind.maxComment() - len(marked("plan", ""))
		say(t, newClient(t, o), Comment{Body: strings.Repeat("ü", most)})
		_, err := newClient(t, o).Comment(context.Background(), Comment{Body: strings.Repeat("ü", most+1)})
		wantError(t, err, "characters, expected at most")
	})
}

func TestEmptyCommentIsRefused(t *testing.T) {
	t.Parallel()
	s := forgetest.NewGitHub(forgetest.Options{})
	_, err := newClient(t, optionsFor(GitHub, s)).Comment(context.Background(), Comment{Body: " \n"})
	wantError(t, err, "comment: no body")
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	unknown := forgetest.Options{Tokens: []forgetest.Token{{Value: "t0k3n", Login: "gitea-actions", Kind: forgetest.Workflow}}}
	t.Run("asks for the author", func(t *testing.T) {
		t.Parallel()
		_, err := newClient(t, optionsFor(Gitea, forgetest.NewGitea(unknown))).Comment(context.Background(), Comment{Body: "one"})
		wantError(t, err, "comment author: ", "pass --comment-author, gitea-actions for", "read:user")
	})
	t.Run("takes the author that is given", func(t *testing.T) {
		t.Parallel()
		s := forgetest.NewGitea(unknown)
		s.AddComment(1, "gitea-actions", marked("plan", "old"))
		s.AddComment(1, "mallory", marked("plan", "mine"))
		o := optionsFor(Gitea, s)
		o.CommentAuthor = "@gitea-actions"
		wantAction(t, say(t, newClient(t, o), Comment{Body: "one"}), Updated)
		wantBodies(t, s, marked("plan", "one"), marked("plan", "mine"))
	})
	t.Run("refuses an author that is not ours", func(t *testing.T) {
		t.Parallel()
		o := optionsFor(GitLab, forgetest.NewGitLab(forgetest.Options{}))
		o.CommentAuthor = "mallory"
		_, err := newClient(t, o).Comment(context.Background(), Comment{Body: "one"})
		wantError(t, err, `comment author: the token belongs to "robot", not to "mallory"`)
	})
	t.Run("a workflow's token is a viewer", func(t *testing.T) {
		t.Parallel()
		s := forgetest.NewGitHub(forgetest.Options{})
		s.AddComment(1, "github-actions[bot]", marked("plan", "old"))
		wantAction(t, say(t, newClient(t, optionsFor(GitHub, s)), Comment{Body: "one"}), Updated)
		var paths []string
		for _, c := range s.Calls() {
			paths = append(paths, c.Path)
		}
		if !slices.Contains(paths, "/graphql") {
			t.Errorf("calls %q, expected /graphql among them", paths)
		}
	})
	t.Run("either spelling of an App's author", func(t *testing.T) {
		t.Parallel()
		for _, author := range []string{"github-actions", "github-actions[bot]"} {
			o := optionsFor(GitHub, forgetest.NewGitHub(forgetest.Options{}))
			o.CommentAuthor = author
			say(t, newClient(t, o), Comment{Body: "one"})
		}
	})
}
