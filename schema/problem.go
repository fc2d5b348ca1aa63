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

// String returns "error" or "warning".
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// A Problem is a mistake in a zone file, or what is probably one.
type Problem struct {
	Pos      Position
	Severity Severity
	// Code names the check, as in "duplicate-key". Codes are stable, for settings and for
	// tools that sort by them.
	Code string
	// Message says what is wrong and what was expected.
	Message string
}

// NewProblem returns a problem whose message is made by [fmt.Sprintf] and printable. Names
// among args are shown to people: see [Display].
func NewProblem(s Severity, at Position, code, format string, args ...any) Problem {
	for i, a := range args {
		switch a := a.(type) {
		case Name:
			args[i] = a.Display()
		case Key:
			args[i] = a.Name.Display() + " " + string(a.Type)
		}
	}
	return Problem{at, s, code, Printable(fmt.Sprintf(format, args...))}
}

// String returns "file:line:col: message", with "warning: " before the message of a
// warning. It is printable, whatever the file is called.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(Printable(p.Pos.File))
	if p.Pos.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Pos.Line)
		if p.Pos.Col > 0 {
			fmt.Fprintf(&b, ":%d", p.Pos.Col)
		}
	}
	b.WriteString(": ")
	if p.Severity == Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(Printable(p.Message))
	return b.String()
}

// Problems is a list of problems. As an error it shows all of them, a line each.
type Problems []Problem

// Error returns the problems, a line each.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Errors returns the problems that are errors.
func (ps Problems) Errors() Problems { return ps.only(Error) }

// Warnings returns the problems that are warnings.
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

// Sorted returns the problems by file, line, column and message, without repetitions.
func (ps Problems) Sorted() Problems {
	out := slices.Clone(ps)
	slices.SortFunc(out, func(a, b Problem) int {
		return cmp.Or(
			a.Pos.Compare(b.Pos),
			cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Message, b.Message), cmp.Compare(a.Code, b.Code))
	})
	return slices.Compact(out)
}

// A Position is a place in a zone file. Line and Col begin at 1; 0 is unknown.
type Position struct {
	File      string // with slashes, relative to the zones folder
	Line, Col int
}

// Compare orders positions by file, line and column.
func (p Position) Compare(q Position) int {
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col))
}

// From names the place for a message about another one: "line 4" within the
// same file, else "other.yaml:4".
func (p Position) From(at Position) string {
	if at.File == p.File {
		return fmt.Sprintf("line %d", p.Line)
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Aside returns From in brackets after a space, as in " (line 4)". It is "" where the place
// is not known.
func (p Position) Aside(at Position) string {
	if p.Line == 0 {
		return ""
	}
	return " (" + p.From(at) + ")"
}
