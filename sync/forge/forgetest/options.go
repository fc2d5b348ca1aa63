package forgetest

import (
	"cmp"
	"crypto/rsa"
	"strings"
	"time"
)

// Options configure a [Server]. The zero value is a server with one pull request and one
// token that may do everything.
type Options struct {
	// Repository is "owner/name"; "" means "acme/zones".
	Repository string
	// Project is the repository's number at GitLab; 0 means 7.
	Project int64
	// PullRequests that exist; nil means number 1, from the repository's own branch "change"
	// with [DefaultCommit] as its head.
	PullRequests []PullRequest
	// Tokens that are accepted; nil means [DefaultToken]: a workflow's token at GitHub, a
	// personal one elsewhere.
	Tokens []Token
	// App is a GitHub App that is installed; nil means none.
	App *App
	// PageSize is how many items a page has at most; 0 means as many as the forge allows.
	PageSize int
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// DefaultToken is the value of the token where [Options.Tokens] is nil. It is no secret.
const DefaultToken = "forge_sandbox_0000000000000000"

// DefaultCommit is the head of the pull request where [Options.PullRequests] is nil.
const DefaultCommit = "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"

// A PullRequest is a pull request, a merge request at GitLab.
type PullRequest struct {
	Number int
	// HeadRepository is where it comes from; "" means the repository itself, "-" a fork that
	// was deleted. HeadProject is the fork's number at GitLab.
	HeadRepository string
	HeadProject    int64
	HeadBranch     string
	HeadCommit     string
	Base           string // the branch that it is for; "" means "main"
	Closed         bool
}

// A TokenKind says whose a token is.
type TokenKind int

// Kinds of tokens.
const (
	Personal TokenKind = iota // a person's
	Workflow                  // made by the forge for one run of its CI, or for an App
	Job                       // GitLab's CI_JOB_TOKEN
)

// The permissions that tokens can have. Each forge has its own.
const (
	PermChecks   = "checks:write"        // GitHub
	PermPulls    = "pull-requests:write" // GitHub
	PermStatuses = "statuses:write"      // GitHub
	PermAPI      = "api"                 // GitLab
	PermIssue    = "write:issue"         // Gitea
	PermRepo     = "write:repository"    // Gitea
	PermUser     = "read:user"           // Gitea
)

// A Token is accepted by a server.
type Token struct {
	Value string
	// Login is the account it belongs to; an App's ends in "[bot]".
	Login string
	Kind  TokenKind
	// Permissions of the token; nil means all.
	Permissions []string
}

// An App is a GitHub App, installed in the repository.
type App struct {
	ID           string
	Slug         string
	Installation int64
	Key          *rsa.PublicKey
	// Permissions of the installation's tokens; nil means all.
	Permissions []string
}

func (o Options) complete(kind kind) Options {
	if o.Repository == "" {
		o.Repository = "acme/zones"
	}
	if o.Project == 0 {
		o.Project = 7
	}
	if o.PullRequests == nil {
		o.PullRequests = []PullRequest{{Number: 1, HeadBranch: "change", HeadCommit: DefaultCommit}}
	}
	if o.Tokens == nil {
		o.Tokens = []Token{{Value: DefaultToken, Login: "robot"}}
		if kind == github {
			o.Tokens = []Token{{Value: DefaultToken, Login: "github-actions[bot]", Kind: Workflow}}
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	pulls := make([]PullRequest, len(o.PullRequests))
	for i, p := range o.PullRequests {
		if p.HeadRepository == "" {
			p.HeadRepository, p.HeadProject = o.Repository, o.Project
		}
		p.Base = cmp.Or(p.Base, "main")
		pulls[i] = p
	}
	o.PullRequests = pulls
	return o
}

// slug returns the name of the App that a token of a workflow or an App belongs to.
func (t Token) slug() string { return strings.TrimSuffix(t.Login, "[bot]") }
