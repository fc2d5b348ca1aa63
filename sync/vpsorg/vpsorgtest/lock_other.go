//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package vpsorgtest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// lockFile makes a file that must not exist and takes it away again. One that a killed process left behind has
// to be removed by hand.
func lockFile(path string) (unlock func() error, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("another process has it open (if none has, remove %s)", path)
	}
	if err != nil {
		return nil, err
	}
	return func() error { return errors.Join(f.Close(), os.Remove(path)) }, nil
}
