package forge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// Options configure a [Client].
type Options struct {
	// Target is the pull request, as [Detect] returns it.
	Target Target
	// Credentials are what calls are authorized with.
	Credentials Credentials
	// Key tells apart the comments of several results in one pull request: 1 to 64 letters,
	// digits, with a single ".", "_", "/" or "-" between them. "" means "plan".
	Key string
	// CommentAuthor is the account that the credentials belong to, for a forge that does
	// not say; an App's name ends in "[bot]". Where the forge does say, the two must agree.
	CommentAuthor string
	// Transport performs the calls; nil means http.DefaultTransport.
	Transport http.RoundTripper
	// UserAgent names the program to the forge; "" means "zonetender".
	UserAgent string
}

// A Client writes to one pull request. Use [New] to make one; the zero Client is not usable.
// Its methods must not be called from several goroutines at once.
type Client struct {
	target    Target
	key       string
	author    string
	commenter commenter
	checker   checker
	finder    finder
	self      func() (account, error) // set by the first call of identity
}

// A commenter reads and writes the comments of a pull request.
type commenter interface {
	// self returns the account that the credentials belong to. It returns errUnknownSelf,
	// wrapped, if the forge does not say.
	self(ctx context.Context) (account, error)
	// list calls each with every comment of a pull request.
	list(ctx context.Context, pull int, each func(note)) error
	create(ctx context.Context, pull int, body string) (note, error)
	update(ctx context.Context, pull int, id int64, body string) (note, error)
}

// A checker puts a verdict on the commit of a target. The account is the client's own, the
// zero one where it is not known.
type checker interface {
	set(ctx context.Context, t Target, k Check, self account) (Result, error)
}

// A finder finds pull requests.
type finder interface {
	// open calls each with every open pull request that may come from a branch.
	open(ctx context.Context, h Head, each func(PullRequest)) error
	pull(ctx context.Context, number int) (PullRequest, error)
}

// A host is a forge of one kind.
type host interface {
	commenter
	checker
	finder
}

// A note is a comment as a forge keeps it.
type note struct {
	id     int64
	author account
	body   string
	url    string
}

// errUnknownSelf means that a forge does not say whom a token belongs to.
var errUnknownSelf = errors.New("the forge does not say whom the token belongs to")

// New returns a client without calling the forge. Its errors hold no secret.
func New(o Options) (*Client, error) {
	t, err := o.Target.complete()
	if err != nil {
		return nil, err
	}
	if t.Repository == "" {
		return nil, errors.New("repository: not set")
	}
	key := cmp.Or(o.Key, defaultKey)
	if err := checkKey(key); err != nil {
		return nil, err
	}
	a, session, err := newAPI(t, o)
	if err != nil {
		return nil, err
	}
	c := &Client{target: t, key: key, author: strings.TrimPrefix(o.CommentAuthor, "@")}
	var h host
	switch t.Kind.family() {
	case GitHub:
		g := &github{api: a, repo: split(t.Repository), session: session, key: key}
		if g.graphQL, err = parseURL(t.GraphQL); err != nil {
			return nil, fmt.Errorf("GraphQL URL: %w", err)
		}
		h = g
	case GitLab:
		h = &gitlab{api: a, project: t.Repository}
	default:
		h = &gitea{api: a, repo: split(t.Repository)}
	}
	c.commenter, c.checker, c.finder = h, h, h
	return c, nil
}

// newAPI returns the api of a target, and the session of a GitHub App, nil for a token.
func newAPI(t Target, o Options) (*api, *appSession, error) {
	base, err := url.Parse(t.URL)
	if err != nil {
		return nil, nil, errors.New("forge URL: not a URL")
	}
	transport := o.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	a := &api{
		kind:  t.Kind,
		base:  base,
		http:  &http.Client{Transport: transport, CheckRedirect: checkRedirect},
		agent: cmp.Or(o.UserAgent, "zonetender"),
	}
	switch t.Kind.family() {
	case GitHub:
		a.authorize = authorizeGitHub
	case GitLab:
		a.authorize = authorizeGitLab
	default:
		a.authorize = authorizeGitea
	}
	app, token := o.Credentials.App, strings.TrimSpace(o.Credentials.Token)
	if app == nil {
		if token == "" {
			return nil, nil, fmt.Errorf("%s: token: none", t.Kind)
		}
		a.token = func(context.Context) (string, error) { return token, nil }
		a.secrets = func() []string { return []string{token} }
		return a, nil, checkToken("token", token)
	}
	if t.Kind != GitHub || app.ID == "" || app.Key == nil || token != "" {
		return nil, nil, errors.New("github app: expected GitHub, an id, a key, and no token")
	}
	session := &appSession{app: app, repository: t.Repository}
	a.token = func(ctx context.Context) (string, error) { return session.installationToken(ctx, a) }
	a.secrets = session.secrets
	return a, session, nil
}

// An account is somebody at a forge.
type account struct {
	login string // "" if it is not known
	// bot is true for an account that is an App's. Names of such end in botSuffix; GitHub's
	// GraphQL API can leave that out.
	bot bool
}

const botSuffix = "[bot]"

// runner returns the account that a forge's own CI comments as.
func (k Kind) runner() string {
	if k == GitHub {
		return "github-actions" + botSuffix
	}
	return string(k) + "-actions"
}

// is reports whether two accounts are the same.
func (a account) is(b account) bool {
	if a.login == "" || a.bot != b.bot {
		return false
	}
	name := func(a account) string { return strings.TrimSuffix(strings.ToLower(a.login), botSuffix) }
	return name(a) == name(b)
}

// identity returns the account that comments are written by, and asks for it once.
func (c *Client) identity(ctx context.Context) (account, error) {
	if c.self == nil {
		c.self = sync.OnceValues(func() (account, error) { return c.askIdentity(ctx) })
	}
	return c.self()
}

func (c *Client) askIdentity(ctx context.Context) (account, error) {
	self, err := c.commenter.self(ctx)
	given := account{login: c.author, bot: self.bot || strings.HasSuffix(c.author, botSuffix)}
	switch {
	case errors.Is(err, errUnknownSelf) && c.author != "":
		return given, nil
	case errors.Is(err, errUnknownSelf) && c.target.Kind == GitLab:
		return account{}, fmt.Errorf("comment author: %w: pass --comment-author", err)
	case errors.Is(err, errUnknownSelf):
		return account{}, fmt.Errorf("comment author: %w: pass --comment-author, %s for the token of an Actions run", err, c.target.Kind.runner())
	case err != nil:
		return account{}, err
	case c.author != "" && !self.is(given):
		return account{}, fmt.Errorf("comment author: the token belongs to %s, not to %s", quote(self.login), quote(c.author))
	}
	return self, nil
}

// split returns the parts of a repository's name.
func split(repository string) []string { return strings.Split(repository, "/") }
