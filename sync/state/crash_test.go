package state

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/sync/daemon"
)

// Whatever part of the log had reached the disk when the power went, what is loaded is what
// some Save left, whole, and the last one whose end had got there.
func TestEveryPrefixOfTheLog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := testDB(t, dir, Options{})
	// Without checkpoints the log only grows, and with a small cache it is written to in
	// the middle of a transaction.
	for _, pragma := range []string{"wal_autocheckpoint = 0", "cache_size = 5", "synchronous = OFF"} {
		if _, err := d.sql.Exec("PRAGMA " + pragma); err != nil {
			t.Fatal(err)
		}
	}
	wal := filepath.Join(dir, database+"-wal")
	size := func() int {
		info, err := os.Stat(wal)
		if err != nil {
			t.Fatal(err)
		}
		return int(info.Size())
	}
	var ends []int
	states := []daemon.Memory{load(t, d)}
	ends = append(ends, size())
	for i := range 8 {
		save(t, d, numbered(i))
		ends, states = append(ends, size()), append(states, load(t, d))
	}
	db, log := readFile(t, dir, database), readFile(t, wal)
	r := newRandom(1)
	for range 20 {
		cut := ends[0] + r.rand.IntN(len(log)-ends[0]+1)
		saved := 0
		for saved+1 < len(ends) && ends[saved+1] <= cut {
			saved++
		}
		crashed := t.TempDir()
		writeFile(t, db, crashed, database)
		writeFile(t, log[:cut], crashed, database+"-wal")
		if diff := same(load(t, testDB(t, crashed, Options{})), states[saved]); diff != "" {
			t.Fatalf("log cut at %d of %d, after save %d (-want +got):\n%s", cut, len(log), saved, diff)
		}
	}
}

// child starts the test binary again, to do some work in dir. It is killed at the end of
// the test.
func child(t *testing.T, work, dir string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, dir)
	cmd.Env = append(os.Environ(), childEnv+"="+work)
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kill(cmd) })
	return cmd, bufio.NewReader(out)
}

func kill(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// A process that is killed at any moment leaves the last whole state: nothing that was
// reported as saved is lost, nothing is half there, and the next process has the directory
// at once.
func TestKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := newRandom(2)
	before := 0 // cycles in the history
	for trial := range 12 {
		cmd, out := child(t, "save", dir)
		last := 0
		for range 1 + r.rand.IntN(6) {
			line, err := out.ReadString('\n')
			if err != nil {
				t.Fatalf("trial %d: child said %q: %v", trial, line, err)
			}
			if last, err = strconv.Atoi(strings.TrimSpace(line)); err != nil {
				t.Fatalf("trial %d: child said %q", trial, line)
			}
		}
		kill(cmd)
		d, err := Open(t.Context(), dir, Options{})
		if err != nil {
			t.Fatalf("trial %d: %v", trial, err)
		}
		m := load(t, d)
		saved, err := strconv.Atoi(m.Progress.Read)
		if err != nil || saved < last {
			t.Errorf("trial %d: read %q, want at least %d", trial, m.Progress.Read, last)
		}
		for n, z := range m.Zones {
			if z.Commit != m.Progress.Read {
				t.Errorf("trial %d: zone %s is of save %s, want %s", trial, n, z.Commit, m.Progress.Read)
			}
		}
		listed := 0
		for _, run := range history(t, d, Query{All: true}).Runs {
			listed += 1 + int(run.Repeats)
		}
		if got := listed - before; got != saved {
			t.Errorf("trial %d: %d cycles in the history, want %d", trial, got, saved)
		}
		before = listed
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if found, _ := filepath.Glob(filepath.Join(dir, "*corrupt*")); len(found) > 0 {
		t.Errorf("set aside: %q, want nothing", found)
	}
}
