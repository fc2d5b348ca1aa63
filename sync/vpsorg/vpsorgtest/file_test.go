package vpsorgtest_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

func open(t *testing.T, path string, d vpsorgtest.Dialect) *vpsorgtest.Server {
	t.Helper()
	s, err := vpsorgtest.Open(path, vpsorgtest.Options{Now: fixed, Dialect: d})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestFileKeepsState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "sandbox.json")
	s := open(t, path, vpsorgtest.Dialect{})
	zone := addZone(t, s, "example.com", sample()...)
	do(t, s, "POST", records(zone), record("A", "WWW", "192.0.2.5", "")).want(t, 201)
	if _, err := s.AddRecord("example.com", rec{Type: "PTR", Name: "raw", Value: "x", Raw: true}); err != nil {
		t.Fatal(err)
	}
	before, detail := s.Records("example.com"), get(t, s, "/dns-zones/"+zone+"/").body
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, path, vpsorgtest.Dialect{})
	if diff := cmp.Diff(before, again.Records("example.com")); diff != "" {
		t.Errorf("records (-before +after):\n%s", diff)
	}
	if got := get(t, again, "/dns-zones/"+zone+"/").body; got != detail {
		t.Errorf("detail: got %s, want %s", got, detail)
	}
	if id := addZone(t, again, "example.org"); id == zone || again.Records("example.org") == nil {
		t.Errorf("new zone: got id %s again", id)
	}
	for file, mode := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700 | os.ModeDir} {
		if info, err := os.Stat(file); err != nil || info.Mode() != mode {
			t.Errorf("%s: got %v, %v; want mode %v", file, info.Mode(), err, mode)
		}
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	// The dialect of the next process decides what comes with a zone.
	listed := open(t, path, vpsorgtest.Dialect{Apex: vpsorgtest.ApexListed})
	if diff := cmp.Diff(before, listed.Records("example.com")); diff != "" {
		t.Errorf("records with the apex listed (-before +after):\n%s", diff)
	}
	soa := get(t, listed, records(zone)).array(t)[0].(map[string]any)
	do(t, listed, "DELETE", "/dns-records/"+soa["uuid"].(string)+"/", "").want(t, 400)
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
	if len(left) != 0 {
		t.Errorf("temporary files left: %v", left)
	}
}

func TestFileIsLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sandbox.json")
	s := open(t, path, vpsorgtest.Dialect{})
	if _, err := vpsorgtest.Open(path, vpsorgtest.Options{}); err == nil || !strings.Contains(err.Error(), "another process has it open") {
		t.Errorf("second: got %v, want it refused", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path, vpsorgtest.Dialect{})
}

func TestFileIsNeverReset(t *testing.T) {
	record := `{"id":"r","type":"A","name":"www.example.com","value":"192.0.2.1","ttl":1}`
	zone := func(records string) string {
		return `{"version":1,"zones":[{"id":"z","domain":"example.com","records":[` + records + `]}]}`
	}
	for name, content := range map[string]string{
		"empty":        "",
		"half":         zone(record)[:40],
		"trailing":     zone(record) + "x",
		"version":      `{"version":2}`,
		"no version":   `{}`,
		"domain":       `{"version":1,"zones":[{"id":"z","domain":"example"}]}`,
		"zone twice":   `{"version":1,"zones":[{"id":"z","domain":"example.com"},{"id":"y","domain":"example.com"}]}`,
		"record twice": zone(record + "," + record),
		"other zone":   zone(strings.Replace(record, "example.com", "example.org", 1)),
		"TTL":          zone(strings.Replace(record, `"ttl":1`, `"ttl":-1`, 1)),
	} {
		path := filepath.Join(t.TempDir(), "sandbox.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := vpsorgtest.Open(path, vpsorgtest.Options{})
		if err == nil || !strings.HasPrefix(err.Error(), "sandbox file "+path+": read: ") {
			t.Errorf("%s: got %v, want a read error", name, err)
		}
		if after, _ := os.ReadFile(path); string(after) != content {
			t.Errorf("%s: the file was changed to %q", name, after)
		}
		if err := os.WriteFile(path, []byte(zone(record)), 0o600); err != nil {
			t.Fatal(err)
		}
		if n := len(open(t, path, vpsorgtest.Dialect{}).Records("example.com")); n != 1 { // and the lock is free
			t.Errorf("%s: got %d records after repair, want 1", name, n)
		}
	}
}

func TestFileIsWrittenInTheBackground(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sandbox.json")
	synctest.Test(t, func(t *testing.T) {
		s, err := vpsorgtest.Open(path, vpsorgtest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		addZone(t, s, "example.com", sample()...)
		if _, err := os.Stat(path); err == nil {
			t.Error("the file was written at once")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if data, err := os.ReadFile(path); err != nil || !strings.Contains(string(data), "letsencrypt.org") {
			t.Errorf("a second later: got %s, %v", data, err)
		}
	})
}

func TestFileErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := vpsorgtest.Open(filepath.Join(file, "sandbox.json"), vpsorgtest.Options{}); err == nil {
		t.Error("folder is a file: got no error")
	}
	path := filepath.Join(dir, "gone", "sandbox.json")
	s := open(t, path, vpsorgtest.Dialect{})
	addZone(t, s, "example.com")
	if err := os.RemoveAll(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "sandbox file "+path+": write: ") {
		t.Errorf("Close: got %v, want a write error", err)
	}
	if err := newServer(vpsorgtest.Options{}).Close(); err != nil {
		t.Errorf("Close of a server in memory: got %v", err)
	}
}

// Many changes share one write of the file.
func TestFileWithManyWrites(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "sandbox.json"), vpsorgtest.Dialect{LagReads: 1})
	zone := addZone(t, s, "example.com")
	for i := range 5_000 {
		do(t, s, "POST", records(zone), record("A", "h"+strconv.Itoa(i), "192.0.2.1", "")).want(t, 201)
	}
	if n := len(get(t, s, records(zone)).array(t)); n != 0 {
		t.Errorf("late read: got %d records, want 0", n)
	}
	if n := len(get(t, s, records(zone)).array(t)); n != 5_000 {
		t.Errorf("next read: got %d records, want 5000", n)
	}
}
