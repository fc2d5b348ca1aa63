package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// A folder that cannot be read is one sentence that names it, and nothing is written.
func TestBadFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	link := func(name, to string) string {
		path := filepath.Join(dir, name)
		if err := os.Symlink(to, path); err != nil {
			t.Skip(err)
		}
		return path
	}
	file := filepath.Join(oneZone(t), "example.com.yaml")
	tests := map[string]struct{ dir, want string }{
		"missing":            {filepath.Join(dir, "nowhere"), "no such folder"},
		"a file":             {file, "it is a file, expected a folder of zone files (to select one zone, pass --zone)"},
		"a link to nothing":  {link("dangling", filepath.Join(dir, "nowhere")), "no such folder"},
		"a link to itself":   {link("loop", "loop"), "too many levels of symbolic links"},
		"below a plain file": {filepath.Join(file, "zones"), "not a directory"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server, environ := serve(t, vpsorgtest.Options{})
			live(t, server, "example.com", "www 300 A 192.0.2.9")
			for _, args := range [][]string{{"validate"}, {"plan"}, {"plan", "--format", "json"}, {"apply", "--yes"}} {
				got := runs(t, environ, append(args, test.dir)...)
				got.fails(t, exitFailed, "zonetender: zones folder "+test.dir+": ", test.want)
			}
			unwritten(t, server)
		})
	}
}

// Permissions do not stop root.
func TestBadFolderPermission(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		t.Skip("root may read everything")
	}
	dir := oneZone(t)
	if err := os.Chmod(dir, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir, 0o755) })
	server, environ := serve(t, vpsorgtest.Options{})
	runs(t, environ, "apply", "--yes", dir).fails(t, exitFailed, "zones folder "+dir+": ", "permission denied")
	unwritten(t, server)
}

// A folder may be named by a link; a zone file may not be one, as what it points at is
// not what the repository holds.
func TestLinks(t *testing.T) {
	t.Parallel()
	dir := oneZone(t)
	link := filepath.Join(t.TempDir(), "zones")
	if err := os.Symlink(dir, link); err != nil {
		t.Skip(err)
	}
	if got := runs(t, nil, "validate", link); got.code != exitOK || got.stderr != "" {
		t.Errorf("got %+v, want it to validate", got)
	}
	if err := os.Symlink(filepath.Join(dir, "example.com.yaml"), filepath.Join(dir, "example.net.yaml")); err != nil {
		t.Fatal(err)
	}
	server, environ := serve(t, vpsorgtest.Options{})
	got := runs(t, environ, "apply", "--yes", dir)
	got.says(t, filepath.Join(dir, "example.net.yaml"), "link")
	if got.code != exitInvalid || server.Records("example.com") == nil || server.Records("example.net") != nil {
		t.Errorf("got %+v, want the other zone to be applied", got)
	}
}
