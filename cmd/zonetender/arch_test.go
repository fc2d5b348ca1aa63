package main

import (
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/zonetender/zonetender"

// mayImport says which of our packages each of our packages may import. One that is not
// listed may import none.
func mayImport() map[string][]string {
	return map[string][]string{
		"schema":                 {},
		"diff":                   {"schema"},
		"sync":                   {"diff", "schema"},
		"sync/git":               {},
		"sync/vpsorg":            {"diff", "schema"},
		"sync/vpsorg/vpsorgtest": {},
		"sync/state":             {"sync", "diff", "schema"},
		"sync/web":               {"sync", "diff", "schema"},
		"cmd/zonetender":         {"*"},
	}
}

// worldly are packages that do I/O or know the time of day, which schema and diff do not.
func worldly() []string {
	return []string{"os", "net", "net/http", "os/exec", "log", "log/slog", "database/sql"}
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("go list: %v", err)
	}
	var packages []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := dec.Decode(&p); err == io.EOF {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// Imports go one way: cmd -> sync -> diff -> schema, and only cmd joins what talks to
// the world.
func TestImportsGoOneWay(t *testing.T) {
	t.Parallel()
	packages := listPackages(t)
	if len(packages) < 6 {
		t.Fatalf("got %d packages, want all of them", len(packages))
	}
	for _, p := range packages {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		allowed, known := mayImport()[name]
		if !known {
			t.Errorf("package %s: what may it import?", name)
		}
		for _, imported := range p.Imports {
			ours, found := strings.CutPrefix(imported, module+"/")
			if found && !slices.Contains(allowed, ours) && !slices.Contains(allowed, "*") {
				t.Errorf("package %s imports %s, expected at most %q", name, ours, allowed)
			}
			if (name == "schema" || name == "diff") && slices.Contains(worldly(), imported) {
				t.Errorf("package %s imports %s, expected no I/O", name, imported)
			}
		}
	}
}
