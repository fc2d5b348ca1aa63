package zonefile

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/schematest"
)

// refused reads one zone file that must be refused, and gives what is said.
func refused(t *testing.T, name, text string) string {
	t.Helper()
	z, problems := readOne(t, fstest.MapFS{name: {Data: []byte(text)}})
	if z != nil || len(problems.Errors()) == 0 {
		t.Fatalf("%q: got a zone of %d RRsets and %v, want it refused", text, len(z.RRsets()), problems)
	}
	return problems.Error()
}

// readOne reads the only zone of a folder.
func readOne(t testing.TB, fsys fstest.MapFS) (*schema.Zone, schema.Problems) {
	t.Helper()
	f, problems, err := Open(fsys, ".")
	if err != nil || len(f.Sources) != 1 {
		t.Fatalf("got %v, %v, %v, want one zone", f, problems, err)
	}
	z, found := f.Zone(f.Sources[0])
	return z, append(problems, found...)
}

func wantPart(t *testing.T, got, part string) {
	t.Helper()
	if !strings.Contains(got, part) {
		t.Errorf("got %.2000q, want it to say %q", got, part)
	}
}

func TestFaultZ1MistypedKey(t *testing.T) {
	got := refused(t, "example.com.yaml", "zone: example.com\nrecrods:\n  www: {A: 192.0.2.1}\n")
	wantPart(t, got, "example.com.yaml:2:1: key recrods is not known")
	wantPart(t, got, "did you mean records?")
	refused(t, "example.com.yaml", "recrods:\n  www: {A: 192.0.2.1}\n")
	refused(t, "example.com.yaml", "zon: example.com\nrecords:\n  www: {A: 192.0.2.1}\n")
	got = refused(t, "example.com.yaml", "zone: example.com\nrecords:\n  www: {CNMAE: a.example.net.}\n")
	wantPart(t, got, "did you mean CNAME?")
}

func TestFaultZ2NeverNoRecords(t *testing.T) {
	for _, text := range []string{
		"", "\n", "# comment\n", "---\n", "---\n...\n", "~\n", "null\n", "zone: example.com\n",
		"zone: example.com\nrecords:\n", "zone: example.com\nrecords: ~\n", "zone: example.com\nrecords: []\n",
		"{}\n---\nwww: {type: A, value: 192.0.2.1}\n", "{}\n...\nwww: {type: A, value: 192.0.2.1}\n",
		"{}\nwww: {type: A, value: 192.0.2.1}\n", "www:\n", "www: []\n", "www: [~]\n", "www: {type: A, values: []}\n",
	} {
		refused(t, "example.com.yaml", text)
	}
	for _, text := range []string{"{}\n", "---\n{}\n", "zone: example.com\nrecords: {}\n"} {
		z, problems := readOne(t, fstest.MapFS{"example.com.yaml": {Data: []byte(text)}})
		if z == nil || len(z.RRsets()) != 0 {
			t.Errorf("%q: got %v, %v, want a zone without records", text, z, problems)
		}
	}
}

func TestFaultZ3Twice(t *testing.T) {
	got := refused(t, "example.com.yaml", "www: {type: A, value: 192.0.2.1}\nwww: {type: A, value: 192.0.2.2}\n")
	wantPart(t, got, "example.com.yaml:2:1: key www is here twice, first at line 1")
	got = refused(t, "example.com.yaml", "www: {type: A, value: 192.0.2.1}\nWWW: {type: A, value: 192.0.2.2}\n")
	wantPart(t, got, "example.com.yaml:2:6: www A is declared twice, first at line 1")
	z, problems := readOne(t, fstest.MapFS{"example.com.yaml": {Data: []byte("{}")}, "example.com.yml": {Data: []byte("{}")}})
	if z != nil {
		t.Error("got a zone out of two files, want it refused")
	}
	wantPart(t, problems.Error(), "example.com.yml:1:1: zone example.com is declared twice, first in example.com.yaml")
}

func TestFaultZ4MergeConflict(t *testing.T) {
	got := refused(t, "example.com.yaml", "www:\n<<<<<<< HEAD\n  type: A\n=======\n  type: B\n>>>>>>> main\n")
	wantPart(t, got, "example.com.yaml:2:1: merge conflict marker")
}

func TestFaultZ5NotAsYAMLReadsIt(t *testing.T) {
	for text, part := range map[string]string{
		"www: {type: A, ttl: 0300, value: 192.0.2.1}":  `TTL "0300"`,
		"www: {type: A, ttl: 1_000, value: 192.0.2.1}": `TTL "1_000"`,
		"~: {type: A, value: 192.0.2.1}":               "owner name is empty",
		"? \n: {type: A, value: 192.0.2.1}":            "owner name is empty",
		"www: {type: A, value: null}":                  "A value is empty",
		"www: {type: TXT, value: null}":                "TXT value is empty",
		"www: {type: TXT, values: [a, ~]}":             "TXT value is empty",
	} {
		wantPart(t, refused(t, "example.com.yaml", text), part)
	}
}

func TestFaultZ6AliasBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), i-1)
	}
	wantPart(t, refused(t, "example.com.yaml", b.String()), "aliases and includes expand to more than 1000000 nodes")
	wantPart(t, refused(t, "example.com.yaml", "a: &a {b: *a}\n"), "is inside what it names")
	wantPart(t, refused(t, "example.com.yaml", "a: "+strings.Repeat("[", 200)+strings.Repeat("]", 200)), "nesting deeper than 100")
	wantPart(t, refused(t, "example.com.yaml", "a: "+strings.Repeat("[", 20_000)), "exceeded max depth")
	wantPart(t, refused(t, "example.com.yaml", "a: b #"+strings.Repeat(" ", maxFileBytes)), "larger than 10 MiB")
}

// TestFaultZ6IncludeBomb multiplies by files what an alias bomb does by anchors.
func TestFaultZ6IncludeBomb(t *testing.T) {
	fsys := fstest.MapFS{"templates/0.yaml": {Data: []byte("[x, x, x, x, x, x, x, x, x, x]")}}
	for i := 1; i < 12; i++ {
		include := fmt.Sprintf("!include %d.yaml, ", i-1)
		fsys[fmt.Sprintf("templates/%d.yaml", i)] = &fstest.MapFile{Data: []byte("[" + strings.Repeat(include, 10) + "]")}
	}
	fsys["example.com.yaml"] = &fstest.MapFile{Data: []byte("www: !include templates/11.yaml\n")}
	z, problems := readOne(t, fsys)
	if z != nil {
		t.Fatal("got a zone, want it refused")
	}
	wantPart(t, problems.Error(), "aliases and includes expand to more than 1000000 nodes")
}

// TestFaultZ6ManyIncludes reads one template again and again.
func TestFaultZ6ManyIncludes(t *testing.T) {
	fsys := fstest.MapFS{
		"templates/x.yaml": {Data: []byte(keysFile(2000))},
		"example.com.yaml": {Data: []byte("zone: example.com\ninclude: [" + strings.Repeat("templates/x.yaml, ", 1000) + "]\n")},
	}
	z, problems := readOne(t, fsys)
	if z != nil {
		t.Fatal("got a zone, want it refused")
	}
	wantPart(t, problems.Error(), "aliases and includes of the zone expand to more than 1000000 nodes")
}

// keysFile gives n names of one record each, listFile one name of n records.
func keysFile(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "host%d: {type: A, value: 192.0.2.1}\n", i)
	}
	return b.String()
}

func listFile(n int) string {
	var b strings.Builder
	b.WriteString("www:\n  type: A\n  values:\n")
	for i := range n {
		fmt.Fprintf(&b, "  - 10.%d.%d.%d\n", i>>16, i>>8&255, i&255)
	}
	return b.String()
}

// TestFaultZ6LargeFiles holds 20,000 keys and 100,000 records to time that grows with the
// file.
func TestFaultZ6LargeFiles(t *testing.T) {
	for _, c := range []struct {
		name string
		file func(int) string
		n    int
	}{{"20,000 keys", keysFile, 20_000}, {"100,000 records", listFile, 100_000}} {
		t.Run(c.name, func(t *testing.T) {
			schematest.NearLinear(t, c.n, func(n int) func() {
				fsys := fstest.MapFS{"example.com.yaml": {Data: []byte(c.file(n))}}
				return func() { holds(t, fsys, n) }
			})
		})
	}
}

// holds fails the test unless the only zone of a folder has n records.
func holds(t *testing.T, fsys fstest.MapFS, n int) {
	t.Helper()
	z, problems := readOne(t, fsys)
	records := 0
	if z != nil {
		for _, s := range z.RRsets() {
			records += len(s.Values)
		}
	}
	if records != n {
		t.Fatalf("got %d records and %v, want %d", records, problems, n)
	}
}

func TestFaultZ7Names(t *testing.T) {
	for text, part := range map[string]string{
		"www: {type: CNAME, value: foo}":                                     `host "foo" has no dot`,
		"@: {type: A, value: 192.0.2.1}":                                     "quote it: '@'",
		"*: {type: A, value: 192.0.2.1}":                                     "quote it: '*'",
		"'': {type: CNAME, value: a.example.net.}":                           "apex",
		"www: [{type: CNAME, value: a.example.net.}, {type: TXT, value: a}]": "is beside",
		"notexample.com.: {type: A, value: 192.0.2.1}":                       "is outside the zone",
	} {
		wantPart(t, refused(t, "example.com.yaml", text), part)
	}
	text := "BÜCHER: {type: CNAME, value: Mail.Example.NET}\n'*': {type: TXT, value: " + strings.Repeat("x", 4000) + "}\n"
	z, problems := readOne(t, fstest.MapFS{"example.com.yaml": {Data: []byte(text)}})
	if z == nil {
		t.Fatal(problems)
	}
	wantPart(t, problems.Error(), "has no final dot and is read as mail.example.net.")
	if got := zoneText(z); !strings.Contains(got, "xn--bcher-kva 3600 CNAME mail.example.net.") || len(z.RRsets()[0].Values[0].Data.TXT()) != 4000 {
		t.Errorf("got %s", got)
	}
}

// TestFaultZ8OneBadZone has one broken file among many, which stops that zone alone.
func TestFaultZ8OneBadZone(t *testing.T) {
	const n = 10_000
	fsys := make(fstest.MapFS, n)
	for i := range n {
		fsys[fmt.Sprintf("zone%d.example.yaml", i)] = &fstest.MapFile{Data: []byte("www: {type: A, value: 192.0.2.1}\n")}
	}
	fsys["zone77.example.yaml"].Data = []byte("www: {type: A, value: 192.0.2.1\n")
	f, problems, err := Open(fsys, ".")
	if err != nil || len(problems) > 0 || len(f.Sources) != n {
		t.Fatal(err, problems, len(f.Sources))
	}
	bad := 0
	for _, s := range f.Sources {
		if z, _ := f.Zone(s); z == nil {
			bad++
			if s.Zone != schema.MustParseName("zone77.example") {
				t.Errorf("zone %s refused, want zone77.example. alone", s.Zone)
			}
		}
	}
	if bad != 1 {
		t.Errorf("got %d zones refused, want 1", bad)
	}
}

// TestFaultB3NothingIsPrintedRaw puts what terminals and CI logs obey into every text that
// a message may show.
func TestFaultB3NothingIsPrintedRaw(t *testing.T) {
	evils := []string{"x\n::warning::forged\n.yaml", "\x1b[31mred", "\u202egnp.exe", "a\u2028b", "a\rb", "\u200b", "\x07", "\u0085", "\u2066", "\ufffd"}
	texts := []string{
		"zone: example.com\ninclude: [%s]\n",
		"zone: example.com\nrecords: {a: {A: !include %s}}\n",
		"zone: example.com\nvars: {%s: x}\nrecords: {}\n",
		"zone: example.com\nrecords: {a: {A: %s}, b: {MX: %s}, c: {CNAME: %s}, d: {SRV: %s}, e: {CAA: %s}, f: {TXT: %s}, g: {NS: %s}, h: {AAAA: %s}}\n",
		"zone: example.com\nrecords: {a: {TXT: v=spf1 %s -all}, _dmarc: {TXT: v=DMARC1; p=%s}, k._domainkey: {TXT: p=%s}}\n",
		"zone: example.com\nrecords: {a: {A: 192.0.2.1, ttl: %s, expires: %s}}\n",
		"zone: example.com\nrecords: {%s: {A: 192.0.2.1}, b: {%s: x}, c: {type: %s, value: x}, d: {type: A, %s: x}}\n",
		"zone: example.com\nrecords: {a: {MX: {preference: %s, exchange: %s}}, b: {type: MX, value: {preference: %s, exchange: %s, %s: x}}}\n",
		"zone: example.com\n%s: x\nmanage: %s\nstate: %s\nttl: %s\nsafety: {%s: x, max_deletes: %s}\nchecks: {%s: %s, ttl-low: %s}\n",
		"zone: example.com\nignore: [{name: %s, types: [%s]}, {value: %s, types: [A]}, {preset: %s}, {%s: x}]\nrecords: {}\n",
		"zone: %s\nrecords: {}\n", "%s\n", "%s: x\n", "- %s\n", "zone: example.com\nrecords: {a: {TXT: \"${%s}\"}}\n",
	}
	for _, evil := range evils {
		fsys := fstest.MapFS{
			evil:                          {Data: []byte("x")},
			evil + ".yaml":                {Data: []byte("x")},
			evil + ".example.yaml":        {Data: []byte("x")},
			"b.example/" + evil + ".yaml": {Data: []byte("x")},
			evil + "/x.yaml":              {Data: []byte("x")},
			"zonetender.yaml":             {Data: []byte("exclude: [" + fmt.Sprintf("%q", evil+"**") + "]\n")},
		}
		quoted := `"` + strings.NewReplacer("\n", `\n`, "\x1b", `\e`, "\r", `\r`, "\x07", `\a`, "\u0085", `\N`, "\u2028", `\L`).Replace(evil) + `"`
		var problems schema.Problems
		for _, text := range texts {
			for _, value := range []string{quoted, evil} {
				_, found := Parse("example.com.yaml", []byte(strings.ReplaceAll(text, "%s", value)))
				problems = append(problems, found...)
			}
		}
		f, found, err := Open(fsys, ".")
		if err != nil {
			t.Fatal(err)
		}
		problems = append(problems, found...)
		for _, s := range f.Sources {
			_, found := f.Zone(s)
			problems = append(problems, found...)
		}
		if len(problems) < 20 {
			t.Errorf("%q: only %d problems", evil, len(problems))
		}
		for _, p := range problems {
			if schema.Printable(p.Message) != p.Message || schema.Printable(p.String()) != p.String() {
				t.Errorf("%q: got %q", evil, p.String())
			}
		}
	}
}
