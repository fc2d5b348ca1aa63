//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package state

import (
	"errors"
	"os"
)

// lockFile refuses: without a lock that ends with its process, two daemons could write
// over each other's state, or one could be kept out by a process long gone.
func lockFile(*os.File) error { return errors.ErrUnsupported }
