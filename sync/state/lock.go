package state

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// errLocked is the error of lockFile where another process has the lock.
var errLocked = errors.New("locked")

// A lock keeps other daemons from the state directory. It is the operating system's, so
// that it ends with the process, however that ends; the file stays.
type lock struct{ file *os.File }

// takeLock takes the lock of a state directory, or says who has it.
func takeLock(dir string) (*lock, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := lockFile(f); err != nil {
		defer f.Close()
		if errors.Is(err, errLocked) {
			return nil, fmt.Errorf("another zonetender is using it%s", holder(f))
		}
		return nil, fmt.Errorf("lock: %w", err)
	}
	// The number is only for the message. A disk that is too full for it is no reason to
	// stand still.
	if err := f.Truncate(0); err == nil {
		_, _ = f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	}
	return &lock{f}, nil
}

// holder gives the process that has the lock, in brackets, or "" where the file does not
// say.
func holder(f *os.File) string {
	text, err := io.ReadAll(io.LimitReader(f, 32))
	if err != nil {
		return ""
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return ""
	}
	return fmt.Sprintf(" (process %d)", n)
}

// release ends the lock.
func (l *lock) release() error { return l.file.Close() }
