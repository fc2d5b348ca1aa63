package sync

import (
	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// hold knows what in a zone failed, so that nothing is taken away that it left needed,
// and nothing is pointed at that did not come.
type hold struct {
	// names are owner names at which something did not come or change: what is there
	// must stay.
	names map[schema.Name]bool
	// needed are hosts that a record still points at, because its change failed.
	needed map[schema.Name]bool
	// missing are names at which something that answers did not come.
	missing map[schema.Name]bool
}

func newHold() hold {
	return hold{make(map[schema.Name]bool), make(map[schema.Name]bool), make(map[schema.Name]bool)}
}

func (h hold) failed(c diff.Change) {
	if c.Action != diff.Delete {
		h.names[c.Name] = true
	}
	if host := c.PointedAt(); !host.IsZero() {
		h.needed[host] = true
	}
	if c.Action != diff.Delete && c.Answers() {
		h.missing[c.Name] = true
	}
}

// check gives ErrHeld for a change that must not be made any more.
func (h hold) check(c diff.Change) error {
	if c.Action == diff.Delete {
		if h.names[c.Name] || h.needed[c.Name] && c.Answers() {
			return ErrHeld
		}
		return nil
	}
	if h.missing[c.PointsAt()] {
		return ErrHeld
	}
	return nil
}
