package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// replaceFile writes a file whole or not at all, and keeps the permissions of one that is
// there. What says what it is, for errors.
func replaceFile(what, path string, write func(io.Writer) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".zonetender-*")
	if err != nil {
		return fmt.Errorf("%s %s: %w", what, path, cause(err))
	}
	defer os.Remove(tmp.Name())
	mode := fs.FileMode(0o644)
	if info, err := os.Lstat(path); err == nil {
		mode = info.Mode().Perm()
	}
	b := bufio.NewWriter(tmp)
	err = errors.Join(write(b), b.Flush())
	err = errors.Join(err, tmp.Chmod(mode), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", what, path, cause(err))
	}
	return nil
}

// bytesWriter writes text that is at hand.
func bytesWriter(text []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	}
}
