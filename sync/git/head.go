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
)

// maxRefHops bounds a chain of symbolic references, as Git itself does.
const maxRefHops = 5

// Head returns the hash, in hexadecimal, of the commit that is checked out in
// the work tree that contains dir. It is "" without an error where there is no
// work tree, or no commit in it yet. An error means that there is a repository
// that cannot be read; the hash is "" then too, so that a caller to whom the
// commit is only worth mentioning may drop the error.
//
// It reads a few small files and runs nothing, whatever extensions the
// repository uses; only a repository that keeps its references in tables is
// beyond it.
func Head(dir string) (hash string, err error) {
	_, gitDir, err := findRepository(dir)
	if err != nil || gitDir == "" {
		return "", err
	}
	hash, _, err = resolveRef(gitDir, "HEAD")
	return hash, err
}

// Root returns the top folder of the work tree that contains dir, or "" without
// an error where there is none.
func Root(dir string) (string, error) {
	root, _, err := findRepository(dir)
	return root, err
}

// resolveRef follows a reference to its hash, which is "" where it, or what it
// points to, does not exist, and returns the last name on the way.
func resolveRef(gitDir, ref string) (hash, name string, err error) {
	for range maxRefHops {
		text, err := readRef(gitDir, ref)
		if err != nil || text == "" {
			return "", ref, err
		}
		next, symbolic := strings.CutPrefix(text, "ref:")
		if !symbolic {
			if !isHash(text) {
				return "", ref, fmt.Errorf("%s: read %s: not a commit hash", gitDir, ref)
			}
			return text, ref, nil
		}
		ref = strings.TrimSpace(next)
		if ref == "refs/heads/.invalid" {
			return "", ref, fmt.Errorf("%s: read HEAD: references are kept in tables, which is not supported", gitDir)
		}
		if !filepath.IsLocal(ref) || !strings.HasPrefix(ref, "refs/") {
			return "", ref, fmt.Errorf("%s: read HEAD: %q is no reference", gitDir, ref)
		}
	}
	return "", ref, fmt.Errorf("%s: read %s: more than %d symbolic references", gitDir, ref, maxRefHops)
}

// findRepository returns the top folder and the repository folder of the work
// tree that contains dir, or "" where there is none. A .git file points
// elsewhere (linked work trees, submodules); a .git folder without a HEAD is no
// repository, as Git has it.
func findRepository(dir string) (root, gitDir string, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return "", "", fmt.Errorf("%s: find repository: %w", dir, err)
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
		return "", fmt.Errorf("%s: find repository: %w", file, err)
	}
	gitDir, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "gitdir:")
	if !ok {
		return "", fmt.Errorf("%s: find repository: no line \"gitdir:\"", file)
	}
	return resolvePath(filepath.Dir(file), strings.TrimSpace(gitDir)), nil
}

// commonDir is where the references and objects are that all work trees of one
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

// readRef returns the text of a reference, loose or packed, or "" where there
// is no such reference, as on a branch without a commit.
func readRef(gitDir, ref string) (string, error) {
	common := commonDir(gitDir)
	for _, dir := range []string{gitDir, common} {
		text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(ref)))
		if err == nil {
			return strings.TrimSpace(string(text)), nil
		}
		// Other errors mean "not here" as well: where a/b is packed, a may be a file.
		if errors.Is(err, fs.ErrPermission) {
			return "", fmt.Errorf("%s: read %s: %w", gitDir, ref, err)
		}
	}
	packed, err := os.ReadFile(filepath.Join(common, "packed-refs"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("%s: read %s: %w", gitDir, ref, err)
	}
	lines := bufio.NewScanner(bytes.NewReader(packed))
	for lines.Scan() {
		if hash, name, ok := strings.Cut(lines.Text(), " "); ok && name == ref {
			return hash, nil
		}
	}
	return "", lines.Err()
}

// isHash tells whether s is a full object name of either kind that Git knows.
func isHash(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}
