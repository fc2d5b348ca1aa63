package vpsorgtest

import (
	"fmt"
	"regexp"
	"slices"
	"sync"
)

// A Rule chooses calls and says what happens to them. Every condition that is given must hold; a zero rule
// chooses every call. Where several rules choose a call, the one added first acts.
type Rule struct {
	Name   string         // shown in [Call.Rule]
	Method string         // in upper case; empty means any
	Kind   Kind           // empty means any
	Path   *regexp.Regexp // matched against [Call.Path]; nil means any
	// When, where not nil, must say true. It sees the call before it is performed, so without a status, and
	// must not call AddRule or ClearRules.
	When func(Call) bool
	// Skip is how many calls that the conditions choose go unharmed first: 2 means from the third one on.
	Skip int
	// Times is how many calls the rule then acts on; zero means all.
	Times int
	Do    Action
}

func (r *Rule) chooses(c Call) bool {
	return (r.Method == "" || r.Method == c.Method) &&
		(r.Kind == "" || r.Kind == c.Kind) &&
		(r.Path == nil || r.Path.MatchString(c.Path)) &&
		(r.When == nil || r.When(c))
}

// rules are the rules in force, with how often each has matched.
type rules struct {
	mu     sync.Mutex
	n      int
	active []*activeRule
}

type activeRule struct {
	Rule
	seen int // calls its conditions chose
}

// AddRule puts a rule in force, after those already there, and returns a function that takes it away again.
func (s *Server) AddRule(r Rule) (remove func()) {
	s.rules.mu.Lock()
	defer s.rules.mu.Unlock()
	s.rules.n++
	if r.Name == "" {
		r.Name = fmt.Sprintf("rule %d", s.rules.n)
	}
	a := &activeRule{Rule: r}
	s.rules.active = append(s.rules.active, a)
	return func() {
		s.rules.mu.Lock()
		defer s.rules.mu.Unlock()
		s.rules.active = slices.DeleteFunc(s.rules.active, func(b *activeRule) bool { return a == b })
	}
}

// ClearRules takes every rule away.
func (s *Server) ClearRules() {
	s.rules.mu.Lock()
	defer s.rules.mu.Unlock()
	s.rules.active = nil
}

// choose returns the action for a call and the name of its rule, or a zero action and no name.
func (rs *rules) choose(c Call) (Action, string) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for _, r := range rs.active {
		if !r.chooses(c) {
			continue
		}
		r.seen++
		if turn := r.seen - r.Skip; turn >= 1 && (r.Times == 0 || turn <= r.Times) {
			return r.Do, r.Name
		}
	}
	return Action{}, ""
}
