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
	"github.com/zonetender/zonetender/schema/zonefile"
	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// A realFile is a zone file that an organisation runs in production.
type realFile struct {
	name string
	data []byte
}

// realFiles returns them, the largest first, and skips the test if they are not there.
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
func realWorld(t *testing.T, d vpsorgtest.Dialect, files []realFile) *worldtest.World {
	w := worldtest.New(t, vpsorgtest.Options{Dialect: d})
	w.Settings("unsupported_types: warn\n")
	for _, f := range files {
		if w.Files[f.name] != nil {
			t.Fatalf("%s is there twice", f.name)
		}
		w.Files[f.name] = &fstest.MapFile{Data: f.data}
	}
	return w
}

// Every real zone becomes live as its file says, in one run, and then there is nothing
// to do. Written into files again it is what is live.
func TestRealZones(t *testing.T) {
	files := realFiles(t)
	worldtest.Bubble(t, "all", func(t *testing.T) {
		convergesAndComesBack(realWorld(t, vpsorgtest.Dialect{}, files), vpsorgtest.Dialect{})
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
		worldtest.Bubble(t, d.Name, func(t *testing.T) { convergesAndComesBack(realWorld(t, d, part), d) })
	}
}

// convergesAndComesBack applies the folder, plans again, and imports.
func convergesAndComesBack(w *worldtest.World, d vpsorgtest.Dialect) {
	w.T.Helper()
	_, report := w.Apply()
	again := w.Plan().Plan
	if len(report.Zones) != len(again.Zones()) {
		w.T.Fatalf("got %d zones changed, want all %d", len(report.Zones), len(again.Zones()))
	}
	folder := w.Folder()
	for i := range report.Zones {
		desired, problems := folder.Zone(folder.Sources[i])
		if desired == nil || desired.Name() != report.Zones[i].Zone {
			w.T.Fatal(report.Zones[i].Zone, problems)
		}
		converged(w, d, desired, &report.Zones[i], &again.Zones()[i])
	}
	for _, form := range []zonefile.Form{zonefile.ZoneForm, zonefile.BareForm} {
		comesBack(w, form)
	}
}

// converged fails the test unless the zone is as its file says, or, where the dialect
// does not let it, exactly the records that the service rewrites are named.
func converged(w *worldtest.World, d vpsorgtest.Dialect, desired *schema.Zone, z *sync.ZoneReport, again *diff.ZonePlan) {
	w.T.Helper()
	left := 0
	for _, s := range desired.RRsets() {
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
		w.T.Errorf("%s: failed %v, error %v", z.Zone, z.Failed, z.Err)
	}
	if z.OK() != (left == 0) || len(z.Differs) != left || len(again.Changes) != left {
		w.T.Errorf("%s: OK is %t, %d records differ and %d are left to change, want %d:\n%s", z.Zone, z.OK(), len(z.Differs),
			len(again.Changes), left, strings.Join(z.Differs, "\n"))
	}
	if again.Error != "" || len(again.Blocked) > 0 {
		w.T.Errorf("%s: second plan: %s %v", z.Zone, again.Error, again.Blocked)
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
		return strings.Join(strings.Fields(r.Data.TXT()), " ") != r.Data.TXT()
	case schema.A:
		return netip.MustParsePrefix("192.0.2.0/24").Contains(r.Data.Addr())
	}
	return false
}

// comesBack writes the live zones into a new folder and fails the test unless there is
// nothing to do then.
func comesBack(w *worldtest.World, form zonefile.Form) {
	w.T.Helper()
	client := w.Client()
	list, err := client.Zones(w.T.Context())
	if err != nil {
		w.T.Fatal(err)
	}
	imported := &worldtest.World{T: w.T, Server: w.Server, Files: fstest.MapFS{}, Transport: w.Transport}
	slices.SortFunc(list.Zones, func(a, b diff.ZoneRef) int { return a.Name.Compare(b.Name) })
	client.Survey(w.T.Context(), list.Zones[:min(len(list.Zones), sync.SurveySize)], 4, nil)
	for _, ref := range list.Zones {
		live, err := client.Zone(w.T.Context(), ref, nil)
		if err != nil {
			w.T.Fatal(err)
		}
		z, notes := diff.Adopt(live)
		for _, note := range notes {
			if !strings.Contains(note, "it is the service's own") && !strings.Contains(note, "the type is not managed") {
				w.T.Errorf("%s: import: %s", ref.Name, note)
			}
		}
		imported.Files[ref.Name.Undotted()+".yaml"] = &fstest.MapFile{Data: zonefile.Format(z, form)}
	}
	draft := imported.Plan()
	if p := draft.Plan; !empty(p) || len(p.Unmanaged) > 0 || len(p.Zones()) != len(list.Zones) {
		w.T.Errorf("imported in the %s form, the plan is\n%s%v", form, worldtest.PlanText(w.T, p), draft.Problems.Errors())
	}
}
