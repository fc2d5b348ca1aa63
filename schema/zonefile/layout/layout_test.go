package layout

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the second part of testdata/*.txt anew")

// TestLayouts lays out the texts in testdata. Each file has the text as its author wrote it, a
// line ==== and the text as it is to be.
func TestLayouts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		before, want, found := strings.Cut(string(data), "====\n")
		if !found {
			t.Fatalf("%s has no line ====", file)
		}
		got, err := Format([]byte(before), nil)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if *update {
			if err := os.WriteFile(file, []byte(before+"====\n"+string(got)), 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}
