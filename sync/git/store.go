package git

import (
	"errors"
	"fmt"
	"io"
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

// cacheSize bounds the objects that a store keeps in memory, in bytes.
const cacheSize = 8 * cache.MiByte

// A store reads the objects of a repository folder and is safe for concurrent use.
// It never writes. The folder may change underneath (a fetch, somebody's git gc): an
// object that is not found is looked up again in a fresh list of packs.
type store struct {
	dir     string
	opts    Options
	local   bool        // not a mirror of ours, so that nothing was left out of it by us
	damaged atomic.Bool // an object that should be there could not be read

	mu      sync.Mutex
	cur     *filesystem.Storage    // nil before the folder was opened
	borrows bool                   // objects of another repository count too (git clone --shared)
	omitted map[plumbing.Hash]bool // files that are not there, for all we know because of their size
}

func newStore(dir string, o Options) *store {
	return &store{dir: dir, opts: o, omitted: make(map[plumbing.Hash]bool)}
}

func openStore(dir string, o Options) (*store, error) {
	s := newStore(dir, o)
	return s, s.reopen()
}

// ready reports whether there is anything to read from yet.
func (s *store) ready() bool { return s.current() != nil }

// newStorage opens a folder without go-git's check of the repository's extensions:
// it also refuses those of sparse and partial work trees, which do not concern
// objects.
func newStorage(dir string) *filesystem.Storage {
	fs := dotgit.NewRepositoryFilesystem(osfs.New(dir), osfs.New(commonDir(dir)))
	return filesystem.NewStorageWithOptions(fs, cache.NewObjectLRU(cacheSize),
		filesystem.Options{AlternatesFS: osfs.New("/")})
}

// reopen picks up what was added to the folder. The list of packs is read here,
// because go-git would read it on first use, in a way that races.
func (s *store) reopen() error {
	cur := newStorage(s.dir)
	if err := cur.HasEncodedObject(plumbing.ZeroHash); !errors.Is(err, plumbing.ErrObjectNotFound) {
		if err == nil {
			err = errors.New("an object has the zero hash")
		}
		return fmt.Errorf("%s: open: %w", escape(s.dir), cause(err))
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

// has reports whether the object is at hand, without reading it.
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
	// go-git looks into borrowed object folders for whole objects only.
	_, err := cur.EncodedObject(plumbing.AnyObject, hash)
	return err == nil
}

// omit notes that a file is not there because of its size, and reports whether that
// is news.
func (s *store) omit(hash plumbing.Hash) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.omitted[hash]
	s.omitted[hash] = true
	return !known
}

// object reads an object that another one refers to, so that its absence is damage.
func (s *store) object(t plumbing.ObjectType, hash plumbing.Hash) (plumbing.EncodedObject, error) {
	o, err := retry(s, func(cur *filesystem.Storage) (plumbing.EncodedObject, error) {
		// go-git reads all of it into memory. The size of a file is known already.
		if t != plumbing.BlobObject {
			if size, err := cur.EncodedObjectSize(hash); err == nil && size > s.opts.MaxFileBytes {
				return nil, s.opts.tooLarge(t.String())
			}
		}
		return cur.EncodedObject(t, hash)
	})
	if _, isLimit := errors.AsType[*LimitError](err); err != nil && !isLimit {
		s.damaged.Store(true)
	}
	return o, err
}

// size is the size of a file in bytes. A file that is not there counts as damage the
// first time, so that the mirror is cloned afresh; where that does not bring it, it
// was left out because of its size. A local repository is as it is.
func (s *store) size(hash plumbing.Hash) (int64, error) {
	size, err := retry(s, func(cur *filesystem.Storage) (int64, error) {
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
	switch {
	case err == nil:
		return size, nil
	case errors.Is(err, plumbing.ErrObjectNotFound) && s.local:
		return 0, fmt.Errorf("blob %s: %w", hash, ErrPartial)
	case errors.Is(err, plumbing.ErrObjectNotFound) && !s.omit(hash):
		return 0, fmt.Errorf("the file has more than %d bytes and was not fetched", s.opts.MaxFileBytes)
	}
	s.damaged.Store(true)
	return 0, fmt.Errorf("blob %s: %w", hash, err)
}

// blob reads a file.
func (s *store) blob(hash plumbing.Hash) ([]byte, error) {
	size, err := s.size(hash)
	if err != nil {
		return nil, err
	}
	if size > s.opts.MaxFileBytes {
		return nil, fmt.Errorf("the file has %d bytes, more than %d", size, s.opts.MaxFileBytes)
	}
	return s.bytes(plumbing.BlobObject, hash)
}

// bytes reads an object as it is.
func (s *store) bytes(t plumbing.ObjectType, hash plumbing.Hash) ([]byte, error) {
	o, err := s.object(t, hash)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", t, hash, err)
	}
	r, err := o.Reader()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", t, hash, err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, s.opts.MaxFileBytes))
	if err != nil {
		s.damaged.Store(true)
		return nil, fmt.Errorf("%s %s: %w", t, hash, err)
	}
	return data, nil
}

// retry reads, and once more with a fresh list of packs.
func retry[T any](s *store, read func(*filesystem.Storage) (T, error)) (T, error) {
	got, err := read(s.current())
	if err == nil {
		return got, nil
	}
	if reopenErr := s.reopen(); reopenErr == nil {
		return read(s.current())
	}
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
