package git

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"
)

// cacheSize bounds what one store keeps of objects that it has read, in bytes.
const cacheSize = 32 * cache.MiByte

// A store reads objects of one repository folder from many goroutines. It never
// writes. The folder may change underneath (a fetch, somebody's git gc): what
// cannot be found is looked for once more with a fresh list of packs.
type store struct {
	dir     string
	damaged atomic.Bool // an object that must be there could not be read

	mu      sync.Mutex
	cur     *filesystem.Storage // nil before the folder was opened
	borrows bool                // objects of another repository count too (git clone --shared)
}

func openStore(dir string) (*store, error) {
	s := &store{dir: dir}
	return s, s.reopen()
}

// ready tells whether there is anything to read from yet.
func (s *store) ready() bool { return s.current() != nil }

// newStorage opens a folder in go-git's own way, but for the check of the
// repository's extensions: go-git refuses those of a sparse or partial work
// tree too, and they say nothing about objects.
func newStorage(dir string) *filesystem.Storage {
	fs := dotgit.NewRepositoryFilesystem(osfs.New(dir), osfs.New(commonDir(dir)))
	return filesystem.NewStorageWithOptions(fs, cache.NewObjectLRU(cacheSize),
		filesystem.Options{AlternatesFS: osfs.New("/")})
}

// reopen takes in what was added to the folder since. The list of packs is read
// here, because go-git would read it on first use, and not safely from two goroutines.
func (s *store) reopen() error {
	cur := newStorage(s.dir)
	if err := cur.HasEncodedObject(plumbing.ZeroHash); !errors.Is(err, plumbing.ErrObjectNotFound) {
		if err == nil {
			err = errors.New("an object has the zero hash")
		}
		return fmt.Errorf("%s: open: %w", s.dir, err)
	}
	_, err := os.Stat(filepath.Join(commonDir(s.dir), "objects", "info", "alternates"))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cur, s.borrows = cur, err == nil
	return nil
}

func (s *store) current() *filesystem.Storage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cur
}

// has tells whether the object is at hand, without reading it.
func (s *store) has(hash plumbing.Hash) bool {
	s.mu.Lock()
	cur, borrows := s.cur, s.borrows
	s.mu.Unlock()
	if cur == nil {
		return false
	}
	if cur.HasEncodedObject(hash) == nil {
		return true
	}
	if !borrows {
		return false
	}
	// go-git asks borrowed object folders for whole objects only.
	_, err := cur.EncodedObject(plumbing.AnyObject, hash)
	return err == nil
}

// object reads an object that something at hand refers to, so that its absence
// is damage.
func (s *store) object(t plumbing.ObjectType, hash plumbing.Hash) (plumbing.EncodedObject, error) {
	return retry(s, func(cur *filesystem.Storage) (plumbing.EncodedObject, error) {
		return cur.EncodedObject(t, hash)
	})
}

// size is the length of a blob in bytes.
func (s *store) size(hash plumbing.Hash) (int64, error) {
	return retry(s, func(cur *filesystem.Storage) (int64, error) {
		size, err := cur.EncodedObjectSize(hash)
		if !errors.Is(err, plumbing.ErrObjectNotFound) {
			return size, err
		}
		o, err := cur.EncodedObject(plumbing.BlobObject, hash)
		if err != nil {
			return 0, err
		}
		return o.Size(), nil
	})
}

func retry[T any](s *store, read func(*filesystem.Storage) (T, error)) (T, error) {
	got, err := read(s.current())
	if err == nil {
		return got, nil
	}
	if reopenErr := s.reopen(); reopenErr == nil {
		if got, err = read(s.current()); err == nil {
			return got, nil
		}
	}
	s.damaged.Store(true)
	return got, err
}

func (s *store) commit(hash plumbing.Hash) (*object.Commit, error) {
	o, err := s.object(plumbing.CommitObject, hash)
	if err != nil {
		return nil, fmt.Errorf("commit %s: read: %w", hash, err)
	}
	c, err := object.DecodeCommit(s.current(), o)
	if err != nil {
		return nil, fmt.Errorf("commit %s: read: %w", hash, err)
	}
	return c, nil
}

// tree reads one folder; the zero hash is the folder without entries.
func (s *store) tree(hash plumbing.Hash) ([]object.TreeEntry, error) {
	if hash.IsZero() {
		return nil, nil
	}
	o, err := s.object(plumbing.TreeObject, hash)
	if err != nil {
		return nil, fmt.Errorf("tree %s: read: %w", hash, err)
	}
	t, err := object.DecodeTree(s.current(), o)
	if err != nil {
		return nil, fmt.Errorf("tree %s: read: %w", hash, err)
	}
	return t.Entries, nil
}
