package lookup

import (
	"net/netip"
	"sync"
)

const (
	// silentZones is after how many zones in a row a name server counts as silent for all.
	silentZones = 3
	// silentNames is the same for a resolver, which may be silent because the servers of a
	// name are.
	silentNames = 20
)

// A silence remembers servers that answer nothing: to wait for each of a thousand zones
// would take an hour. The zero silence is invalid; see newSilence.
type silence struct {
	limit int

	mu  sync.Mutex
	row map[netip.AddrPort]int // questions in a row that were not answered
}

func newSilence(limit int) *silence {
	return &silence{limit: limit, row: make(map[netip.AddrPort]int)}
}

func (s *silence) known(server netip.AddrPort) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.row[server] >= s.limit
}

// note records what became of a question.
func (s *silence) note(server netip.AddrPort, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		delete(s.row, server)
	case silent(err):
		s.row[server]++
	}
}

// forget gives every server another chance.
func (s *silence) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.row)
}
