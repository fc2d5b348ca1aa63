package git

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"
)

// A Repo is one branch of a repository. Make it with Open.
type Repo struct {
	opts   Options
	addr   address
	store  *store
	mirror mirror // remote repositories only

	mu   sync.Mutex
	last Commit
	kept plumbing.Hash // see Keep

	failures  int // damaged fetches in a row
	compactAt int // number of packs at which to clone afresh
}

// Open prepares to read a repository. One on this machine has to be there; of a
// remote one nothing is asked yet, so that a daemon starts while the remote is
// down: Head then is what the mirror held when it was last used, if anything.
// Errors about settings come all at once.
func Open(ctx context.Context, o Options) (*Repo, error) {
	a, err := parseAddress(o.URL)
	if err != nil {
		return nil, err
	}
	o = o.withDefaults()
	if err := o.check(a); err != nil {
		return nil, err
	}
	r := &Repo{opts: o, addr: a, compactAt: o.maxPacks}
	if a.kind == kindLocal {
		err = r.openLocal()
	} else {
		err = r.openMirror(ctx)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// String is the repository's address, which holds no secret.
func (r *Repo) String() string { return r.addr.String() }

// Head is the commit that Pull returned last, or that the mirror held when it
// was opened; the zero Commit where there is none. It asks nobody.
func (r *Repo) Head() Commit {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

func (r *Repo) setHead(c Commit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = c
}

// Keep names a commit that is still needed, such as the last one applied, though
// the branch may leave it behind: as long as the mirror can be read, it is not
// replaced for its number of packs alone by one without that commit. "" is none.
func (r *Repo) Keep(hash string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept = plumbing.NewHash(hash)
}

// needed are the commits that a replacement of the mirror must hold.
func (r *Repo) needed() []plumbing.Hash {
	r.mu.Lock()
	defer r.mu.Unlock()
	need := []plumbing.Hash{plumbing.NewHash(r.last.Hash)}
	if !r.kept.IsZero() && r.store.has(r.kept) {
		need = append(need, r.kept)
	}
	return need
}

func (r *Repo) openMirror(ctx context.Context) error {
	if err := os.MkdirAll(r.opts.StateDir, 0o700); err != nil {
		return fmt.Errorf("%s: open: %w", r.addr, err)
	}
	r.mirror = mirrorFor(r.opts, r.addr)
	r.store = &store{dir: r.mirror.dir}
	if err := r.mirror.tidy(); err != nil {
		return err
	}
	if _, err := os.Stat(r.mirror.dir); err != nil {
		return nil
	}
	// A mirror that cannot be read costs a fresh clone, so nothing here is an error.
	if err := r.store.reopen(); err != nil {
		return nil
	}
	hash := r.mirror.head()
	if hash.IsZero() {
		return nil
	}
	if err := r.store.whole(ctx, hash, plumbing.ZeroHash); err != nil {
		r.store.damaged.Store(true)
		return ctx.Err()
	}
	c, err := r.Commit(hash.String())
	if err != nil {
		r.store.damaged.Store(true)
		return nil
	}
	r.setHead(c)
	return nil
}

// openLocal finds the repository's folder: dir/.git, what a .git file says, or
// a bare repository itself. Git would also search upwards; but then the paths
// in it would be others than the setting says.
func (r *Repo) openLocal() error {
	dir, err := localDir(r.addr.path)
	if err != nil {
		return err
	}
	config, err := os.ReadFile(filepath.Join(commonDir(dir), "config"))
	if err != nil {
		return fmt.Errorf("%s: open: %w", r.addr, err)
	}
	if isSHA256(string(config)) {
		return fmt.Errorf("%s: open: %w", r.addr, ErrSHA256)
	}
	r.store, err = openStore(dir)
	return err
}

func localDir(path string) (string, error) {
	root, gitDir, err := findRepository(path)
	switch {
	case err != nil:
		return "", err
	case root == path:
		return gitDir, nil
	case isBare(path):
		return path, nil
	case root != "":
		return "", fmt.Errorf("%s: open: lies within the repository %s: name that one", path, root)
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%s: open: %w", path, err)
	}
	return "", fmt.Errorf("%s: open: %w", path, ErrNotFound)
}

func isBare(dir string) bool {
	for _, name := range []string{"HEAD", "objects", "refs"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}

// isSHA256 reads no more of the configuration than the one line that matters.
func isSHA256(config string) bool {
	for line := range strings.Lines(config) {
		key, value, _ := strings.Cut(strings.ToLower(line), "=")
		if strings.TrimSpace(key) == "objectformat" && strings.TrimSpace(value) == "sha256" {
			return true
		}
	}
	return false
}

// pullLocal reads the branch where it is.
func (r *Repo) pullLocal() (Commit, error) {
	ref := "HEAD"
	if r.opts.Ref != "" {
		ref = "refs/heads/" + r.opts.Ref
	}
	hash, branch, err := resolveRef(r.store.dir, ref)
	if err != nil {
		return Commit{}, err
	}
	if hash == "" {
		return Commit{}, fmt.Errorf("%s: read %s: %w", r.addr, ref, ErrBranchGone)
	}
	if err := r.store.reopen(); err != nil {
		return Commit{}, err
	}
	c, err := r.Commit(hash)
	if err != nil {
		return Commit{}, err
	}
	c.Branch = strings.TrimPrefix(branch, "refs/heads/")
	if branch == "HEAD" {
		c.Branch = ""
	}
	return c, nil
}
