package zonefile

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zonetender/zonetender/schema"
)

// largeFolder is a folder that holds one zone: a head, and files of records that have more
// YAML nodes together than are held at the same time. Begin stands at the top of each.
func largeFolder(begin string, records int) fstest.MapFS {
	const files = 10
	fsys := fstest.MapFS{"example.com/00-head.yaml": {Data: []byte("zone: example.com\nttl: 77\nvars: {v: 192.0.2.1}\nrecords:\n  www: {A: '${v}'}\n")}}
	for i := range files {
		var b strings.Builder
		b.WriteString(begin)
		for j := range records / files {
			fmt.Fprintf(&b, "host-%d-%d:\n  type: A\n  value: 192.0.2.1\n", i, j)
		}
		fsys[fmt.Sprintf("example.com/part%d.yaml", i)] = &fstest.MapFile{Data: []byte(b.String())}
	}
	return fsys
}

// A zone in a folder may have more YAML than is held at the same time. The head holds in all
// its files, and a name that two of them declare is found.
func TestLargeFolder(t *testing.T) {
	const records = 120_000 // of seven nodes each
	fsys := largeFolder("# records\n", records)
	fsys["example.com/part5.yaml"].Data = append(fsys["example.com/part5.yaml"].Data, "same: {type: A, ttl: 5, value: 192.0.2.5}\n"...)
	zone, problems := readOne(t, fsys)
	if zone == nil {
		t.Fatalf("got problems %.500v", problems)
	}
	if got := len(zone.RRsets()); got != records+2 {
		t.Errorf("got %d RRsets, want %d", got, records+2)
	}
	for _, s := range zone.RRsets() {
		want := schema.TTL(77)
		if s.Name.String() == "same.example.com." {
			want = 5
		}
		if s.TTL != want {
			t.Fatalf("%s: got TTL %d, want %d", s.Name, s.TTL, want)
		}
	}
	if got, want := len(zone.Files()), len(fsys); got != want {
		t.Errorf("got %d files, want %d", got, want)
	}
	fsys["example.com/part7.yaml"].Data = append(fsys["example.com/part7.yaml"].Data, "same: {type: A, value: 192.0.2.7}\nwww: {type: A, value: 192.0.2.7}\nx: &a {type: A, value: 300.0.0.1}\ny: *a\n"...)
	zone, problems = readOne(t, fsys)
	for _, want := range []string{
		"part7.yaml:36002:7: same A is declared twice, first at part5.yaml:36002",
		"www A is declared twice, first at example.com/00-head.yaml:5", "300.0.0.1",
	} {
		if zone != nil || !strings.Contains(strings.ReplaceAll(problems.Error(), "example.com/part", "part"), want) {
			t.Errorf("got %.500v, want %q", problems, want)
		}
	}
}

// Files that may have a head are held together; what is too much then is refused.
func TestFaultB1LargeFolderOfHeads(t *testing.T) {
	_, problems := readOne(t, largeFolder("# of this zone\n", 120_000))
	wantPart(t, problems.Error(), "more than 650000 YAML nodes with this one, expected fewer: write the values of a name as one list, or split the zone into a folder of files that contain neither the word zone nor !include")
}

// What could be a head in any spelling is never taken for records only.
func TestStandsAlone(t *testing.T) {
	for text, want := range map[string]bool{
		"www: {type: A, value: 192.0.2.1}\n":                true,
		`www: {type: TXT, value: "v=DKIM1\; k=rsa"}` + "\n": true,
		"zone: example.com\nrecords: {}\n":                  false,
		"\"zone\" : example.com\n":                          false,
		`"\x7aone": example.com` + "\n":                     false,
		`"\u007aone": example.com` + "\n":                   false,
		"\"zo\\\n  ne\": example.com\n":                     false,
		"{? zone : example.com}\n":                          false,
		"<<: !include head.yaml\n":                          false,
		"a: &a zone\n*a : example.com\n":                    false,
		"? \"zo\\\u0085  ne\"\n: example.com\n":             false,
		"? \"zo\\\u2028  ne\"\n: example.com\n":             false,
		"? \"zo\\\u2029  ne\"\n: example.com\n":             false,
	} {
		tree := tree{fsys: fstest.MapFS{"d/f.yaml": {Data: []byte(text)}}, dir: "d"}
		if got := tree.standsAlone("f.yaml"); got != want {
			t.Errorf("%q: got %t, want %t", text, got, want)
		}
	}
}
