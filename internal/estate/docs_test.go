package main

import (
	"flag"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
)

// The commands of the document, and what CI runs, are ones that the program takes.
func TestDocumentedCommands(t *testing.T) {
	t.Parallel()
	command := regexp.MustCompile("go run ./internal/estate((?:[^`\n>#\\\\]|\\\\\n)*)")
	for file, least := range map[string]int{"../../docs/performance.md": 8, "../../.ci/run": 1} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := command.FindAllStringSubmatch(string(text), -1)
		if len(found) < least {
			t.Errorf("%s: got %d commands, want at least %d", file, len(found), least)
		}
		for _, match := range found {
			args := strings.Fields(strings.NewReplacer("\\\n", " ", `"`, "").Replace(match[1]))
			if _, err := parseOptions(args, false, io.Discard); err != nil {
				t.Errorf("%s: %q: %v", file, match[0], err)
			}
		}
	}
}

// The document has the place that the table goes to.
func TestDocumentHasThePlace(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/performance.md")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), beginMark) != 1 || strings.Count(string(text), endMark) != 1 {
		t.Errorf("docs/performance.md: expected %q and %q once", beginMark, endMark)
	}
}

// The help has the flags, but not those of the program's other roles.
func TestHelp(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if _, err := parseOptions([]string{"-h"}, false, &b); err != flag.ErrHelp {
		t.Fatal(err)
	}
	for _, want := range []string{"-sizes", "-changed percent", "-binary program", "-check file"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("got\n%s\nwant %q in it", &b, want)
		}
	}
	if strings.Contains(b.String(), "-token") {
		t.Errorf("got\n%s\nwant no -token", &b)
	}
}
