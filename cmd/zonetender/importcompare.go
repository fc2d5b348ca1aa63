package main

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
)

// maxCompared is how many differing records of a zone are shown.
const maxCompared = 10

// compare says whether a zone that is to be imported is what its file declares.
func (i *importer) compare(s zonefile.Source, d schema.Declaration) {
	path := filepath.Join(i.flags.dir, s.Files[0])
	zone, problems := i.there.zones.Zone(s)
	if zone == nil {
		i.app.showProblems(i.there.located(problems.Errors()), all)
		i.fail(d.Name, fmt.Errorf("zone file %s: already exists, and has errors; fix them, or pass --force to overwrite it", path))
		return
	}
	onlyFile, onlySource := differences(zone, d)
	if len(onlyFile)+len(onlySource) == 0 {
		fmt.Fprintf(i.app.stdout, "%s: equal\n", path)
		return
	}
	i.fail(d.Name, fmt.Errorf("zone file %s: already exists and differs, with %s only in the file and %s only in the %s; pass --force to overwrite it",
		path, count(len(onlyFile), "record"), count(len(onlySource), "record"), i.source))
	shown := 0
	for _, side := range []struct {
		sign    string
		records []schema.Record
	}{{"-", onlySource}, {"+", onlyFile}} {
		for _, r := range side.records {
			if shown++; shown <= maxCompared {
				fmt.Fprintf(i.app.stderr, "  %s %s  %s  %s  ttl %d\n", side.sign, r.Name.DisplayIn(d.Name), r.Type, schema.Printable(r.Data.String()), r.TTL)
			}
		}
	}
	if shown > maxCompared {
		fmt.Fprintf(i.app.stderr, "  and %d more\n", shown-maxCompared)
	}
}

// differences returns the records that only one of the two sides has. What the file leaves to
// others, and the name servers of the apex, which no import brings, do not count.
func differences(file *schema.Zone, d schema.Declaration) (onlyFile, onlySource []schema.Record) {
	counted := func(r schema.Record) bool {
		_, declared := file.RRset(r.Key())
		_, expired := file.Expired(r.Key())
		return r.Key() != (schema.Key{Name: file.Name(), Type: schema.NS}) && !file.Ignored(r) &&
			(declared || expired || file.Manage() == schema.ManageAll)
	}
	ours, theirs := recordsOf(file.RRsets(), counted), recordsOf(d.RRsets, counted)
	return without(ours, theirs), without(theirs, ours)
}

func recordsOf(sets []schema.RRset, counted func(schema.Record) bool) (out []schema.Record) {
	for _, s := range sets {
		for _, v := range s.Values {
			if r := s.Record(v); counted(r) {
				out = append(out, r)
			}
		}
	}
	slices.SortFunc(out, schema.Record.Compare)
	return out
}

// without returns the records of a that b, which is sorted, does not have.
func without(a, b []schema.Record) (out []schema.Record) {
	for _, r := range a {
		if _, found := slices.BinarySearchFunc(b, r, schema.Record.Compare); !found {
			out = append(out, r)
		}
	}
	return out
}
