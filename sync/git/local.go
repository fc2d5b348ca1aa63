package git

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
)

// maxRefHops bounds a chain of symbolic references, as in Git itself.
const maxRefHops = 5

// Head returns the hash, in hexadecimal, of the commit that is checked out in the work
// tree that contains dir. It is "" without an error where there is no work tree, or no
// commit in it yet. An error means that there is a repository that cannot be read.
//
// It reads a few small files and runs nothing, whatever extensions the repository
// uses. Only repositories that keep their references in tables are not supported.
func Head(dir string) (hash string, err error) {
	_, gitDir, err := findRepository(dir)
	if err != nil || gitDir == "" {
		return "", err
	}
	hash, _, err = resolveRef(gitDir, "HEAD")
	return hash, err
}

// HeadTime returns when the commit that Head names was committed, as it says itself. It is the
// zero Time without an error where Head is "".
func HeadTime(dir string) (time.Time, error) {
	_, gitDir, err := findRepository(dir)
	if err != nil || gitDir == "" {
		return time.Time{}, err
	}
	hash, _, err := resolveRef(gitDir, "HEAD")
	if err != nil || hash == "" {
		return time.Time{}, err
	}
	h, err := parseHash(hash)
	if err != nil {
		return time.Time{}, err
	}
	st, err := openStore(gitDir, Options{MaxFileBytes: DefaultMaxFileBytes})
	if err != nil {
		return time.Time{}, err
	}
	c, err := st.commit(h)
	if err != nil {
		return time.Time{}, err
	}
	return c.Committer.When, nil
}

// Root returns the top folder of the work tree that contains dir, or "" without an
// error where there is none.
func Root(dir string) (string, error) {
	root, _, err := findRepository(dir)
	return root, err
}

// openLocal finds the repository's folder: dir/.git, what a .git file names, or a bare
// repository itself. Git would also search upwards, but then paths in the repository
// would not be what the settings say.
func (r *Repo) openLocal() (*store, error) {
	dir, err := localDir(r.addr.path)
	if err != nil {
		return nil, err
	}
	// Without symbolic links it stays the same folder for as long as it is read.
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, fmt.Errorf("%s: open: %w", r.addr, cause(err))
	}
	config, err := os.ReadFile(filepath.Join(commonDir(dir), "config"))
	if err != nil {
		return nil, fmt.Errorf("%s: open: %w", r.addr, cause(err))
	}
	if isSHA256(string(config)) {
		return nil, fmt.Errorf("%s: open: %w", r.addr, ErrSHA256)
	}
	if old := r.store(); old != nil && old.dir == dir {
		return old, old.reopen()
	}
	st, err := openStore(dir, r.opts)
	st.local = true
	return st, err
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
		return "", fmt.Errorf("%s: open: lies within the repository %s: name that one", escape(path), escape(root))
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%s: open: %w", escape(path), cause(err))
	}
	return "", fmt.Errorf("%s: open: %w", escape(path), ErrNotFound)
}

func isBare(dir string) bool {
	for _, name := range []string{"HEAD", "objects", "refs"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}

// isSHA256 looks for the one line of the configuration that matters.
func isSHA256(config string) bool {
	for line := range strings.Lines(config) {
		key, value, _ := strings.Cut(strings.ToLower(line), "=")
		if strings.TrimSpace(key) == "objectformat" && strings.TrimSpace(value) == "sha256" {
			return true
		}
	}
	return false
}

// pullLocal reads the branch where it is. It looks for the repository each time: the
// path may be a symbolic link that now leads to another one (as git-sync does it).
func (r *Repo) pullLocal() (Commit, error) {
	st, err := r.openLocal()
	if err != nil {
		return Commit{}, err
	}
	ref := "HEAD"
	if r.opts.Ref != "" {
		ref = "refs/heads/" + r.opts.Ref
	}
	hash, branch, err := resolveRef(st.dir, ref)
	if err != nil {
		return Commit{}, err
	}
	if hash == "" {
		return Commit{}, fmt.Errorf("%s: read %s: %w", r.addr, ref, ErrBranchGone)
	}
	c, err := r.describe(st, hash)
	if err != nil {
		return Commit{}, err
	}
	c.Branch = clean(strings.TrimPrefix(branch, "refs/heads/"))
	if branch == "HEAD" {
		c.Branch = ""
	}
	r.use(st, c)
	return c, nil
}

// Resolve returns the hash of the commit that a revision names, as a person would write
// it: a branch, a tag, a hash or its beginning, HEAD~2. It is meant for local
// repositories; a mirror knows its one branch by hash only. ErrNoCommit means that the
// revision names no commit. Reflogs (@{1}) and files (main:path) are not supported.
func (r *Repo) Resolve(rev string) (string, error) {
	st := r.store()
	// go-git would ignore what it does not understand of them.
	if !st.ready() || strings.Contains(rev, ":") || strings.Contains(rev, "@{") {
		return "", fmt.Errorf("%s: revision %q: %w", r.addr, bound(rev), ErrNoCommit)
	}
	if err := st.reopen(); err != nil {
		return "", err
	}
	repo := gogit.Repository{Storer: st.current()}
	hash, err := repo.ResolveRevision(plumbing.Revision(rev))
	if err == nil {
		_, err = repo.CommitObject(*hash) // the hash of a file is a revision too
	}
	if err != nil {
		return "", fmt.Errorf("%s: revision %q: %w", r.addr, bound(rev), ErrNoCommit)
	}
	return hash.String(), nil
}

// resolveRef follows a reference to its hash, which is "" where it, or what it points
// to, does not exist. It also returns the last name on the way.
func resolveRef(gitDir, ref string) (hash, name string, err error) {
	fail := func(cause string) (string, string, error) {
		return "", ref, fmt.Errorf("%s: read %s: %s", escape(gitDir), escape(ref), cause)
	}
	for range maxRefHops {
		text, err := readRef(gitDir, ref)
		if err != nil || text == "" {
			return "", ref, err
		}
		next, symbolic := strings.CutPrefix(text, "ref:")
		if !symbolic {
			if !isHash(text) {
				return fail("not a commit hash")
			}
			return text, ref, nil
		}
		next = strings.TrimSpace(next)
		if next == "refs/heads/.invalid" {
			return fail("references are kept in tables, which is not supported")
		}
		if !filepath.IsLocal(next) || !strings.HasPrefix(next, "refs/") {
			return fail(fmt.Sprintf("%q is not a reference", bound(next)))
		}
		ref = next
	}
	return fail(fmt.Sprintf("more than %d symbolic references", maxRefHops))
}

// findRepository returns the top folder and the repository folder of the work tree
// that contains dir, or "" where there is none. A .git file points elsewhere (linked
// work trees, submodules). As in Git, a .git folder without HEAD is no repository.
func findRepository(dir string) (root, gitDir string, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return "", "", fmt.Errorf("%s: find repository: %w", escape(dir), cause(err))
	}
	for {
		dotGit := filepath.Join(dir, ".git")
		info, err := os.Stat(dotGit)
		switch {
		case err == nil && info.IsDir():
			if _, err := os.Lstat(filepath.Join(dotGit, "HEAD")); err == nil {
				return dir, dotGit, nil
			}
		case err == nil:
			gitDir, err := followGitFile(dotGit)
			return dir, gitDir, err
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", "", nil
		}
		dir = parent
	}
}

func followGitFile(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%s: find repository: %w", escape(file), cause(err))
	}
	gitDir, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "gitdir:")
	if !ok {
		return "", fmt.Errorf("%s: find repository: no line \"gitdir:\"", escape(file))
	}
	// The folder that a symbolic link leads to is where a relative path begins.
	base, err := filepath.EvalSymlinks(filepath.Dir(file))
	if err != nil {
		return "", fmt.Errorf("%s: find repository: %w", escape(file), cause(err))
	}
	return resolvePath(base, strings.TrimSpace(gitDir)), nil
}

// commonDir returns the folder with the references and objects that all work trees of a
// repository share: gitDir itself, unless it belongs to a linked work tree.
func commonDir(gitDir string) string {
	text, err := os.ReadFile(filepath.Join(gitDir, "commondir"))
	if err != nil {
		return gitDir
	}
	return resolvePath(gitDir, strings.TrimSpace(string(text)))
}

func resolvePath(base, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(base, path)
}

// readRef returns the text of a reference, loose or packed, or "" where there is no
// such reference, as on a branch without a commit.
func readRef(gitDir, ref string) (string, error) {
	common := commonDir(gitDir)
	for _, dir := range []string{gitDir, common} {
		text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(ref)))
		if err == nil {
			return strings.TrimSpace(string(text)), nil
		}
		// Other errors mean "not here" too: where a/b is packed, a may be a file.
		if errors.Is(err, fs.ErrPermission) {
			return "", fmt.Errorf("%s: read %s: %w", escape(gitDir), escape(ref), cause(err))
		}
	}
	packed, err := os.ReadFile(filepath.Join(common, "packed-refs"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("%s: read %s: %w", escape(gitDir), escape(ref), cause(err))
	}
	lines := bufio.NewScanner(bytes.NewReader(packed))
	for lines.Scan() {
		if hash, name, ok := strings.Cut(lines.Text(), " "); ok && name == ref {
			return hash, nil
		}
	}
	return "", lines.Err()
}

// isHash reports whether s is a full object name of either kind that Git knows.
func isHash(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}
