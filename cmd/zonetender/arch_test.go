package main

import (
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/zonetender/zonetender"

// edges says which of our packages each package may import, test support included. It is
// the one place where the edges are written; ARCHITECTURE.md draws them. cmd/zonetender
// wires everything together and may import all of them.
func edges() map[string][]string {
	return map[string][]string{
		"schema":                 {},
		"schema/lint":            {"schema"},
		"schema/zonefile":        {"schema", "schema/lint", "schema/zonefile/layout"},
		"schema/zonefile/layout": {},
		"schema/masterfile":      {"schema"},
		"schema/query":           {"schema"},
		"schema/schematest":      {"schema"},
		"diff":                   {"schema", "schema/lint"},
		"diff/render":            {"diff", "schema"},
		"sync":                   {"diff", "schema", "schema/zonefile"},
		"sync/daemon":            {"sync", "diff", "schema", "schema/zonefile"},
		"sync/state":             {"sync/daemon", "sync", "diff", "schema"},
		"sync/web":               {"schema", "sync/daemon"},
		"sync/git/sign":          {},
		"sync/git":               {"sync/git/sign"},
		"sync/forge":             {},
		"sync/forge/forgetest":   {},
		"sync/lookup":            {"schema", "schema/lint"},
		"sync/snapshot":          {"diff", "schema"},
		"sync/vpsorg":            {"diff", "schema"},
		"sync/vpsorg/vpsorgtest": {},
		"internal/estate":        {"sync/vpsorg/vpsorgtest"},
		"sync/worldtest":         {"sync", "diff", "diff/render", "schema", "schema/zonefile", "sync/vpsorg", "sync/vpsorg/vpsorgtest"},
	}
}

// pure are the packages that do no I/O, and worldly what they may therefore not import.
// Packages schema/zonefile and schema/lint read through an fs.FS that they are given.
func pure() []string {
	return []string{"schema", "schema/lint", "schema/masterfile", "schema/query", "schema/zonefile", "schema/zonefile/layout", "diff", "diff/render"}
}

func worldly() []string {
	return []string{"os", "net", "net/http", "os/exec", "log", "log/slog", "database/sql"}
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

// listPackages asks the toolchain for every package of the module. A machine that runs
// this test has one: without an answer the test fails.
func listPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = "../.."
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
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

// Imports go one way: cmd -> sync -> diff -> schema.
func TestImportsGoOneWay(t *testing.T) {
	t.Parallel()
	const command = "cmd/zonetender"
	seen := map[string]bool{}
	for _, p := range listPackages(t) {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		seen[name] = true
		allowed, known := edges()[name]
		if !known && name != command {
			t.Errorf("package %s: what may it import? Add it to edges, and to ARCHITECTURE.md", name)
		}
		for _, imported := range p.Imports {
			ours, found := strings.CutPrefix(imported, module+"/")
			if found && name != command && !slices.Contains(allowed, ours) {
				t.Errorf("package %s imports %s, expected at most %q", name, ours, allowed)
			}
			if slices.Contains(pure(), name) && slices.Contains(worldly(), imported) {
				t.Errorf("package %s imports %s, expected no I/O", name, imported)
			}
		}
	}
	for name := range edges() {
		if !seen[name] {
			t.Errorf("package %s does not exist: remove it from edges", name)
		}
	}
}

// ARCHITECTURE.md draws the edges: a line for each package that people work in, with what
// it imports.
func TestArchitectureDrawsTheEdges(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(edges())) {
		imports := strings.Join(edges()[name], ", ")
		if imports == "" {
			imports = "nothing of ours"
		}
		if row := "| `" + name + "` |"; !strings.Contains(string(text), row) {
			t.Errorf("ARCHITECTURE.md has no row that begins %q", row)
		} else if cells := row + " " + imports + " |"; !strings.Contains(string(text), cells) {
			t.Errorf("ARCHITECTURE.md: expected a row that begins %q", cells)
		}
	}
}
