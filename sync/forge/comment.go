package forge

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// A Comment is what the comment of a pull request should say.
type Comment struct {
	// Body is Markdown. Text from outside in it must be escaped already.
	Body string
	// UpdateOnly is true if a comment that exists should say this, but none be created for
	// it: so for a result without changes.
	UpdateOnly bool
}

// An Action is what was done.
type Action string

// What can be done with a comment, a check run or a commit status.
const (
	Created   Action = "created"
	Updated   Action = "updated"
	Unchanged Action = "unchanged" // it says so already
	Skipped   Action = "skipped"   // nothing was to be done
)

// A Result is what was done, and where to look at it.
type Result struct {
	Action Action
	// URL is the page that shows it, "" for none.
	URL string
	// Notes are what somebody should know, such as that a second comment has the marker.
	Notes []string
}

// maxComment returns the number of characters that a comment can have.
//
// Sources: docs.github.com and the error that GitHub returns ("body is too long (maximum is
// 65536 characters)"); docs.gitlab.com, "GitLab application limits": 1,000,000. Gitea
// documents none; its databases hold 65,535 bytes at least.
func (k Kind) maxComment() int {
	switch k.family() {
	case GitHub:
		return 65_536
	case GitLab:
		return 1_000_000
	}
	return 65_535
}

const defaultKey = "plan"

var keyPattern = regexp.MustCompile(`^[A-Za-z0-9]+([._/-][A-Za-z0-9]+)*$`)

// checkKey refuses a key that could end the marker, in which "--" ends a comment.
func checkKey(key string) error {
	if len(key) > 64 || !keyPattern.MatchString(key) {
		return fmt.Errorf("key %s: expected 1 to 64 letters and digits, with single '.', '_', '/' or '-' between them", quote(key))
	}
	return nil
}

// marker is the first line of a comment. Readers do not see it.
func (c *Client) marker() string { return "<!-- zonetender: " + c.key + " -->" }

// Comment makes the pull request's comment say what it should: it updates the client's own,
// or creates one. Comments of others are left alone, whatever they say; of several own ones
// with the same key the oldest is used. A comment that says so already is not written.
func (c *Client) Comment(ctx context.Context, m Comment) (Result, error) {
	if c.target.PullRequest == 0 {
		return Result{}, errors.New("comment: no pull request is known")
	}
	if strings.TrimSpace(m.Body) == "" {
		return Result{}, errors.New("comment: no body")
	}
	body := c.marker() + "\n" + c.guard(m.Body)
	if n := utf8.RuneCountInString(body); n > c.target.Kind.maxComment() {
		return Result{}, fmt.Errorf("comment: %d characters, expected at most %d", n, c.target.Kind.maxComment())
	}
	self, err := c.identity(ctx)
	if err != nil {
		return Result{}, err
	}
	found, err := c.find(ctx, self)
	if err != nil {
		return Result{}, err
	}
	res := Result{Notes: found.notes}
	switch {
	case found.own == nil && m.UpdateOnly:
		res.Action = Skipped
		return res, nil
	case found.own == nil:
		made, err := c.create(ctx, self, body)
		res.Action, res.URL = Created, made.url
		return res, err
	case same(found.own.body, body):
		res.Action, res.URL = Unchanged, found.own.url
		return res, nil
	}
	changed, err := c.commenter.update(ctx, c.target.PullRequest, found.own.id, body)
	res.Action, res.URL = Updated, changed.url
	return res, err
}

// create creates the comment once, even if the answer is lost.
func (c *Client) create(ctx context.Context, self account, body string) (note, error) {
	return settle(ctx, func() (note, error) {
		return c.commenter.create(ctx, c.target.PullRequest, body)
	}, func() (note, bool, error) {
		found, err := c.find(ctx, self)
		if err != nil || found.own == nil {
			return note{}, false, err
		}
		return *found.own, true, nil
	})
}

// A search is what the comments of a pull request hold.
type search struct {
	own   *note // the oldest own comment with the marker, nil for none
	notes []string
}

// find looks through every comment of the pull request.
func (c *Client) find(ctx context.Context, self account) (search, error) {
	var s search
	spare, foreign := 0, 0
	err := c.commenter.list(ctx, c.target.PullRequest, func(n note) {
		switch {
		case !strings.HasPrefix(strings.TrimSpace(n.body), c.marker()):
		case !self.is(n.author):
			foreign++
		case s.own == nil:
			s.own = &n
		default:
			spare++
			if n.id < s.own.id {
				s.own = &n
			}
		}
	})
	if spare > 0 {
		s.notes = append(s.notes, fmt.Sprintf("%d more comments of %s have the key %s: the oldest is used", spare, quote(self.login), c.key))
	}
	if foreign > 0 {
		s.notes = append(s.notes, fmt.Sprintf("%d comments with the key %s are not by %s: left alone", foreign, c.key, quote(self.login)))
	}
	return s, err
}

// same reports whether a comment that a forge kept says what a body says.
func same(kept, body string) bool {
	normal := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	return normal(kept) == normal(body)
}

// guard returns a body without lines that a forge takes for orders. GitLab runs a line that
// begins with a slash, such as "/close", outside of code, and removes "\r" before it looks.
// A space in front prevents it, and is not shown.
//
// Source: docs.gitlab.com, "GitLab quick actions".
func (c *Client) guard(body string) string {
	body = strings.ToValidUTF8(body, "\uFFFD")
	body = strings.ReplaceAll(strings.ReplaceAll(body, "\r\n", "\n"), "\r", "\n")
	if c.target.Kind != GitLab {
		return body
	}
	body = strings.ReplaceAll(body, "\n/", "\n /")
	if strings.HasPrefix(body, "/") {
		return " " + body
	}
	return body
}
