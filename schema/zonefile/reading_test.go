package zonefile

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/schema"
)

var updateReadings = flag.Bool("update-readings", false, "write the \"want\" part of testdata/reading/*.txt anew")

// TestReadings reads the folders in testdata/reading. Each file there begins with
// what it is about; lines "-- name --" begin the files of a folder, and the last of
// them, want, is everything that is to be said and read.
func TestReadings(t *testing.T) {
	archives, err := filepath.Glob(filepath.Join("testdata", "reading", "*.txt"))
	if err != nil || len(archives) == 0 {
		t.Fatal(archives, err)
	}
	for _, archive := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(archive), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(archive)
			if err != nil {
				t.Fatal(err)
			}
			fsys, want := unpack(data)
			got := reading(t, fsys, ".")
			if *updateReadings {
				head, _, _ := bytes.Cut(data, []byte("-- want --\n"))
				if err := os.WriteFile(archive, append(slices.Clip(head), "-- want --\n"+got...), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("reading (-want +got):\n%s", diff)
			}
		})
	}
}

// unpack takes an archive apart.
func unpack(data []byte) (fsys fstest.MapFS, want string) {
	fsys = make(fstest.MapFS)
	name, text := "", ""
	keep := func() {
		switch name {
		case "":
		case "want":
			want = text
		default:
			fsys[name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	for line := range strings.Lines(string(data)) {
		inner, isHead := strings.CutPrefix(strings.TrimSpace(line), "-- ")
		if inner, ok := strings.CutSuffix(inner, " --"); isHead && ok {
			keep()
			name, text = inner, ""
			continue
		}
		text += line
	}
	keep()
	return fsys, want
}

// reading shows all that a folder comes to: its problems, and then its zones.
func reading(t *testing.T, fsys fstest.MapFS, dir string) string {
	t.Helper()
	f, problems, err := Open(fsys, dir)
	if err != nil {
		return err.Error() + "\n"
	}
	var zones strings.Builder
	for _, s := range f.Sources {
		z, found := f.Zone(s)
		problems = append(problems, found...)
		if (z == nil) != (len(found.Errors()) > 0) {
			t.Errorf("zone %s: got zone %v with problems %v", s.Zone, z, found)
		}
		if z != nil {
			zones.WriteString(zoneText(z))
		}
	}
	var b strings.Builder
	checkCodes(t, problems)
	for _, p := range problems.Sorted() {
		fmt.Fprintf(&b, "%s [%s]\n", p, p.Code)
	}
	return b.String() + zones.String()
}

// zoneText shows a zone, a line for each record.
func zoneText(z *schema.Zone) string {
	var b strings.Builder
	fmt.Fprintf(&b, "zone %s %s ttl %d from %s", z.Name(), z.Manage(), z.TTL(), strings.Join(z.Files(), " "))
	if z.Absent() {
		b.WriteString(" absent")
	}
	b.WriteString("\n")
	for _, r := range z.Ignore() {
		fmt.Fprintf(&b, "ignore %s\n", r)
	}
	for _, s := range z.RRsets() {
		for _, v := range s.Values {
			lenient := ""
			if s.Lenient {
				lenient = " lenient"
			}
			fmt.Fprintf(&b, "%s %d %s %s at %s:%d:%d%s\n", s.Name.Relative(z.Name()), s.TTL, s.Type, v.Data.String(), v.Pos.File, v.Pos.Line, v.Pos.Col, lenient)
		}
	}
	return b.String()
}
