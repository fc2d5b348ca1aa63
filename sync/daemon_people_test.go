package sync_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// limits writes the settings: wide limits, and the codes that were shown until now.
func (s *soak) limits() {
	s.text("zonetender.yaml", fmt.Sprintf(
		"ignore: [{preset: acme}]\nsafety: {max_deletes: 100%%, max_updates: 100%%, max_fleet_deletes: 100000, max_fleet_percent: 100%%}\napprove: [%s]\n",
		strings.Join(slices.Sorted(maps.Keys(s.codes)), ", ")))
	clear(s.codes)
}

// edit writes a zone file of any kind.
func (s *soak) edit(domain string) {
	delete(s.broken, domain)
	if s.g.some(20) {
		s.text(domain+".yaml", "zone: "+domain+"\ninclude: [templates/mail.yaml]\nrecords: {'@': {A: 192.0.2."+s.g.pick("1", "2", "3")+"}}\n")
		return
	}
	s.zone(domain, s.g.zone(domain)...)
}

// pushSomething does to the files what people do in a day, and pushes it.
func (s *soak) pushSomething() {
	s.Helper()
	domain := s.g.pick(s.domains...)
	name := domain + ".yaml"
	switch kind := s.g.IntN(20); {
	case kind < 9:
		s.edit(domain)
		s.edit(s.g.pick(s.domains...))
	case kind < 11:
		s.text(name, string(tombstone(domain).Data))
	case kind < 12:
		s.text(name, "")
	case kind < 14:
		s.text(name, s.g.pick("<<<<<<< ours\n", "zone: "+domain+"\nrecrods: {}\n", "---\n", "zone: "+domain+"\nrecords: {www: {A: 1.2.3}}\n"))
		s.broken[domain] = "yes"
	case kind < 15:
		s.text("templates/mail.yaml", "'@': {MX: "+s.g.pick("10", "20", "30")+" mail.example.net.}\n")
	case kind < 16:
		s.text("README.md", fmt.Sprint(s.g.Int()))
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
	s.push("a day's work")
}

// merge pushes a merge of a side branch.
func (s *soak) merge(domain string) {
	s.Helper()
	trunk := s.parent[0]
	s.edit(domain)
	side := s.commit("on a side branch", trunk)
	s.text("README.md", fmt.Sprint(s.g.Int()))
	ours := s.commit("meanwhile", trunk)
	s.setHead(s.commit("merge", ours, side))
}

// forced takes the newest commit back for a few minutes, as by mistake.
func (s *soak) forced() {
	s.Helper()
	c, err := s.repo.CommitObject(s.parent[0])
	if err != nil || len(c.ParentHashes) == 0 {
		return
	}
	s.setRef("refs/heads/main", c.ParentHashes[0])
	s.pass(3 * time.Minute)
	s.setHead(plumbing.NewHash(c.Hash.String()))
}

// scribble changes the live zones as others do.
func (s *soak) scribble() {
	s.Helper()
	zones := s.Zones()
	domain := zones[s.g.IntN(len(zones))].Domain
	records := s.Records(domain)
	switch kind := s.g.IntN(10); {
	case domain == parked:
	case kind < 3 && len(records) > 0:
		r := records[s.g.IntN(len(records))]
		if !s.theirs(domain, lineOf(r, domain)) {
			_ = s.RemoveRecord(r.ID) // it may be gone already
		}
	case kind < 6 && len(records) > 0:
		r := records[s.g.IntN(len(records))]
		if !s.theirs(domain, lineOf(r, domain)) {
			_, _ = s.ReplaceRecord(r.ID, func(r *vpsorgtest.Record) { r.TTL = 77 })
		}
	case kind < 8:
		_, _ = s.AddRecord(domain, vpsorgtest.Record{Name: s.g.pick("a", "b", "extra"), Type: "A", TTL: 60, Value: "203.0.113." + s.g.pick("1", "2", "3")})
	default:
		line := fmt.Sprintf("_acme-challenge 60 TXT token-%d", s.g.IntN(1000))
		if _, err := s.AddRecord(domain, stored(s, []string{line})[0]); err == nil {
			s.foreign[domain] = append(s.foreign[domain], line)
		}
	}
}

func (s *soak) theirs(domain, line string) bool { return slices.Contains(s.foreign[domain], line) }
