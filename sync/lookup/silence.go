package lookup

import (
	"net/netip"
	"sync"
)

// silentZones is after how many zones in a row a server counts as silent for all.
const silentZones = 3

// A silence remembers servers that answer nothing: to wait for each of a thousand zones
// would take an hour. The zero silence knows none.
type silence struct {
	mu    sync.Mutex
	zones map[netip.AddrPort]int // in a row for which the server was silent
}

func (s *silence) known(server netip.AddrPort) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.zones[server] >= silentZones
}

// note records what became of a question.
func (s *silence) note(server netip.AddrPort, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		delete(s.zones, server)
	case silent(err):
		if s.zones == nil {
			s.zones = make(map[netip.AddrPort]int)
		}
		s.zones[server]++
	}
}

// forget gives every server another chance.
func (s *silence) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.zones = nil
}
