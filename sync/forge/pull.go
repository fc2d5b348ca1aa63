package forge

import (
	"context"
	"fmt"
	"strings"
)

// A PullRequest is a pull request as the forge knows it.
type PullRequest struct {
	Number int
	Head   Head
	// Base is the branch that it would be merged into.
	Base string
	// URL is its page.
	URL string
}

// FindPullRequest returns the open pull request that comes from a branch of a repository and
// has a commit as its head. It is the way for a trusted workflow to learn which pull request
// a run in a fork was for: by what the forge says, not by what the run left behind. The
// error says so if there is none, or more than one.
//
// One branch can have pull requests for several others. Base names the one that is meant; ""
// means any.
func (c *Client) FindPullRequest(ctx context.Context, h Head, base string) (PullRequest, error) {
	if err := h.check(c.target.Kind); err != nil {
		return PullRequest{}, err
	}
	var found, elsewhere []PullRequest
	err := c.finder.open(ctx, h, func(p PullRequest) {
		switch {
		case !strings.EqualFold(p.Head.Repository, h.Repository) || p.Head.Branch != h.Branch || p.Head.Commit != h.Commit:
		case base != "" && p.Base != base:
			elsewhere = append(elsewhere, p)
		default:
			found = append(found, p)
		}
	})
	where := fmt.Sprintf("pull request from %s, branch %s, commit %s", quote(h.Repository), quote(h.Branch), h.Commit)
	switch {
	case err != nil:
		return PullRequest{}, err
	case len(found) == 0 && len(elsewhere) > 0:
		return PullRequest{}, fmt.Errorf("pull request %d: it is for the branch %s, expected one for %s", elsewhere[0].Number, quote(elsewhere[0].Base), quote(base))
	case len(found) == 0:
		return PullRequest{}, fmt.Errorf("%s: none is open in %s (closed, or pushed to since?)", where, quote(c.target.Repository))
	case len(found) > 1:
		return PullRequest{}, fmt.Errorf("%s: %d are open in %s: pass --pull-request", where, len(found), quote(c.target.Repository))
	}
	return found[0], nil
}

// For returns a client for a pull request that was found.
func (c *Client) For(p PullRequest) *Client {
	d := *c
	d.target.PullRequest, d.target.Commit, d.target.Head = p.Number, p.Head.Commit, Head{}
	return &d
}

// Target returns the pull request that the client writes to.
func (c *Client) Target() Target { return c.target }

// check refuses a head that no pull request has.
func (h Head) check(kind Kind) error {
	if err := kind.checkRepository(h.Repository); err != nil {
		return fmt.Errorf("head %w", err)
	}
	// What git-check-ref-format refuses is not looked for.
	if h.Branch == "" || len(h.Branch) > 255 || strings.ContainsFunc(h.Branch, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return fmt.Errorf("head branch %s: expected the name of a branch", quote(h.Branch))
	}
	if !objectID.MatchString(h.Commit) {
		return fmt.Errorf("head commit %s: expected 40 or 64 lower-case hexadecimal digits", quote(h.Commit))
	}
	return nil
}
