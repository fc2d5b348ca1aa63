package daemon_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// limits writes the settings: wide limits, and the codes that were shown until now.
func (s *soak) limits() {
	s.h.text("zonetender.yaml", fmt.Sprintf(
		"ignore: [{preset: acme}]\nsafety: {max_deletes: 100%%, max_updates: 100%%, max_fleet_deletes: 100000, max_fleet_percent: 100%%}\napprove: [%s]\n",
		strings.Join(slices.Sorted(maps.Keys(s.codes)), ", ")))
	clear(s.codes)
}

// edit writes a zone file of any kind.
func (s *soak) edit(domain string) {
	delete(s.broken, domain)
	if s.g.Some(20) {
		s.h.text(domain+".yaml", "zone: "+domain+"\ninclude: [templates/mail.yaml]\nrecords: {'@': {A: 192.0.2."+s.g.Pick("1", "2", "3")+"}}\n")
		return
	}
	s.h.zone(domain, s.g.Zone(domain)...)
}

// pushSomething does to the files what people do in a day, and pushes it.
func (s *soak) pushSomething() {
	s.h.t.Helper()
	domain := s.g.Pick(s.domains...)
	name := domain + ".yaml"
	switch kind := s.g.Rand.IntN(20); {
	case kind < 9:
		s.edit(domain)
		s.edit(s.g.Pick(s.domains...))
	case kind < 11:
		s.h.text(name, string(worldtest.Tombstone(domain).Data))
	case kind < 12:
		s.h.text(name, "")
	case kind < 14:
		s.h.text(name, s.g.Pick("<<<<<<< ours\n", "zone: "+domain+"\nrecrods: {}\n", "---\n", "zone: "+domain+"\nrecords: {www: {A: 1.2.3}}\n"))
		s.broken[domain] = "yes"
	case kind < 15:
		s.h.text("templates/mail.yaml", "'@': {MX: "+s.g.Pick("10", "20", "30")+" mail.example.net.}\n")
	case kind < 16:
		s.h.text("README.md", fmt.Sprint(s.g.Rand.Int()))
	case kind < 18:
		s.mu.Lock()
		s.limits()
		s.mu.Unlock()
	case kind < 19:
		s.merge(domain)
		return
	default:
		s.forced()
		return
	}
	s.h.origin.push("a day's work")
}

// merge pushes a merge of a side branch.
func (s *soak) merge(domain string) {
	s.h.t.Helper()
	trunk := s.h.origin.parent[0]
	s.edit(domain)
	side := s.h.origin.commit("on a side branch", trunk)
	s.h.text("README.md", fmt.Sprint(s.g.Rand.Int()))
	ours := s.h.origin.commit("meanwhile", trunk)
	s.h.origin.setHead(s.h.origin.commit("merge", ours, side))
}

// forced takes the newest commit back for a few minutes, as by mistake.
func (s *soak) forced() {
	s.h.t.Helper()
	c, err := s.h.origin.repo.CommitObject(s.h.origin.parent[0])
	if err != nil || len(c.ParentHashes) == 0 {
		return
	}
	s.h.origin.setRef("refs/heads/main", c.ParentHashes[0])
	s.h.pass(3 * time.Minute)
	s.h.origin.setHead(plumbing.NewHash(c.Hash.String()))
}

// scribble changes the live zones as others do.
func (s *soak) scribble() {
	s.h.t.Helper()
	zones := s.h.api.Zones()
	domain := zones[s.g.Rand.IntN(len(zones))].Domain
	records := s.h.api.Records(domain)
	switch kind := s.g.Rand.IntN(10); {
	case domain == parked:
	case kind < 3 && len(records) > 0:
		r := records[s.g.Rand.IntN(len(records))]
		if !s.theirs(domain, worldtest.LineOf(r, domain)) {
			_ = s.h.api.RemoveRecord(r.ID) // it may be gone already
		}
	case kind < 6 && len(records) > 0:
		r := records[s.g.Rand.IntN(len(records))]
		if !s.theirs(domain, worldtest.LineOf(r, domain)) {
			_, _ = s.h.api.ReplaceRecord(r.ID, func(r *vpsorgtest.Record) { r.TTL = 77 })
		}
	case kind < 8:
		_, _ = s.h.api.AddRecord(domain, vpsorgtest.Record{Name: s.g.Pick("a", "b", "extra"), Type: "A", TTL: 60, Value: "203.0.113." + s.g.Pick("1", "2", "3")})
	default:
		line := fmt.Sprintf("_acme-challenge 60 TXT token-%d", s.g.Rand.IntN(1000))
		if _, err := s.h.api.AddRecord(domain, worldtest.Stored(s.h.t, []string{line})[0]); err == nil {
			s.foreign[domain] = append(s.foreign[domain], line)
		}
	}
}

func (s *soak) theirs(domain, line string) bool { return slices.Contains(s.foreign[domain], line) }
