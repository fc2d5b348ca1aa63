package zonefile

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/schema/zonefile/layout"
)

// converted returns a zone file in a form.
func convertedFile(t *testing.T, name string, data []byte, form Form) FormattedFile {
	t.Helper()
	f, _, err := Open(fstest.MapFS{settingsFile: {Data: []byte("unsupported_types: warn\nttl: 77\n")}, name: {Data: data}}, ".")
	if err != nil || len(f.Sources) != 1 {
		t.Fatal(name, err)
	}
	r := f.Formatter()
	r.Convert = &form
	return r.Zone(f.Sources[0])[0]
}

// commentsOf returns the comments of a text, sorted: in the bare form names change places.
func commentsOf(t *testing.T, data []byte) []string {
	t.Helper()
	comments, err := layout.Comments(data)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, c := range comments {
		texts = append(texts, c.Text)
	}
	slices.Sort(texts)
	return texts
}

// checkConversion converts a file to one form and back. It declares the same each time.
func checkConversion(t *testing.T, name string, data []byte) {
	t.Helper()
	fsys := func(data []byte) fstest.MapFS {
		return fstest.MapFS{settingsFile: {Data: []byte("unsupported_types: warn\nttl: 77\n")}, name: {Data: data}}
	}
	want := declares(t, fsys(data), ".")
	for _, form := range []Form{ZoneForm, BareForm, ZoneForm} {
		f := convertedFile(t, name, data, form)
		if len(f.Problems) > 0 {
			t.Errorf("%s to the %s form: %v", name, form, f.Problems)
			return
		}
		if diff := cmp.Diff(records(want), records(declares(t, fsys(f.Formatted), "."))); diff != "" {
			t.Errorf("%s to the %s form declares something else (-want +got):\n%s\n%s", name, form, diff, f.Formatted)
		}
		if diff := cmp.Diff(commentsOf(t, data), commentsOf(t, f.Formatted)); diff != "" {
			t.Errorf("%s to the %s form, comments (-want +got):\n%s", name, form, diff)
		}
		data = f.Formatted
	}
}

// records returns what is declared without the default TTL, which has gone into the records,
// and without warnings.
func records(declared string) string {
	_, declared, _ = strings.Cut(declared, "\n")
	lines := slices.DeleteFunc(strings.Split(declared, "\n"), func(l string) bool { return strings.Contains(l, " warning ") })
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestConversionOfRealZones(t *testing.T) {
	t.Parallel()
	files, _ := realZones(t)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		checkConversion(t, filepath.Base(file), data)
	}
}

func TestConversionOfRandomZones(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(9, 10))
	for range 12 {
		d := randomZone(t, random).Declaration()
		for _, form := range bothForms {
			checkConversion(t, "example.com.yaml", Format(d, form))
		}
	}
}

func TestConversionIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		form       Form
		text, want string
	}{
		{BareForm, "zone: example.com\nmanage: declared\nrecords: {}\n", "example.com.yaml:2:1: the bare form has no words for manage: declared, expected the zone form"},
		{BareForm, "zone: example.com\nstate: absent\n", "example.com.yaml:2:1: the bare form has no words for state, expected the zone form"},
		{BareForm, "zone: example.com\nrecords:\n  a: {PTR: b.example.net.}\n", "example.com.yaml:3:7: type PTR is not looked into, expected the zone form"},
		{ZoneForm, "a: {type: A, value: 192.0.2.1, geo: {}}\n", "example.com.yaml:1:32: key geo has no effect, and the zone form has no words for it; remove it"},
		{ZoneForm, "a: {type: A, value: 192.0.2.300}\n", "example.com.yaml:1:21: A value \"192.0.2.300\", expected an IPv4 address such as 192.0.2.1"},
	} {
		f := convertedFile(t, "example.com.yaml", []byte(c.text), c.form)
		if len(f.Problems) == 0 || f.Problems[0].String() != c.want || string(f.Formatted) != c.text {
			t.Errorf("%q: got %v and %q, want %s", c.text, f.Problems, f.Formatted, c.want)
		}
	}
}

// What ends in one form ends in the other, at the same time.
func TestConversionKeepsExpiries(t *testing.T) {
	t.Parallel()
	const text = "zone: example.com\nvars: {day: 2030-01-31}\nrecords:\n" +
		"  a: {A: 192.0.2.1, expires: '${day}'}  # the day\n" +
		"  b: {A: 192.0.2.1, AAAA: '2001:db8::1', expires: 2030-02-01}\n" +
		"  c:\n    - {type: TXT, value: x, expires: '2030-01-31T12:00:00Z'}\n    - {type: A, value: 192.0.2.1}\n"
	checkConversion(t, "example.com.yaml", []byte(text))
	bare := convertedFile(t, "example.com.yaml", []byte(text), BareForm)
	for _, data := range [][]byte{[]byte(text), bare.Formatted, convertedFile(t, "example.com.yaml", bare.Formatted, ZoneForm).Formatted} {
		zone, problems := Parse("example.com.yaml", data)
		if zone == nil {
			t.Fatalf("%v\n%s", problems, data)
		}
		if n := len(zone.Declaration().Expiries()); n != 3 {
			t.Errorf("got %d moments at which something expires, want 3:\n%s", n, data)
		}
	}
}

// What has expired already is converted like the rest, and stays out of the way of what took
// its place, also where a file is read from standard input.
func TestFormatterKnowsTheTime(t *testing.T) {
	t.Parallel()
	const text = "zone: example.com\nrecords:\n" +
		"  a:\n    - {type: CNAME, value: old.example.net., expires: 2020-01-31}\n    - {type: A, value: 192.0.2.1}\n"
	f, _, err := Open(fstest.MapFS{"example.com.yaml": {Data: []byte(text)}}, ".")
	if err != nil {
		t.Fatal(err)
	}
	f.Now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	r := f.Formatter()
	if got := r.Text("example.com.yaml", []byte(text)); len(got.Problems) > 0 {
		t.Error(got.Problems)
	}
	form := BareForm
	r.Convert = &form
	got := r.Zone(f.Sources[0])[0]
	if len(got.Problems) > 0 || !strings.Contains(string(got.Formatted), "expires: '2020-01-31'") {
		t.Errorf("got %v\n%s", got.Problems, got.Formatted)
	}
}
