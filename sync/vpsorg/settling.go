package vpsorg

import (
	"context"
	"errors"
	"sync"
)

// settling shares the reads that find out what became of writes whose answers were lost:
// where many are lost at once, each would read the whole zone otherwise. The zero settling is
// ready for use.
type settling struct {
	mu    sync.Mutex
	zones map[string]*settlingZone // by id of the zone
}

// settlingZone are the reads of one zone. There is at most one under way and one that waits
// for it.
type settlingZone struct {
	next    *sharedRead   // the one that has not begun, nil for none
	reading chan struct{} // full while a read is under way
	calls   int           // that wait
}

// A sharedRead is a read that several calls wait for. Its outcome is there when done is
// closed.
type sharedRead struct {
	done chan struct{}
	raw  rawZone
	err  error
}

// read returns the outcome of a read of the zone that begins after read was called: one that
// began before may not show what was written in the meantime. The first that waits for it
// does it, by calling do.
func (s *settling) read(ctx context.Context, id string, do func() (rawZone, error)) (rawZone, error) {
	s.mu.Lock()
	if s.zones == nil {
		s.zones = make(map[string]*settlingZone)
	}
	z := s.zones[id]
	if z == nil {
		z = &settlingZone{reading: make(chan struct{}, 1)}
		s.zones[id] = z
	}
	z.calls++
	r, first := z.next, z.next == nil
	if first {
		r = &sharedRead{done: make(chan struct{})}
		z.next = r
	}
	s.mu.Unlock()
	defer s.leave(id, z)
	if first {
		s.lead(z, r, do)
	}
	select {
	case <-r.done:
		return r.raw, r.err
	case <-ctx.Done():
		return rawZone{}, context.Cause(ctx)
	}
}

// lead does the read, after the one that is under way. From when it begins no other call can
// join it.
func (s *settling) lead(z *settlingZone, r *sharedRead, do func() (rawZone, error)) {
	z.reading <- struct{}{}
	defer func() {
		close(r.done)
		<-z.reading
	}()
	s.mu.Lock()
	z.next = nil
	s.mu.Unlock()
	r.err = errors.New("the read broke down") // if do panics
	r.raw, r.err = do()
}

// leave forgets the zone when no call waits any more.
func (s *settling) leave(id string, z *settlingZone) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if z.calls--; z.calls == 0 {
		delete(s.zones, id)
	}
}
