package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
)

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatalf("the README is the reference of every command: %v", err)
	}
	return string(text)
}

// table returns the rows of the first table below a heading, without its head.
func table(t *testing.T, text, heading string) [][]string {
	t.Helper()
	_, rest, found := strings.Cut(text, "\n"+heading+"\n")
	if !found {
		t.Fatalf("README.md has no %q", heading)
	}
	var rows [][]string
	for line := range strings.Lines(rest) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			if len(rows) > 0 || strings.HasPrefix(line, "#") {
				break
			}
			continue
		}
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
			cells = append(cells, strings.TrimSpace(strings.ReplaceAll(cell, "`", "")))
		}
		rows = append(rows, cells)
	}
	if len(rows) < 3 {
		t.Fatalf("README.md: %s has no table", heading)
	}
	return rows[2:]
}

// commands returns every command except help, which is the library's.
func commands() []*cobra.Command {
	root := newApp(nil, strings.NewReader(""), io.Discard, io.Discard).root()
	return slices.DeleteFunc(slices.Clone(root.Commands()), func(c *cobra.Command) bool { return c.Name() == "help" })
}

// The README lists exactly the commands that there are.
func TestReferenceCommands(t *testing.T) {
	t.Parallel()
	var want, got []string
	for _, c := range commands() {
		want = append(want, c.Use)
	}
	for _, row := range table(t, readme(t), "### Commands") {
		got = append(got, row[0])
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("README.md, commands: want -, got +:\n%s", diff)
	}
}

// The reference of flags, settings, warnings and risks is what the commands and the tables in the
// code say.
// "go test ./cmd/zonetender -run TestReference -update" writes it.
func TestReferenceTables(t *testing.T) {
	got := readme(t)
	want := withTable(t, got, "### Flags", flagRows())
	want = withTable(t, want, "### Settings", settingRows())
	want = withTable(t, want, "### Warnings", warningRows())
	want = withTable(t, want, "### Risk", riskRows())
	if *update {
		if err := os.WriteFile("../../README.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("README.md, reference; want -, got +, write it with -update:\n%s", diff)
	}
}

// withTable returns the README with other rows in the first table below a heading.
func withTable(t *testing.T, text, heading string, rows []string) string {
	t.Helper()
	before, rest, found := strings.Cut(text, "\n"+heading+"\n")
	prose, table, hasTable := strings.Cut(rest, "\n| --- ")
	columns, old, _ := strings.Cut(table, "\n")
	_, after, ends := strings.Cut(old, "\n\n")
	if !found || !hasTable || !ends {
		t.Fatalf("README.md has no table below %q", heading)
	}
	return before + "\n" + heading + "\n" + prose + "\n| --- " + columns + "\n" + strings.Join(rows, "\n") + "\n\n" + after
}

func warningRows() []string {
	var rows []string
	for _, c := range zonefile.Checks() {
		if c.Warns {
			rows = append(rows, tableRow(code(c.Code), c.Help))
		}
	}
	return rows
}

func riskRows() []string {
	var rows []string
	for _, r := range schema.RiskReasons() {
		rows = append(rows, tableRow(code(r.Code), r.Level.String(), r.Help))
	}
	return rows
}

// tableRow returns a row of a table in Markdown.
func tableRow(cells ...string) string {
	row := "|"
	for _, cell := range cells {
		row += " " + strings.TrimPrefix(strings.NewReplacer("|", `\|`, "*", `\*`).Replace(cell)+" ", " ") + "|"
	}
	return row
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}

// flagRows describes the flags that are not settings. Flags that are the same in several
// commands share a row.
func flagRows() (rows []string) {
	type flag struct{ name, def, usage string }
	users := make(map[flag][]string)
	for _, c := range commands() {
		c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			_, setting := f.Value.(*flagValue)
			if _, usage := pflag.UnquoteUsage(f); !setting && !f.Hidden && f.Name != "help" {
				key := flag{f.Name, f.DefValue, usage}
				users[key] = append(users[key], code(c.Name()))
			}
		})
	}
	commands()[0].Root().PersistentFlags().VisitAll(func(f *pflag.Flag) {
		users[flag{f.Name, f.DefValue, f.Usage}] = []string{"all"}
	})
	for f, names := range users {
		switch f.def {
		case "[]", "false", "0", "0s":
			f.def = ""
		}
		rows = append(rows, tableRow(code("--"+f.name), strings.Join(names, ", "), code(f.def), f.usage))
	}
	plain := func(row string) string { return strings.ReplaceAll(row, "`", "") }
	slices.SortFunc(rows, func(a, b string) int { return strings.Compare(plain(a), plain(b)) })
	return rows
}

func settingRows() (rows []string) {
	for _, s := range new(settings).table() {
		flag := ""
		if s.secret == nil {
			flag = code("--" + s.flag())
		}
		var users []string
		for _, c := range s.commands {
			users = append(users, code(c))
		}
		rows = append(rows, tableRow(code(s.name), flag, strings.Join(users, ", "), code(s.def), s.help))
	}
	return rows
}

func TestReferenceExitCodes(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "exit.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[string]string)
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "exit") && len(spec.Values) == 1 {
			if code, ok := spec.Values[0].(*ast.BasicLit); ok {
				want[code.Value] = strings.TrimSpace(spec.Comment.Text())
			}
		}
		return true
	})
	got := make(map[string]string)
	for _, row := range table(t, readme(t), "### Exit codes") {
		got[row[0]] = row[1]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("README.md, exit codes: want -, got +:\n%s", diff)
	}
}

// The help of every command shows an example of that command.
func TestHelpHasExamples(t *testing.T) {
	t.Parallel()
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		path := strings.Fields(c.CommandPath())[1:]
		got := runs(t, nil, append(path, "--help")...)
		_, examples, found := strings.Cut(got.stdout, "\nExamples:\n")
		if got.code != exitOK || got.stderr != "" || !found || !strings.Contains(examples, "  "+c.CommandPath()) {
			t.Errorf("%s --help: got exit code %d and\n%s\nwant an example", c.CommandPath(), got.code, got.stdout+got.stderr)
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(commands()[0].Root())
}

// A consoleBlock is a block of the README in which commands begin with "$ ".
type consoleBlock []consoleCommand

type consoleCommand struct{ line, output string }

// fences returns the language and the text of each fenced block of the README.
func fences(text string) (out [][2]string) {
	lines := strings.SplitAfter(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := strings.TrimSpace(lines[i])
		language := strings.TrimLeft(line, "`")
		fence := strings.TrimSuffix(line, language)
		if len(fence) < 3 {
			continue
		}
		block := ""
		for i++; i < len(lines) && strings.TrimSpace(lines[i]) != fence; i++ {
			block += lines[i]
		}
		out = append(out, [2]string{language, block})
	}
	return out
}

func parseConsole(block string) (out consoleBlock) {
	for line := range strings.Lines(block) {
		if command, found := strings.CutPrefix(line, "$ "); found {
			out = append(out, consoleCommand{line: strings.TrimSpace(command)})
		} else if len(out) > 0 {
			out[len(out)-1].output += line
		}
	}
	return out
}

// Whoever types the sandbox commands of the README sees what the README shows, from the
// first command to the last, including the edit in between.
func TestReadmeCommands(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "zones.example"), os.DirFS("../../zones.example")); err != nil {
		t.Fatal(err)
	}
	tried := make(map[string]int)
	for _, fence := range fences(readme(t)) {
		switch fence[0] {
		case "diff":
			patch(t, dir, fence[1])
		case "console":
			for _, c := range parseConsole(fence[1]) {
				if args, ok := sandboxCommand(c.line); ok {
					tried[args[0]]++
					tryCommand(t, dir, args, c)
				}
			}
		}
	}
	if tried["apply"] < 2 || tried["plan"] < 1 {
		t.Errorf("got %v, want the README to show apply twice, and plan, with --sandbox", slices.Sorted(maps.Keys(tried)))
	}
}

// sandboxCommand returns the arguments of a command line that needs no account and ends by
// itself.
func sandboxCommand(line string) (args []string, ok bool) {
	line, _, _ = strings.Cut(line, " #")
	rest, ok := strings.CutPrefix(line, "go run ./cmd/zonetender ")
	if !ok {
		rest, ok = strings.CutPrefix(line, "zonetender ")
	}
	args = strings.Fields(rest)
	return args, ok && slices.Contains(args, "--sandbox") && args[0] != "daemon"
}

func tryCommand(t *testing.T, dir string, args []string, c consoleCommand) {
	t.Helper()
	p := newProcess(t, nil, args...)
	p.Env = append(p.Env, "XDG_STATE_HOME="+filepath.Join(dir, "state"))
	p.Dir = dir
	p.start(t)
	if code := p.code(t); code != exitOK {
		t.Errorf("README.md: %s: got exit code %d:\n%s", c.line, code, p.output())
	}
	if c.output == "" {
		return // the README does not show it
	}
	if diff := cmp.Diff(c.output, p.stdout.String()); diff != "" {
		t.Errorf("README.md: %s: want -, got +:\n%s", c.line, diff)
	}
}

// patch applies the edit that the README shows.
func patch(t *testing.T, dir, text string) {
	t.Helper()
	cmd := exec.Command("git", "apply", "-")
	cmd.Dir = dir
	cmd.Env = processEnv(dir)
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("README.md: the edit does not apply: %v\n%s", err, out)
	}
}
