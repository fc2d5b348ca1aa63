// Package vpsorgtest simulates the DNS API of VPS.org. A [Server] is an [http.Handler] that
// keeps zones and records as the public documentation describes, refuses what the service
// might quietly accept, speaks every dialect that the documentation leaves open, and fails
// on demand.
//
// Tests hand [Server.Transport] to a client; it works without a network, so also inside a
// testing/synctest bubble. People run "zonetender sandbox", which serves the handler over
// HTTP and its zones over DNS ([Server.ListenDNS]).
//
// # Behaviour
//
// The zero [Options] is the documented service: lists are bare arrays, names are "@" or
// relative to the zone, hosts have no final dot, TXT has no quotes, POST answers 201 with
// the whole object, DELETE answers 204, and a new zone shows no records. It refuses unknown
// JSON fields and query parameters, data after the body, a Content-Type other than
// application/json, a path without its final slash, exact duplicates, a CNAME beside other
// data or at the apex, a priority on a type that has none, hosts that end with a dot or have
// a single label, and values that are not RDATA of their type. Errors that the documentation
// quotes are answered word for word.
//
// A [Dialect] changes how answers are spelled; [Dialects] lists one for every choice. A
// [Rule] makes chosen calls fail by an [Action], such as [LostReply] or [Truncate].
//
// # State
//
// [Server.AddZone], [Server.AddRecord], [Server.ReplaceRecord] and [Server.RemoveRecord]
// change the state as somebody at the dashboard would. [Server.Records] returns it in one
// canonical form, whatever the dialect; [Server.Calls] returns the requests received, never
// with a token in them. [Open] keeps the state in a file.
//
// # Limits
//
// The package knows nothing of the client it tests and shares no types with it. It has one
// account, no dashboard, no DNSSEC, and no rate limit except by a rule or [Server.SetLimit].
// A change is visible at once; only [Dialect.LagReads] and [Dialect.LagTime] delay what the
// API shows.
package vpsorgtest

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

// DefaultToken is the token that a server accepts when [Options.Token] is empty. It is no
// secret.
const DefaultToken = "vps_sandbox_0000000000000000"

// The permissions of an API token.
const (
	PermList   = "dns:list"   // every GET
	PermCreate = "dns:create" // POST of a zone or record
	PermUpdate = "dns:update" // PUT and PATCH of a record
	PermDelete = "dns:delete" // DELETE of a zone or record
	permAll    = "dns:*"
)

// Permissions returns every permission that a token can have, "dns:*" for all of them last.
func Permissions() []string {
	return []string{PermList, PermCreate, PermUpdate, PermDelete, permAll}
}

const (
	prefix           = "/api/v1"
	maxBody          = 1 << 20 // bytes of a request
	defaultKeepCalls = 100_000
	defaultPageSize  = 100
	defaultTTL       = 3600      // seconds
	maxTTL           = 1<<31 - 1 // seconds, RFC 2181 section 8
)

// Options configure a [Server]. The zero value is the documented service.
type Options struct {
	// Token is the bearer token accepted; empty means [DefaultToken].
	Token string
	// Permissions of the token; nil means all, an empty list none.
	Permissions []string
	// Dialect is how answers are spelled; the zero value is the documented spelling.
	Dialect Dialect
	// Seed of the ids: two servers with the same seed and the same calls make the same ids.
	Seed uint64
	// Now is the clock for created_at and [Dialect.LagTime]; nil means time.Now.
	Now func() time.Time
	// OtherZones are domains of another account: POST says that they exist, no read shows
	// them. Case does not matter.
	OtherZones []string
	// KeepCalls is how many calls [Server.Calls] remembers at least; zero means 100,000, a
	// negative number none.
	KeepCalls int
}

// A Server is the simulated API. Make one with [New] or [Open]; the zero value is invalid.
// Its methods may be called from several goroutines at once.
type Server struct {
	opts    Options
	store   *store
	journal journal
	rules   rules
	limiter limiter
	file    *file // nil where the state is in memory only

	hookMu sync.RWMutex
	hook   func(Call)
}

// New returns a server that keeps its state in memory. It need not be closed.
func New(opts Options) *Server {
	if opts.Token == "" {
		opts.Token = DefaultToken
	}
	if opts.Permissions == nil {
		opts.Permissions = []string{PermList, PermCreate, PermUpdate, PermDelete}
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.KeepCalls == 0 {
		opts.KeepCalls = defaultKeepCalls
	}
	if opts.Dialect.PageSize <= 0 {
		opts.Dialect.PageSize = defaultPageSize
	}
	return &Server{opts: opts, store: newStore(), journal: journal{keep: opts.KeepCalls}}
}

// OnCall sets the function that runs before each call is performed; nil means none. No lock
// is held meanwhile, so it may change the state as another person would, or cancel the
// caller's context.
func (s *Server) OnCall(hook func(Call)) {
	s.hookMu.Lock()
	defer s.hookMu.Unlock()
	s.hook = hook
}

// Token returns the token that the server accepts.
func (s *Server) Token() string { return s.opts.Token }

// Prefix returns the path below which the API lies, without a final slash.
func (s *Server) Prefix() string { return prefix }

func (s *Server) now() time.Time { return s.opts.Now().UTC().Truncate(time.Microsecond) }

// serve takes a request through the hook, the rules and its handler to a reply.
func (s *Server) serve(r *http.Request) reply {
	x := s.receive(r)
	s.hookMu.RLock()
	hook := s.hook
	s.hookMu.RUnlock()
	if hook != nil {
		hook(x.call)
	}
	x.act, x.call.Rule = s.rules.choose(x.call)
	rep := s.answer(r.Context(), x)
	x.call.Status = rep.status
	s.journal.add(x.call)
	if x.act.hang {
		<-r.Context().Done()
	}
	return rep
}

// answer performs a call unless its action forbids it, and returns what the action leaves
// of the answer.
func (s *Server) answer(ctx context.Context, x *exchange) reply {
	if !wait(ctx, x.act.latency) {
		return reply{}
	}
	if rep, refused := s.limiter.refuse(s.opts.Now()); refused {
		return rep
	}
	var rep reply
	hidden := x.act.cut || x.act.hang || x.act.status != 0
	if x.act.perform || !hidden {
		rep = s.perform(x)
	}
	switch {
	case x.act.cut, x.act.hang:
		return reply{}
	case x.act.status != 0:
		rep = newReply(x.act.status, []byte(x.act.Body))
	}
	rep.apply(x.act)
	return rep
}

// wait reports whether the context lasted for some time.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// perform checks a request and does its work.
func (s *Server) perform(x *exchange) reply {
	style := s.opts.Dialect.Errors
	if len(x.endpoints) == 0 {
		if to := x.withSlash(); to != "" && s.opts.Dialect.Slash == SlashRedirect {
			rep := newReply(http.StatusMovedPermanently, nil)
			rep.header.Set("Location", to)
			return rep
		}
		return notFound().reply(style)
	}
	if no := s.check(x); no != nil {
		rep := no.reply(style)
		switch no.status {
		case http.StatusUnauthorized:
			rep.header.Set("WWW-Authenticate", `Bearer realm="api"`)
		case http.StatusMethodNotAllowed:
			rep.header.Set("Allow", x.allow())
		}
		return rep
	}
	rep, no := x.call.Kind.endpoint().handle(s, x)
	if no != nil {
		return no.reply(style)
	}
	if !x.call.Kind.Writes() {
		x.call.Performed = true
	}
	return rep
}

// check refuses what no handler needs to see.
func (s *Server) check(x *exchange) *refusal {
	if x.call.Auth != AuthOwn {
		return refuse(http.StatusUnauthorized, "", "Invalid API token")
	}
	if x.call.Kind == Other {
		return refuse(http.StatusMethodNotAllowed, "", "Method \""+x.call.Method+"\" not allowed.")
	}
	needed := x.call.Kind.endpoint().permission
	if needed != "" && !slices.Contains(s.opts.Permissions, needed) && !slices.Contains(s.opts.Permissions, permAll) {
		return refuse(http.StatusForbidden, "", "Missing permission")
	}
	for name := range x.url.Query() {
		if !slices.Contains(s.parameters(x.call.Kind), name) {
			return invalid(name, "unknown query parameter")
		}
	}
	if x.call.Kind.hasBody() {
		return x.checkBody()
	}
	if x.payload != nil || x.bodyErr != nil || x.tooLarge {
		return invalid("", "this request takes no body")
	}
	return nil
}

// parameters returns the query parameters that calls of a kind may have.
func (s *Server) parameters(k Kind) []string {
	var names []string
	envelope := s.opts.Dialect.Records
	switch k {
	case ListZones:
		names, envelope = []string{"domain"}, s.opts.Dialect.Zones
	case ListAllRecords:
		names = []string{"zone", "record_type"}
	case ListRecords:
	default:
		return nil
	}
	if envelope == EnvelopePaged {
		names = append(names, "page")
	}
	return names
}

// account answers whose token it is and what it may do.
func (s *Server) account(*exchange) (reply, *refusal) {
	return newReply(http.StatusOK, object{
		{"account", object{
			{"email", "sandbox@example.com"}, {"first_name", "Sandbox"}, {"last_name", "Account"},
			{"company_name", ""}, {"created_at", "2024-06-15"},
		}},
		{"token", object{{"name", "sandbox"}, {"permissions", s.opts.Permissions}}},
	}.encode()), nil
}
