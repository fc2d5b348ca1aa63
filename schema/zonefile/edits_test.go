package zonefile

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/zonetender/zonetender/schema"
)

// files makes a file system; names and texts take turns.
func files(namesAndTexts ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(namesAndTexts); i += 2 {
		fsys[namesAndTexts[i]] = &fstest.MapFile{Data: []byte(namesAndTexts[i+1])}
	}
	return fsys
}

// against opens a folder that is proposed in the place of another one.
func against(t *testing.T, before, after fs.FS) (*Folder, schema.Problems) {
	t.Helper()
	base, _, err := Open(before, ".")
	if err != nil {
		t.Fatal(err)
	}
	f, problems, err := OpenAgainst(base, after, ".")
	if err != nil {
		t.Fatal(err)
	}
	return f, problems
}

func editLines(f *Folder) []string {
	var out []string
	for _, e := range f.SettingEdits(func(n schema.Name) bool { return n != schema.MustParseName("other.example") }) {
		out = append(out, fmt.Sprintf("%s:%d %s %s: %s -> %s", e.Pos.File, e.Pos.Line, e.Zone.Undotted(), e.Key, e.Before, e.After))
	}
	return out
}

func TestSettingEdits(t *testing.T) {
	t.Parallel()
	const settings, zone = "zonetender.yaml", "example.com.yaml"
	const records = "zone: example.com\nrecords: {www: {A: 192.0.2.1}}\n"
	for _, c := range []struct {
		name          string
		before, after fstest.MapFS
		want          []string
	}{
		{"nothing", files(zone, records), files(zone, records), nil},
		{"what is no such setting", files(settings, "ttl: 60\nvars: {a: b}\n", zone, records), files(settings, "ttl: 300\n", zone, records+"ttl: 5\n"), nil},
		{"order and spelling", files(settings, "checks: {ttl-low: off, ttl-high: error}\napprove: [a, b]\n"),
			files(settings, "approve:\n- b\n- 'a'\nchecks:\n  ttl-high: error\n  ttl-low: off\n"), nil},
		{"what holds anyway", files(zone, records), files(settings, "checks: {}\nexclude: []\n", zone, records+"manage: all\nignore: []\n"), nil},
		{"all of the folder", files(settings, "safety: {max_deletes: 5}\nignore: [{name: a, types: [TXT]}]\n"),
			files(settings, "exclude: ['x*']\nrisk: {glue: low}\nchecks: {ttl-low: off}\napprove: [abc]\nignore: [{preset: acme}]\n"),
			[]string{
				"zonetender.yaml:1  safety: {max_deletes: 5} -> ", "zonetender.yaml:4  approve:  -> [abc]", "zonetender.yaml:2  risk:  -> {glue: low}",
				"zonetender.yaml:3  checks:  -> {ttl-low: off}", "zonetender.yaml:5  ignore: [{name: a, types: [TXT]}] -> [{preset: acme}]",
				"zonetender.yaml:1  exclude:  -> ['x*']",
			}},
		{"the file of the settings goes", files(settings, "checks: {ttl-low: error}\n"), files(zone, records), []string{"zonetender.yaml:1  checks: {ttl-low: error} -> "}},
		{"a head", files(zone, records+"manage: declared\n"), files(zone, records+"safety: {max_deletes: 9}\n"),
			[]string{"example.com.yaml:3 example.com safety:  -> {max_deletes: 9}", "example.com.yaml:3 example.com manage: declared -> "}},
		{"a zone that is new", files(), files(zone, records+"checks: {ttl-low: off}\n"), []string{"example.com.yaml:3 example.com checks:  -> {ttl-low: off}"}},
		{"a zone that goes", files(zone, records+"manage: declared\n"), files(), nil},
		{"a zone that moves into a folder", files(zone, records+"manage: declared\n"), files("example.com/a.yaml", records+"manage: declared\n"), nil},
		{"a zone that is not selected", files(), files("other.example.yaml", "zone: other.example\nmanage: declared\nrecords: {}\n"), nil},
		{"an include", files(zone, records+"checks: !include templates/c.yaml\n", "templates/c.yaml", "{ttl-low: error}\n"),
			files(zone, records+"checks: !include templates/c.yaml\n", "templates/c.yaml", "{ttl-low: off}\n"),
			[]string{"example.com.yaml:3 example.com checks: {ttl-low: error} -> {ttl-low: off}"}},
		{"a file that cannot be read", files(settings, "checks: {ttl-low: error}\n"), files(settings, "checks: {\n"), nil},
		{"a text that does not print", files(), files(settings, "exclude: [\"a\\u202eb'\", 'c''d']\n"), []string{`zonetender.yaml:1  exclude:  -> ["a\u202eb'", 'c''d']`}},
	} {
		f, _ := against(t, c.before, c.after)
		if d := cmp.Diff(c.want, editLines(f)); d != "" {
			t.Errorf("%s: edits (-want +got):\n%s", c.name, d)
		}
	}
	plain, _, err := Open(files(zone, records), ".")
	if err != nil || len(editLines(plain)) > 0 {
		t.Errorf("without a base: got %v, %v", editLines(plain), err)
	}
}

// Of long texts the difference is shown, wherever it is.
func TestLongSettingsShowTheDifference(t *testing.T) {
	t.Parallel()
	codes := make([]string, 200)
	for i := range codes {
		codes[i] = fmt.Sprintf("c%011d", i)
	}
	before := strings.Join(codes, ", ")
	f, _ := against(t, files("zonetender.yaml", "approve: ["+before+"]\n"), files("zonetender.yaml", "approve: ["+before+", feedfeedfeed]\n"))
	edits := editLines(f)
	if len(edits) != 1 || !strings.Contains(edits[0], "feedfeedfeed") || len(edits[0]) > 1000 {
		t.Errorf("got %q, want the code that came", edits)
	}
}

// What is shown of a setting reads back as the setting, written in any way.
func TestFlowReadsBack(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"{a: b, 'c d': [1, -x, '%a', \"e\\nf\", 'it''s', '', '#', 'k: v', '*', '&a', '!t', '~']}",
		"- a\n- {b: c}\n- [d, []]\n- {}\n",
	} {
		fsys := files("a.yaml", text)
		tr := &tree{fsys: fsys, dir: ".", shared: &includes{}, turn: &turn{}}
		root, ok := tr.load("a.yaml", "a.yaml")
		if !ok {
			t.Fatal(tr.problems)
		}
		var want, got any
		if err := yaml.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		flow := tr.flow(root, written)
		if err := yaml.Unmarshal([]byte(flow), &got); err != nil {
			t.Fatalf("%s: %v", flow, err)
		}
		if d := cmp.Diff(want, got); d != "" || strings.Contains(flow, "\n") {
			t.Errorf("%s: reads back (-want +got):\n%s", flow, d)
		}
	}
}

// A proposal cannot lower the bar for itself, in whatever way it tries.
func TestProposalsAreHeldToTheChecksOfTheirBase(t *testing.T) {
	t.Parallel()
	const zone = "example.com.yaml"
	low := "zone: example.com\nrecords:\n  www: {type: A, ttl: 5, value: 192.0.2.1}\n"
	strict, lax := "checks: {ttl-low: error}\n", "checks: {ttl-low: off}\n"
	for _, c := range []struct {
		name          string
		before, after fstest.MapFS
		valid         bool
	}{
		{"by the settings", files("zonetender.yaml", strict), files("zonetender.yaml", lax, zone, low), false},
		{"by removing the settings", files("zonetender.yaml", strict), files(zone, low), false},
		{"by a new head", files("zonetender.yaml", strict), files("zonetender.yaml", strict, zone, low+lax), false},
		{"by another head", files(zone, low+strict), files(zone, low+lax), false},
		{"by what a head includes", files(zone, low+"checks: !include templates/c.yaml\n", "templates/c.yaml", "{ttl-low: error}\n"),
			files(zone, low+"checks: !include templates/c.yaml\n", "templates/c.yaml", "{ttl-low: off}\n"), false},
		{"nor is one held to what only it says", files(zone, low), files(zone, low+strict), true},
		{"what the base allows stays allowed", files(zone, low+lax), files(zone, low), true},
	} {
		f, _ := against(t, c.before, c.after)
		s, ok := f.Source(schema.MustParseName("example.com"))
		if !ok {
			t.Fatal("no zone")
		}
		z, problems := f.Zone(s)
		if (z != nil) != c.valid {
			t.Errorf("%s: got valid %v (%v), want %v", c.name, z != nil, problems, c.valid)
		}
	}

	// Problems of the folder itself are at the levels of the base as well.
	odd := files("zonetender.yaml", "checks: {skipped: off}\n", "_example.org.yaml", "{}\n", zone, low)
	if _, problems := against(t, files("zonetender.yaml", "checks: {skipped: error}\n"), odd); len(problems.Errors()) != 1 {
		t.Errorf("got %v, want the skipped file as an error", problems)
	}
}
