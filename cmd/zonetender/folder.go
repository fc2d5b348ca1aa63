package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
	"github.com/zonetender/zonetender/sync/git"
)

// folder is a folder of zone files on disk.
type folder struct {
	zones *zonefile.Folder
	// dir is the folder as the user named it, for messages.
	dir string
	// problems are mistakes in the folder as a whole.
	problems schema.Problems
	// commit is the newest commit of the work tree that holds the folder, "" outside Git.
	commit string
	// base is the commit that it is compared with, nil for none.
	base *base
	root *os.Root
}

// defaultDir is where zone files are looked for when no folder is named.
func defaultDir() string {
	if info, err := os.Stat("zones"); err == nil && info.IsDir() {
		return "zones"
	}
	return "."
}

func dirArg(args []string) string {
	if len(args) > 0 {
		return args[0]
	}
	return defaultDir()
}

// openZones opens the zone files of dir. Includes may lie outside it, but inside the
// Git work tree that holds it.
func openZones(dir string) (*folder, error) { return openZonesAgainst(dir, "", nil) }

// openZonesAgainst opens the zone files of dir, to be compared with those of the revision rev,
// which open opens; "" is none.
func openZonesAgainst(dir, rev string, open func(top, dir, rev string) (*base, error)) (*folder, error) {
	abs, err := resolve(dir)
	if err != nil {
		return nil, err
	}
	top := workTree(abs)
	rel, err := filepath.Rel(top, abs)
	if err != nil {
		return nil, fmt.Errorf("zones folder %s: %w", dir, err)
	}
	f := &folder{dir: dir}
	var against *zonefile.Folder
	if rev != "" {
		if f.base, err = open(top, filepath.ToSlash(rel), rev); err != nil {
			return nil, err
		}
		against = f.base.folder
	}
	root, err := os.OpenRoot(top)
	if err != nil {
		return nil, fmt.Errorf("zones folder %s: %w", dir, cause(err))
	}
	f.root = root
	f.zones, f.problems, err = zonefile.OpenAgainst(against, root.FS(), filepath.ToSlash(rel))
	if err != nil {
		root.Close()
		return nil, fmt.Errorf("zones folder %s: %w", dir, cause(err))
	}
	f.zones.Now = time.Now()
	f.zones.Check = refusedExpiries
	if f.base != nil {
		f.base.folder.Now = f.zones.Now
	}
	// Outside Git there is no commit to name, and a broken repository is no reason not
	// to read the files.
	if commit, err := git.Head(abs); err == nil {
		f.commit = commit
	}
	return f, nil
}

// refusedExpiries says which guard will refuse to delete what expires in a zone.
func refusedExpiries(zone *schema.Zone) schema.Problems {
	var out schema.Problems
	for _, r := range diff.ExpiryRefusals(zone) {
		out = append(out, schema.NewProblem(schema.Warning, r.Pos, zonefile.CodeExpiryRefused, "%s", r))
	}
	return out
}

// close frees the folder; its zones cannot be read any more.
func (f *folder) close() { f.root.Close() }

// resolve returns the absolute path of an existing folder, with links followed.
func resolve(dir string) (string, error) {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("zones folder %s: no such folder", dir)
	case err != nil:
		return "", fmt.Errorf("zones folder %s: %w", dir, cause(err))
	case !info.IsDir():
		return "", fmt.Errorf("zones folder %s: it is a file, expected a folder of zone files (to select one zone, pass --zone)", dir)
	}
	abs, err := filepath.Abs(dir)
	if err == nil {
		abs, err = filepath.EvalSymlinks(abs)
	}
	if err != nil {
		return "", fmt.Errorf("zones folder %s: %w", dir, cause(err))
	}
	return abs, nil
}

// cause takes the path off an error that a message names anyway.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// workTree returns the top of the Git work tree that holds dir, or dir itself.
func workTree(dir string) string {
	for top := dir; ; top = filepath.Dir(top) {
		if _, err := os.Lstat(filepath.Join(top, ".git")); err == nil {
			return top
		}
		if filepath.Dir(top) == top {
			return dir
		}
	}
}

// located returns the problems with the paths of their files as the user would open them.
func (f *folder) located(ps schema.Problems) schema.Problems {
	out := make(schema.Problems, len(ps))
	for i, p := range ps {
		p.Pos = f.locatedAt(p.Pos)
		out[i] = p
	}
	return out
}

// locatedAt returns the place with the path of its file as the user would open it.
func (f *folder) locatedAt(p schema.Position) schema.Position {
	p.File = filepath.ToSlash(filepath.Join(f.dir, filepath.FromSlash(p.File)))
	return p
}
