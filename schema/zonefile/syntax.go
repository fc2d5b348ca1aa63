package zonefile

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/zonetender/zonetender/schema"
)

// yamlWords says in plain words what the YAML library means. The first entry whose
// text is part of its message holds.
func yamlWords(message string) string {
	for _, w := range []struct{ is, say string }{
		{"mapping values are not allowed", `a second ": " in one line, or a line indented too far; put text that contains ": " in quotes`},
		{"block sequence entries are not allowed", `"- " where no list can begin, expected it on a line of its own`},
		{"mapping keys are not allowed", `"? " where no key can begin; put the text in quotes`},
		{"could not find expected ':'", `a line without ":" where a key was expected`},
		{"did not find expected key", "a line that does not fit the mapping around it; check its indentation and its quotes"},
		{"did not find expected '-' indicator", `a line that does not fit the list around it, expected "- "; check its indentation`},
		{"did not find expected ',' or ']'", `a list in [ ] that is not closed, expected "," or "]"`},
		{"did not find expected ',' or '}'", `a mapping in { } that is not closed, expected "," or "}"`},
		{"found unexpected end of stream", "the file ends inside a quoted text; close the quote"},
		{"found unexpected document indicator", "a quoted text runs into --- or ...; close the quote"},
		{"found unknown escape character", `a backslash in double quotes begins no escape that YAML knows; use single quotes or write \\`},
		{"found incompatible YAML document", "a %YAML directive other than 1.1; remove that line"},
		{"did not find expected node content", "a value is missing, or begins with a character that must be quoted"},
	} {
		if strings.Contains(message, w.is) {
			return w.say
		}
	}
	return "not YAML: " + message
}

// syntaxProblem turns an error of the YAML library into a problem with the place
// where a person has to look.
func syntaxProblem(file string, data []byte, err error) schema.Problem {
	line, message := yamlLine(err)
	p := schema.Problem{Pos: schema.Position{File: file, Line: line, Col: 0}, Severity: schema.Error, Code: codeSyntax, Message: ""}
	text := sourceLine(data, line)
	switch {
	case strings.Contains(message, "control characters"):
		p.Pos.Line, p.Pos.Col = controlCharacter(data)
		p.Message = "control character, expected text"
	case strings.Contains(message, "cannot start any token"):
		p.Pos.Col, p.Message = badStart(text)
	case strings.Contains(message, "did not find expected alphabetic or numeric character"):
		p.Pos.Col, p.Message = badAlias(text)
	case strings.Contains(message, "unknown anchor"):
		p.Pos.Line, p.Pos.Col, p.Message = unknownAnchor(data, message)
	case strings.Contains(message, "expected ','") && strings.Contains(text, "${"):
		p.Message = `a variable without quotes inside { } or [ ]; quote it: '${name}'`
	default:
		p.Message = yamlWords(message)
	}
	if p.Pos.Line > 0 && p.Pos.Col == 0 {
		// The library names only the line: take its first character that is not white space.
		p.Pos.Col = 1 + len(text) - len(strings.TrimLeft(text, " \t"))
	}
	p.Message = schema.Printable(p.Message)
	return p
}

// yamlLine cuts the line off the message. The library counts from 0 in what its
// parser finds and from 1 in what its scanner finds, and leaves line 1 out.
func yamlLine(err error) (line int, message string) {
	message = strings.TrimPrefix(err.Error(), "yaml: ")
	rest, ok := strings.CutPrefix(message, "line ")
	if !ok {
		return 1, message
	}
	number, text, _ := strings.Cut(rest, ": ")
	line, convErr := strconv.Atoi(number)
	if convErr != nil {
		return 1, message
	}
	for _, parser := range []string{"did not find expected key", "did not find expected '-'", "did not find expected ','",
		"did not find expected node content", "did not find expected <", "found undefined tag handle"} {
		if strings.HasPrefix(text, parser) {
			line++
		}
	}
	return line, text
}

func sourceLine(data []byte, line int) string {
	for l := range bytes.Lines(data) {
		if line--; line == 0 {
			return strings.TrimRight(string(l), "\r\n")
		}
	}
	return ""
}

// badStart explains a character that begins no YAML value.
func badStart(text string) (col int, message string) {
	indent := len(text) - len(strings.TrimLeft(text, " \t"))
	if i := strings.IndexByte(text[:indent], '\t'); i >= 0 {
		return i + 1, "tab in the indentation, expected spaces"
	}
	if i := tokenStart(text, "@`%"); i >= 0 {
		return column(text, i), quoteIt(text[i:])
	}
	return 0, "a character that begins no YAML value; put the text in quotes"
}

// badAlias explains a "*" or "&" that YAML takes for an alias or an anchor.
func badAlias(text string) (col int, message string) {
	if i := tokenStart(text, "*&"); i >= 0 {
		return column(text, i), quoteIt(text[i:])
	}
	return 0, "a * or & that begins a value; put the text in quotes"
}

// quoteIt names the text that has to be quoted.
func quoteIt(text string) string {
	word := text
	if i := strings.IndexAny(word, " \t,]}"); i > 0 {
		word = word[:i]
	}
	word = strings.TrimSuffix(word[:min(len(word), 60)], ":")
	return "unquoted " + word[:1] + " cannot begin a name or value in YAML; quote it: '" + strings.ReplaceAll(word, "'", "''") + "'"
}

// tokenStart finds the first of chars where a value or key begins.
func tokenStart(text, chars string) int {
	var quote rune
	before := ' '
	for i, r := range text {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case (r == '"' || r == '\'') && strings.ContainsRune(" [{,\t", before):
			quote = r
		case strings.ContainsRune(chars, r) && strings.ContainsRune(" [{,\t", before):
			return i
		case r == '#' && before == ' ' && i > 0:
			return -1
		}
		before = r
	}
	return -1
}

// column returns the column of the octet at i, counted in characters as YAML does.
func column(text string, i int) int { return len([]rune(text[:i])) + 1 }

func controlCharacter(data []byte) (line, col int) {
	line, col = 1, 1
	for _, r := range string(data) {
		switch {
		case r == '\n':
			line, col = line+1, 1
			continue
		case unicode.IsControl(r) && r != '\t' && r != '\r' && r != '\u0085', r == '\ufffe', r == '\uffff':
			return line, col
		}
		col++
	}
	return line, 0
}

// unknownAnchor finds the alias that names no anchor.
func unknownAnchor(data []byte, message string) (line, col int, say string) {
	_, rest, _ := strings.Cut(message, "'")
	name, _, _ := strings.Cut(rest, "'")
	shown := name[:min(len(name), 60)]
	say = "alias *" + shown + " has no anchor in this file; if the text is meant, quote it: '*" + shown + "'"
	alias := regexp.MustCompile(`(^|[\s\[{,])\*` + regexp.QuoteMeta(name) + `($|[\s\]},:])`)
	for l := range bytes.Lines(data) {
		line++
		text := string(l)
		if at := alias.FindStringIndex(text); at != nil {
			return line, column(text, at[0]+strings.IndexByte(text[at[0]:], '*')), say
		}
	}
	return 1, 0, say
}
