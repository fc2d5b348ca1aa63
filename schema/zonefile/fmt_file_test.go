package zonefile

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/schema"
)

// formatAll returns the folder with every file formatted that can be.
func formatAll(t testing.TB, fsys fstest.MapFS, dir string) fstest.MapFS {
	t.Helper()
	out := make(fstest.MapFS)
	for name, f := range fsys {
		out[name] = f
	}
	f, _, err := Open(fsys, dir)
	if err != nil {
		return out
	}
	r := f.Formatter()
	var files []FormattedFile
	for _, s := range f.Sources {
		files = append(files, r.Zone(s)...)
	}
	for _, file := range slices.Concat(files, r.Shared()) {
		if len(file.Problems) > 0 && string(file.Formatted) != string(file.Text) {
			t.Errorf("%s has %v and is formatted all the same", file.Name, file.Problems)
		}
		out[filepath.Join(dir, file.Name)] = &fstest.MapFile{Data: file.Formatted}
	}
	return out
}

// declares shows what a folder comes to without places: its zones, and the codes of what is
// wrong with it, but for what formatting mends.
func declares(t testing.TB, fsys fstest.MapFS, dir string) string {
	t.Helper()
	f, problems, err := Open(fsys, dir)
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, s := range f.Sources {
		z, found := f.Zone(s)
		problems = append(problems, found...)
		if z != nil {
			d := z.Declaration()
			for i := range d.RRsets {
				for j := range d.RRsets[i].Values {
					d.RRsets[i].Values[j].Pos = schema.Position{}
				}
			}
			b.WriteString(declarationText(d))
		}
	}
	var codes []string
	for _, p := range problems {
		switch p.Code {
		case codeHostNoDot, codeYAML11, codeBOM:
		default:
			codes = append(codes, p.Pos.File+" "+p.Severity.String()+" "+p.Code)
		}
	}
	slices.Sort(codes)
	return b.String() + strings.Join(codes, "\n")
}

func declarationText(d schema.Declaration) string {
	var b strings.Builder
	b.WriteString(d.Name.String() + " " + string(d.Manage) + " " + strings.Join(d.Files, ",") + " " + decimal(d.TTL) + "\n")
	for _, r := range d.Ignore {
		b.WriteString("ignore " + r.String() + "\n")
	}
	for _, s := range d.RRsets {
		b.WriteString(s.Name.String() + " " + string(s.Type) + " " + decimal(s.TTL))
		if s.Lenient {
			b.WriteString(" lenient")
		}
		for _, v := range s.Values {
			b.WriteString(" [" + v.Data.String() + "]")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// checkFormatting holds the formatter to its promise for one folder.
func checkFormatting(t testing.TB, fsys fstest.MapFS, dir string) fstest.MapFS {
	t.Helper()
	out := formatAll(t, fsys, dir)
	if diff := cmp.Diff(declares(t, fsys, dir), declares(t, out, dir)); diff != "" {
		t.Errorf("formatting changed what the folder declares (-before +after):\n%s", diff)
	}
	for name, f := range formatAll(t, out, dir) {
		if diff := cmp.Diff(string(out[name].Data), string(f.Data)); diff != "" {
			t.Errorf("%s: formatted again (-once +twice):\n%s", name, diff)
		}
	}
	return out
}

func TestFormattingOfReadings(t *testing.T) {
	t.Parallel()
	archives, err := filepath.Glob(filepath.Join("testdata", "reading", "*.txt"))
	if err != nil || len(archives) == 0 {
		t.Fatal(archives, err)
	}
	for _, archive := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(archive), ".txt"), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(archive)
			if err != nil {
				t.Fatal(err)
			}
			fsys, _ := unpack(data)
			checkFormatting(t, fsys, ".")
		})
	}
}

func TestFormattingOfRealZones(t *testing.T) {
	t.Parallel()
	files, _ := realZones(t)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out := checkFormatting(t, fstest.MapFS{
			settingsFile:        {Data: []byte("unsupported_types: warn\n")},
			filepath.Base(file): {Data: data},
		}, ".")
		got := string(out[filepath.Base(file)].Data)
		for l := range strings.Lines(string(data)) {
			if l = strings.TrimSpace(l); strings.HasPrefix(l, "#") && strings.Count(got, l) != strings.Count(string(data), l) {
				t.Errorf("%s: comment %q is there %d times, want %d", file, l, strings.Count(got, l), strings.Count(string(data), l))
			}
		}
		_, problems := realZone(t, filepath.Base(file), []byte(got))
		for _, p := range problems {
			if p.Code == codeHostNoDot || p.Code == codeYAML11 {
				t.Errorf("%s: still %v", file, p)
			}
		}
	}
}

// The examples are in canonical form already.
func TestFormattingOfExamples(t *testing.T) {
	t.Parallel()
	fsys := make(fstest.MapFS)
	for _, pattern := range []string{"*.yaml", "templates/*.yaml"} {
		files, err := filepath.Glob(filepath.Join("..", "..", "zones.example", pattern))
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			fsys[filepath.Join(filepath.Dir(pattern), filepath.Base(file))] = &fstest.MapFile{Data: data}
		}
	}
	for name, f := range checkFormatting(t, fsys, ".") {
		if diff := cmp.Diff(string(fsys[name].Data), string(f.Data)); diff != "" {
			t.Errorf("%s (-is +formatted):\n%s", name, diff)
		}
	}
}
