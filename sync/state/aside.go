package state

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// keepCorrupt is how many databases that were set aside are kept for a look.
const keepCorrupt = 3

// companions are what SQLite keeps beside a database, under its name. The database itself
// comes first: without it, the others are ignored, while it without them would be an
// older state that looks whole.
func companions() []string { return []string{"", "-wal", "-shm", "-journal"} }

// setAside renames a damaged database and gives its new name.
func setAside(path string, now time.Time) (string, error) {
	prefix := path + ".corrupt-"
	aside := prefix + now.UTC().Format("20060102T150405Z")
	for exists(aside) {
		now = now.Add(time.Second)
		aside = prefix + now.UTC().Format("20060102T150405Z")
	}
	for _, suffix := range companions() {
		if err := os.Rename(path+suffix, aside+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return aside, dropOldest(filepath.Dir(path), filepath.Base(prefix))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// dropOldest removes what was set aside before the newest few.
func dropOldest(dir, prefix string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var names []string
	for _, e := range entries {
		stamp, ok := strings.CutPrefix(e.Name(), prefix)
		if ok && !strings.Contains(stamp, "-") {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	for _, name := range names[:max(0, len(names)-keepCorrupt)] {
		for _, suffix := range companions() {
			if err := os.Remove(filepath.Join(dir, name+suffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}
