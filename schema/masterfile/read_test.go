package masterfile

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/schema"
)

var update = flag.Bool("update", false, "write what is read into testdata/*.want")

// text is a zone as goldens have it: its records, and what is said about it.
func text(z Zone) string {
	var b strings.Builder
	for _, s := range z.Declaration.RRsets {
		b.WriteString(s.String() + "\n")
	}
	b.WriteString("-- problems --\n")
	for _, p := range z.Problems {
		b.WriteString(p.String() + "\n")
	}
	return b.String()
}

// What each kind of file becomes, and all that is said about what cannot come along.
func TestReadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.zone")
	exports, err2 := filepath.Glob("testdata/*.json")
	if err != nil || err2 != nil || len(files) == 0 || len(exports) == 0 {
		t.Fatal(files, exports, err, err2)
	}
	for _, file := range append(files, exports...) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			zone := schema.Name{}
			if strings.HasSuffix(file, "bind.zone") {
				zone = schema.MustParseName("example.com")
			}
			zones, err := Read(filepath.Base(file), data, zone)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, z := range zones {
				checkFits(t, z)
				got += text(z)
			}
			golden := strings.TrimSuffix(file, filepath.Ext(file)) + ".want"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

// checkFits holds a zone to what its documentation says.
func checkFits(t *testing.T, z Zone) {
	t.Helper()
	if len(z.Problems.Errors()) > 0 {
		return
	}
	if _, problems := schema.NewZone(z.Declaration); len(problems.Errors()) > 0 {
		t.Errorf("zone %s does not validate: %v", z.Name, problems)
	}
	for _, s := range z.Declaration.RRsets {
		if s.Type == schema.SOA || s.Key() == (schema.Key{Name: z.Name, Type: schema.NS}) {
			t.Errorf("got %v, want it left out", s.Key())
		}
	}
}

// What is no zone, or not the whole of one, is refused as a whole, with what was expected.
func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ data, zone, want string }{
		"nothing":           {"", "", "the file does not say which zone it is"},
		"no words":          {"\n; comment\n", "", "the file does not say which zone it is"},
		"text":              {"These are our zones.\n", "", `name "These": relative, but the file does not say to which zone`},
		"truncated list":    {`{"ResourceRecordSets": [{"Name": "a."}], "NextToken": "x"}`, "", "the list of record sets is not whole"},
		"empty list":        {`{"ResourceRecordSets": []}`, "example.com", "no record sets"},
		"list without SOA":  {`{"ResourceRecordSets": [{"Name": "a.", "Type": "A"}]}`, "", "no SOA says which zone it is"},
		"list of another":   {`{"ResourceRecordSets": [{"Name": "a.", "Type": "SOA"}]}`, "example.com", "record sets of the zone a, expected those of example.com"},
		"no domains":        {`{"domains": []}`, "", "no domains"},
		"no zone":           {`{"domains": [{"name": "a..b"}]}`, "", `domain "a..b": not the name of a zone`},
		"JSON of the plan":  {`{"version": 1, "zones": []}`, "", "JSON of an unknown kind"},
		"JSON cut off":      {"{\n\"domains\": [\n", "", "line 3: JSON: unexpected end of JSON input"},
		"another JSON":      {`{"domains": {"a": 1}}`, "", "line 1: JSON: object in domains, expected another kind of value"},
		"a list at the top": {`[]`, "", "line 1: JSON: array"},
	} {
		zone := schema.Name{}
		if c.zone != "" {
			zone = schema.MustParseName(c.zone)
		}
		if zones, err := Read("file", []byte(c.data), zone); zones != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, %v, want %q", name, zones, err, c.want)
		}
	}
	for data, want := range map[string]string{
		"": "the file has no records",
		"@ SOA a. b. 1 2 3 4 5\n$ORIGIN net.\nx SOA a. b. 1 2 3 4 5\n": "second SOA, of x.net. beside example.com.",
		"example.net. SOA a. b. 1 2 3 4 5\n":                           "SOA of example.net., expected that of the zone example.com.",
	} {
		zones, err := Read("file", []byte(data), schema.MustParseName("example.com"))
		if err != nil || len(zones) != 1 || !strings.Contains(zones[0].Problems.Errors().Error(), want) {
			t.Errorf("%q: got %v, %v, want %q", data, zones, err, want)
		}
	}
}
