package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// A trial is a daemon that is killed again and again, a service that outlives it, and
// what both are to hold in the end.
type trial struct {
	*clone
	*rand.Rand
	server  *vpsorgtest.Server
	environ []string
	want    map[string][]string // by zone
	commit  string
}

// TestFaultC6KilledAnywhere kills real daemon processes in the middle of their calls:
// after each of them the next one goes on, and in the end the zones are as Git says,
// with nothing made twice and nothing of others touched.
func TestFaultC6KilledAnywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	t.Parallel()
	const seed, kills, lives = 3, 16, 6
	for life := range lives {
		t.Run(fmt.Sprintf("seed %d, life %d", seed, life), func(t *testing.T) {
			t.Parallel()
			tr := newTrial(t, rand.New(rand.NewPCG(seed, uint64(life))))
			cut := 0
			for range kills {
				if tr.pushSome(); t.Failed() {
					return
				}
				if tr.kill() {
					cut++
				}
			}
			if cut < kills/3 {
				t.Errorf("got %d of %d daemons killed in the middle of a cycle, want more: the trial has become too tame", cut, kills)
			}
			tr.settle()
		})
	}
}

func newTrial(t *testing.T, r *rand.Rand) *trial {
	// Copies are accepted, so that what is made twice shows.
	server, environ := serve(t, vpsorgtest.Options{Dialect: vpsorgtest.Dialect{Duplicates: vpsorgtest.DuplicateCopied}})
	live(t, server, "parked.example", "www 300 A 203.0.113.1")
	tr := &trial{clone: newClone(t), Rand: r, server: server, want: make(map[string][]string)}
	tr.environ = append(environ, "ZONETENDER_STATE_DIR="+filepath.Join(t.TempDir(), "state"), "ZONETENDER_CONCURRENCY=3")
	live(t, server, "z0.example", "_acme-challenge 60 TXT token")
	tr.write("zones/zonetender.yaml", "ignore: [{preset: acme}]\nsafety: {max_deletes: 100%, max_updates: 100%, max_fleet_percent: 100%}\n")
	return tr
}

// pushSome commits new versions of some of the zones: addresses that come, go and change,
// and a name that turns from addresses into an alias and back.
func (tr *trial) pushSome() {
	tr.Helper()
	for range 1 + tr.IntN(3) {
		domain := fmt.Sprintf("z%d.example", tr.IntN(4))
		file := "zones/" + domain + ".yaml"
		if domain != "z0.example" && tr.IntN(8) == 0 {
			tr.write(file, "zone: "+domain+"\nstate: absent\n")
			tr.want[domain] = nil
			continue
		}
		text, want := "zone: "+domain+"\nttl: 300\nrecords:\n", []string{}
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			values := []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"}[tr.IntN(3):]
			kind, lines := "A", values
			if tr.IntN(3) == 0 {
				kind, lines = "CNAME", []string{"host.example.net"}
			}
			text += fmt.Sprintf("  %s: {%s: [%s]}\n", name, kind, strings.Join(dotted(kind, lines), ", "))
			for _, v := range lines {
				want = append(want, fmt.Sprintf("%s.%s 300 %s %s", name, domain, kind, v))
			}
		}
		tr.write(file, text)
		tr.want[domain] = want
	}
	tr.commit = tr.push("README.md", fmt.Sprint(tr.Int()))
}

// dotted gives values as a zone file spells them.
func dotted(kind string, values []string) []string {
	if kind != "CNAME" {
		return values
	}
	return []string{values[0] + "."}
}

// kill runs a daemon until a call that chance picks, and kills it there: with the call
// sent, and its answer never read. One that has made all its calls before is killed at
// rest, and the answer is no.
func (tr *trial) kill() bool {
	tr.Helper()
	t := tr.TB.(*testing.T)
	var left atomic.Int64
	left.Store(int64(1 + tr.IntN(30)))
	d := newDaemon(t, tr.dir, tr.environ)
	tr.server.OnCall(func(vpsorgtest.Call) {
		if left.Add(-1) == 0 {
			d.signal(syscall.SIGKILL)
		}
	})
	rest := d.await(func(l map[string]any) bool { return l["msg"] == "cycle" })
	d.signal(syscall.SIGKILL)
	if d.code(t); d.ProcessState.ExitCode() != -1 {
		tr.Errorf("got exit code %d of a daemon that was to be killed:\n%s", d.ProcessState.ExitCode(), d.log())
	}
	tr.server.OnCall(nil)
	return rest == nil
}

// settle runs one more daemon, in peace, and compares.
func (tr *trial) settle() {
	tr.Helper()
	t := tr.TB.(*testing.T)
	d := startDaemon(t, tr.dir, tr.environ)
	d.cycle(daemon.Sweep, tr.commit)
	if code, text := d.get("/readyz"); code != 200 {
		t.Errorf("got %d %s, want ready", code, text)
	}
	d.finish()
	want := map[string][]string{"parked.example": {"www.parked.example 300 A 203.0.113.1"}}
	for domain, lines := range tr.want {
		want[domain] = lines
	}
	want["z0.example"] = append(slices.Clone(want["z0.example"]), "_acme-challenge.z0.example 60 TXT token")
	for domain, lines := range want {
		slices.Sort(lines)
		tr.holds(tr.server, domain, lines...)
	}
	if n := len(tr.server.Zones()); n > len(want) {
		t.Errorf("got %d zones, want at most %d", n, len(want))
	}
	if got := runs(t, tr.environ, "history", "--limit", "0"); got.code != exitOK || !strings.Contains(got.stdout, tr.commit[:12]) {
		t.Errorf("history: got exit code %d and\n%s%s\nwant it to name %s", got.code, got.stdout, got.stderr, tr.commit[:12])
	}
}
