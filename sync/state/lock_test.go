package state

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// A second daemon is refused in one sentence, and the lock ends with the process that has
// it, also by kill -9.
func TestSecondDaemon(t *testing.T) {
	dir := t.TempDir()
	cmd, out := child(t, "hold", dir)
	if line, err := out.ReadString('\n'); err != nil || line != "open\n" {
		t.Fatalf("child said %q, %v", line, err)
	}
	db := readFile(t, dir, database)
	_, err := Open(t.Context(), dir, Options{})
	want := fmt.Sprintf("state directory %s: another zonetender is using it (process %d)", dir, cmd.Process.Pid)
	if err == nil || err.Error() != want {
		t.Errorf("error %v\nwant  %s", err, want)
	}
	if string(readFile(t, dir, database)) != string(db) {
		t.Error("the database of the other process was changed")
	}
	if d, err := OpenReadOnly(t.Context(), dir); err != nil {
		t.Errorf("the history cannot be read meanwhile: %v", err)
	} else {
		d.Close()
	}
	kill(cmd)
	testDB(t, dir, Options{})
}

func TestLockWithinProcess(t *testing.T) {
	dir := t.TempDir()
	d := testDB(t, dir, Options{})
	want := fmt.Sprintf("state directory %s: another zonetender is using it (process %d)", dir, os.Getpid())
	if _, err := Open(t.Context(), dir, Options{}); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	testDB(t, dir, Options{})
}

// The directory and what is in it is for its owner alone.
func TestPermissions(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "state")
	save(t, testDB(t, dir, Options{}), numbered(1))
	for _, file := range []string{".", "lock", database, database + "-wal"} {
		info, err := os.Stat(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm() & 0o077; got != 0 {
			t.Errorf("%s: others may %03o, want nothing", file, got)
		}
	}
}

// A daemon notices that its folder is gone, also where another daemon has begun a new one.
func TestFaultC7DeletedFolderIsLost(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	d := testDB(t, dir, Options{})
	if err := d.Lost(); err != nil {
		t.Fatalf("got %v, want nothing lost", err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Skip("an open file cannot be deleted here:", err)
	}
	if err := d.Lost(); !errors.Is(err, ErrLost) {
		t.Errorf("got %v, want %v", err, ErrLost)
	}
	second := testDB(t, dir, Options{})
	if err := d.Lost(); !errors.Is(err, ErrLost) {
		t.Errorf("got %v with another folder in its place, want %v", err, ErrLost)
	}
	if err := second.Lost(); err != nil {
		t.Errorf("got %v for the new folder, want nothing lost", err)
	}
}
