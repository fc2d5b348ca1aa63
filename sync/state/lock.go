package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
)

// ErrLost is the error of a state directory that is not there any more, or not the one
// that was opened.
var ErrLost = errors.New("deleted or replaced while the daemon was running")

// A lock keeps other daemons from the state directory. It is the operating system's, so
// that it ends with the process, however that ends; the file stays.
type lock struct {
	path  string
	flock *flock.Flock
	file  fs.FileInfo // when the lock was taken
}

// takeLock takes the lock of a state directory, or says who has it.
func takeLock(dir string) (*lock, error) {
	path := filepath.Join(dir, "lock")
	f := flock.New(path, flock.SetPermissions(0o600))
	locked, err := f.TryLock()
	switch {
	case err != nil:
		return nil, fmt.Errorf("lock: %w", err)
	case !locked:
		return nil, fmt.Errorf("another zonetender is using it%s", holder(path))
	}
	// The number is only for the message. A disk that is too full for it is no reason to
	// stand still.
	_ = os.WriteFile(path, fmt.Appendf(nil, "%d\n", os.Getpid()), 0o600)
	info, err := os.Stat(path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock: %w", err), f.Close())
	}
	return &lock{path, f, info}, nil
}

// holder returns the process that has the lock, in brackets, or "" where the file does not
// say.
func holder(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text[:min(len(text), 32)])))
	if err != nil {
		return ""
	}
	return fmt.Sprintf(" (process %d)", n)
}

// lost returns ErrLost once the file that is locked is not the one that others would lock.
func (l *lock) lost() error {
	now, err := os.Stat(l.path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(now, l.file) {
		return ErrLost
	}
	return nil
}

// release ends the lock.
func (l *lock) release() error { return l.flock.Close() }
