package sync_test

import (
	"io/fs"
	gosync "sync"
	"testing"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// opened notes which files are opened.
type opened struct {
	fs.FS
	mu    gosync.Mutex
	names map[string]bool
}

func (o *opened) Open(name string) (fs.File, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.names[name] = true
	return o.FS.Open(name)
}

// The files of zones that are not selected are read for the sake of changes alone.
func TestOtherZonesAreReadForChanges(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		live string
		read bool
	}{{"www 300 A 192.0.2.1", false}, {"www 300 A 192.0.2.2", true}} {
		w := worldtest.New(t, vpsorgtest.Options{})
		w.File("a.example", "www 300 A 192.0.2.1")
		w.Live("a.example", test.live)
		w.File("b.example", "www 300 CNAME www.a.example.")
		files := &opened{FS: w.Files, names: make(map[string]bool)}
		folder, problems, err := zonefile.Open(files, ".")
		if err != nil || len(problems) > 0 {
			t.Fatal(err, problems)
		}
		clear(files.names) // names that say nothing of a zone are looked into
		pass, _ := w.Pass()
		pass.Folder, pass.WholeReach = folder, true
		pass.Select = func(n schema.Name) bool { return n.Undotted() == "a.example" }
		if _, err := pass.Plan(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !files.names["a.example.yaml"] || files.names["b.example.yaml"] != test.read {
			t.Errorf("live %q: read %v, want the other zone: %t", test.live, files.names, test.read)
		}
	}
}
