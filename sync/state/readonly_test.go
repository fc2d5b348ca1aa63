package state

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/sync/daemon"
)

// Readers beside a daemon that saves see one Save or the next, never a mixture, and keep
// none of them waiting.
func TestReadWhileSaving(t *testing.T) {
	dir := t.TempDir()
	d := unsynced(t, testDB(t, dir, Options{}))
	save(t, d, numbered(1))
	done := make(chan error)
	go func() {
		for i := 2; i < 30; i++ {
			if err := d.Save(t.Context(), numbered(i).run, numbered(i).change); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for seen := 0; ; seen++ {
		look, err := OpenReadOnly(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		m, h := load(t, look), history(t, look, Query{Limit: 5})
		for n, z := range m.Zones {
			if z.Commit != m.Progress.Read {
				t.Fatalf("zone %s is of save %s, the rest of %s", n, z.Commit, m.Progress.Read)
			}
		}
		if len(h.Runs) == 0 {
			t.Fatal("no history")
		}
		if err := look.Close(); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			if got := load(t, d).Progress.Read; got != "29" {
				t.Errorf("read %s, want 29", got)
			}
			return
		default:
		}
	}
}

func TestReadOnly(t *testing.T) {
	t.Run("no database", func(t *testing.T) {
		for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "missing")} {
			_, err := OpenReadOnly(t.Context(), dir)
			if !errors.Is(err, ErrNoDatabase) || !strings.HasPrefix(err.Error(), "state directory "+dir+": ") {
				t.Errorf("error %v, want %v with the directory", err, ErrNoDatabase)
			}
			if found, _ := os.ReadDir(dir); len(found) > 0 {
				t.Errorf("%v was made in the directory, want nothing", found)
			}
		}
	})
	t.Run("damaged", func(t *testing.T) {
		dir := t.TempDir()
		writeFile(t, []byte("garbage"), dir, database)
		if _, err := OpenReadOnly(t.Context(), dir); err == nil {
			t.Error("no error")
		}
		if got := readFile(t, dir, database); string(got) != "garbage" {
			t.Errorf("the database is now %q", got)
		}
	})
	t.Run("never writes", func(t *testing.T) {
		dir := t.TempDir()
		d := testDB(t, dir, Options{})
		save(t, d, numbered(1))
		look, err := OpenReadOnly(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := look.Save(t.Context(), daemon.Run{}, daemon.MemoryChange{}); err == nil {
			t.Error("Save gives no error")
		}
		if got := load(t, look).Progress.Read; got != "1" {
			t.Errorf("read %q, want 1", got)
		}
		if err := look.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Run("after a kill", func(t *testing.T) {
		dir := t.TempDir()
		cmd, out := child(t, "save", dir)
		if line, err := out.ReadString('\n'); err != nil || line != "1\n" {
			t.Fatalf("child said %q, %v", line, err)
		}
		kill(cmd)
		look, err := OpenReadOnly(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		defer look.Close()
		if got := load(t, look).Progress.Read; got == "" {
			t.Error("nothing was read, want what was saved")
		}
	})
}

// After a clean stop, the history can be read in a folder that cannot be written to, as
// reading makes no file.
func TestFaultC7HistoryOfAReadOnlyFolder(t *testing.T) {
	dir := t.TempDir()
	d := testDB(t, dir, Options{})
	save(t, d, numbered(1))
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	files := func() []string {
		found, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	before := files()
	look, err := OpenReadOnly(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer look.Close()
	if got := history(t, look, Query{}).Runs; len(got) != 1 {
		t.Errorf("got %d runs, want 1", len(got))
	}
	if diff := cmp.Diff(before, files()); diff != "" {
		t.Errorf("files in the folder (-before +while it is read):\n%s", diff)
	}
}
