package vpsorgtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// stateVersion is that of the file's format.
const stateVersion = 1

// savedState is the content of a state file.
type savedState struct {
	Version int         `json:"version"`
	IDs     uint64      `json:"ids"` // handed out so far
	Zones   []savedZone `json:"zones"`
}

type savedZone struct {
	ID      string        `json:"id"`
	Domain  string        `json:"domain"`
	Created time.Time     `json:"created"`
	Serial  uint32        `json:"serial"`
	Records []savedRecord `json:"records"`
}

type savedRecord struct {
	Record
	SentName  string `json:"sent_name,omitempty"`
	SentValue string `json:"sent_value,omitempty"`
	BuiltIn   bool   `json:"built_in,omitempty"`
}

// encode writes the state. Each zone is caught at one instant; zones may be caught at different ones.
func (s *Server) encode(w io.Writer) error {
	state := savedState{Version: stateVersion, Zones: []savedZone{}}
	for _, z := range s.store.zones() {
		state.Zones = append(state.Zones, z.saved())
	}
	state.IDs = s.store.ids.Load() // after the zones, so that no id in them can come again
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(state)
}

func (z *zone) saved() savedZone {
	z.mu.RLock()
	records, serial := z.order.all(), z.serial
	z.mu.RUnlock()
	saved := savedZone{ID: z.id, Domain: z.domain, Created: z.created, Serial: serial}
	saved.Records = make([]savedRecord, len(records))
	for i, r := range records {
		saved.Records[i] = savedRecord{r.Record, r.sentName, r.sentValue, r.builtIn}
	}
	return saved
}

// load reads the state from a file; one that does not exist is the empty state.
func (s *Server) load(path string) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var state savedState
	if err := json.Unmarshal(data, &state); err != nil {
		return err
	}
	if state.Version != stateVersion {
		return fmt.Errorf("its version is %d, and only %d is known", state.Version, stateVersion)
	}
	s.store.ids.Store(state.IDs)
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	for _, saved := range state.Zones {
		if err := s.restore(saved); err != nil {
			return err
		}
	}
	return nil
}

// restore enters a zone read from a file. The caller holds the store's lock.
func (s *Server) restore(saved savedZone) error {
	domain, err := zoneDomain(saved.Domain)
	if err != nil || saved.ID == "" {
		return fmt.Errorf("zone %q: bad domain or no id", saved.Domain)
	}
	if s.store.byDomain[domain] != nil || s.store.byID[saved.ID] != nil {
		return fmt.Errorf("zone %s: comes twice", domain)
	}
	z := newZone(saved.ID, domain, saved.Created)
	ids := map[string]bool{}
	for _, sr := range saved.Records {
		r := &stored{Record: sr.Record, sentName: sr.SentName, sentValue: sr.SentValue, builtIn: sr.BuiltIn, zone: z}
		name, err := ownerName(r.Name, domain)
		if err != nil || name != r.Name || r.Type == "" || r.TTL < 0 || r.TTL > maxTTL {
			return fmt.Errorf("zone %s: record %q: bad name, type or TTL", domain, r.ID)
		}
		if r.ID == "" || ids[r.ID] || s.store.record(r.ID) != nil {
			return fmt.Errorf("zone %s: record %q: no id, or one that comes twice", domain, r.ID)
		}
		ids[r.ID] = true
		r.wire = s.recordObject(r).encode()
		z.insert(r)
	}
	z.serial = max(saved.Serial, 1)
	s.store.enter(z)
	return nil
}
