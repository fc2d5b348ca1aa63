package vpsorgtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// Pauses before the state is written to its file. The second keeps a state that takes long to write from being
// written all the time, so that many writes cost no more than a tenth more.
const (
	leastPause = 200 * time.Millisecond
	pauseTimes = 10 // what the last write took
)

// A file keeps the state of a server on disk.
type file struct {
	path   string
	unlock func() error

	saving sync.Mutex    // one write at a time
	saved  atomic.Uint64 // changes that are on disk

	dirty     chan struct{}
	stop      chan struct{}
	stopped   chan struct{}
	closeOnce sync.Once
	closeErr  error
}

// Open returns a server that keeps its state in a file, and goes on from the state it finds there. Its folder is
// made where missing. A file that does not hold a state is an error and stays as it is; so is one that another
// process has open, told by a lock on a file beside it with ".lock" added to its name.
//
// Changes reach the file a moment later, written by a goroutine of the server; [Server.Close] writes what is
// left. A process that is killed loses that moment at most, and never leaves half a file.
func Open(path string, opts Options) (*Server, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("sandbox file %s: open: %w", path, err)
	}
	unlock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, fmt.Errorf("sandbox file %s: open: %w", path, err)
	}
	s := New(opts)
	if err := s.load(path); err != nil {
		return nil, errors.Join(fmt.Errorf("sandbox file %s: read: %w", path, err), unlock())
	}
	s.file = &file{
		path: path, unlock: unlock,
		dirty: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	s.file.saved.Store(s.store.changes.Load())
	go s.keepSaved()
	return s, nil
}

// Close writes the state to the file of a server made by [Open] and gives the file free. On a server made by New
// it does nothing. A second Close returns what the first did.
func (s *Server) Close() error {
	f := s.file
	if f == nil {
		return nil
	}
	f.closeOnce.Do(func() {
		close(f.stop)
		<-f.stopped
		f.closeErr = errors.Join(s.Save(), f.unlock())
	})
	return f.closeErr
}

// wake tells the goroutine that there is something to write.
func (f *file) wake() {
	select {
	case f.dirty <- struct{}{}:
	default:
	}
}

// keepSaved writes the state some time after it changes. A write that fails is tried again after the next
// pause; the last one, by Close, returns its error.
func (s *Server) keepSaved() {
	f := s.file
	defer close(f.stopped)
	pause := leastPause
	for {
		select {
		case <-f.dirty:
		case <-f.stop:
			return
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-f.stop:
			timer.Stop()
			return
		}
		start := time.Now()
		if s.Save() != nil {
			f.wake()
		}
		pause = max(leastPause, pauseTimes*time.Since(start))
	}
}

// Save writes the state to the file of a server made by [Open] now, where it has changed since it was written.
// On a server made by New it does nothing.
func (s *Server) Save() error {
	f := s.file
	if f == nil {
		return nil
	}
	f.saving.Lock()
	defer f.saving.Unlock()
	changes := s.store.changes.Load()
	if changes == f.saved.Load() {
		return nil
	}
	if err := writeAtomic(f.path, s.encode); err != nil {
		return fmt.Errorf("sandbox file %s: write: %w", f.path, err)
	}
	f.saved.Store(changes)
	return nil
}
