package layout

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// step is how far entries are indented from what holds them.
const step = 2

// A printer walks a text beside the nodes that were read from it, and writes it anew.
type printer struct {
	src      string
	pos      int
	fresh    bool // nothing is before pos on its line, and nothing will be written there
	edits    map[Place]Edit
	lines    lines
	comments []comment
	levels   []level
	depth    int // of levels that are still open
	flows    int // flow collections around the place at hand
	err      *Error
}

// errorf notes why the text is not laid out; the first reason counts.
func (p *printer) errorf(format string, args ...any) *Error {
	if p.err == nil {
		line := 1 + strings.Count(p.src[:p.pos], "\n")
		p.err = &Error{Place{line, 1 + p.column()}, fmt.Sprintf(format, args...)}
	}
	return p.err
}

// next returns the next octet, 0 at the end.
func (p *printer) next() byte {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

// indicator reports whether the next octet is c and nothing of a longer token.
func (p *printer) indicator(c byte) bool {
	return p.next() == c && (p.pos+1 == len(p.src) || strings.IndexByte(" \t\n", p.src[p.pos+1]) >= 0)
}

// take passes over an octet that has to be next.
func (p *printer) take(c byte) {
	if p.next() != c {
		p.errorf("expected %q here to lay out the file", c)
		return
	}
	p.pos++
}

// document writes the whole text.
func (p *printer) document(root *yaml.Node) {
	t := p.skip()
	for p.next() == '%' && p.column() == 0 {
		p.between(t)
		p.lines.start(0)
		directive := p.rest()
		p.lines.write(strings.TrimRight(directive, " \t"))
		p.pos += len(directive)
		t = p.skip()
	}
	p.between(t)
	if p.marker("---") {
		p.content(root, trivia{}, around{rooted: true, marked: true})
	} else {
		p.content(root, trivia{}, around{rooted: true})
	}
	t = p.skip()
	p.between(trivia{comments: t.comments, blank: t.blank && p.pos < len(p.src)})
	if p.marker("...") {
		p.between(trivia{comments: p.skip().comments})
	}
	if p.pos < len(p.src) {
		p.errorf("text that cannot be laid out")
	}
}

// marker writes a line such as --- where it is next.
func (p *printer) marker(text string) bool {
	after, found := strings.CutPrefix(p.src[p.pos:], text)
	if !found || p.column() != 0 || after != "" && strings.IndexByte(" \t\n", after[0]) < 0 {
		return false
	}
	p.pos += len(text)
	p.lines.start(0)
	p.lines.write(text)
	return true
}

// property passes over an anchor or a tag and returns it, "" where none is next.
func (p *printer) property() string {
	if p.next() != '&' && p.next() != '!' {
		return ""
	}
	ends := " \t"
	if p.flows > 0 {
		ends += ",[]{}"
	}
	text := p.rest()
	if i := strings.IndexAny(text, ends); i >= 0 {
		text = text[:i]
	}
	p.pos += len(text)
	return text
}

func isBlock(n *yaml.Node) bool {
	return (n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode) && n.Style&yaml.FlowStyle == 0
}

func isBlockScalar(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
}

// isNothing reports whether n is a place where nothing is written.
func isNothing(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "" && n.Style&^yaml.TaggedStyle == 0
}
