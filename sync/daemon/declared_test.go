package daemon_test

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

func keysOf(z *schema.Zone) (keys []schema.Key) {
	for _, s := range z.RRsets() {
		keys = append(keys, s.Key())
	}
	return keys
}

// What a zone declares comes back as it was, and equal sets have equal digests.
func TestDeclaredKeys(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		w := worldtest.New(t, vpsorgtest.Options{})
		w.File("a.example", worldtest.Generate(seed).Zone("a.example")...)
		folder := w.Folder()
		zone, problems := folder.Zone(folder.Sources[0])
		if zone == nil {
			t.Fatalf("seed %d: %v", seed, problems)
		}
		want := keysOf(zone)
		declared := daemon.NewDeclared(zone.Name(), want)
		got, err := declared.Keys(zone.Name())
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("seed %d: got %v, %v\nwant %v\nfrom %q", seed, got, err, want, declared)
		}
		if daemon.NewDeclared(zone.Name(), got).Digest() != declared.Digest() {
			t.Errorf("seed %d: the digest of the same keys differs", seed)
		}
		if less := daemon.NewDeclared(zone.Name(), want[1:]); less.Digest() == declared.Digest() {
			t.Errorf("seed %d: the digest is the same without %v", seed, want[0])
		}
	}
}

// Text from a database says which names of the zone it is about, or is refused.
func FuzzDeclared(f *testing.F) {
	for _, text := range []string{"", "A www\n", "A,AAAA @\nMX,TXT *.a b\n", "A", " \n", "A www.elsewhere.\n", "A,,B  x\n", "A www\r\n\n"} {
		f.Add(text)
	}
	zone := schema.MustParseName("a.example")
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := daemon.Declared(text).Keys(zone)
		for _, k := range keys {
			if !k.Name.In(zone) {
				t.Errorf("%q: got %v, which is not in the zone", text, k)
			}
		}
		if err != nil && keys != nil {
			t.Errorf("%q: got %v together with an error", text, keys)
		}
	})
}

// sharing returns an installation whose zone a.example has records of others, and declares
// these names.
func sharing(t *testing.T, store daemon.Store, names ...string) *installation {
	h := newInstallation(t, vpsorgtest.Options{})
	h.store = store
	h.world.Live("a.example", "theirs 300 A 203.0.113.9")
	h.declares("first", names...)
	h.start()
	h.shares(names...)
	return h
}

// declares pushes a.example with an address at each name.
func (h *installation) declares(subject string, names ...string) {
	h.text("a.example.yaml", worldtest.ZoneFile("a.example", addresses(names))+"manage: declared\n")
	h.origin.push(subject)
}

// shares fails the test unless a.example holds an address at each name, beside what is of
// others.
func (h *installation) shares(names ...string) {
	h.t.Helper()
	h.world.Holds("a.example", append(addresses(names), "theirs 300 A 203.0.113.9")...)
}

func addresses(names []string) (lines []string) {
	for _, n := range names {
		lines = append(lines, n+" 300 A 192.0.2.1")
	}
	return lines
}

// What the store could not take is remembered all the same, and saved once it can be.
func TestDeclaredOutlastsAFullDisk(t *testing.T) {
	worldtest.Bubble(t, "full", func(t *testing.T) {
		store := &memory{}
		h := sharing(t, store, "www")
		store.set(func() { store.fault = errors.New("database or disk is full") })
		h.declares("more", "www", "api", "old")
		h.pass(time.Minute)
		h.declares("less", "www", "api")
		h.pass(time.Minute)
		h.shares("www", "api")
		store.set(func() { store.fault = nil })
		h.zone("b.example", "www 300 A 192.0.2.1")
		h.origin.push("another zone")
		h.pass(time.Minute)
		h.halt()
		h.declares("less still", "www")
		h.start()
		h.shares("www")
	})
}

// A state that is older than what was applied would name what is somebody else's by now.
func TestDeclaredOfAnOlderState(t *testing.T) {
	worldtest.Bubble(t, "older", func(t *testing.T) {
		store := &memory{}
		h := sharing(t, store, "www", "api")
		zone := schema.MustParseName("a.example")
		store.set(func() { store.declared[zone] = "A api\nA theirs\nA www\n" })
		h.declares("less", "www")
		h.pass(time.Minute)
		h.shares("api", "www")
		worldtest.Shows(t, h.log.String(), "the state database has lost what the zone declared", "zone=a.example")
	})
}

// What the store has lost of a zone, a sweep learns anew.
func TestDeclaredIsLearnedAnew(t *testing.T) {
	worldtest.Bubble(t, "damaged", func(t *testing.T) {
		store := &memory{}
		h := sharing(t, store, "www", "api")
		store.set(func() { store.declared[schema.MustParseName("a.example")] = "A apx\nA www\n" })
		h.ask(daemon.Sweep)
		worldtest.Shows(t, h.log.String(), "the state database has lost what the zone declared")
		h.restart()
		if n := strings.Count(h.log.String(), "the state database has lost"); n > 1 {
			t.Errorf("got %d warnings, want one", n)
		}
		h.declares("less", "www")
		h.pass(time.Minute)
		h.shares("www")
	})
}

// A zone whose declared RRsets cannot be read now waits until they can be: applied without
// them, its commit would leave records behind for good.
func TestDeclaredThatCannotBeRead(t *testing.T) {
	worldtest.Bubble(t, "mute", func(t *testing.T) {
		store := &memory{}
		h := sharing(t, store, "www", "api")
		h.zone("b.example", "www 300 A 192.0.2.1")
		store.set(func() { store.mute = errors.New("disk I/O error") })
		h.declares("less", "www", "new")
		h.pass(time.Minute)
		h.stands("a.example", daemon.StateFailed, "disk I/O error")
		h.stands("b.example", daemon.StateInSync)
		h.shares("www", "api")
		store.set(func() { store.mute = nil })
		h.pass(2 * time.Minute)
		h.shares("www", "new")
	})
}

// What a daemon keeps of a zone between two sweeps does not grow with the records in it.
func TestMemoryOfAZone(t *testing.T) {
	const zones, records, most = 400, 60, 1000
	worldtest.Bubble(t, "sweep", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		h.store = h.database()
		var lines []string
		for i := range records {
			lines = append(lines, strings.Repeat("x", i+1)+" 300 A 192.0.2.1")
		}
		for _, d := range domains(zones) {
			h.world.Live(d, lines...)
			h.zone(d, lines...)
		}
		h.origin.push("first")
		h.start()
		h.ask(daemon.Sweep)
		with := heap()
		h.halt()
		h.daemon, h.stop = nil, nil
		if got := (with - heap()) / zones; got > most {
			t.Errorf("the daemon keeps %d bytes of each zone, want at most %d", got, most)
		} else if got < 100 {
			t.Errorf("the daemon keeps %d bytes of each zone: that cannot be all", got)
		}
	})
}

// heap returns how many bytes are in use.
func heap() int {
	runtime.GC()
	runtime.GC() // what has a finalizer goes with the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
