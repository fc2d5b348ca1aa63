package sync_test

import (
	"bytes"
	"cmp"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// A realFile is a zone file that an organisation runs in production.
type realFile struct {
	name string
	data []byte
}

// realFiles gives them, the largest first, and skips the test where they are not at hand.
func realFiles(t *testing.T) []realFile {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "..", "shared", "real-zones", "*", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Skip("no real zone files here")
	}
	var files []realFile
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		// The one name in all of them that cannot be a host: a record that somebody meant
		// to comment out, for which the file is refused.
		data = bytes.Replace(data, []byte("'#civilmediation':"), []byte("mended:"), 1)
		files = append(files, realFile{filepath.Base(p), data})
	}
	slices.SortStableFunc(files, func(a, b realFile) int { return -cmp.Compare(len(a.data), len(b.data)) })
	return files
}

// realWorld is a folder of real files, and a service without a zone.
func realWorld(t *testing.T, d vpsorgtest.Dialect, files []realFile) *world {
	w := newWorld(t, vpsorgtest.Options{Dialect: d})
	w.settings("unsupported_types: warn\n")
	for _, f := range files {
		if w.files[f.name] != nil {
			t.Fatalf("%s is there twice", f.name)
		}
		w.files[f.name] = &fstest.MapFile{Data: f.data}
	}
	return w
}

// Every real zone becomes live as its file says, in one run, and then there is nothing
// to do. Written into files again it is what is live.
func TestRealZones(t *testing.T) {
	files := realFiles(t)
	bubble(t, "all", func(t *testing.T) {
		realWorld(t, vpsorgtest.Dialect{}, files).convergesAndComesBack(vpsorgtest.Dialect{})
	})
}

// rounds is how many dialects each real file meets, and largest every how many of them
// the largest file meets, which alone makes a third of the work.
const (
	rounds  = 3
	largest = 8
)

// The same in every dialect, each for a part of the files.
func TestRealZonesInEveryDialect(t *testing.T) {
	files := realFiles(t)
	all := vpsorgtest.Dialects()
	stride := len(all) / rounds
	for i, d := range all {
		var part []realFile
		if i%largest == 0 {
			part = append(part, files[0])
		}
		for j, f := range files[1:] {
			if (i+j)%stride == 0 {
				part = append(part, f)
			}
		}
		bubble(t, d.Name, func(t *testing.T) { realWorld(t, d, part).convergesAndComesBack(d) })
	}
}

// convergesAndComesBack applies the folder, plans again, and imports.
func (w *world) convergesAndComesBack(d vpsorgtest.Dialect) {
	w.Helper()
	_, report := w.apply()
	again := w.plan().Plan
	if len(report.Zones) != len(again.Zones) {
		w.Fatalf("got %d zones changed, want all %d", len(report.Zones), len(again.Zones))
	}
	folder := w.folder()
	for i := range report.Zones {
		desired, problems := folder.Zone(folder.Sources[i])
		if desired == nil || desired.Name != report.Zones[i].Zone {
			w.Fatal(report.Zones[i].Zone, problems)
		}
		w.converged(d, desired, &report.Zones[i], &again.Zones[i])
	}
	for _, form := range []schema.Form{schema.ZoneForm, schema.BareForm} {
		w.comesBack(form)
	}
}

// converged fails the test unless the zone is as its file says, or, where the dialect
// does not let it, exactly the records that the service rewrites are named.
func (w *world) converged(d vpsorgtest.Dialect, desired *schema.Zone, z *sync.ZoneReport, again *diff.ZonePlan) {
	w.Helper()
	left := 0
	for _, s := range desired.RRsets {
		for _, v := range s.Values {
			if rewrites(d, s.Record(v)) {
				left++
			}
		}
	}
	if d.Apex != vpsorgtest.ApexHidden && desired.DeclaresApexNS() {
		left += 2 // the service's own stay beside those of the file
	}
	if len(z.Failed) > 0 || z.Err != nil {
		w.Errorf("%s: failed %v, error %v", z.Zone, z.Failed, z.Err)
	}
	if z.OK() != (left == 0) || len(z.Differs) != left || len(again.Changes) != left {
		w.Errorf("%s: OK is %t, %d records differ and %d are left to change, want %d:\n%s", z.Zone, z.OK(), len(z.Differs),
			len(again.Changes), left, strings.Join(z.Differs, "\n"))
	}
	if again.Error != "" || len(again.Blocked) > 0 {
		w.Errorf("%s: second plan: %s %v", z.Zone, again.Error, again.Blocked)
	}
}

// rewrites reports whether the service stores another record than this one.
func rewrites(d vpsorgtest.Dialect, r schema.Record) bool {
	if int(r.TTL) < d.MinTTL || d.MaxTTL > 0 && int(r.TTL) > d.MaxTTL {
		return true
	}
	if d.Rewrite == nil {
		return false
	}
	switch r.Type {
	case schema.TXT:
		return strings.Join(strings.Fields(r.Value()), " ") != r.Value()
	case schema.A:
		return netip.MustParsePrefix("192.0.2.0/24").Contains(netip.MustParseAddr(r.Value()))
	}
	return false
}

// comesBack writes the live zones into a new folder and fails the test unless there is
// nothing to do then.
func (w *world) comesBack(form schema.Form) {
	w.Helper()
	client := w.client()
	list, err := client.Zones(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	imported := &world{TB: w.TB, Server: w.Server, files: fstest.MapFS{}, transport: w.transport}
	for _, ref := range list.Zones {
		live, err := client.Zone(w.Context(), ref)
		if err != nil {
			w.Fatal(err)
		}
		z, notes := diff.Adopt(live)
		for _, note := range notes {
			if !strings.Contains(note, "it is the service's own") && !strings.Contains(note, "the type is not managed") {
				w.Errorf("%s: import: %s", ref.Name, note)
			}
		}
		imported.files[ref.Name.Undotted()+".yaml"] = &fstest.MapFile{Data: schema.Format(z, form)}
	}
	draft := imported.plan()
	if p := draft.Plan; !p.Empty() || len(p.Unmanaged) > 0 || len(p.Zones) != len(list.Zones) {
		w.Errorf("imported in the %s form, the plan is\n%s%v", form, planText(w, p), draft.Problems.Errors())
	}
}
