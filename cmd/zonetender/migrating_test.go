package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Whoever comes from another provider reaches an empty plan with the five commands that
// docs/migrating.md shows, and sees what it shows.
func TestMigratingCommands(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/migrating.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := make(map[string]string)
	for section := range strings.SplitSeq(string(page), "\n## ") {
		title, text, _ := strings.Cut(section, "\n")
		for _, fence := range fences(text) {
			sections[title] += fence[1]
		}
	}
	maps.DeleteFunc(sections, func(_, commands string) bool { return commands == "" })
	if got, want := slices.Sorted(maps.Keys(sections)), []string{"From BIND", "From Cloudflare"}; !slices.Equal(got, want) {
		t.Fatalf("got sections %q, want %q", got, want)
	}
	for title, block := range sections {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			copyFile(t, "../../schema/masterfile/testdata/cloudflare.zone", filepath.Join(dir, "example.com.txt"))
			if err := os.CopyFS(filepath.Join(dir, "bind"), os.DirFS("testdata/bind")); err != nil {
				t.Fatal(err)
			}
			commands := parseConsole(block)
			if len(commands) != 5 || !strings.Contains(commands[4].line, "plan --sandbox --detailed-exitcode") {
				t.Fatalf("got %q, want five commands that end with a plan", commands)
			}
			for _, c := range commands {
				args, ok := strings.CutPrefix(c.line, "zonetender ")
				if !ok {
					t.Fatalf("got %q, want a command of zonetender", c.line)
				}
				tryCommand(t, dir, strings.Fields(args), c)
			}
		})
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
