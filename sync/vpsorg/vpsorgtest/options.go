package vpsorgtest

import (
	"slices"
	"strings"
	"time"
)

// DefaultToken is the token a server accepts when [Options.Token] is empty. It opens nothing else.
const DefaultToken = "vps_sandbox_0000000000000000"

// DefaultPrefix is where the API begins when [Options.Prefix] is empty.
const DefaultPrefix = "/api/v1"

// The permissions of an API token that the DNS endpoints ask for.
const (
	PermList   = "dns:list"   // every GET
	PermCreate = "dns:create" // POST of a zone or record
	PermUpdate = "dns:update" // PUT and PATCH of a record
	PermDelete = "dns:delete" // DELETE of a zone or record
)

// Defaults of [Options] that have a number.
const (
	defaultMaxBody   = 1 << 20
	defaultKeepCalls = 100_000
	defaultPageSize  = 100
	defaultTTL       = 3600
	maxTTL           = 1<<31 - 1
)

// Options say how a [Server] behaves. The zero value is the documented service.
type Options struct {
	// Token is the bearer token accepted; empty means [DefaultToken]. The service's tokens start with "vps_".
	Token string
	// Permissions of the token; nil means all four, an empty list none. "dns:*" stands for all.
	Permissions []string
	// Prefix of every path; empty means [DefaultPrefix], "/" means none.
	Prefix string
	// Dialect is how answers are spelled; the zero value is the documented spelling.
	Dialect Dialect
	// Seed of the ids: two servers with one seed and the same calls give the same ids. Zero is a seed.
	Seed uint64
	// Now is the clock for created_at and [Dialect.LagTime]; nil means time.Now.
	Now func() time.Time
	// MaxBody is the largest request body in bytes, above which the answer is 413; zero means 1 MiB.
	MaxBody int64
	// OtherZones are domains, in any case, that belong to another account: POST says they exist, no read shows them.
	OtherZones []string
	// KeepCalls is how many calls [Server.Calls] remembers at least; zero means 100,000, negative none.
	KeepCalls int
	// OnCall, where not nil, runs before each call is performed, with no lock held, so that it may change
	// the state as another person would, or cancel the caller's context. [Server.OnCall] sets it later.
	OnCall func(Call)
}

func (o Options) withDefaults() Options {
	if o.Token == "" {
		o.Token = DefaultToken
	}
	if o.Prefix == "" {
		o.Prefix = DefaultPrefix
	}
	o.Prefix = strings.TrimRight(o.Prefix, "/")
	if o.Permissions == nil {
		o.Permissions = []string{PermList, PermCreate, PermUpdate, PermDelete}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxBody == 0 {
		o.MaxBody = defaultMaxBody
	}
	if o.KeepCalls == 0 {
		o.KeepCalls = defaultKeepCalls
	}
	if o.Dialect.PageSize <= 0 {
		o.Dialect.PageSize = defaultPageSize
	}
	return o
}

func (o Options) allows(permission string) bool {
	return slices.Contains(o.Permissions, permission) || slices.Contains(o.Permissions, "dns:*")
}
