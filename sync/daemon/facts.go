package daemon

import (
	stdsync "sync"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
)

// facts are what a cycle learned about the files of its zones.
type facts struct {
	before *declarations

	mu stdsync.Mutex
	of map[schema.Name]sync.ZoneFacts // those whose files are valid, but for Declared
	// declared is what zones declare that declared something else before. All lists of keys
	// together would take more memory than the rest of a sweep.
	declared map[schema.Name]Declared
}

func newFacts(before *declarations) *facts {
	return &facts{before: before, of: make(map[schema.Name]sync.ZoneFacts), declared: make(map[schema.Name]Declared)}
}

// add takes in the facts of one zone. It is called concurrently.
func (f *facts) add(zone schema.Name, of sync.ZoneFacts) {
	declared := NewDeclared(zone, of.Declared)
	of.Declared = nil
	f.mu.Lock()
	defer f.mu.Unlock()
	f.of[zone] = of
	delete(f.declared, zone) // a zone that a push overtook is planned once more
	if f.before.differs(zone, declared) {
		f.declared[zone] = declared
	}
}
