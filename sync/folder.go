package sync

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// CountZones opens the zones folder of a commit as a cycle does, and counts the zones
// that its files name.
func CountZones(repo Repo, commit, dir string) (int, error) {
	opened, err := openFolder(repo, commit, dir)
	if err != nil {
		return 0, err
	}
	return len(opened.folder.Sources), nil
}

// zonesFolder is the zones folder of a commit.
type zonesFolder struct {
	files    fs.FS // of the commit
	path     string
	folder   *schema.Folder
	settings string // digest of those in the folder
	problems schema.Problems
}

// openFolder opens a zones folder. One that is gone, or holds no zone file, is no word
// that the zones are to go.
func openFolder(repo Repo, commit, set string) (zonesFolder, error) {
	files, err := repo.FS(commit)
	if err != nil {
		return zonesFolder{}, fmt.Errorf("commit %s: %w", short(commit), err)
	}
	z := zonesFolder{files: files, path: zonesPath(files, set)}
	z.folder, z.problems, err = schema.Open(files, z.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return z, refuse(diff.GuardEmpty, "commit %s has no folder %s; the last accepted commit stays in force", short(commit), z.path)
	case err != nil:
		return z, fmt.Errorf("commit %s: %w", short(commit), err)
	case len(z.folder.Sources) == 0:
		return z, refuse(diff.GuardEmpty, "commit %s has no zone file in the folder %s; the last accepted commit stays in force", short(commit), z.path)
	}
	z.settings = digest(files, z.path)
	return z, nil
}

// zonesPath gives the zones folder: the one that is set, else zones where that exists,
// else the top.
func zonesPath(files fs.FS, set string) string {
	if set != "" {
		return path.Clean(set)
	}
	if info, err := fs.Stat(files, "zones"); err == nil && info.IsDir() {
		return "zones"
	}
	return "."
}
