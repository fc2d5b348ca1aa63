package vpsorgtest

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Server is the simulated API. Make one with [New] or [Open]; the zero value is invalid. Its methods may be
// called from several goroutines at once.
type Server struct {
	opts    Options
	store   *store
	journal journal
	rules   rules
	file    *file // nil where the state is in memory only

	hookMu sync.RWMutex
	hook   func(Call)
}

// New returns a server that keeps its state in memory. It starts no goroutine and need not be closed.
func New(opts Options) *Server {
	opts = opts.withDefaults()
	s := &Server{opts: opts, store: newStore(), hook: opts.OnCall}
	s.journal.keep = opts.KeepCalls
	return s
}

// OnCall replaces the function that runs before each call is performed; nil means none. See [Options.OnCall].
func (s *Server) OnCall(hook func(Call)) {
	s.hookMu.Lock()
	defer s.hookMu.Unlock()
	s.hook = hook
}

// Token returns the token that the server accepts.
func (s *Server) Token() string { return s.opts.Token }

// Prefix returns the path below which the API lies, without a final slash.
func (s *Server) Prefix() string { return s.opts.Prefix }

// serve takes a request through hook, rule and handler to a reply.
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
	if x.act.Hang {
		<-r.Context().Done()
	}
	return rep
}

// answer performs a call as far as its action lets it.
func (s *Server) answer(ctx context.Context, x *exchange) reply {
	if !wait(ctx, x.act.Latency) {
		return reply{}
	}
	var rep reply
	if x.act.Perform || !x.act.hidesAnswer() {
		rep = s.perform(x)
	}
	switch {
	case x.act.Cut, x.act.Hang:
		return reply{}
	case x.act.Status != 0:
		rep = newReply(x.act.Status, []byte(x.act.Body))
	}
	rep.alter(x.act)
	return rep
}

// wait lets time pass and tells whether the context lasted. No time is no wait, whatever the context.
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
	if x.route.methods == nil {
		return s.lost(x)
	}
	if no := s.check(x); no != nil {
		rep := no.reply(s.opts.Dialect.Errors)
		switch no.status {
		case http.StatusUnauthorized:
			rep.header.Set("WWW-Authenticate", `Bearer realm="api"`)
		case http.StatusMethodNotAllowed:
			rep.header.Set("Allow", x.route.allow())
		}
		return rep
	}
	rep, no := s.handle(x)
	if no != nil {
		return no.reply(s.opts.Dialect.Errors)
	}
	if !x.call.Kind.Writes() {
		x.call.Performed = true
	}
	return rep
}

// lost answers a path that leads nowhere.
func (s *Server) lost(x *exchange) reply {
	path, below := strings.CutPrefix(x.url.Path, s.opts.Prefix)
	if s.opts.Dialect.Slash == SlashRedirect && below && routeOf(path+"/").methods != nil {
		to := *x.url
		to.Scheme, to.Host, to.Path = "", "", x.url.Path+"/"
		rep := newReply(http.StatusMovedPermanently, nil)
		rep.header.Set("Location", to.RequestURI())
		return rep
	}
	return notFound().reply(s.opts.Dialect.Errors)
}

// check refuses what no handler needs to see.
func (s *Server) check(x *exchange) *refusal {
	switch x.call.Auth {
	case AuthNone:
		return refuse(http.StatusUnauthorized, "", "Authentication credentials were not provided.")
	case AuthOther:
		return refuse(http.StatusUnauthorized, "", "Invalid token.")
	}
	if x.call.Kind == Other {
		return refuse(http.StatusMethodNotAllowed, "", "Method \""+x.call.Method+"\" not allowed.")
	}
	if p := x.call.Kind.permission(); p != "" && !s.opts.allows(p) {
		return refuse(http.StatusForbidden, "", "Token lacks the permission "+p+".")
	}
	for name := range x.url.Query() {
		if !slices.Contains(s.parameters(x.call.Kind), name) {
			return invalid(name, "unknown query parameter")
		}
	}
	if x.needsBody() {
		return x.checkBody()
	}
	if x.payload != nil || x.bodyErr != nil || x.tooLarge {
		return invalid("", "this request takes no body")
	}
	return nil
}

// parameters lists the query parameters that calls of a kind take.
func (s *Server) parameters(k Kind) []string {
	d := &s.opts.Dialect
	var names []string
	paged := false
	switch k {
	case ListZones:
		names, paged = []string{"domain"}, d.Zones == EnvelopePaged
	case ListAllRecords:
		names, paged = []string{"zone", "record_type"}, d.Records == EnvelopePaged
	case ListRecords:
		paged = d.Records == EnvelopePaged
	}
	if paged {
		names = append(names, "page")
	}
	return names
}

// handle does the work of a request that passed every general check.
func (s *Server) handle(x *exchange) (reply, *refusal) {
	switch x.call.Kind {
	case ListZones:
		return s.listZones(x)
	case CreateZone:
		return s.createZone(x)
	case GetZone:
		return s.getZone(x)
	case DeleteZone:
		return s.deleteZone(x)
	case ListRecords:
		return s.listRecords(x)
	case CreateRecord:
		return s.createRecord(x)
	case ListAllRecords:
		return s.listAllRecords(x)
	case GetRecord:
		return s.getRecord(x)
	case PutRecord, PatchRecord:
		return s.changeRecord(x)
	case DeleteRecord:
		return s.deleteRecord(x)
	}
	return s.account(), nil
}

// account answers what the token may do.
func (s *Server) account() reply {
	return newReply(http.StatusOK, object{
		{"account", object{
			{"email", "sandbox@example.com"}, {"first_name", "Sandbox"}, {"last_name", "Account"},
			{"company_name", ""}, {"created_at", "2024-06-15"},
		}},
		{"token", object{{"name", "sandbox"}, {"permissions", s.opts.Permissions}}},
	}.encode())
}
