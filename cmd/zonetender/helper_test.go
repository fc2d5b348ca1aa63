package main

import (
	"bytes"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// ran is what came of running the program.
type ran struct {
	code           int
	stdout, stderr string
}

// runs runs the program in this process. The environment has nothing but what is given.
func runs(t *testing.T, environ []string, args ...string) ran {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), args, environ, strings.NewReader(""), &stdout, &stderr)
	return ran{code, stdout.String(), stderr.String()}
}

// fails fails the test unless the program ended with the code, and said nothing but one
// sentence, in which each of the texts stands.
func (r ran) fails(t *testing.T, code int, texts ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("got exit code %d, want %d", r.code, code)
	}
	if r.stdout != "" {
		t.Errorf("got on standard output:\n%s\nwant nothing", r.stdout)
	}
	sentence, usage, _ := strings.Cut(r.stderr, "\nSee ")
	if strings.Count(strings.TrimSuffix(sentence, "\n"), "\n") > 0 || strings.Count(usage, "\n") > 1 {
		t.Errorf("got\n%s\nwant one sentence", r.stderr)
	}
	r.says(t, texts...)
}

// says fails the test unless each of the texts stands on standard error.
func (r ran) says(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(r.stderr, text) {
			t.Errorf("got\n%s\nwant it to say %q", r.stderr, text)
		}
	}
}

// testToken is easy to find in what the program prints.
const testToken = "vps_SECRET0123456789"

// serve starts an API over HTTP, and gives the environment that points at it.
func serve(t *testing.T, o vpsorgtest.Options) (*vpsorgtest.Server, []string) {
	t.Helper()
	o.Token = testToken
	server := vpsorgtest.New(o)
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return server, []string{"VPS_API_URL=" + listener.URL + server.Prefix(), "VPS_API_TOKEN=" + testToken}
}

// live adds a live zone with records as in "www 300 A 192.0.2.1".
func live(t *testing.T, server *vpsorgtest.Server, domain string, lines ...string) {
	t.Helper()
	if _, err := server.AddZone(domain); err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if _, err := server.AddRecord(domain, parseRecord(line)); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
}

// unwritten fails the test if a write was asked for.
func unwritten(t *testing.T, server *vpsorgtest.Server) {
	t.Helper()
	if got := writeLines(server); !slices.Equal(got, []string{"no writes"}) {
		t.Errorf("got the writes %q, want none", got)
	}
}

// writeFiles writes files into a new folder, and gives its path. Names and contents take
// turns.
func writeFiles(t *testing.T, namesAndTexts ...string) string {
	t.Helper()
	dir := t.TempDir()
	for pair := range slices.Chunk(namesAndTexts, 2) {
		path := filepath.Join(dir, filepath.FromSlash(pair[0]))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(pair[1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// oneZone is a folder with one zone of one record.
func oneZone(t *testing.T) string {
	t.Helper()
	return writeFiles(t, "example.com.yaml", "www: {type: A, ttl: 300, value: 192.0.2.1}\n")
}

// gitIn runs Git in a folder, with an environment of its own.
func gitIn(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir, cmd.Env = dir, processEnv(t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}
