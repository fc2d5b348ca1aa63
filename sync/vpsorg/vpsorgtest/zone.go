package vpsorgtest

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// A zone holds the records of one domain. Its indexes make a write cost the records of one name at most.
type zone struct {
	id      string
	domain  string // lower case, without a final dot
	created time.Time

	mu     sync.RWMutex
	gone   bool // deleted; a call that found it before then must not write to it
	serial uint32
	order  sequence[*stored]
	names  map[string][]*stored
	nodes  map[string]int // names that exist, empty non-terminals too, and the records at or below each
	same   map[key]int    // records that are equal but for TTL

	lag lag[*stored]
}

func newZone(id, domain string, created time.Time) *zone {
	return &zone{
		id: id, domain: domain, created: created, serial: 1,
		names: map[string][]*stored{}, nodes: map[string]int{}, same: map[key]int{},
	}
}

// insert, remove and replace keep the indexes. The caller holds the lock.
func (z *zone) insert(r *stored) {
	z.order.add(r)
	z.index(r)
}

func (z *zone) remove(r *stored) {
	z.order.remove(r)
	z.unindex(r)
}

func (z *zone) replace(old, r *stored) {
	z.order.replace(old, r)
	z.unindex(old)
	z.index(r)
}

func (z *zone) index(r *stored) {
	z.serial++
	z.names[r.Name] = append(z.names[r.Name], r)
	z.same[r.key()]++
	for name := range z.upwards(r.Name) {
		z.nodes[name]++
	}
}

func (z *zone) unindex(r *stored) {
	z.serial++
	rest := slices.DeleteFunc(z.names[r.Name], func(o *stored) bool { return o == r })
	if z.names[r.Name] = rest; len(rest) == 0 {
		delete(z.names, r.Name)
	}
	if z.same[r.key()]--; z.same[r.key()] == 0 {
		delete(z.same, r.key())
	}
	for name := range z.upwards(r.Name) {
		if z.nodes[name]--; z.nodes[name] == 0 {
			delete(z.nodes, name)
		}
	}
}

// upwards yields a name of the zone and every name above it, up to the apex.
func (z *zone) upwards(name string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for yield(name) && name != z.domain {
			_, above, found := strings.Cut(name, ".")
			if !found {
				return
			}
			name = above
		}
	}
}

// count is the number of records that a list shows. The caller holds the lock.
func (z *zone) count() int { return z.order.len() }
