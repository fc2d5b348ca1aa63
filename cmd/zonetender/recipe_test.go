package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/sync/forge/forgetest"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// A proposal is a repository with a pull request in it: a branch that changes an address,
// and a main branch that has gone on since. The live zone is as the main branch has it.
type proposal struct {
	origin     string // bare repository
	head       string // commit of the pull request
	environ    []string
	hub        *hub
	home, temp string
	path       string // of the CI's jobs
}

// propose sets everything up. The files are what the pull request brings, "-> target" being
// a symbolic link; nil is a new address for www.
func propose(t *testing.T, files map[string]string, start func(*testing.T, forgetest.Options) *hub) *proposal {
	t.Helper()
	work, p := t.TempDir(), &proposal{origin: filepath.Join(t.TempDir(), "origin.git"), home: t.TempDir(), temp: t.TempDir()}
	p.path = filepath.Join(p.home, "bin") + string(os.PathListSeparator) + tools(t)
	write := func(name, text string) {
		path := filepath.Join(work, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if target, link := strings.CutPrefix(text, "-> "); link {
			if err := os.Symlink(target, path); err != nil {
				t.Fatal(err)
			}
			return
		}
		mode := os.FileMode(0o644)
		if strings.HasPrefix(text, "#!") {
			mode = 0o755
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	commit := func(message string) {
		gitIn(t, work, "add", "-A")
		gitIn(t, work, "commit", "-q", "-m", message)
	}
	const zone = "zone: example.com\nttl: 300\nrecords:\n  www: {A: 192.0.2.1}\n  mail: {A: 192.0.2.2}\n  ftp: {A: 192.0.2.3}\n"
	gitIn(t, work, "init", "-q", "-b", "main")
	write("zones/example.com.yaml", zone)
	commit("First zones")
	gitIn(t, work, "checkout", "-q", "-b", "change")
	for _, name := range slices.Sorted(maps.Keys(files)) {
		write(name, files[name])
	}
	if files == nil {
		write("zones/example.com.yaml", strings.Replace(zone, "www: {A: 192.0.2.1}", "www: {A: 192.0.2.9}", 1))
	}
	commit("Move the website")
	p.head = gitIn(t, work, "rev-parse", "HEAD")
	gitIn(t, work, "checkout", "-q", "main")
	write("zones/example.com.yaml", zone+"  # Since the branch was made.\n  added: {A: 192.0.2.4}\n")
	commit("Add a host")
	gitIn(t, work, "clone", "-q", "--bare", work, p.origin)
	for _, ref := range []string{"refs/pull/1/head", "refs/merge-requests/1/head"} {
		gitIn(t, p.origin, "update-ref", ref, p.head)
	}

	server, api := serve(t, vpsorgtest.Options{})
	live(t, server, "example.com", "www 300 A 192.0.2.1", "mail 300 A 192.0.2.2", "ftp 300 A 192.0.2.3", "added 300 A 192.0.2.4")
	t.Cleanup(func() { unwritten(t, server) })
	p.hub = start(t, forgetest.Options{PullRequests: []forgetest.PullRequest{{Number: 1, HeadBranch: "change", HeadCommit: p.head}}})
	p.hub.at(t, p.head)
	p.environ = slices.Concat(api, p.hub.environ, []string{"RELEASES_URL=file://" + release(t, "1.2.3")})
	return p
}

// at has the CI run for another head commit.
func (h *hub) at(t *testing.T, commit string) {
	t.Helper()
	for i, v := range h.environ {
		h.environ[i] = strings.ReplaceAll(v, forgetest.DefaultCommit, commit)
		file, found := strings.CutPrefix(v, "GITHUB_EVENT_PATH=")
		if !found {
			continue
		}
		text, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(file, []byte(strings.ReplaceAll(string(text), forgetest.DefaultCommit, commit)), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// release makes a folder of releases with this program in one.
func release(t *testing.T, version string) string {
	t.Helper()
	dir := t.TempDir()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		t.Fatal(err)
	}
	folder, sums := filepath.Join(dir, "v"+version), ""
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	names := []string{"zonetender_" + version + "_linux_amd64", fmt.Sprintf("zonetender_%s_%s_%s", version, runtime.GOOS, runtime.GOARCH)}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if err := os.Symlink(program, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
		sums += fmt.Sprintf("%x  %s\n", sum.Sum(nil), name)
	}
	if err := os.WriteFile(filepath.Join(folder, "sha256sums"), []byte(sums), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// checkout clones the repository at a ref, with all branches, as a CI does.
func (p *proposal) checkout(t *testing.T, ref string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "work")
	gitIn(t, p.temp, "clone", "-q", "--no-checkout", p.origin, dir)
	gitIn(t, dir, "fetch", "-q", "origin", ref)
	gitIn(t, dir, "checkout", "-q", "--detach", "FETCH_HEAD")
	return dir
}

// shell runs a script as a CI does, with the environment of the pull request and nothing
// that the test has: the program must be installed by the script, or an earlier one.
func (p *proposal) shell(t *testing.T, dir, script string, environ ...string) (code int, output string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-eo", "pipefail", "-c", script)
	cmd.Dir = dir
	cmd.Env = slices.Concat(processEnv(p.home), []string{"HOME=" + p.home, "TMPDIR=" + p.temp, "PATH=" + p.path}, p.environ, environ)
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if strings.Contains(string(out), "SECRET") {
		t.Errorf("got a token in\n%s", out)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// tools makes a folder with the programs that a CI's image has, and no other: neither this
// program nor Go.
func tools(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range strings.Fields("awk base64 bash cat chmod curl cut dirname git grep install mkdir mktemp mv od rm sed sh sha256sum touch tr uname") {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Skipf("%s is not installed", name)
		}
		if err := os.Symlink(path, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// planned fails the test unless the pull request shows the plan of the merge result.
func (p *proposal) planned(t *testing.T) {
	t.Helper()
	body := p.hub.only(t).Body
	for _, want := range []string{"1 update", "www", "192.0.2.9"} {
		if !strings.Contains(body, want) {
			t.Errorf("got\n%s\nwant it to say %q", body, want)
		}
	}
	if strings.Contains(body, "added") {
		t.Errorf("got\n%s\nwant nothing of what the main branch has added", body)
	}
	got := p.hub.verdicts()
	if len(got) != 1 || !strings.HasPrefix(got[0], "success 1 update") {
		t.Errorf("got the verdicts %q, want one success", got)
	}
	for _, c := range p.hub.Checks() {
		if c.Commit != p.head {
			t.Errorf("got a check on %s, want it on the head commit %s", c.Commit, p.head)
		}
	}
}

// recipe returns the first block below a heading of docs/pull-requests.md.
func recipe(t *testing.T, heading, language string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/pull-requests.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\n"+heading+"\n")
	if !found {
		t.Fatalf("docs/pull-requests.md has no %q", heading)
	}
	for _, f := range fences(rest) {
		if f[0] == language {
			return f[1]
		}
	}
	t.Fatalf("docs/pull-requests.md: %s has no block of %s", heading, language)
	return ""
}

// The plain shell does it anywhere.
func TestRecipeShell(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(*testing.T, forgetest.Options) *hub{"github": gitHub, "gitlab": gitLab, "gitea": gitea} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := propose(t, nil, start)
			if code, out := p.shell(t, p.checkout(t, "refs/pull/1/head"), recipe(t, "## A plain shell", "sh"), "BASE=main"); code != 0 {
				t.Fatalf("got exit code %d:\n%s", code, out)
			}
			p.planned(t)
		})
	}
}

// A release that is not what its checksums say is not run.
func TestRecipeChecksum(t *testing.T) {
	t.Parallel()
	p := propose(t, nil, gitea)
	dir := strings.TrimPrefix(p.environ[len(p.environ)-1], "RELEASES_URL=file://")
	sums := filepath.Join(dir, "v1.2.3", "sha256sums")
	text, err := os.ReadFile(sums)
	if err != nil {
		t.Fatal(err)
	}
	for i := range text {
		if text[i] == '0' {
			text[i] = '1'
			break
		}
	}
	if err := os.WriteFile(sums, text, 0o644); err != nil {
		t.Fatal(err)
	}
	code, out := p.shell(t, p.checkout(t, "refs/pull/1/head"), recipe(t, "## A plain shell", "sh"), "BASE=main")
	if code == 0 || !strings.Contains(out, "FAILED") || len(p.hub.Comments(1)) != 0 {
		t.Errorf("got exit code %d and\n%s\nwant the checksum refused", code, out)
	}
}
