package masterfile

import (
	"fmt"
	"strings"
)

// A token is a word or a quoted string of a master file, as it is written: with its escapes,
// without its quotes.
type token struct {
	text   string
	quoted bool
}

// An entry is one logical line: a record or a directive, with what parentheses join
// (RFC 1035 section 5.1).
type entry struct {
	line    int  // it begins on
	inherit bool // it begins with white space: the owner name is that of the entry before
	tokens  []token
	comment string // what follows the last semicolon on its last line, trimmed
	err     error  // what is wrong with its form
}

// A lexer splits a master file into entries.
type lexer struct {
	text string
	line int // of what comes next, from 1
}

func newLexer(data []byte) *lexer {
	return &lexer{text: strings.TrimPrefix(string(data), "\ufeff"), line: 1}
}

// next returns the next entry that says anything, comments among them. ok is false at the
// end.
func (l *lexer) next() (e entry, ok bool) {
	for l.text != "" {
		e = l.entry()
		if len(e.tokens) > 0 || e.comment != "" || e.err != nil {
			return e, true
		}
	}
	return entry{}, false
}

// entry reads up to the end of a line that no parenthesis continues.
func (l *lexer) entry() entry {
	e := entry{line: l.line, inherit: l.text[0] == ' ' || l.text[0] == '\t'}
	depth := 0
	for l.text != "" && e.err == nil {
		switch c := l.text[0]; c {
		case '\n':
			l.newline()
			if depth == 0 {
				return e
			}
		case ' ', '\t', '\r':
			l.text = l.text[1:]
		case ';':
			end := lineEnd(l.text)
			e.comment = strings.TrimSpace(l.text[1:end])
			l.text = l.text[end:]
		case '(':
			depth++
			l.text = l.text[1:]
		case ')':
			if depth--; depth < 0 {
				e.err = fmt.Errorf("a parenthesis is closed that was not opened")
			}
			l.text = l.text[1:]
		case '"':
			e.err = l.quoted(&e)
		default:
			l.word(&e)
		}
	}
	switch {
	case e.err != nil:
		l.text = l.text[lineEnd(l.text):]
	case depth > 0:
		e.err = fmt.Errorf("a parenthesis is not closed before the end of the file")
	}
	return e
}

func (l *lexer) newline() {
	l.text = l.text[1:]
	l.line++
}

func lineEnd(text string) int {
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		return i
	}
	return len(text)
}

// quoted reads a quoted string, which ends on its line.
func (l *lexer) quoted(e *entry) error {
	for i := 1; i < len(l.text); i++ {
		switch l.text[i] {
		case '"':
			e.tokens = append(e.tokens, token{l.text[1:i], true})
			l.text = l.text[i+1:]
			return nil
		case '\n':
			return fmt.Errorf("a quoted string is not closed on its line")
		case '\\':
			if i+1 < len(l.text) && l.text[i+1] != '\n' {
				i++
			}
		}
	}
	return fmt.Errorf("a quoted string is not closed before the end of the file")
}

// word reads up to white space, a comment, a parenthesis or a quote.
func (l *lexer) word(e *entry) {
	i := 0
	for i < len(l.text) && strings.IndexByte(" \t\r\n;()\"", l.text[i]) < 0 {
		if l.text[i] == '\\' && i+1 < len(l.text) && l.text[i+1] != '\n' {
			i++
		}
		i++
	}
	e.tokens = append(e.tokens, token{text: l.text[:i]})
	l.text = l.text[i:]
}

// source writes tokens on one line as a master file has them.
func source(tokens []token) string {
	words := make([]string, len(tokens))
	for i, t := range tokens {
		words[i] = t.text
		if t.quoted {
			words[i] = `"` + t.text + `"`
		}
	}
	return strings.Join(words, " ")
}
