package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"runtime/debug"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestBuildPrefersTheLinkerToTheToolchain(t *testing.T) {
	t.Parallel()
	recorded := &debug.BuildInfo{
		Main: debug.Module{Version: "v0.2.1-0.20261122030156-8f0e774ac0ed+dirty"},
		Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "8f0e774a"}, {Key: "vcs.time", Value: "2026-11-22T03:01:56Z"}, {Key: "vcs.modified", Value: "true"},
		},
	}
	for name, c := range map[string]struct {
		version, commit, date string
		info                  *debug.BuildInfo
		want                  build
	}{
		"nothing known": {info: new(debug.BuildInfo), want: build{version: "devel"}},
		"no version control": {
			info: &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}},
			want: build{version: "devel"},
		},
		"a module at a version": {
			info: &debug.BuildInfo{Main: debug.Module{Version: "v0.2.0"}},
			want: build{version: "0.2.0"},
		},
		"a modified work tree": {
			info: recorded,
			want: build{"0.2.1-0.20261122030156-8f0e774ac0ed", "8f0e774a", "2026-11-22T03:01:56Z", true},
		},
		"a release": {
			"v0.3.0", "5e1f", "2026-11-27T00:00:00Z", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}},
			build{"0.3.0", "5e1f", "2026-11-27T00:00:00Z", false},
		},
		"a release from a modified work tree": {
			"v0.3.0", "5e1f", "2026-11-27T00:00:00Z", recorded,
			build{"0.3.0", "5e1f", "2026-11-27T00:00:00Z", true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := newBuild(c.version, c.commit, c.date, c.info)
			if diff := gocmp.Diff(c.want, got, gocmp.AllowUnexported(build{})); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

func TestBuildIDs(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, "one", "1", "same", "1", "other", "2")
	const commit = "8f0e774ac0edb5b79c194d81f4b10daefec47830"
	for name, c := range map[string]struct {
		build      build
		executable string
		want       string
	}{
		"a commit needs no executable":          {build{version: "0.2.0", commit: commit}, "missing", "0.2.0+8f0e774ac0ed"},
		"a short commit":                        {build{version: "0.2.0", commit: "8f0e"}, "missing", "0.2.0+8f0e"},
		"no commit":                             {build{version: "0.2.0"}, "one", "0.2.0+sha256.6b86b273ff34"},
		"no commit, the same executable":        {build{version: "0.2.0"}, "same", "0.2.0+sha256.6b86b273ff34"},
		"no commit, another executable":         {build{version: "0.2.0"}, "other", "0.2.0+sha256.d4735e3a265e"},
		"a commit that is not all that's built": {build{version: "0.2.0", commit: commit, modified: true}, "one", "0.2.0+sha256.6b86b273ff34"},
	} {
		got, err := c.build.id(filepath.Join(dir, c.executable))
		if err != nil || got != c.want {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, c.want)
		}
	}
	if got, err := (build{version: "0.2.0"}).id(filepath.Join(dir, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no commit and no executable: got %q, %v, want an error", got, err)
	}
}

// The guard upgrade compares what the daemon says it is, so that two builds must not
// share a name: tests have no commit, so that this one is known by its executable.
func TestDaemonIsKnownByItsBuild(t *testing.T) {
	t.Parallel()
	want, err := buildID()
	if err != nil {
		t.Fatal(err)
	}
	c := newClone(t)
	c.push("example.com.yaml", "www: {type: A, ttl: 300, value: 192.0.2.1}\n")
	d := startDaemon(t, c.dir, nil, "--sandbox")
	_, text := d.get("/api/v1/status")
	var status struct{ Version string }
	if err := json.Unmarshal([]byte(text), &status); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if status.Version != want {
		t.Errorf("got version %q, want %q", status.Version, want)
	}
}
