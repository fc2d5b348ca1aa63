package daemon

import (
	stdsync "sync"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
)

// facts are what a cycle learned about the files of its zones.
type facts struct {
	mu stdsync.Mutex
	of map[schema.Name]sync.ZoneFacts // those whose files are valid
}

func newFacts() *facts { return &facts{of: make(map[schema.Name]sync.ZoneFacts)} }

// add takes in the facts of one zone. It is called concurrently.
func (f *facts) add(zone schema.Name, of sync.ZoneFacts) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.of[zone] = of
}
