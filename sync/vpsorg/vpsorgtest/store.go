package vpsorgtest

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// NoPriority in [Record.Priority] of a raw record stands for null.
const NoPriority = -1

// A Record is a DNS record as the simulator stores it. Records returned by the server are
// canonical; those given to it may be written as a client would write them.
type Record struct {
	ID string `json:"id"`
	// Type is one of the documented eight (A, AAAA, CNAME, MX, TXT, NS, SRV, CAA), or anything
	// where Raw.
	Type string `json:"type"`
	// Name is the owner name: absolute, in lower case, without a final dot. When given, it may
	// be "@", relative to the zone, or absolute with or without a final dot.
	Name string `json:"name"`
	// Value is the canonical value: RFC 5952 for AAAA, hosts in lower case without a final
	// dot, TXT as bare text, SRV as "weight port target", CAA as `flags tag "value"` with the
	// tag in lower case.
	Value string `json:"value"`
	TTL   int    `json:"ttl"` // seconds, 0 to 2147483647
	// Priority is 0 to 65535 for MX and SRV, and 0 for the other types.
	Priority int `json:"priority"`
	// Raw marks a record that was stored unchecked. Its value is echoed as it is, whatever the
	// dialect; only its name is spelled. A negative priority is echoed as null.
	Raw bool `json:"raw,omitempty"`

	Created time.Time `json:"created"`
}

// duplicates reports whether two records are equal but for TTL and id.
func (r Record) duplicates(o Record) bool {
	return r.Type == o.Type && r.Name == o.Name && r.Value == o.Value && r.Priority == o.Priority
}

// A Zone is a zone as the simulator stores it.
type Zone struct {
	ID      string
	Domain  string // lower case, without a final dot
	Created time.Time
}

// A stored record never changes: a write puts another in its place, so that readers need no
// lock on it.
type stored struct {
	rec                 Record
	sentName, sentValue string // as the client wrote them
	builtIn             bool   // the SOA or an NS that came with the zone
	zone                *zone
	place               int    // in the order of the zone's records
	wire                []byte // as JSON in lists
}

// A zone holds the records of one domain. Its indexes make a write cost the records of one
// name at most.
type zone struct {
	id      string
	domain  string // lower case, without a final dot
	created time.Time

	mu     sync.RWMutex
	gone   bool // deleted; a call that found it before then must not write to it
	serial uint32
	order  []*stored // as created
	places int       // handed out so far
	names  map[string][]*stored
	nodes  map[string]int // names that exist, empty non-terminals too, and the records at or below each

	lag lag[*stored]
}

func newZone(id, domain string, created time.Time) *zone {
	return &zone{
		id: id, domain: domain, created: created, serial: 1,
		names: map[string][]*stored{}, nodes: map[string]int{},
	}
}

// insert, remove and replace keep the indexes. The caller holds the lock.
func (z *zone) insert(r *stored) {
	z.places++
	r.place = z.places
	z.order = append(z.order, r)
	z.index(r)
}

func (z *zone) remove(r *stored) {
	i := z.find(r)
	z.order = slices.Delete(z.order, i, i+1)
	z.unindex(r)
}

func (z *zone) replace(old, r *stored) {
	r.place = old.place
	z.order[z.find(old)] = r
	z.unindex(old)
	z.index(r)
}

func (z *zone) find(r *stored) int {
	i, _ := slices.BinarySearchFunc(z.order, r.place, func(o *stored, place int) int { return cmp.Compare(o.place, place) })
	return i
}

func (z *zone) index(r *stored) {
	z.serial++
	z.names[r.rec.Name] = append(z.names[r.rec.Name], r)
	for name := range z.upwards(r.rec.Name) {
		z.nodes[name]++
	}
}

func (z *zone) unindex(r *stored) {
	z.serial++
	rest := slices.DeleteFunc(z.names[r.rec.Name], func(o *stored) bool { return o == r })
	if z.names[r.rec.Name] = rest; len(rest) == 0 {
		delete(z.names, r.rec.Name)
	}
	for name := range z.upwards(r.rec.Name) {
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

// records returns a copy of the zone's records, in the order of their creation.
func (z *zone) records() []*stored {
	z.mu.RLock()
	defer z.mu.RUnlock()
	return slices.Clone(z.order)
}

// A store holds all zones. Locks are taken in the order store, zone, records.
type store struct {
	mu       sync.RWMutex
	order    []*zone // as created
	byID     map[string]*zone
	byDomain map[string]*zone
	lag      lag[*zone]

	recordsMu sync.RWMutex
	byRecord  map[string]*stored // by the record's id

	ids     atomic.Uint64 // handed out so far
	changes atomic.Uint64 // so far
}

func newStore() *store {
	return &store{byID: map[string]*zone{}, byDomain: map[string]*zone{}, byRecord: map[string]*stored{}}
}

func (st *store) zone(id string) *zone {
	st.mu.RLock()
	defer st.mu.RUnlock()
	return st.byID[id]
}

func (st *store) domain(domain string) *zone {
	st.mu.RLock()
	defer st.mu.RUnlock()
	return st.byDomain[domain]
}

// zones returns the zones in the order of their creation.
func (st *store) zones() []*zone {
	st.mu.RLock()
	defer st.mu.RUnlock()
	return slices.Clone(st.order)
}

// enclosing returns the zone with the longest domain that a name lies in; nil for none.
func (st *store) enclosing(name string) *zone {
	st.mu.RLock()
	defer st.mu.RUnlock()
	for {
		if z := st.byDomain[name]; z != nil {
			return z
		}
		_, above, found := strings.Cut(name, ".")
		if !found {
			return nil
		}
		name = above
	}
}

// add makes a zone and its records part of the store. The caller holds the store's lock.
func (st *store) add(z *zone) {
	st.order = append(st.order, z)
	st.byID[z.id], st.byDomain[z.domain] = z, z
	for _, r := range z.order {
		st.swap(nil, r)
	}
}

// remove takes a zone and its records out of the store. The caller holds the store's lock.
func (st *store) remove(z *zone) {
	st.order = slices.DeleteFunc(st.order, func(o *zone) bool { return o == z })
	delete(st.byID, z.id)
	delete(st.byDomain, z.domain)
	z.mu.Lock()
	defer z.mu.Unlock()
	z.gone = true
	for _, r := range z.order {
		st.swap(r, nil)
	}
}

func (st *store) record(id string) *stored {
	st.recordsMu.RLock()
	defer st.recordsMu.RUnlock()
	return st.byRecord[id]
}

// swap makes ids lead to the new record and no longer to the old one; either may be nil.
func (st *store) swap(old, r *stored) {
	st.recordsMu.Lock()
	defer st.recordsMu.Unlock()
	if old != nil {
		delete(st.byRecord, old.rec.ID)
	}
	if r != nil {
		st.byRecord[r.rec.ID] = r
	}
}

// newID returns an id in the form of a version 4 UUID. It depends on the seed and on how many
// ids there were before, so that a run can be repeated, and a state read from a file goes on
// without repeating an id.
func (s *Server) newID() string {
	var in [16]byte
	binary.BigEndian.PutUint64(in[:8], s.opts.Seed)
	binary.BigEndian.PutUint64(in[8:], s.store.ids.Add(1))
	id := sha256.Sum256(in[:])
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:16])
}

// A lag keeps what a list held before recent writes, for reads that are late.
type lag[T any] struct {
	mu   sync.Mutex
	past []past[T] // oldest first
}

type past[T any] struct {
	before []T
	reads  int // that still show it
	until  time.Time
}

// keep keeps the state before a write for so many reads, and until a time. Writes that become
// visible at the same moment share what the first of them kept.
func (l *lag[T]) keep(before []T, reads int, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.past); n > 0 && l.past[n-1].reads == reads && l.past[n-1].until.Equal(until) {
		return
	}
	l.past = append(l.past, past[T]{slices.Clone(before), reads, until})
}

// read returns what a read at this time shows of a list that holds current.
func (l *lag[T]) read(current []T, now time.Time) []T {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.past) > 0 && l.past[0].reads <= 0 && !now.Before(l.past[0].until) {
		l.past = l.past[1:]
	}
	if len(l.past) == 0 {
		return current
	}
	seen := l.past[0].before
	for i := range l.past {
		l.past[i].reads--
	}
	return slices.Clone(seen)
}
