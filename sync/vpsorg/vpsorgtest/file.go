package vpsorgtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
)

// How long after a change the state is written. The pause grows with the time that writing
// takes, so that a large state costs at most a tenth more.
const (
	leastPause = 200 * time.Millisecond
	pauseTimes = 10 // what the last write took
)

// A file keeps the state of a server on disk.
type file struct {
	path string
	lock *flock.Flock

	due   atomic.Bool  // a write is about to come
	pause atomic.Int64 // nanoseconds before the next one

	mu       sync.Mutex // one write at a time
	saved    uint64     // changes that are on disk
	closed   bool
	closeErr error
}

// Open returns a server that keeps its state in a file, and goes on from the state that it
// finds there. It creates the folder where that is missing. A file that does not hold a state
// is an error and stays as it is; so is one that another process has open, as a lock on a
// file beside it tells, with ".lock" added to its name.
//
// A change reaches the file a moment later; [Server.Close] writes what is left. A process
// that is killed loses that moment at most, and never leaves half a file. What a dialect adds
// to a zone and [NameAsSent] remembers is not kept.
func Open(path string, opts Options) (*Server, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("sandbox file %s: open: %w", path, err)
	}
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err == nil && !locked {
		err = errors.New("another process has it open")
	}
	if err != nil {
		return nil, fmt.Errorf("sandbox file %s: open: %w", path, err)
	}
	s := New(opts)
	if err := s.load(path); err != nil {
		return nil, errors.Join(fmt.Errorf("sandbox file %s: read: %w", path, err), lock.Unlock())
	}
	s.file = &file{path: path, lock: lock}
	s.file.pause.Store(int64(leastPause))
	return s, nil
}

// Close writes the state to the file of a server made by [Open] and releases the file. On a
// server made by [New] it does nothing. A second Close returns what the first did.
func (s *Server) Close() error {
	f := s.file
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.closeErr = errors.Join(s.save(), f.lock.Unlock())
		f.closed = true
	}
	return f.closeErr
}

// changed notes that the state has changed, and has it written in a moment.
func (s *Server) changed() {
	s.store.changes.Add(1)
	if s.file != nil && s.file.due.CompareAndSwap(false, true) {
		time.AfterFunc(time.Duration(s.file.pause.Load()), s.saveDue)
	}
}

// saveDue writes the state. A write that fails is tried again after the next pause; the last
// one, by Close, returns its error.
func (s *Server) saveDue() {
	f := s.file
	f.mu.Lock()
	defer f.mu.Unlock()
	f.due.Store(false)
	if f.closed {
		return
	}
	start := time.Now()
	err := s.save()
	f.pause.Store(int64(max(leastPause, pauseTimes*time.Since(start))))
	if err != nil {
		s.changed()
	}
}

// save writes the state, if it has changed since it was written. The caller holds the file's
// lock.
func (s *Server) save() error {
	f := s.file
	changes := s.store.changes.Load()
	if changes == f.saved {
		return nil
	}
	data, err := s.encodeState()
	if err == nil {
		err = writeAtomic(f.path, data)
	}
	if err != nil {
		return fmt.Errorf("sandbox file %s: write: %w", f.path, err)
	}
	f.saved = changes
	return nil
}

// writeAtomic writes a file so that at any instant the old or the new one is there, whole.
// Only its owner may read it.
func writeAtomic(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp") // with mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// stateVersion is that of the file's format.
const stateVersion = 1

// A keptState is the content of a state file.
type keptState struct {
	Version int        `json:"version"`
	IDs     uint64     `json:"ids"` // handed out so far
	Zones   []keptZone `json:"zones"`
}

type keptZone struct {
	ID      string    `json:"id"`
	Domain  string    `json:"domain"`
	Created time.Time `json:"created"`
	Serial  uint32    `json:"serial"`
	Records []Record  `json:"records"`
}

// encodeState returns the content of a state file. Each zone is caught at one instant; zones
// may be caught at different ones.
func (s *Server) encodeState() ([]byte, error) {
	state := keptState{Version: stateVersion, Zones: []keptZone{}}
	for _, z := range s.store.zones() {
		state.Zones = append(state.Zones, z.keep())
	}
	state.IDs = s.store.ids.Load() // after the zones, so that no id in them comes again
	return json.MarshalIndent(state, "", " ")
}

// keep returns what a file keeps of a zone: all but the SOA and NS that came with it.
func (z *zone) keep() keptZone {
	z.mu.RLock()
	defer z.mu.RUnlock()
	kept := keptZone{ID: z.id, Domain: z.domain, Created: z.created, Serial: z.serial, Records: []Record{}}
	for _, r := range z.order {
		if !r.builtIn {
			kept.Records = append(kept.Records, r.rec)
		}
	}
	return kept
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
	var state keptState
	if err := json.Unmarshal(data, &state); err != nil {
		return err
	}
	if state.Version != stateVersion {
		return fmt.Errorf("its version is %d, and only %d is known", state.Version, stateVersion)
	}
	s.store.ids.Store(state.IDs)
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	for _, kept := range state.Zones {
		if err := s.restore(kept); err != nil {
			return err
		}
	}
	return nil
}

// restore adds a zone that was kept in a file. The caller holds the store's lock.
func (s *Server) restore(kept keptZone) error {
	domain, ok := zoneDomain(kept.Domain)
	if !ok || kept.ID == "" {
		return fmt.Errorf("zone %q: bad domain or no id", kept.Domain)
	}
	if s.store.byDomain[domain] != nil || s.store.byID[kept.ID] != nil {
		return fmt.Errorf("zone %s: comes twice", domain)
	}
	z := newZone(kept.ID, domain, kept.Created)
	s.addBuiltIns(z)
	ids := map[string]bool{}
	for _, rec := range kept.Records {
		name, err := ownerName(rec.Name, domain)
		if err != nil || name != rec.Name || rec.Type == "" || rec.TTL < 0 || rec.TTL > maxTTL {
			return fmt.Errorf("zone %s: record %q: bad name, type or TTL", domain, rec.ID)
		}
		if rec.ID == "" || ids[rec.ID] || s.store.record(rec.ID) != nil {
			return fmt.Errorf("zone %s: record %q: no id, or one that comes twice", domain, rec.ID)
		}
		ids[rec.ID] = true
		s.addTo(z, &stored{rec: rec})
	}
	z.serial = max(kept.Serial, 1)
	s.store.add(z)
	return nil
}
