package layout

import "gopkg.in/yaml.v3"

// inline writes a node that is no block collection. Flow collections that it begins end at
// the indentation base; lines that continue a text have the indentation further.
func (p *printer) inline(n *yaml.Node, base, further int) {
	switch {
	case n.Kind == yaml.AliasNode:
		p.take('*')
		p.pos += len(n.Value)
		p.lines.write("*" + n.Value)
	case n.Kind == yaml.ScalarNode:
		p.scalar(n, further)
	case p.next() == '[', p.next() == '{':
		p.flow(n, base)
	case n.Kind == yaml.MappingNode && p.flows > 0 && len(n.Content) == 2:
		p.pair(n.Content[0], n.Content[1], base) // [a: b] is [{a: b}]
	default:
		p.errorf("mapping or list that cannot be laid out")
	}
}

// flow writes a collection in [ ] or { }. Its lines are broken where they were.
func (p *printer) flow(n *yaml.Node, base int) {
	end := byte(']')
	if p.next() == '{' {
		end = '}'
	}
	p.lines.write(string(p.next()))
	p.pos++
	p.flows++
	perEntry := 1
	if n.Kind == yaml.MappingNode {
		perEntry = 2
	}
	gap := p.skip()
	for i := 0; i < len(n.Content) && p.err == nil; i += perEntry {
		switch {
		case gap.broken:
			p.remarks(gap, base+step)
			p.lines.start(base + step)
		case i > 0:
			p.lines.write(" ")
		}
		if perEntry == 2 {
			p.pair(n.Content[i], n.Content[i+1], base+step)
		} else {
			p.element(n.Content[i], base+step)
		}
		gap = p.separator(i+perEntry >= len(n.Content))
	}
	if gap.broken {
		p.remarks(trivia{comments: gap.comments}, base+step)
		p.lines.start(p.closing(base))
	}
	p.lines.write(string(end))
	p.take(end)
	p.flows--
}

// separator writes the comma behind an entry. The last entry keeps one at the end of a line.
func (p *printer) separator(last bool) trivia {
	gap := p.skip()
	if p.next() != ',' {
		if !last {
			p.errorf("expected , here to lay out the file")
		}
		return gap
	}
	p.pos++
	gap = gap.then(p.skip())
	if !last || gap.broken {
		p.lines.write(",")
	}
	return gap
}

// closing returns the indentation of a bracket that ends a flow collection on a line of its
// own: that of the entry which holds it, unless it was further to the right.
func (p *printer) closing(base int) int {
	if p.flows > 1 || p.depth == 0 {
		return base
	}
	around := p.levels[p.depth-1]
	if around.indent == base && p.column() > around.column {
		return base + step
	}
	return base
}

// pair writes a key and its value within a flow collection.
func (p *printer) pair(key, value *yaml.Node, indent int) {
	var gap trivia
	if p.indicator('?') {
		p.pos++
		gap = p.skip()
	}
	if isNothing(key) {
		p.errorf("value without a key, expected a key")
		return
	}
	p.key(key)
	back := p.pos
	gap = gap.then(p.skip())
	if p.next() != ':' {
		p.pos = back
		return
	}
	p.pos++
	gap = gap.then(p.skip())
	if isNothing(value) && p.next() != '!' && p.next() != '&' {
		p.remarks(trivia{comments: gap.comments}, indent)
		return
	}
	p.lines.write(":")
	if len(gap.comments) > 0 {
		p.remarks(gap, indent+step)
		p.lines.start(indent + step)
	} else {
		p.lines.write(" ")
	}
	p.element(value, indent)
}

// element writes a value within a flow collection, with its anchor and tag.
func (p *printer) element(n *yaml.Node, indent int) {
	for text := p.property(); text != "" && p.err == nil; text = p.property() {
		p.lines.write(text)
		if len(p.skip().comments) > 0 {
			p.errorf("comment behind an anchor or tag, expected it before")
		}
		if !isNothing(n) {
			p.lines.write(" ")
		}
	}
	if !isNothing(n) {
		p.inline(n, indent, indent+step)
	}
}
