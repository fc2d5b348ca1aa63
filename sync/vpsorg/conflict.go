package vpsorg

import (
	"net/http"
	"sync"
)

// conflicts counts the answers by which the service may say that it cannot take several
// writes to a zone at the same time. The zero conflicts counts none yet.
type conflicts struct {
	mu   sync.Mutex
	zone map[string]int // by id of the zone
}

// note counts an answer to a write to a zone, if it is one of them: 409, 423 or 5xx.
func (n *conflicts) note(q request, bad *Error) {
	if q.zone == "" || bad.Status < 500 && bad.Status != http.StatusConflict && bad.Status != http.StatusLocked {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.zone == nil {
		n.zone = make(map[string]int)
	}
	n.zone[q.zone]++
}

// Conflicts returns how many answers to writes of a zone's records have been 409, 423 or 5xx
// so far. Those of calls that were sent again and succeeded count as well.
func (c *Client) Conflicts(ref ZoneRef) int {
	c.conflicts.mu.Lock()
	defer c.conflicts.mu.Unlock()
	return c.conflicts.zone[ref.ID]
}
