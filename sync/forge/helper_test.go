package forge

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/zonetender/zonetender/sync/forge/forgetest"
)

// newServer starts the simulator of a kind of forge.
func newServer(kind Kind, o forgetest.Options) *forgetest.Server {
	switch kind.family() {
	case GitHub:
		return forgetest.NewGitHub(o)
	case GitLab:
		return forgetest.NewGitLab(o)
	}
	return forgetest.NewGitea(o)
}

// optionsFor returns options by which a client writes to pull request 1 of a server.
func optionsFor(kind Kind, s *forgetest.Server) Options {
	return Options{
		Target: Target{
			Kind: kind, URL: "https://forge.example" + s.Prefix(), Repository: "acme/zones",
			PullRequest: 1, Commit: forgetest.DefaultCommit,
		},
		Credentials: Credentials{Token: s.Token()},
		Transport:   s.Transport(),
	}
}

func newClient(t *testing.T, o Options) *Client {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// onEach runs a test once for each kind of forge, in a bubble in which waiting takes no time.
func onEach(t *testing.T, o forgetest.Options, test func(t *testing.T, s *forgetest.Server, o Options)) {
	t.Helper()
	for _, kind := range Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(kind, o)
				test(t, s, optionsFor(kind, s))
			})
		})
	}
}

func say(t *testing.T, c *Client, m Comment) Result {
	t.Helper()
	res, err := c.Comment(context.Background(), m)
	if err != nil {
		t.Fatalf("comment: %v", err)
	}
	return res
}

// wantAction fails unless the result has an action.
func wantAction(t *testing.T, got Result, want Action) {
	t.Helper()
	if got.Action != want {
		t.Errorf("action %q, expected %q (notes %q)", got.Action, want, got.Notes)
	}
}

// wantBodies fails unless the pull request has just these comments, in order.
func wantBodies(t *testing.T, s *forgetest.Server, want ...string) {
	t.Helper()
	var got []string
	for _, c := range s.Comments(1) {
		got = append(got, c.Body)
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("comments %q, expected %q", got, want)
	}
}

// wantError fails unless err holds every text.
func wantError(t *testing.T, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, expected one with %q", texts)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("error %q, expected %q in it", err, text)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("error %q has several lines", err)
	}
}

// marked returns a comment's body as it is kept.
func marked(key, body string) string { return "<!-- zonetender: " + key + " -->\n" + body }
