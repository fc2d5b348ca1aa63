package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zonetender/zonetender/schema"
)

// problemFormats are the ways to show what validate found. Only the text leaves warnings
// out, and says so.
func problemFormats(v verbosity) map[string]func(io.Writer, *checked) error {
	return map[string]func(io.Writer, *checked) error{
		"text": func(w io.Writer, c *checked) error {
			if err := writeProblems(w, c.problems, v); err != nil {
				return err
			}
			_, err := fmt.Fprintln(w, c.summary())
			return err
		},
		"json": writeJSON, "github": writeGitHub, "sarif": writeSARIF,
	}
}

// verbosity says how many warnings people are shown.
type verbosity bool

const (
	firstOfEach verbosity = false // the first three of each code, and a count of the others
	all         verbosity = true
)

// addVerbose defines --verbose.
func (v *verbosity) addVerbose(cmd *cobra.Command) {
	cmd.Flags().BoolVar((*bool)(v), "verbose", false, "show every warning, not only the first three of each code")
}

// writeProblems writes problems for people, a line each, warnings with their code.
func writeProblems(w io.Writer, ps schema.Problems, v verbosity) error {
	const first = 3
	shown := make(map[string]int)
	left := make(map[string]int)
	files := make(map[string]bool)
	var b strings.Builder
	for _, p := range ps {
		switch {
		case p.Severity == schema.Error:
			fmt.Fprintln(&b, p)
		case v == all || shown[p.Code] < first:
			shown[p.Code]++
			fmt.Fprintf(&b, "%s [%s]\n", p, p.Code)
		default:
			left[p.Code]++
			files[p.Pos.File] = true
		}
	}
	if len(left) > 0 {
		var counts []string
		total := 0
		for _, code := range slices.Sorted(maps.Keys(left)) {
			counts = append(counts, fmt.Sprintf("%s %d", code, left[code]))
			total += left[code]
		}
		fmt.Fprintf(&b, "%s in %s (%s); --verbose shows all\n", count(total, "more warning"), count(len(files), "file"), strings.Join(counts, ", "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (c *checked) summary() string {
	return fmt.Sprintf("%s with %s; %s, %s",
		count(c.zones, "valid zone"), count(c.records, "record"),
		count(len(c.problems.Errors()), "error"), count(len(c.problems.Warnings()), "warning"))
}

// count counts things in words.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

type jsonProblem struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Col      int    `json:"col"`
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Message  string `json:"message"`
}

func writeJSON(w io.Writer, c *checked) error {
	out := struct {
		Zones    int           `json:"zones"`
		Records  int           `json:"records"`
		Errors   int           `json:"errors"`
		Warnings int           `json:"warnings"`
		Problems []jsonProblem `json:"problems"`
	}{c.zones, c.records, len(c.problems.Errors()), len(c.problems.Warnings()), make([]jsonProblem, 0, len(c.problems))}
	for _, p := range c.problems {
		out.Problems = append(out.Problems, jsonProblem{p.Pos.File, p.Pos.Line, p.Pos.Col, p.Severity.String(), p.Code, p.Message})
	}
	return encodeJSON(w, out)
}

func encodeJSON(w io.Writer, v any) error {
	text, err := schema.IndentedJSON(v)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// writeGitHub writes workflow commands, which GitHub shows beside the lines of a pull
// request.
func writeGitHub(w io.Writer, c *checked) error {
	for _, p := range c.problems {
		place := "file=" + gitHubProperty(schema.Printable(p.Pos.File))
		if p.Pos.Line > 0 {
			place += fmt.Sprintf(",line=%d", p.Pos.Line)
		}
		if p.Pos.Col > 0 {
			place += fmt.Sprintf(",col=%d", p.Pos.Col)
		}
		_, err := fmt.Fprintf(w, "::%s %s,title=%s::%s\n", p.Severity, place, gitHubProperty("zonetender "+p.Code), gitHubData(schema.Printable(p.Message)))
		if err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w, c.summary())
	return err
}

// gitHubData escapes the message of a workflow command.
func gitHubData(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

// gitHubProperty escapes a property of a workflow command.
func gitHubProperty(text string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(gitHubData(text))
}

// warn writes what is odd, but no mistake in a zone file.
func (a *app) warn(warnings []string) {
	for _, w := range warnings {
		fmt.Fprintf(a.stderr, "warning: %s\n", w)
	}
}

// showProblems writes the problems for people who asked for something else.
func (a *app) showProblems(ps schema.Problems, v verbosity) {
	_ = writeProblems(a.stderr, ps, v) // the talk; where it cannot be written, nothing can
}
