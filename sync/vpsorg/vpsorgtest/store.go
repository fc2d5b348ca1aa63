package vpsorgtest

import (
	"strings"
	"sync"
	"sync/atomic"
)

// A store holds all zones. Locks are taken in the order store, zone, records.
type store struct {
	mu       sync.RWMutex
	order    sequence[*zone]
	byID     map[string]*zone
	byDomain map[string]*zone
	lag      lag[*zone]

	recordsMu sync.RWMutex
	records   map[string]*stored // by id

	ids     atomic.Uint64 // handed out so far
	changes atomic.Uint64 // counts every write, for the file
}

func newStore() *store {
	return &store{byID: map[string]*zone{}, byDomain: map[string]*zone{}, records: map[string]*stored{}}
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
	return st.order.all()
}

// enclosing returns the zone with the longest domain that holds a name, nil where none does.
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

func (st *store) record(id string) *stored {
	st.recordsMu.RLock()
	defer st.recordsMu.RUnlock()
	return st.records[id]
}

// swap makes ids lead to the new record and no longer to the old one; either may be nil.
func (st *store) swap(old, r *stored) {
	st.recordsMu.Lock()
	defer st.recordsMu.Unlock()
	if old != nil {
		delete(st.records, old.ID)
	}
	if r != nil {
		st.records[r.ID] = r
	}
}

// forget takes all records of a deleted zone out of the index.
func (st *store) forget(records []*stored) {
	st.recordsMu.Lock()
	defer st.recordsMu.Unlock()
	for _, r := range records {
		delete(st.records, r.ID)
	}
}
