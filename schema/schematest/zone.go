// Package schematest makes zones for tests out of a line for each record, and holds work to
// the time that it may take.
package schematest

import (
	"strings"
	"testing"

	"github.com/zonetender/zonetender/schema"
)

// Declaration declares the zone example.com with the records of text, one a line, as in
// "www 300 A 192.0.2.1". The TTL may be left out. In RDATA, "~" after a dot stands for
// the zone. Positions count lines from 1, without an empty first line.
func Declaration(t testing.TB, text string) schema.Declaration {
	t.Helper()
	d := schema.Declaration{
		Name: schema.MustParseName("example.com"), File: "example.com.yaml",
		Manage: schema.ManageAll, TTL: schema.DefaultTTL,
	}
	place := map[schema.Key]int{} // index in RRsets
	for i, line := range strings.Split(strings.TrimPrefix(text, "\n"), "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		r := record(t, &d, line)
		n, known := place[r.Key()]
		if !known {
			n = len(d.RRsets)
			place[r.Key()] = n
			d.RRsets = append(d.RRsets, schema.RRset{Name: r.Name, Type: r.Type, TTL: r.TTL})
		}
		at := schema.Position{File: d.File, Line: i + 1, Col: 1}
		d.RRsets[n].Values = append(d.RRsets[n].Values, schema.Value{Data: r.Data, Pos: at})
	}
	return d
}

// Zone makes a zone of what Declaration declares, and fails the test where that is not
// valid.
func Zone(t testing.TB, text string) *schema.Zone {
	t.Helper()
	return Valid(t, Declaration(t, text))
}

// Valid makes a zone of a declaration, and fails the test where it is not valid.
func Valid(t testing.TB, d schema.Declaration) *schema.Zone {
	t.Helper()
	z, problems := schema.NewZone(d)
	if z == nil {
		t.Fatal(problems)
	}
	return z
}

func record(t testing.TB, d *schema.Declaration, line string) schema.Record {
	t.Helper()
	owner, rest, _ := strings.Cut(line, " ")
	word, data, _ := strings.Cut(rest, " ")
	ttl := d.TTL
	if n, err := schema.ParseTTL(word); err == nil {
		ttl = n
		word, data, _ = strings.Cut(data, " ")
	}
	name, _, err := schema.ParseOwner(owner, d.Name)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	data = strings.ReplaceAll(data, ".~", "."+d.Name.String())
	rdata, _, err := schema.ParseRDATA(schema.Type(word), data, schema.Origin{Zone: d.Name, Relative: true})
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return schema.Record{Name: name, Type: schema.Type(word), TTL: ttl, Data: rdata}
}

// Lines returns sorted problems as tests compare them: without the file's name, and with
// the code in brackets.
func Lines(ps schema.Problems) []string {
	var out []string
	for _, p := range ps.Sorted() {
		out = append(out, strings.TrimPrefix(p.String(), p.Pos.File+":")+" ["+p.Code+"]")
	}
	return out
}
