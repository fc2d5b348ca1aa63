package zonefile

import (
	"strings"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile/layout"
)

// respellings are the scalars that were read, by where they are, and how they are written in
// canonical form. Nothing is collected in a nil map.
type respellings map[schema.Position]*spelling

// A spelling is one scalar. It may be read several times, by aliases and includes, and as
// different things. Only where all readings agree is it written otherwise.
type spelling struct {
	was    string
	reads  int // as text of any kind
	agreed int // as RDATA that is written as text
	text   string
	quote  bool // YAML 1.1 takes it for something else than text
}

func (s respellings) at(n node) *spelling {
	at := n.pos()
	if s[at] == nil {
		s[at] = &spelling{was: n.yaml.Value}
	}
	return s[at]
}

// read notes that a scalar was read.
func (s respellings) read(n node) {
	if s != nil {
		s.at(n).reads++
	}
}

// needsQuotes notes that a scalar reads otherwise in YAML 1.1.
func (s respellings) needsQuotes(n node) {
	if s != nil {
		s.at(n).quote = true
	}
}

// propose notes how RDATA that was read from a scalar is written.
func (s respellings) propose(n node, text string) {
	if s == nil {
		return
	}
	sp := s.at(n)
	if sp.agreed == 0 {
		sp.text = text
	}
	if sp.text == text {
		sp.agreed++
	}
}

// merge adds the scalars of one file that another zone has read. Where that zone has errors, a
// new spelling may decide what its author has to decide.
func (s respellings) merge(other respellings, file string, trusted bool) {
	for at, sp := range other {
		if at.File != file {
			continue
		}
		if !trusted {
			sp.agreed = 0
		}
		mine := s[at]
		switch {
		case mine == nil:
			s[at] = sp
			continue
		case mine.agreed == 0:
			mine.text = sp.text
		}
		if mine.text == sp.text {
			mine.agreed += sp.agreed
		}
		mine.reads += sp.reads
		mine.quote = mine.quote || sp.quote
	}
}

// edits returns what is to be written otherwise in one file.
func (s respellings) edits(file string) map[layout.Place]layout.Edit {
	edits := make(map[layout.Place]layout.Edit)
	for at, sp := range s {
		value := sp.was
		if sp.agreed > 0 && sp.agreed == sp.reads {
			value = sp.text
		}
		if at.File != file || value == sp.was && !sp.quote {
			continue
		}
		e := layout.Edit{Value: value, Block: scalar(value, inBlock), Flow: scalar(value, inFlow)}
		if sp.quote {
			e.Block, e.Flow = singleQuoted(value), singleQuoted(value)
		}
		edits[layout.Place{Line: at.Line, Column: at.Col}] = e
	}
	return edits
}

// spelled returns how RDATA is written that was read from text: addresses as RFC 5952 has
// them, hosts in lower case and with their final dot. Everything else stays as it is.
func spelled(t schema.Type, text string, d schema.RDATA, undotted bool) string {
	switch t {
	case schema.AAAA:
		return d.String()
	case schema.CNAME, schema.NS:
		return spelledHost(text, undotted)
	case schema.MX, schema.SRV:
		parts := strings.Fields(text)
		parts[len(parts)-1] = spelledHost(parts[len(parts)-1], undotted)
		return strings.Join(parts, " ")
	}
	return text
}

// spelledHost returns a host with its final dot, if it is one that is read as absolute. Letters
// outside ASCII stay as their author wrote them.
func spelledHost(text string, undotted bool) string {
	if undotted {
		text += "."
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r > '~' }) {
		return text
	}
	return strings.ToLower(text)
}
