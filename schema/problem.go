package schema

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity tells errors, which stop a zone, from warnings, which do not.
type Severity int

// The severities. The zero Severity is an error.
const (
	Error Severity = iota
	Warning
)

// String gives "error" or "warning".
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// A Problem is a mistake in a zone file, or what is probably one.
type Problem struct {
	Position
	Severity Severity
	// Rule names the check, as in "duplicate-key": stable, for tools that sort by it.
	Rule string
	// Message says what is wrong and what was expected.
	Message string
}

// String gives "file:line:col: message", with "warning: " before the message of a
// warning.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
		if p.Col > 0 {
			fmt.Fprintf(&b, ":%d", p.Col)
		}
	}
	b.WriteString(": ")
	if p.Severity == Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(p.Message)
	return b.String()
}

// Problems is a list of problems. As an error it shows all of them, a line each.
type Problems []Problem

// Error gives the problems, a line each.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Errors gives the problems that are errors.
func (ps Problems) Errors() Problems { return ps.only(Error) }

// Warnings gives the problems that are warnings.
func (ps Problems) Warnings() Problems { return ps.only(Warning) }

func (ps Problems) only(s Severity) Problems {
	var out Problems
	for _, p := range ps {
		if p.Severity == s {
			out = append(out, p)
		}
	}
	return out
}

// Sorted gives the problems by file, line, column and message, without repetitions.
func (ps Problems) Sorted() Problems {
	out := slices.Clone(ps)
	slices.SortFunc(out, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col),
			cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Message, b.Message), cmp.Compare(a.Rule, b.Rule))
	})
	return slices.Compact(out)
}
