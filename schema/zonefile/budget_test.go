package zonefile

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"gopkg.in/yaml.v3"

	"github.com/zonetender/zonetender/schema"
)

// readBudgeted reads the zones of a folder, holds the memory that it takes to a bound, and
// returns what is said.
func readBudgeted(t *testing.T, fsys fstest.MapFS) string {
	t.Helper()
	const most = 200 << 20 // bytes ever taken, those given back among them
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f, problems, err := Open(fsys, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range f.Sources {
		_, found := f.Zone(s)
		problems = append(problems, found...)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > most {
		t.Errorf("took %d MiB, want at most %d", took>>20, most>>20)
	}
	if len(problems) > maxProblems+20 {
		t.Errorf("got %d problems", len(problems))
	}
	for _, p := range problems {
		if len(p.Message) > 1000 {
			t.Errorf("got a message of %d octets", len(p.Message))
		}
	}
	return problems.Sorted().Error()
}

// TestFaultB1Budget multiplies whatever multiplies: each bound is named, and small files
// never take much memory.
func TestFaultB1Budget(t *testing.T) {
	const zone = "zone: example.com\n"
	long := strings.Repeat("x", 60_000)
	list := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for _, c := range []struct {
		name, text, want string
		more             fstest.MapFS
	}{
		{name: "a variable many times in a text", text: zone + "vars: {v: " + long + "}\nrecords:\n  a: {TXT: '" + strings.Repeat("${v}", 16_000) + "'}\n",
			want: "example.com.yaml:4:12: text is longer than 262144 octets with its variables"},
		{name: "a variable in many texts", text: zone + "vars: {v: " + long + "}\nrecords:\n  a: {TXT: [" + strings.Repeat("'${v}',", 16_000) + "]}\n",
			want: "names and values of the zone are longer than 32 MiB in all"},
		{name: "a variable in many names", text: zone + "vars: {v: " + long + "}\nrecords:\n" + list(16_000, "  '${v}%d': {A: 192.0.2.1}\n"),
			want: "names and values of the zone are longer than 32 MiB in all"},
		{name: "a variable in many addresses", text: zone + "vars: {v: " + long + "}\nrecords:\n  a: {A: [" + strings.Repeat("'${v}',", 16_000) + "]}\n",
			want: "names and values of the zone are longer than 32 MiB in all"},
		{name: "a variable of zonetender.yaml", text: zone + "records:\n  a: {TXT: '" + strings.Repeat("${v}", 16_000) + "'}\n",
			want: "text is longer than 262144 octets", more: fstest.MapFS{"zonetender.yaml": {Data: []byte("vars: {v: " + long + "}\n")}}},
		{name: "an unknown variable many times", text: zone + "vars:\n" + list(900, "  v%d: x\n") + "records:\n  a: {A: [" + list(16_000, "'${vv%d}',") + "]}\n",
			want: "15000 more problems are not listed"},
		{name: "an error after many warnings", text: "a: {type: A, value: 192.0.2.1, " + list(2_000, "k%d: x,") + "}\nb: {type: A, value: x}\n",
			want: `example.com.yaml:2:21: A value "x"`},
		{name: "a long unknown variable", text: zone + "records:\n  a: {A: ['${" + long + "}']}\n", want: "variable ${xxx"},
		{name: "an alias of a long text", text: "a: {type: TXT, value: &v \"" + long + `\\"}` + "\nb: {type: TXT, values: [" + strings.Repeat("*v,", 16_000) + "]}\n",
			want: "names and values of the zone are longer than 32 MiB in all"},
		{name: "an alias of a record", text: "a: &a {type: A, values: [" + list(250, "10.0.0.%d,") + "]}\n" + list(5_000, "b%d: *a\n"),
			want: "aliases and includes expand to more than 1000000 nodes"},
		{name: "a merge of a record", text: "a: &a {type: A, values: [" + list(250, "10.0.0.%d,") + "]}\n" + list(2_000, "b%d: {<<: *a}\n"),
			want: "zone has more than 200000 records"},
		{name: "merges of merges", text: "a0: &a0 {type: A, value: 192.0.2.1}\n" + merges(3_000), want: "nesting deeper than 100"},
		{name: "an include many times", text: list(16_000, "b%d: !include x.yaml\n"), want: "zone includes files in more than 10000 places",
			more: fstest.MapFS{"x.yaml": {Data: []byte("{type: A, value: 192.0.2.1}\n")}}},
		{name: "vars", text: zone + "vars:\n" + list(2_000, "  v%d: x\n") + "records: {}\n", want: "vars has 2000 entries, expected at most 1000"},
		{name: "ignore", text: zone + "ignore:\n" + list(2_000, "  - {name: a%d}\n") + "records: {}\n", want: "ignore has 2000 entries, expected at most 500"},
		{name: "exclude", text: "{}\n", want: "exclude has 300 entries, expected at most 200", more: fstest.MapFS{"zonetender.yaml": {Data: []byte("exclude: [" + list(300, "a%d,") + "]\n")}}},
		{name: "approve", text: "{}\n", want: "approve has 2000 entries, expected at most 1000", more: fstest.MapFS{"zonetender.yaml": {Data: []byte("approve: [" + list(2000, "a%d,") + "]\n")}}},
		{name: "a list in flow style", text: "a: [" + strings.Repeat("1,", 1<<20) + "]\n", want: "more than 650000 YAML nodes"},
		{name: "lists in a list", text: "a: [" + strings.Repeat("[],", 1<<20) + "]\n", want: "more than 650000 YAML nodes"},
		{name: "keys without values", text: "a: {" + list(400_000, "k%d,") + "}\n", want: "more than 650000 YAML nodes"},
		{name: "a list in block style", text: "a:\n" + strings.Repeat("- 1\n", 1<<20), want: "more than 650000 YAML nodes"},
		{name: "nested lists in block style", text: "a:\n" + strings.Repeat("- - - 1\n", 1<<18), want: "more than 650000 YAML nodes"},
		{name: "includes that are long together", text: "a: !include x.yaml\nb: !include y.yaml\nc: !include z.yaml\n", want: "files of the zone have more than 20 MiB with this one",
			more: fstest.MapFS{"x.yaml": {Data: longFile()}, "y.yaml": {Data: longFile()}, "z.yaml": {Data: longFile()}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			fsys := fstest.MapFS{"example.com.yaml": {Data: []byte(c.text)}}
			for name, file := range c.more {
				fsys[name] = file
			}
			if fsys["zonetender.yaml"] == nil {
				fsys["zonetender.yaml"] = &fstest.MapFile{Data: []byte("exclude: [x.yaml, y.yaml, z.yaml]\n")}
			}
			wantPart(t, readBudgeted(t, fsys), c.want)
		})
	}
}

func merges(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%d: &a%d {<<: *a%d, octodns%d: x}\n", i+1, i+1, i, i)
	}
	return b.String()
}

// longFile is a text of 8 MiB.
func longFile() []byte { return []byte("{type: TXT, value: " + strings.Repeat("x", 8<<20) + "}\n") }

func TestFaultB1Folder(t *testing.T) {
	many := make(fstest.MapFS)
	for i := range maxFolderFiles + 1 {
		many[fmt.Sprintf("z%d.example.yaml", i)] = &fstest.MapFile{}
	}
	if _, _, err := Open(many, "."); err == nil || !strings.Contains(err.Error(), "100001 zone files, expected at most 100000") {
		t.Errorf("got %v", err)
	}
	large := make(fstest.MapFS)
	data := make([]byte, maxFileBytes)
	for i := range maxFolderBytes/maxFileBytes + 1 {
		large[fmt.Sprintf("z%d.example.yaml", i)] = &fstest.MapFile{Data: data}
	}
	if _, _, err := Open(large, "."); err == nil || !strings.Contains(err.Error(), "expected at most 1024 MiB") {
		t.Errorf("got %v", err)
	}
}

// TestFaultB1FoldersWithinFolders walks a tree whose folders hold one another again and
// again, as a commit of a few objects can.
func TestFaultB1FoldersWithinFolders(t *testing.T) {
	if _, _, err := Open(newNested(t, 10), "."); err == nil || !strings.Contains(err.Error(), "more than 100000 folders") {
		t.Errorf("ten folders within ten: got %v", err)
	}
	_, problems, err := Open(newNested(t, 1), ".")
	if err != nil {
		t.Fatal(err)
	}
	wantPart(t, problems.Error(), "folders deeper than 100")
}

// nested has the same folders in each of its folders, without end.
type nested struct{ folders []fs.DirEntry }

func newNested(t *testing.T, width int) nested {
	t.Helper()
	f := make(fstest.MapFS)
	for i := range width {
		f[fmt.Sprintf("%d/x", i)] = &fstest.MapFile{}
	}
	folders, err := fs.ReadDir(f, ".")
	if err != nil {
		t.Fatal(err)
	}
	return nested{folders}
}

func (n nested) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func (n nested) ReadDir(string) ([]fs.DirEntry, error) { return n.folders, nil }

// TestEstimate holds the estimate of nodes to their number: for texts that are made to
// deceive it not far below, and for zone files that people have not far above.
func TestEstimate(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	pieces := []string{"a", "b: ", "c:", "- ", ", ", ",", "[", "]", "{", "}", "\"x\"", "'y': ", "\n", "\n  ", "? ", "\"z\":", " ", "'[': ", "\"}\", "}
	parsed := 0
	for range 20_000 {
		var b strings.Builder
		for range random.IntN(40) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		root, _, err := decode([]byte(b.String()))
		if err != nil || root == nil {
			continue
		}
		parsed++
		if got, actual := estimate([]byte(b.String())), nodesOf(root); 3*got < 2*actual {
			t.Errorf("%q has %d nodes, estimated %d", b.String(), actual, got)
		}
	}
	if parsed < 500 {
		t.Errorf("only %d of the texts are YAML", parsed)
	}
	texts := map[string]string{"keys": keysFile(1000), "list": listFile(1000), "bare": bareZone(1000)}
	if files, err := filepath.Glob("../../zones.example/*.yaml"); err == nil {
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			texts[f] = string(data)
		}
	}
	for name, text := range texts {
		root, _, err := decode([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got, actual := estimate([]byte(text)), nodesOf(root); got < actual || 4*got > 5*actual+80 {
			t.Errorf("%s has %d nodes, estimated %d", name, actual, got)
		}
	}
}

func nodesOf(n *yaml.Node) int {
	count := 1
	for _, c := range n.Content {
		count += nodesOf(c)
	}
	return count
}

// TestFaultB1LargeZonesAreReadOneByOne reads large zones at once, with templates that are
// large as well; a zone that never gave its turn back would block the others.
func TestFaultB1LargeZonesAreReadOneByOne(t *testing.T) {
	fsys := fstest.MapFS{"templates/x.yaml": {Data: []byte(keysFile(3_000))}}
	for i := range 8 {
		name := fmt.Sprintf("z%d.example.yaml", i)
		fsys[name] = &fstest.MapFile{Data: []byte("<<: !include templates/x.yaml\nwww: {type: A, value: 192.0.2.1}\n")}
		if i%2 == 0 {
			fsys[name] = &fstest.MapFile{Data: []byte(keysFile(3_000))}
		}
	}
	f, problems, err := Open(fsys, ".")
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	zones := make(chan *schema.Zone)
	for _, s := range f.Sources {
		go func() {
			z, _ := f.Zone(s)
			zones <- z
		}()
	}
	for range f.Sources {
		if z := <-zones; z == nil || len(z.RRsets()) < 3_000 {
			t.Errorf("got zone %v", z)
		}
	}
}
