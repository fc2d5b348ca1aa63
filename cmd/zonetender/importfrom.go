package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/masterfile"
	"github.com/zonetender/zonetender/schema/zonefile"
	"github.com/zonetender/zonetender/sync/lookup"
)

// importFrom writes the zones of a source that is no account.
func (a *app) importFrom(ctx context.Context, f importFlags, form zonefile.Form, patterns []string) error {
	sel, err := newSelection(patterns)
	if err != nil {
		return err
	}
	zones, failed := a.readSource(ctx, f, patterns)
	var names []schema.Name
	for _, z := range zones {
		names = append(names, z.Name)
	}
	if len(zones) > 0 {
		if err := sel.check(names, "of "+f.from); err != nil {
			return err
		}
	}
	zones = slices.DeleteFunc(zones, func(z masterfile.Zone) bool { return !sel.match(z.Name) })
	if len(zones) == 0 {
		return when(failed, errFailed)
	}
	i, err := a.importer(f, form, "source")
	if err != nil {
		return err
	}
	defer i.close()
	i.failed = failed
	seen := make(map[schema.Name]bool)
	for _, z := range zones {
		switch {
		case i.skip(z.Name):
		case seen[z.Name]:
			i.fail(z.Name, errors.New("the source has the zone twice; the first one counts"))
		default:
			seen[z.Name] = true
			i.addRead(z)
		}
	}
	return i.finish()
}

// addRead names what is wrong with a zone of a source, and adds it where nothing stops it.
func (i *importer) addRead(z masterfile.Zone) {
	for _, p := range z.Problems {
		fmt.Fprintln(i.app.stderr, p)
	}
	if n := len(z.Problems.Errors()); n > 0 {
		i.fail(z.Name, fmt.Errorf("no file is written, as its source has %s", count(n, "error")))
		return
	}
	d := z.Declaration
	owner := schema.Declaration{Name: d.Name, Ignore: i.there.zones.Settings.Ignore}
	var kept []schema.RRset
	for _, s := range d.RRsets {
		s.Values = slices.DeleteFunc(slices.Clone(s.Values), func(v schema.Value) bool {
			ignored := owner.Ignored(s.Record(v))
			if ignored {
				fmt.Fprintf(i.app.stderr, "%s: %s\n", d.Name.Undotted(), ignoredNote(d.Name, s.Record(v), v.Data.String()))
			}
			return ignored
		})
		if len(s.Values) > 0 {
			kept = append(kept, s)
		}
	}
	d.RRsets = kept
	i.add(d)
}

// readSource reads every zone of a source. What cannot be read is named, and stops nothing
// else.
func (a *app) readSource(ctx context.Context, f importFlags, patterns []string) (zones []masterfile.Zone, failed bool) {
	fail := func(err error) {
		fmt.Fprintf(a.stderr, "source %s\n", schema.Printable(err.Error()))
		failed = true
	}
	if isTransfer(f.from) {
		z, err := transferFrom(ctx, f)
		if err != nil {
			fail(fmt.Errorf("%s: %w", f.from, err))
			return nil, failed
		}
		return []masterfile.Zone{z}, failed
	}
	files, err := sourceFiles(f.from)
	if err != nil {
		fail(fmt.Errorf("%s: %w", f.from, err))
	}
	for _, file := range files {
		data, err := a.readFile(file)
		if err != nil {
			fail(fmt.Errorf("%s: %w", file, err))
			continue
		}
		found, err := readZones(file, data, patterns, len(files) == 1)
		var problems schema.Problems
		switch {
		case errors.As(err, &problems):
			for _, p := range problems.Errors() {
				fmt.Fprintln(a.stderr, p)
			}
			failed = true
		case err != nil:
			fail(fmt.Errorf("%s: %w", file, err))
		}
		zones = append(zones, found...)
	}
	return zones, failed
}

// sourceFiles returns the files of a source that is a file, standard input or a folder.
func sourceFiles(from string) ([]string, error) {
	if from == "-" {
		return []string{from}, nil
	}
	info, err := os.Stat(from)
	switch {
	case err != nil && strings.Contains(from, "://"):
		return nil, errors.New("expected a file, a folder, - or axfr://SERVER[:PORT]/ZONE")
	case err != nil:
		return nil, cause(err)
	case !info.IsDir():
		return []string{from}, nil
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return nil, cause(err)
	}
	var files []string
	for _, e := range entries {
		if e.Type().IsRegular() && !strings.HasPrefix(e.Name(), ".") {
			files = append(files, filepath.Join(from, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, errors.New("a folder without files, expected zones")
	}
	return files, nil
}

// readFile reads a file, or standard input, up to the bound of package masterfile.
func (a *app) readFile(name string) ([]byte, error) {
	in := a.stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, cause(err)
		}
		defer file.Close()
		in = file
	}
	data, err := io.ReadAll(io.LimitReader(in, masterfile.MaxBytes+1))
	if err != nil {
		return nil, cause(err)
	}
	return data, nil
}

// readZones reads the zones of a file. Where the file does not say which zone it is, it is
// the one that the command line names, if that is one file and one zone, or that the file is
// named after.
func readZones(file string, data []byte, patterns []string, single bool) ([]masterfile.Zone, error) {
	zones, err := masterfile.Read(file, data, schema.Name{})
	if err == nil {
		return zones, nil
	}
	hint := zoneOfFile(file)
	if single && len(patterns) == 1 {
		if n, invalid := schema.ParseName(patterns[0]); invalid == nil && !n.IsWildcard() {
			hint = n
		}
	}
	if hint.IsZero() {
		return nil, err
	}
	return masterfile.Read(file, data, hint)
}

// zoneOfFile returns the zone that a file is named after, as in example.com.zone and
// db.example.com, else the zero Name.
func zoneOfFile(file string) schema.Name {
	stem := strings.TrimPrefix(filepath.Base(file), "db.")
	for _, ending := range []string{".txt", ".zone", ".db", ".hosts", ".master", ".bind", ".json"} {
		stem = strings.TrimSuffix(stem, ending)
	}
	zone, err := schema.ParseName(stem)
	if err != nil || zone.OddCharacters() != "" || !strings.Contains(stem, ".") {
		return schema.Name{}
	}
	return zone
}

const transferScheme = "axfr://"

func isTransfer(from string) bool { return strings.HasPrefix(from, transferScheme) }

// transferFrom transfers the zone of axfr://SERVER[:PORT]/ZONE.
func transferFrom(ctx context.Context, f importFlags) (masterfile.Zone, error) {
	const want = "expected axfr://SERVER[:PORT]/ZONE"
	u, err := url.Parse(f.from)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return masterfile.Zone{}, errors.New(want)
	}
	zone, err := schema.ParseName(strings.TrimPrefix(u.Path, "/"))
	if err != nil {
		return masterfile.Zone{}, fmt.Errorf("%s: %w", want, err)
	}
	port := u.Port()
	if port == "" {
		port = "53"
	}
	key, err := readTSIGKey(f.keyFile)
	if err != nil {
		return masterfile.Zone{}, err
	}
	records, err := lookup.Transfer(ctx, net.JoinHostPort(u.Hostname(), port), zone, key)
	if err != nil {
		return masterfile.Zone{}, fmt.Errorf("transfer: %w", err)
	}
	return masterfile.FromTransfer(f.from, zone, records), nil
}

// readTSIGKey reads a key file; without one, the transfer is not signed.
func readTSIGKey(file string) (lookup.TSIGKey, error) {
	if file == "" {
		return lookup.TSIGKey{}, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return lookup.TSIGKey{}, fmt.Errorf("key file %s: %w", file, cause(err))
	}
	key, err := lookup.ParseTSIGKey(text)
	if err != nil {
		return lookup.TSIGKey{}, fmt.Errorf("key file %s: %w", file, err)
	}
	return key, nil
}
