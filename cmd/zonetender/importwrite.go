package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
)

// An importer writes zones into a folder, and compares those that are there already.
type importer struct {
	app     *app
	flags   importFlags
	form    zonefile.Form
	source  string // what the zones are compared with, as in "live zone"
	there   *folder
	written []schema.Name
	skipped int
	failed  bool
}

// importer opens the folder, and makes it where there is none. The caller closes it.
func (a *app) importer(f importFlags, form zonefile.Form, source string) (*importer, error) {
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return nil, fmt.Errorf("zones folder %s: %w", f.dir, cause(err))
	}
	there, err := openZones(f.dir)
	if err != nil {
		return nil, err
	}
	if broken := there.problems.Errors(); len(broken) > 0 {
		// What zonetender.yaml ignores is not known then.
		a.showProblems(there.located(broken), all)
		there.close()
		return nil, fmt.Errorf("zones folder %s: fix these errors first; no file is written", f.dir)
	}
	return &importer{app: a, flags: f, form: form, source: source, there: there}, nil
}

func (i *importer) close() { i.there.close() }

// declared returns where the folder declares a zone. ok is false where it does not.
func (i *importer) declared(zone schema.Name) (s zonefile.Source, ok bool) {
	n := slices.IndexFunc(i.there.zones.Sources, func(s zonefile.Source) bool { return s.Zone == zone })
	if n < 0 {
		return zonefile.Source{}, false
	}
	return i.there.zones.Sources[n], true
}

// skip reports whether --missing passes over the zone.
func (i *importer) skip(zone schema.Name) bool {
	_, there := i.declared(zone)
	if i.flags.missing && there {
		i.skipped++
		return true
	}
	return false
}

// fail names a zone that cannot be written. The others go on.
func (i *importer) fail(zone schema.Name, err error) {
	fmt.Fprintf(i.app.stderr, "zone %s: import: %v\n", zone.Undotted(), err)
	i.failed = true
}

// add writes a zone, or compares it with the file that it has.
func (i *importer) add(d schema.Declaration) {
	name := zonefile.FileName(d.Name)
	path := filepath.Join(i.flags.dir, name)
	s, there := i.declared(d.Name)
	switch alone := slices.Equal(s.Files, []string{name}); {
	case there && i.flags.force && !alone:
		i.fail(d.Name, fmt.Errorf("it is already declared in %s; move that file away first", filepath.Join(i.flags.dir, s.Files[0])))
		return
	case there && !i.flags.force:
		i.compare(s, d)
		return
	}
	if err := overwritable(path, i.flags.force); err != nil {
		i.fail(d.Name, err)
		return
	}
	if err := i.write(path, d); err != nil {
		i.fail(d.Name, err)
		return
	}
	i.written = append(i.written, d.Name)
	fmt.Fprintf(i.app.stdout, "%s: %s\n", path, count(size(d.RRsets), "record"))
}

// overwritable refuses what is in the way and no zone file of the folder.
func overwritable(path string, force bool) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("zone file %s: %w", path, cause(err))
	case !info.Mode().IsRegular():
		return fmt.Errorf("zone file %s: not a regular file", path)
	case !force:
		return fmt.Errorf("zone file %s: already exists; pass --force to overwrite it", path)
	}
	return nil
}

// write writes the zone's file. A valid one reads back to the same records; one that is not
// valid is written where it is the live zone that is not, and named by finish.
func (i *importer) write(path string, d schema.Declaration) error {
	if i.form == zonefile.BareForm && d.Manage == schema.ManageDeclared {
		return errors.New("the bare form cannot say manage: declared; expected --form zone")
	}
	text := zonefile.Format(d, i.form)
	zone, problems := zonefile.Parse(filepath.Base(path), text)
	switch {
	case zone == nil && i.flags.from != "":
		return fmt.Errorf("no file is written, as it would not be valid: %v", problems.Errors()[0].Message)
	case zone != nil && !slices.EqualFunc(zone.RRsets(), d.RRsets, sameRRset):
		return errors.New("no file is written, as it would not read back to the same records")
	}
	return replaceFile("zone file", path, bytesWriter(text))
}

// sameRRset reports whether two RRsets have the same records.
func sameRRset(s, t schema.RRset) bool {
	return s.Key() == t.Key() && s.TTL == t.TTL &&
		slices.EqualFunc(s.Values, t.Values, func(v, w schema.Value) bool { return v.Data == w.Data })
}

func size(sets []schema.RRset) (n int) {
	for _, s := range sets {
		n += len(s.Values)
	}
	return n
}

// finish says what the written files would be refused for: a live zone may hold what no file
// may say, such as a CNAME beside other data, and zonetender.yaml may ask for more.
func (i *importer) finish() error {
	if i.skipped > 0 {
		fmt.Fprintf(i.app.stderr, "%s already in %s\n", count(i.skipped, "zone"), i.flags.dir)
	}
	f, err := openZones(i.flags.dir)
	if err != nil {
		return err
	}
	defer f.close()
	for _, s := range f.zones.Sources {
		if !slices.Contains(i.written, s.Zone) {
			continue
		}
		if _, problems := f.zones.Zone(s); len(problems.Errors()) > 0 {
			i.app.showProblems(f.located(problems.Errors()), all)
			i.fail(s.Zone, errors.New("the file was written, but it has errors"))
		}
	}
	return when(i.failed, errFailed)
}
