package layout

import (
	"strings"
	"unicode/utf8"
)

// A comment is one line of it.
type comment struct {
	text     string
	offset   int
	column   int  // from 0
	gap      int  // characters of white space before it, where it is trailing
	trailing bool // something else is before it on its line
	blank    bool // an empty line is before it
}

// trivia is what is between two tokens.
type trivia struct {
	comments []comment
	broken   bool // by the end of a line
	blank    bool // an empty line is before the next token
}

// then returns t and what follows it, without a token between them that is kept in place.
func (t trivia) then(next trivia) trivia {
	for _, c := range next.comments {
		// A comment that was behind a token which has moved is behind what is now before it.
		if len(t.comments) > 0 {
			c.trailing = false
		}
		t.comments = append(t.comments, c)
	}
	t.broken = t.broken || next.broken
	t.blank = next.blank || t.blank && len(next.comments) == 0
	return t
}

// skip passes over white space and comments.
func (p *printer) skip() trivia {
	var t trivia
	breaks := 0 // since the last token or comment
	if p.fresh {
		breaks = 1
	}
	p.fresh = false
	start := p.pos
	for p.pos < len(p.src) {
		switch p.src[p.pos] {
		case ' ', '\t':
			p.pos++
		case '\n':
			breaks++
			p.pos++
		case '#':
			t.comments = append(t.comments, comment{
				text: strings.TrimRight(p.rest(), " \t"), offset: p.pos, column: p.column(), gap: p.pos - start, trailing: breaks == 0, blank: breaks > 1,
			})
			p.pos += len(p.rest())
			start, breaks = p.pos, 0
		default:
			t.broken, t.blank = breaks > 0 || len(t.comments) > 0, breaks > 1
			return t
		}
	}
	t.broken = true
	return t
}

// rest returns what is left of the line.
func (p *printer) rest() string {
	text, _, _ := strings.Cut(p.src[p.pos:], "\n")
	return text
}

// column returns the column of the next octet, from 0, counted in characters.
func (p *printer) column() int {
	return utf8.RuneCountInString(p.src[strings.LastIndexByte(p.src[:p.pos], '\n')+1 : p.pos])
}

// A level is one of the block collections around the place at hand.
type level struct {
	column int // where its entries were, from 0
	indent int // where they go
}

// enter begins a block collection whose first entry is next.
func (p *printer) enter(indent int) {
	p.levels = append(p.levels[:p.depth], level{p.column(), indent})
	p.depth++
}

// leave ends the innermost collection. It is forgotten only with the next token, because
// comments before that may belong to it.
func (p *printer) leave() { p.depth-- }

// between writes what is before the next entry of the innermost collection, or before the end.
// A comment goes with the deepest collection that has just ended and was not to the right
// of it.
func (p *printer) between(t trivia) {
	column, indent := -1, 0
	if p.depth > 0 {
		column, indent = p.levels[p.depth-1].column, p.levels[p.depth-1].indent
	}
	ended := p.levels[p.depth:]
	p.levels = p.levels[:p.depth]
	for _, c := range t.comments {
		for !c.trailing && len(ended) > 0 && (ended[len(ended)-1].column > c.column || ended[len(ended)-1].column <= column) {
			ended = ended[:len(ended)-1]
		}
		at := indent
		if len(ended) > 0 {
			at = ended[len(ended)-1].indent
		}
		p.remark(c, at)
	}
	if t.blank {
		p.lines.blank()
	}
}

// remarks writes what is before the next token, all comments with the same indentation.
func (p *printer) remarks(t trivia, indent int) {
	for _, c := range t.comments {
		p.remark(c, indent)
	}
	if t.blank {
		p.lines.blank()
	}
}

// remark writes one comment.
func (p *printer) remark(c comment, indent int) {
	p.comments = append(p.comments, c)
	if c.trailing && len(p.lines) > 0 {
		last := p.lines[len(p.lines)-1]
		if last.comment == "" {
			last.comment, last.from, last.gap = c.text, c.column, c.gap
			return
		}
	}
	if c.blank {
		p.lines.blank()
	}
	p.lines.start(indent)
	p.lines.write(c.text)
}
