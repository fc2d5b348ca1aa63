package zonefile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// tempFolder writes files, and links where the text begins with "->".
func tempFolder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, ok := strings.CutPrefix(text, "->"); ok {
			err = os.Symlink(target, path)
		} else {
			err = os.WriteFile(path, []byte(text), 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// says gives all problems of a folder as text, and the names of its good zones.
func says(t *testing.T, fsys fs.FS, dir string) (problems, zones []string) {
	t.Helper()
	f, ps, err := Open(fsys, dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range f.Sources {
		z, found := f.Zone(s)
		ps = append(ps, found...)
		if z != nil {
			zones = append(zones, z.Name().Undotted())
		}
	}
	for _, p := range ps.Sorted() {
		problems = append(problems, p.String())
	}
	return problems, zones
}

// TestLinksAreRefused holds every way of linking to an error by name: a link may
// change without the commit that is looked at, and must not hide a zone either.
func TestLinksAreRefused(t *testing.T) {
	const good = "www: {type: A, value: 192.0.2.1}\n"
	dir := tempFolder(t, map[string]string{
		"zones/good.example.yaml":  good,
		"zones/a.example.yaml":     "->good.example.yaml",
		"zones/b.example.yaml":     "->/etc/passwd",
		"zones/c.example":          "->../split",
		"zones/broken.example.yml": "->nowhere",
		"zones/d.example/one.yaml": "->../good.example.yaml",
		"zones/e.example.yaml":     "<<: !include ../linked/x.yaml\n",
		"zones/f.example.yaml":     "<<: !include ../shared/link.yaml\n",
		"zones/g.example.yaml":     "<<: !include ../shared/x.yaml\n",
		"zones/README.md":          "->../shared/x.yaml",
		"split/www.yaml":           good,
		"shared/x.yaml":            good,
		"shared/link.yaml":         "->x.yaml",
		"linked":                   "->shared",
		"other":                    "->zones",
	})
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for name, fsys := range map[string]fs.FS{"DirFS": os.DirFS(dir), "Root": root.FS()} {
		t.Run(name, func(t *testing.T) {
			problems, zones := says(t, fsys, "zones")
			const link = ": symbolic link, expected the file itself: links are not followed"
			want := []string{
				"a.example.yaml:1:1" + link,
				"b.example.yaml:1:1" + link,
				"broken.example.yml:1:1" + link,
				"c.example:1:1" + link,
				"d.example/one.yaml:1:1: not a regular file, expected the file itself: links are not followed",
				"e.example.yaml:1:5: !include ../linked/x.yaml: linked is a symbolic link, expected a file or folder of the repository itself",
				"f.example.yaml:1:5: !include ../shared/link.yaml: shared/link.yaml is a symbolic link, expected a file or folder of the repository itself",
			}
			if diff := cmp.Diff(want, problems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"g.example", "good.example"}, zones); diff != "" {
				t.Errorf("zones (-want +got):\n%s", diff)
			}
			if _, _, err := Open(fsys, "other"); err == nil || !strings.Contains(err.Error(), "other is a symbolic link") {
				t.Errorf("Open of a link: got %v", err)
			}
		})
	}
}

func TestLinkedSettingsStopEveryZone(t *testing.T) {
	dir := tempFolder(t, map[string]string{
		"zonetender.yaml": "->settings",
		"settings":        "ttl: 60\n",
		"a.example.yaml":  "{}\n",
	})
	problems, zones := says(t, os.DirFS(dir), ".")
	want := []string{
		"a.example.yaml:1:1: zone is not read: zonetender.yaml has an error",
		"zonetender.yaml:1:1: symbolic link, expected the file itself",
	}
	if diff := cmp.Diff(want, problems); diff != "" || len(zones) > 0 {
		t.Errorf("zones %v, problems (-want +got):\n%s", zones, diff)
	}
}

// TestPositionsAreRelativeToTheFolder includes a file above the zones folder.
func TestPositionsAreRelativeToTheFolder(t *testing.T) {
	fsys := fstest.MapFS{
		"dns/zones/a.example.yaml":     {Data: []byte("<<: !include ../shared/x.yaml\nb: !include ../../top.yaml\nc: {type: A, value: x}\nd: !include ../../../out.yaml\n")},
		"dns/shared/x.yaml":            {Data: []byte("www: {type: A, value: x}\n")},
		"top.yaml":                     {Data: []byte("{type: A, value: x}\n")},
		"dns/zones/b.example/www.yaml": {Data: []byte("www: {type: A, value: x}\n")},
	}
	const message = `: A value "x", expected an IPv4 address such as 192.0.2.1`
	problems, _ := says(t, fsys, "dns/zones")
	want := []string{
		"../../top.yaml:1:18" + message,
		"../shared/x.yaml:1:23" + message,
		"a.example.yaml:3:21" + message,
		"a.example.yaml:4:4: !include ../../../out.yaml: outside the repository, expected a file in it",
		"b.example/www.yaml:1:23" + message,
	}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestOpenErrors(t *testing.T) {
	fsys := fstest.MapFS{"file": {Data: []byte("x")}, "empty/README.md": {}}
	for _, c := range []struct{ dir, want string }{
		{"missing", "zones folder missing: open: file does not exist"},
		{"file", "zones folder file: open: not a directory"},
		{"../out", "zones folder ../out: open: outside the repository"},
		{"/etc", "zones folder /etc: open: outside the repository"},
	} {
		_, _, err := Open(fsys, c.dir)
		if err == nil {
			t.Errorf("Open(%q): got no error", c.dir)
			continue
		}
		if c.dir != "file" && err.Error() != c.want {
			t.Errorf("Open(%q): got %q, want %q", c.dir, err, c.want)
		}
	}
	f, problems, err := Open(fsys, "empty")
	if err != nil || len(problems) > 0 || len(f.Sources) > 0 {
		t.Errorf("a folder without zones: got %v, %v, %v", f, problems, err)
	}
	if _, _, err := Open(os.DirFS(t.TempDir()), "none"); err == nil || errors.Is(err, fs.ErrInvalid) {
		t.Errorf("missing folder on disk: got %v", err)
	}
}

// TestZoneIsSafeForConcurrentUse reads zones that share a template at once; the race
// detector looks on.
func TestZoneIsSafeForConcurrentUse(t *testing.T) {
	fsys := fstest.MapFS{"templates/x.yaml": {Data: []byte("a: &a {A: '${web}'}\nb: *a\nc: {<<: *a, ttl: 60}\n")}}
	for i := range 20 {
		name := "zone" + string(rune('a'+i)) + ".example"
		fsys[name+".yaml"] = &fstest.MapFile{Data: []byte("zone: " + name + "\nvars: {web: 192.0.2.1}\ninclude: [templates/x.yaml]\n")}
	}
	f, problems, err := Open(fsys, ".")
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	var wg sync.WaitGroup
	for _, s := range f.Sources {
		for range 2 {
			wg.Go(func() {
				if z, problems := f.Zone(s); z == nil || len(z.RRsets()) != 3 {
					t.Errorf("zone %s: got %v", s.Zone, problems)
				}
			})
		}
	}
	wg.Wait()
}

// TestUnreadableFile has a file that fails while it is read.
func TestUnreadableFile(t *testing.T) {
	fsys := failing{fstest.MapFS{"a.example.yaml": {Data: []byte("{}")}, "b.example.yaml": {Data: []byte("{}")}}}
	problems, zones := says(t, fsys, ".")
	want := []string{"a.example.yaml: read: disk on fire"}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"b.example"}, zones); diff != "" {
		t.Errorf("zones (-want +got):\n%s", diff)
	}
}

type failing struct{ fstest.MapFS }

func (f failing) Open(name string) (fs.File, error) {
	if name == "a.example.yaml" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("disk on fire")}
	}
	return f.MapFS.Open(name)
}

// TestUnreadableFolder has a folder that cannot be listed, as a submodule may be:
// its zone is refused, the others go on.
func TestUnreadableFolder(t *testing.T) {
	fsys := unlisted{fstest.MapFS{"sub.example/x.yaml": {Data: []byte("{}")}, "b.example.yaml": {Data: []byte("{}")}}}
	problems, zones := says(t, fsys, ".")
	want := []string{"sub.example:1:1: folder cannot be read (a submodule); expected one of this repository"}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"b.example"}, zones); diff != "" {
		t.Errorf("zones (-want +got):\n%s", diff)
	}
}

type unlisted struct{ fstest.MapFS }

func (f unlisted) ReadDir(name string) ([]fs.DirEntry, error) {
	if name == "sub.example" {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("a submodule")}
	}
	return f.MapFS.ReadDir(name)
}
