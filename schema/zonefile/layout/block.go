package layout

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// around is what is around a node in block style.
type around struct {
	indent int  // of the entry that holds the node
	inner  int  // of what the node holds, and of the node itself where it has a line of its own
	dash   bool // the node is behind "- "
	rooted bool // the node is the outermost one
	marked bool // and --- is before it
}

// content writes a node behind "key:", "- " or "---", with the comments between; before is
// what has been passed over already.
func (p *printer) content(n *yaml.Node, before trivia, at around) {
	back := p.pos
	gap := before.then(p.skip())
	props := ""
	for left := ownProperties(n); left > 0; left-- {
		text := p.property()
		if text == "" {
			break
		}
		props = strings.TrimPrefix(props+" "+text, " ")
		before, back = gap, p.pos
		gap = gap.then(p.skip())
	}
	begun := !at.rooted || at.marked // something is on the line
	if props != "" && begun {
		p.lines.write(" ")
	} else if props != "" {
		p.remarks(gap, 0)
		gap = trivia{}
		p.lines.start(0)
	}
	p.lines.write(props)
	switch {
	case isNothing(n):
		p.pos = back // what follows belongs to the next token
		p.remarks(trivia{comments: before.comments}, at.inner)
	case isBlock(n):
		if at.dash && props == "" && len(gap.comments) == 0 {
			p.lines.write(" ")
		} else {
			p.startLine(gap, at)
		}
		p.block(n, at.inner)
	default:
		if (begun || props != "") && len(gap.comments) == 0 && !(at.marked && gap.broken) {
			p.lines.write(" ")
		} else {
			p.startLine(gap, at)
		}
		p.text(n, at)
	}
}

// ownProperties returns how many anchors and tags before a node are its own. Those before a
// mapping in block style may be those of its first key.
func ownProperties(n *yaml.Node) int {
	if !isBlock(n) {
		return 2
	}
	own := 0
	if n.Anchor != "" {
		own++
	}
	if n.Style&yaml.TaggedStyle != 0 {
		own++
	}
	return own
}

// startLine begins a line for a node. Only the outermost one keeps an empty line before it.
func (p *printer) startLine(gap trivia, at around) {
	gap.blank = gap.blank && at.rooted
	p.remarks(gap, at.inner)
	p.lines.start(at.inner)
}

// block writes a collection in block style, whose first token is next and whose line has begun.
func (p *printer) block(n *yaml.Node, indent int) {
	p.enter(indent)
	if n.Kind == yaml.MappingNode {
		p.mapping(n, indent)
	} else {
		p.sequence(n, indent)
	}
	p.leave()
}

// text writes a scalar, an alias or a collection in flow style, where the result is now.
func (p *printer) text(n *yaml.Node, at around) {
	switch {
	case isBlockScalar(n):
		p.blockScalar(n, at)
	case at.dash:
		p.inline(n, at.inner, at.inner)
	default:
		p.inline(n, at.indent, at.inner)
	}
}

// mapping writes a mapping in block style, whose first key is next and whose line has begun.
func (p *printer) mapping(n *yaml.Node, indent int) {
	for i := 0; i+1 < len(n.Content) && p.err == nil; i += 2 {
		if i > 0 {
			p.between(p.skip())
			p.lines.start(indent)
		}
		var gap trivia
		explicit := p.indicator('?')
		if explicit {
			p.pos++
			gap = p.skip()
		}
		p.key(n.Content[i])
		back := p.pos
		beforeColon := gap.then(p.skip())
		switch {
		case p.next() == ':':
			p.pos++
			gap = beforeColon
		case explicit:
			p.pos = back
		default:
			p.errorf("expected : here to lay out the file")
		}
		p.lines.write(":")
		p.content(n.Content[i+1], gap, around{indent: indent, inner: indent + step})
	}
}

// sequence writes a list in block style, whose first dash is next and whose line has begun.
func (p *printer) sequence(n *yaml.Node, indent int) {
	for i, c := range n.Content {
		if p.err != nil {
			return
		}
		if i > 0 {
			p.between(p.skip())
			p.lines.start(indent)
		}
		p.take('-')
		p.lines.write("-")
		p.content(c, trivia{}, around{indent: indent, inner: indent + step, dash: true})
	}
}

// key writes the key of a mapping, which is one line of text.
func (p *printer) key(n *yaml.Node) {
	for text := p.property(); text != "" && p.err == nil; text = p.property() {
		p.lines.write(text + " ")
		if len(p.skip().comments) > 0 {
			p.errorf("comment within a key, expected it before the key")
		}
	}
	lines := len(p.lines)
	switch {
	case isNothing(n):
	case n.Kind == yaml.AliasNode, n.Kind == yaml.ScalarNode && !isBlockScalar(n):
		p.inline(n, 0, 0)
	default:
		p.errorf("key that is not text on one line, expected such text")
	}
	if len(p.lines) != lines {
		p.errorf("key of several lines, expected one line")
	}
	if n.Kind == yaml.AliasNode {
		p.lines.write(" ") // else the colon is part of its name
	}
}
