package vpsorgtest

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"
)

// A Rule chooses calls and says what happens to them. Every condition that is set must hold;
// a zero rule chooses every call. Where several rules choose a call, the one added first
// acts.
type Rule struct {
	Name string         // shown in [Call.Rule]
	Kind Kind           // empty means any
	Path *regexp.Regexp // matched against [Call.Path]; nil means any
	// When, where not nil, must return true. It sees the call before it is performed, so
	// without a status, and must not add or clear rules.
	When func(Call) bool
	// Skip is how many of the chosen calls pass unharmed first: 2 means from the third on.
	Skip int
	// Times is how many calls the rule then acts on; zero means all.
	Times int
	Do    Action
}

func (r *Rule) chooses(c Call) bool {
	return (r.Kind == "" || r.Kind == c.Kind) &&
		(r.Path == nil || r.Path.MatchString(c.Path)) &&
		(r.When == nil || r.When(c))
}

// rules are the rules in force.
type rules struct {
	mu     sync.Mutex
	n      int
	active []*activeRule
}

type activeRule struct {
	rule   Rule
	chosen int // calls so far
}

// AddRule puts a rule in force, after those already there, and returns a function that
// removes it.
func (s *Server) AddRule(r Rule) (remove func()) {
	s.rules.mu.Lock()
	defer s.rules.mu.Unlock()
	s.rules.n++
	if r.Name == "" {
		r.Name = fmt.Sprintf("rule %d", s.rules.n)
	}
	added := &activeRule{rule: r}
	s.rules.active = append(s.rules.active, added)
	return func() {
		s.rules.mu.Lock()
		defer s.rules.mu.Unlock()
		s.rules.active = slices.DeleteFunc(s.rules.active, func(a *activeRule) bool { return a == added })
	}
}

// ClearRules removes every rule.
func (s *Server) ClearRules() {
	s.rules.mu.Lock()
	defer s.rules.mu.Unlock()
	s.rules.active = nil
}

// choose returns the action for a call and the name of its rule; zero values for none.
func (rs *rules) choose(c Call) (Action, string) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for _, a := range rs.active {
		if !a.rule.chooses(c) {
			continue
		}
		a.chosen++
		if turn := a.chosen - a.rule.Skip; turn >= 1 && (a.rule.Times == 0 || turn <= a.rule.Times) {
			return a.rule.Do, a.rule.Name
		}
	}
	return Action{}, ""
}

// An Action is what a [Rule] does to a call. The zero value does nothing; the functions that
// return one name the others.
type Action struct {
	// Body is what an action that replaces the answer sends.
	Body string
	// Alter, where not nil, turns the body of the answer into the one sent.
	Alter func(body []byte) []byte

	latency time.Duration
	perform bool // does the work of the call though cut, hang or status hide its answer
	cut     bool
	hang    bool

	status int // where not 0, answers this instead
	header http.Header

	list listFault

	padTo    int64 // bytes
	drip     time.Duration
	dripSize int // bytes
}

// A listFault falsifies a list of zones or of records. Where a bare array has no place for
// what it says, the answer takes an envelope that has.
type listFault struct {
	drop     int    // so many items are missing at the end; a negative number means all
	counted  bool   // the count, or record_count, still includes the missing ones
	extra    int    // the count is so much above what exists
	loop     bool   // next points to the page that was asked for
	nextHost string // next points to this host
}

// cut returns how many of n items are shown, from the first, and the count to go with them.
func (f listFault) cut(n int) (shown, count int) {
	missing := min(f.drop, n)
	if f.drop < 0 {
		missing = n
	}
	count = n + f.extra
	if !f.counted {
		count -= missing
	}
	return n - missing, count
}

// Answer replies with a status and a body, without performing the call. A body that begins
// with "<" is sent as text/html, any other as JSON.
func Answer(status int, body string) Action { return Action{status: status, Body: body} }

// RetryAfter replies with a status, such as 429, and a Retry-After header: seconds or an
// HTTP date; empty means no header.
func RetryAfter(status int, after string) Action {
	a := Answer(status, `{"detail": "Request was throttled."}`)
	if after != "" {
		a.header = http.Header{"Retry-After": {after}}
	}
	return a
}

// HTMLPage replies with a status and a page, as a proxy in front of the service would.
func HTMLPage(status int) Action {
	title := strconv.Itoa(status) + " " + http.StatusText(status)
	return Answer(status, "<html><head><title>"+title+"</title></head><body><h1>"+title+"</h1></body></html>")
}

// PerformThen performs the call, then replies with another status, such as 502.
func PerformThen(status int) Action {
	a := HTMLPage(status)
	a.perform = true
	return a
}

// Redirect replies with a status, such as 302, and a Location, without performing the call.
func Redirect(status int, location string) Action {
	return Action{status: status, header: http.Header{"Location": {location}}}
}

// CutBefore ends the connection without performing the call.
func CutBefore() Action { return Action{cut: true} }

// LostReply performs the call, then ends the connection without an answer.
func LostReply() Action { return Action{cut: true, perform: true} }

// HangBefore never answers and does not perform the call.
func HangBefore() Action { return Action{hang: true} }

// HangAfter performs the call and never answers.
func HangAfter() Action { return Action{hang: true, perform: true} }

// Latency waits before the call is performed. If the request's context ends meanwhile, the
// call is not performed.
func Latency(d time.Duration) Action { return Action{latency: d} }

// Drip sends the answer's body in pieces of so many bytes, with a pause before each.
func Drip(size int, pause time.Duration) Action { return Action{drip: pause, dripSize: size} }

// Truncate leaves out the last n items of a list, and out of its count.
func Truncate(n int) Action { return Action{list: listFault{drop: n}} }

// TruncateCounted leaves out the last n items of a list, whose count still includes them.
func TruncateCounted(n int) Action { return Action{list: listFault{drop: n, counted: true}} }

// EmptyList replies with status 200, a list without items, and a count of 0.
func EmptyList() Action { return Action{list: listFault{drop: -1}} }

// WrongCount replies with a count that is so much above what exists.
func WrongCount(extra int) Action { return Action{list: listFault{extra: extra}} }

// PageLoop makes next point to the page that was asked for, for ever.
func PageLoop() Action { return Action{list: listFault{loop: true}} }

// NextHost makes next point to another host.
func NextHost(host string) Action { return Action{list: listFault{nextHost: host}} }

// Oversize performs the call and pads its answer with spaces to n bytes. The JSON stays
// valid.
func Oversize(n int64) Action { return Action{padTo: n} }

// InvalidJSON performs the call and sends the first half of its answer as if it were whole.
func InvalidJSON() Action {
	return Action{Alter: func(body []byte) []byte { return body[:len(body)/2] }}
}
