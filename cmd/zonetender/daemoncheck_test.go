package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// A good check says what it found, and writes nothing.
func TestDaemonCheck(t *testing.T) {
	t.Parallel()
	server, environ := serve(t, vpsorgtest.Options{})
	c := newClone(t)
	hash := c.push("zones/a.example.yaml", simpleZone)
	got := runs(t, environ, "daemon", "--check", "--repo", c.dir, "--state-dir", "/nowhere")
	lines := strings.Split(got.stdout, "\n")
	if got.code != exitOK || len(lines) != 6 {
		t.Fatalf("got exit code %d and\n%s%s\nwant five lines", got.code, got.stdout, got.stderr)
	}
	for i, want := range []string{
		"settings: ok", "pull: @every 1m, next ", "sweep: @hourly, next ",
		"git: " + c.dir + " at " + hash[:12] + " (Change zones/a.example.yaml), 1 zone", "api: ok",
	} {
		if !strings.HasPrefix(lines[i], want) {
			t.Errorf("got line %q, want it to begin with %q", lines[i], want)
		}
	}
	if n := strings.Count(lines[2], "Z"); n != 3 {
		t.Errorf("got %q, want the next three runs in UTC", lines[2])
	}
	unwritten(t, server)
}

// What is bad is said, beside what is good; the exit code is 1.
func TestDaemonCheckOfWhatIsBad(t *testing.T) {
	t.Parallel()
	_, environ := serve(t, vpsorgtest.Options{})
	_, poor := serve(t, vpsorgtest.Options{Permissions: []string{vpsorgtest.PermList}})
	c := newClone(t)
	c.push("zones/a.example.yaml", simpleZone)
	keys := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(keys, []byte("ada@example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7hgfoQ5MM1Wc6OYzMJJRjvnNfJyVzD+DOM5BZ4bXWc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, e := range []struct {
		name    string
		environ []string
		want    []string
	}{
		{"branch", append(environ, "ZONETENDER_REF=nowhere"), []string{"git: ", "lists no such branch", "api: ok"}},
		{"path", append(environ, "ZONETENDER_PATH=dns"), []string{"git: ", "has no folder dns"}},
		{"signature", append(environ, "ZONETENDER_TRUSTED_KEYS_FILE="+keys), []string{"git: ", "no signature"}},
		{"git host", append(environ, "ZONETENDER_REPO=http://127.0.0.1:9/dns.git"), []string{"git: http://127.0.0.1:9/dns.git", "refused"}},
		{"token", append(environ, "VPS_API_TOKEN=vps_wrong"), []string{"git: ", "api: VPS_API_TOKEN", "401"}},
		{"permission", poor, []string{"api: VPS_API_TOKEN: the token lacks the permission dns:create"}},
		{"api host", append(environ, "VPS_API_URL=http://127.0.0.1:9/api/v1"), []string{"api: API http://127.0.0.1:9/api/v1", "refused"}},
	} {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			environ := e.environ
			if !strings.Contains(strings.Join(environ, " "), "ZONETENDER_REPO=") {
				environ = append(environ[:len(environ):len(environ)], "ZONETENDER_REPO="+c.dir)
			}
			got := runs(t, environ, "daemon", "--check", "--state-dir", "/nowhere")
			if got.code != exitFailed {
				t.Errorf("got exit code %d, want 1", got.code)
			}
			rest := got.stdout
			for _, want := range e.want {
				_, after, ok := strings.Cut(rest, want)
				if !ok {
					t.Errorf("got\n%s%s\nwant %q", got.stdout, got.stderr, want)
				}
				rest = after
			}
			if strings.Contains(got.stdout+got.stderr, testToken) {
				t.Errorf("got the token in\n%s%s", got.stdout, got.stderr)
			}
		})
	}
}

// Everything that is wrong with the settings is said at once, before anything is done.
func TestFaultC14DaemonSettings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	got := runs(t, []string{
		"HOME=" + dir, "ZONETENDER_DRYRUN=true", "ZONETENDER_SHEDULE=@hourly", "ZONETENDER_SCHEDULE=@every 0s", "ZONETENDER_SWEEP=0 0 30 2 *",
		"ZONETENDER_MODE=dry-run", "ZONETENDER_LOG_LEVEL=loud", "ZONETENDER_ACCEPT_COMMIT=abc", "ZONETENDER_GIT_DEPTH=-1",
		"ZONETENDER_WEBHOOK_SECRET=s3cr3t-a", "ZONETENDER_WEBHOOK_SECRET_FILE=/nowhere/a", "ZONETENDER_API_TOKEN_FILE=/nowhere/b",
	}, "daemon")
	if got.code != exitFailed || got.stdout != "" {
		t.Errorf("got exit code %d and %q, want 1 and nothing", got.code, got.stdout)
	}
	got.says(t,
		"ZONETENDER_DRYRUN: unknown setting", "ZONETENDER_SHEDULE: unknown setting; did you mean ZONETENDER_SCHEDULE?",
		`ZONETENDER_SCHEDULE: schedule "@every 0s": expected whole seconds`, `ZONETENDER_SWEEP: schedule "0 0 30 2 *": it never fires`,
		`ZONETENDER_MODE: "dry-run", expected apply or observe`, `ZONETENDER_LOG_LEVEL: "loud"`, `ZONETENDER_ACCEPT_COMMIT: "abc"`, "ZONETENDER_GIT_DEPTH",
		"ZONETENDER_WEBHOOK_SECRET and ZONETENDER_WEBHOOK_SECRET_FILE are both set", "ZONETENDER_API_TOKEN_FILE: open /nowhere/b", "VPS_API_TOKEN: not set",
	)
	if strings.Contains(got.stderr, "s3cr3t") {
		t.Errorf("got a secret in\n%s", got.stderr)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("got %v, %v in the home folder, want nothing: nothing was started", entries, err)
	}
}

// A variable that is set to nothing counts as unset.
func TestFaultC14EmptyVariables(t *testing.T) {
	t.Parallel()
	_, environ := serve(t, vpsorgtest.Options{})
	c := newClone(t)
	c.push("zones/a.example.yaml", simpleZone)
	for _, row := range new(settings).table() {
		if strings.HasPrefix(row.name, prefix) {
			environ = append(environ, row.name+"=")
		}
	}
	if got := runs(t, environ, "daemon", "--check", "--repo", c.dir, "--state-dir", "/nowhere"); got.code != exitOK {
		t.Errorf("got exit code %d and\n%s%s\nwant 0", got.code, got.stdout, got.stderr)
	}
}
