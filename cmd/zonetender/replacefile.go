package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// replaceFile writes a file whole or not at all. What says what it is, for errors.
func replaceFile(what, path string, write func(io.Writer) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".zonetender-*")
	if err != nil {
		return fmt.Errorf("%s %s: %w", what, path, cause(err))
	}
	defer os.Remove(tmp.Name())
	b := bufio.NewWriter(tmp)
	err = errors.Join(write(b), b.Flush())
	err = errors.Join(err, tmp.Chmod(0o644), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", what, path, cause(err))
	}
	return nil
}
