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
