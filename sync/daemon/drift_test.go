package daemon_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/state"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// origins describes the changes of a run: name, action and origin, "over" where drift is
// overwritten, and which commit and author the change is put down to.
func origins(run daemon.Run) []string {
	var out []string
	for _, c := range run.Changes {
		over := ""
		if c.Change.OverwritesDrift {
			over = " over"
		}
		out = append(out, fmt.Sprintf("%s %s %s%s %.7s %s",
			c.Change.Name.Relative(c.Zone), c.Change.Action, c.Change.Origin, over, c.Change.Commit, c.Change.Author))
	}
	slices.Sort(out)
	return out
}

// edit changes an address behind the daemon's back.
func (h *installation) edit(domain, name, address string) {
	h.t.Helper()
	_, err := h.api.ReplaceRecord(h.world.ID(domain, name, "A"), func(r *vpsorgtest.Record) { r.Value = address })
	if err != nil {
		h.t.Fatal(err)
	}
}

// wrote returns the last cycle that changed records.
func (h *installation) wrote() daemon.Run {
	h.runs.mu.Lock()
	defer h.runs.mu.Unlock()
	for _, run := range slices.Backward(h.runs.all) {
		if len(run.Changes) > 0 {
			return run
		}
	}
	return daemon.Run{}
}

func checkOrigins(t *testing.T, run daemon.Run, want ...string) {
	t.Helper()
	for i := range want {
		want[i] = strings.ReplaceAll(want[i], "HEAD", fmt.Sprintf("%.7s Ada Example <ada@example.com>", run.Commit))
	}
	if got := origins(run); !slices.Equal(got, want) {
		t.Errorf("got changes %q, want %q", got, want)
	}
}

// The history tells what a commit changed from what had drifted, by the commit that was
// applied last to the zone.
func TestHistoryTellsEditsFromDrift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		h.zone("example.com", "www 300 A 192.0.2.1", "api 300 A 192.0.2.1", "old 300 A 192.0.2.1")
		h.zone("example.net", "www 300 A 192.0.2.1")
		h.origin.push("first")
		h.start()
		// A zone that was never applied before is an edit as a whole.
		checkOrigins(t, h.wrote(), "api create change HEAD", "old create change HEAD", "www create change HEAD", "www create change HEAD")

		// What changes by hand is drift, of no commit.
		h.edit("example.com", "www", "192.0.2.66")
		h.pass(2 * time.Hour)
		checkOrigins(t, h.wrote(), "www update drift  ")

		// A commit that does not touch the zone is no reason for what drifted in it.
		h.edit("example.com", "www", "192.0.2.66")
		h.edit("example.com", "api", "192.0.2.66")
		h.zone("example.com", "www 300 A 192.0.2.1", "api 300 A 192.0.2.2", "new 300 A 192.0.2.1")
		h.origin.push("second")
		h.pass(2 * time.Minute)
		checkOrigins(t, h.wrote(),
			"api update change over HEAD", "new create change HEAD", "old delete change HEAD", "www update drift  ")
		for _, c := range h.wrote().Changes {
			if c.Change.Action == diff.Delete && c.Change.Pos.Line == 0 {
				t.Errorf("deletion of %v: got no line, want that of the declaration that is gone", c.Change.Name)
			}
		}
		h.follows("example.com", "example.net")
	})
}

// Where the commit that was applied last is gone, nobody is blamed.
func TestHistoryWithoutTheCommitBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		store := &memory{}
		h.store = store
		h.zone("example.com", "www 300 A 192.0.2.1")
		h.origin.push("first")
		h.start()
		h.halt()
		for name, z := range store.saved.Zones {
			z.Commit = "1234567890123456789012345678901234567890"
			store.saved.Zones[name] = z
		}
		h.edit("example.com", "www", "192.0.2.66")
		h.start()
		checkOrigins(t, h.wrote(), "www update change  ")
	})
}

// A zone file that comes back after it was gone is an edit: what was live meanwhile was
// nobody's to change.
func TestHistoryOfAnOrphanThatComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := running(t, "example.com", "example.net")
		h.text("example.net.yaml", "")
		h.origin.push("gone")
		h.pass(2 * time.Minute)
		h.edit("example.net", "www", "192.0.2.66")
		h.zone("example.net", "www 300 A 192.0.2.1")
		h.origin.push("back")
		h.pass(2 * time.Minute)
		checkOrigins(t, h.wrote(), "www update change HEAD")
	})
}

// The database keeps it, and both forms of the history show it.
func TestHistoryKeepsOrigins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		db := h.database()
		h.store = db
		h.zone("example.com", "www 300 A 192.0.2.1")
		h.origin.push("first")
		h.start()
		h.edit("example.com", "www", "192.0.2.66")
		h.pass(2 * time.Hour)
		h.edit("example.com", "www", "192.0.2.66")
		h.zone("example.com", "www 300 A 192.0.2.2")
		h.origin.push("second")
		h.pass(2 * time.Minute)
		history, err := db.History(context.Background(), state.Query{})
		if err != nil {
			t.Fatal(err)
		}
		show := func(write func(io.Writer) error) string {
			var b strings.Builder
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
		text, json := show(history.Text), show(history.JSON)
		if strings.Count(text, "(drift)") != 1 || strings.Count(text, "(over drift)") != 1 {
			t.Errorf("got the text\n%s", text)
		}
		if strings.Count(json, `"origin": "drift"`) != 1 || strings.Count(json, `"overwrites_drift": true`) != 1 || !strings.Contains(json, `"author": "Ada Example <ada@example.com>",
          "file"`) {
			t.Errorf("got the JSON\n%s", json)
		}
	})
}

// However many commits zones were last applied from, each is compared with its own.
func TestDriftAfterManyPushes(t *testing.T) {
	worldtest.Bubble(t, "pushes", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		all := domains(12)
		for _, d := range all {
			h.zone(d, "www 300 A 192.0.2.1")
		}
		h.origin.push("first")
		h.start()
		for _, d := range all {
			h.zone(d, "www 300 A 192.0.2.2")
			h.origin.push(d)
			h.pass(time.Minute)
		}
		for _, d := range all {
			h.edit(d, "www", "192.0.2.66")
		}
		h.ask(daemon.Sweep)
		h.follows(all...)
		want := slices.Repeat([]string{"www update drift  "}, len(all))
		if got := origins(h.wrote()); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
