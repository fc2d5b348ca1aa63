package masterfile

import (
	"fmt"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// directive follows $ORIGIN, $TTL and $GENERATE, and refuses $INCLUDE and what is unknown.
func (p *master) directive(e entry) {
	name := strings.ToUpper(e.tokens[0].text)
	args := e.tokens[1:]
	switch {
	case name == "$INCLUDE":
		p.out.errorf(e.line, "$INCLUDE is not followed: no other file is read; expected one file, as named-compilezone writes it")
	case name == "$GENERATE":
		p.generate(e)
	case name != "$ORIGIN" && name != "$TTL":
		p.out.errorf(e.line, "directive %s is unknown, expected $ORIGIN, $TTL or $GENERATE", schema.Clip(e.tokens[0].text))
	case len(args) != 1:
		p.out.errorf(e.line, "%s has %d words after it, expected one", name, len(args))
	case name == "$ORIGIN":
		p.setOrigin(e, args[0])
	default:
		ttl, err := parseTTL(args[0].text)
		if err != nil {
			p.out.errorf(e.line, "$TTL: %v", err)
			return
		}
		p.ttl = &ttl
	}
}

func (p *master) setOrigin(e entry, arg token) {
	origin, err := p.absolute(arg)
	if err == nil {
		_, err = nameOf(origin)
	}
	if err != nil {
		p.failName(e, arg, err)
		return
	}
	p.origin = origin
}

// generate makes the records of a $GENERATE, at most 65,536 of them: a range, the owner
// name, TTL, class and type as in a record, and the RDATA.
func (p *master) generate(e entry) {
	args := e.tokens[1:]
	if len(args) < 4 {
		p.out.errorf(e.line, "$GENERATE has %d words after it, expected a range, a name, a type and data, as in $GENERATE 1-10 host$ A 192.0.2.$", len(args))
		return
	}
	h, err := parseHead(args[2:])
	if err != nil {
		p.out.errorf(e.line, "$GENERATE: %v", err)
		return
	}
	if h.class != "IN" {
		p.out.leaveOut(e.line, "$GENERATE "+source(args), "class "+h.class+", expected IN")
		return
	}
	if !schema.Type(h.typ).Managed() {
		p.out.leaveOut(e.line, "$GENERATE "+schema.Clip(source(args)), "the type is not managed")
		return
	}
	if p.origin == "" {
		p.out.errorf(e.line, "$GENERATE before the file says which zone it is, expected $ORIGIN before it, or name the zone")
		return
	}
	text := fmt.Sprintf("$GENERATE %s %s %d IN %s %s\n", source(args[:1]), source(args[1:2]), p.ttlOf(e.line, h), h.typ, source(h.rdata))
	p.parse(e, "$GENERATE", source(args), "a range such as 1-10 or 0-20/2 of at most 65,536 steps, and "+expected(h.typ), text)
}
