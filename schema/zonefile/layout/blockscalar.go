package layout

import (
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// blockScalar writes a text that begins with | or >.
func (p *printer) blockScalar(n *yaml.Node, at around) {
	if p.depth == 0 {
		p.errorf("text in block style outside a mapping or list")
		return
	}
	indicators, remark := p.header()
	digit, chomp := strings.Trim(indicators, "|>+-"), strings.Trim(indicators, "|>0123456789")
	lines, ended := p.blockLines(digit, chomp == "+")
	if !ended && !strings.HasSuffix(n.Value, "\n") {
		chomp = "-" // the file ends without a line feed, and is to get one
	}
	p.lines.write(indicators[:1] + indentation(lines) + chomp)
	for _, c := range remark {
		p.remark(c, at.inner)
	}
	for _, l := range lines {
		if l == "" {
			p.lines.start(0)
			continue
		}
		p.lines.start(at.inner)
		p.lines.write(l)
	}
	p.fresh = true
}

// header passes over the line that begins a text in block style, and returns its indicators
// and the comment behind them, if there is one.
func (p *printer) header() (indicators string, remark []comment) {
	text := p.rest()
	if i := strings.IndexAny(text, " \t"); i >= 0 {
		text = text[:i]
	}
	p.pos += len(text)
	start := p.pos
	for p.next() == ' ' || p.next() == '\t' {
		p.pos++
	}
	if p.next() == '#' {
		remark = []comment{{text: strings.TrimRight(p.rest(), " \t"), offset: p.pos, column: p.column(), gap: p.pos - start, trailing: true}}
	}
	p.pos = min(len(p.src), p.pos+len(p.rest())+1)
	return text, remark
}

// indentation returns the indicator that lines need which begin with white space.
func indentation(lines []string) string {
	for _, l := range lines {
		if l != "" && (l[0] == ' ' || l[0] == '\t') {
			return strconv.Itoa(step)
		}
		if l != "" {
			break
		}
	}
	return ""
}

// blockLines passes over the lines of a text in block style and returns them without their
// indentation, the empty ones at the end only where they are to be kept. It reports whether the
// last one ended in a line feed.
func (p *printer) blockLines(digit string, keep bool) (lines []string, ended bool) {
	indent := p.levels[p.depth-1].column
	if n, err := strconv.Atoi(digit); err == nil {
		indent += n
	} else {
		indent = max(indent+1, leadingSpaces(p.src[p.pos:]))
	}
	var empty []string // of which it is not known yet whether they belong to the text
	pos := p.pos
	ended = true
	for l := range strings.Lines(p.src[p.pos:]) {
		text := strings.TrimSuffix(l, "\n")
		pos += len(l)
		switch spaces := len(text) - len(strings.TrimLeft(text, " ")); {
		case spaces == len(text) && spaces <= indent:
			empty = append(empty, "")
			if !keep {
				continue
			}
		case spaces < indent:
			return lines, ended
		default:
			empty = append(empty, text[indent:])
		}
		lines, empty = append(lines, empty...), nil
		p.pos, ended = pos, len(text) < len(l)
	}
	return lines, ended
}

// leadingSpaces returns how far the first line that is not empty is indented.
func leadingSpaces(text string) int {
	for l := range strings.Lines(text) {
		l = strings.TrimSuffix(l, "\n")
		if rest := strings.TrimLeft(l, " "); rest != "" {
			return len(l) - len(rest)
		}
	}
	return 0
}
