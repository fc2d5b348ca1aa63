package zonefile

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/schema"
)

// TestFaultC5FileNames writes files for zones of all names, and reads them.
func TestFaultC5FileNames(t *testing.T) {
	for name, want := range map[string]string{
		"example.com":               "example.com.yaml",
		"bücher.example":            "xn--bcher-kva.example.yaml",
		"_msdcs.corp.example":       "%5Fmsdcs.corp.example.yaml",
		"a._tcp.example":            "a._tcp.example.yaml",
		"0/25.2.0.192.in-addr.arpa": "0%2F25.2.0.192.in-addr.arpa.yaml",
		"zonetender":                "%7Aonetender.yaml",
		"templates":                 "templates.yaml",
	} {
		zone := schema.MustParseName(name)
		got := FileName(zone)
		if got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
		empty := schema.Declaration{Name: zone}
		f, problems, err := Open(fstest.MapFS{got: {Data: Format(empty, ZoneForm)}}, ".")
		if err != nil || len(problems) > 0 || len(f.Sources) != 1 || f.Sources[0].Zone != zone {
			t.Errorf("%s in the file %s: got %+v, %v, %v", name, got, f.Sources, problems, err)
			continue
		}
		if z, problems := f.Zone(f.Sources[0]); z == nil || len(problems) > 0 {
			t.Errorf("%s in the file %s: %v", name, got, problems)
		}
		if z, problems := Parse("zones/"+got, Format(empty, ZoneForm)); z == nil || z.Name() != zone {
			t.Errorf("%s in the file %s: got %v, %v", name, got, z, problems)
		}
	}
}

// TestFaultC5SkippedFiles warns of a file that is skipped and named after a zone.
func TestFaultC5SkippedFiles(t *testing.T) {
	f, problems, err := Open(fstest.MapFS{
		"_msdcs.corp.example.yaml":     {Data: []byte("{}")},
		"_sites.corp.example/www.yaml": {Data: []byte("{}")},
		"%5Ftcp.corp.example/www.yaml": {Data: []byte("www: {type: A, value: 192.0.2.1}")},
		"_shared.yaml":                 {Data: []byte("{}")},
		"_README.md":                   {},
		"a%zz.example.yaml":            {Data: []byte("{}")},
	}, ".")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range problems {
		got = append(got, p.String())
	}
	want := []string{
		"_msdcs.corp.example.yaml:1:1: warning: skipped, because the name begins with _; for the zone _msdcs.corp.example, expected the name %5Fmsdcs.corp.example.yaml",
		"_sites.corp.example:1:1: warning: skipped, because the name begins with _; for the zone _sites.corp.example, expected the name %5Fsites.corp.example",
		"a%zz.example.yaml:1:1: file name is not a zone name (% begins no character, expected two digits as in %5F); expected one such as example.com.yaml, or the file in templates/ or under exclude in zonetender.yaml",
	}
	if diff := cmp.Diff(want, got); diff != "" || len(f.Sources) != 1 || f.Sources[0].Zone != schema.MustParseName("_tcp.corp.example") {
		t.Errorf("zones %v, problems (-want +got):\n%s", f.Sources, diff)
	}
}
