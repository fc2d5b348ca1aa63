package layout

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// scalar writes a plain or quoted text; lines that continue it get an indentation.
func (p *printer) scalar(n *yaml.Node, further int) {
	start := p.pos
	quote := p.next()
	switch quote {
	case '\'', '"':
		p.quoted(quote)
	default:
		quote = 0
		p.plain(n.Value)
	}
	if p.err != nil {
		return
	}
	text := p.src[start:p.pos]
	if strings.Contains(text, "\n") {
		p.continued(text, quote, further)
		return
	}
	e, edited := p.edits[Place{n.Line, n.Column}]
	switch {
	case edited && quote == 0 && p.flows > 0:
		text = e.Flow
	case edited && quote == 0:
		text = e.Block
	case edited:
		text = "'" + strings.ReplaceAll(e.Value, "'", "''") + "'"
	case quote == '"' && !strings.ContainsAny(text, `\'`):
		text = "'" + text[1:len(text)-1] + "'"
	}
	p.lines.write(text)
}

// quoted passes over a text in quotes.
func (p *printer) quoted(quote byte) {
	for p.pos++; p.pos < len(p.src); p.pos++ {
		switch c := p.src[p.pos]; {
		case c == '\\' && quote == '"':
			p.pos++
		case c == quote && quote == '\'' && strings.HasPrefix(p.src[p.pos:], "''"):
			p.pos++
		case c == quote:
			p.pos++
			return
		}
	}
	p.pos = len(p.src)
	p.errorf("quoted text without an end")
}

// plain passes over a text without quotes, which ends where all of its value has been seen.
func (p *printer) plain(value string) {
	for value != "" {
		space := p.src[p.pos:]
		space = space[:len(space)-len(strings.TrimLeft(space, " \t\n"))]
		breaks := strings.Count(space, "\n")
		seen := space
		if breaks == 1 {
			seen = " "
		} else if breaks > 1 {
			seen = strings.Repeat("\n", breaks-1)
		}
		if space == "" {
			seen = p.src[p.pos:min(p.pos+1, len(p.src))]
			space = seen
		}
		if seen == "" || !strings.HasPrefix(value, seen) {
			p.errorf("text that cannot be laid out; put it in quotes")
			return
		}
		p.pos += len(space)
		value = value[len(seen):]
	}
}

// continued writes a text of several lines. White space where they are broken means nothing.
func (p *printer) continued(text string, quote byte, further int) {
	for i, l := range strings.Split(text, "\n") {
		if i > 0 {
			l = strings.TrimLeft(l, " \t")
		}
		trimmed := strings.TrimRight(l, " \t")
		if backslashes := len(trimmed) - len(strings.TrimRight(trimmed, `\`)); quote == '"' && backslashes%2 == 1 && trimmed != l {
			trimmed = l[:len(trimmed)+1] // an escaped space
		}
		switch {
		case i > 0 && trimmed == "":
			p.lines.start(0)
		case i > 0:
			p.lines.start(further)
		}
		p.lines.write(trimmed)
	}
}
