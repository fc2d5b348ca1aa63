package masterfile

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/miekg/dns"

	"github.com/zonetender/zonetender/schema"
)

// parseMaster reads a master file. Zone is its zone where the caller knows it, else the zero
// Name; it is also the first origin.
func parseMaster(file string, data []byte, zone schema.Name) Zone {
	p := &master{out: builder{file: file}, zone: zone, cloudflare: isCloudflare(data)}
	if zone.IsZero() {
		p.zone = cloudflareZone(data)
	}
	if !p.zone.IsZero() {
		p.origin = p.zone.String()
	}
	lexer := newLexer(data)
	for e, ok := lexer.next(); ok && !p.full && p.lost == nil; e, ok = lexer.next() {
		if e.err != nil {
			p.out.errorf(e.line, "%v", e.err)
		} else if len(e.tokens) > 0 {
			p.entry(e)
		}
	}
	return p.finish(zone)
}

// finish makes the zone that the file is of.
func (p *master) finish(zone schema.Name) Zone {
	switch {
	case p.lost != nil:
		return Zone{Problems: schema.Problems{*p.lost}}
	case !p.soa.IsZero() && !zone.IsZero() && p.soa != zone:
		p.out.errorf(p.soaLine, "SOA of %s, expected that of the zone %s", p.soa, zone)
	case !p.soa.IsZero():
		p.zone = p.soa
	case p.zone.IsZero() && p.origin != "":
		p.zone, _ = nameOf(p.origin)
	}
	if p.zone.IsZero() {
		p.out.errorf(0, "the file does not say which zone it is, expected a SOA or $ORIGIN; name the zone")
		return Zone{Problems: p.out.problems.Sorted()}
	}
	if p.out.count == 0 && !p.out.failed {
		p.out.errorf(0, "the file has no records, expected a zone")
	}
	return p.out.build(p.zone)
}

// A master is what is known while a master file is read.
type master struct {
	out        builder
	zone       schema.Name
	cloudflare bool
	origin     string      // absolute, in presentation form; "" where it is not known
	owner      string      // of the entry before, absolute
	ttl        *schema.TTL // of $TTL
	last       *schema.TTL // of the record before
	soa        schema.Name
	soaLine    int
	// lost is set where a relative name comes before the file says which zone it is: all of
	// it is to be read again then, with the zone named.
	lost *schema.Problem
	full bool // the budget is used up
}

func (p *master) entry(e entry) {
	first := e.tokens[0]
	if !e.inherit && !first.quoted && strings.HasPrefix(first.text, "$") {
		p.directive(e)
		return
	}
	owner := p.owner
	if !e.inherit {
		var err error
		if owner, err = p.absolute(first); err != nil {
			p.failName(e, first, err)
			return
		}
		e.tokens = e.tokens[1:]
	} else if owner == "" {
		p.out.errorf(e.line, "the line begins with white space, but no record before it has a name")
		return
	}
	head, err := parseHead(e.tokens)
	if err != nil {
		p.out.errorf(e.line, "%s: %v", schema.Clip(owner), err)
		return
	}
	p.record(e, owner, head)
}

// absolute returns a name of the file in full.
func (p *master) absolute(t token) (string, error) {
	switch {
	case t.quoted:
		return "", errors.New("in quotes, expected it without")
	case t.text == "@" && p.origin != "":
		return p.origin, nil
	case dns.IsFqdn(t.text):
		return t.text, nil
	case p.origin == "":
		return "", errNoOrigin
	case p.origin == ".":
		return t.text + ".", nil
	}
	return t.text + "." + p.origin, nil
}

// errNoOrigin is the error of a relative name before the file says which zone it is.
var errNoOrigin = errors.New("relative, but the file does not say to which zone; expected $ORIGIN before it, or name the zone")

func (p *master) failName(e entry, name token, err error) {
	p.out.errorf(e.line, "name %s: %v", schema.Clip(name.text), err)
	if errors.Is(err, errNoOrigin) {
		first := p.out.problems[len(p.out.problems)-1]
		p.lost = &first
	}
}

// record reads one record.
func (p *master) record(e entry, owner string, h head) {
	if h.typ == "SOA" && !e.inherit && p.soa.IsZero() {
		owner = p.soaOwner(owner)
	}
	name, err := nameOf(owner)
	if err != nil {
		p.owner = owner
		p.out.leaveOut(e.line, schema.Clip(owner)+" "+h.typ, err.Error())
		return
	}
	p.owner = owner
	if h.class != "IN" {
		p.out.leaveOut(e.line, name.Display()+" "+h.class+" "+h.typ, "class "+h.class+", expected IN")
		return
	}
	if h.typ == "SOA" {
		p.readSOA(e, owner, name, h)
	}
	ttl := p.ttlOf(e.line, h)
	if !schema.Type(h.typ).Managed() {
		p.full = !p.out.addForeign(name, h.typ, e.line)
		return
	}
	text := fmt.Sprintf("%s %d IN %s %s\n", owner, ttl, h.typ, source(h.rdata))
	p.parse(e, name.Display()+" "+h.typ, source(h.rdata), expected(h.typ), text)
}

// parse reads the records of text, which is in the form that package dns reads. What and
// data name it in an error, and expected says what it should be.
func (p *master) parse(e entry, what, data, expected, text string) {
	z := dns.NewZoneParser(strings.NewReader(text), p.origin, "")
	n := 0
	for rr, ok := z.Next(); ok && !p.full; rr, ok = z.Next() {
		n++
		p.full = !p.convert(rr, e, what)
	}
	if err := z.Err(); err != nil || n == 0 && !p.full {
		p.out.errorf(e.line, "%s: data %s, expected %s", what, schema.Clip(data), expected)
	}
}

// convert takes in a record, and reports whether the budget has room for it.
func (p *master) convert(rr dns.RR, e entry, what string) bool {
	if typ := dns.Type(rr.Header().Rrtype).String(); !schema.Type(typ).Managed() {
		name, err := nameOf(rr.Header().Name)
		if err == nil {
			return p.out.addForeign(name, typ, e.line)
		}
		p.out.leaveOut(e.line, what, err.Error())
		return p.out.room(e.line)
	}
	r, err := fromRR(rr)
	if err != nil {
		p.out.leaveOut(e.line, what, err.Error())
		return p.out.room(e.line)
	}
	return p.out.add(p.corrected(r, e), e.line)
}

// soaOwner returns the owner of the SOA. Cloudflare writes it without its final dot.
func (p *master) soaOwner(owner string) string {
	bare := strings.TrimSuffix(owner, "."+p.origin)
	if p.origin != "" && bare != owner && strings.EqualFold(bare+".", p.origin) {
		return p.origin
	}
	return owner
}

// readSOA notes the zone's name, and the TTL of records that have none before the first
// $TTL: BIND takes the last field of the SOA.
func (p *master) readSOA(e entry, owner string, name schema.Name, h head) {
	if !p.soa.IsZero() {
		if p.soa != name {
			p.out.errorf(e.line, "second SOA, of %s beside %s; expected one zone in a file", name, p.soa)
		}
		return
	}
	p.soa, p.soaLine = name, e.line
	if p.origin == "" {
		p.origin = owner // as the name server's configuration would say
	}
	if p.ttl != nil || h.ttl != nil || len(h.rdata) != 7 {
		return
	}
	if minimum, err := parseTTL(h.rdata[6].text); err == nil {
		p.last = &minimum
	}
}

// ttlOf returns the TTL of a record: its own, else that of $TTL (RFC 2308 section 4), else
// that of the record before it (RFC 1035 section 5.1).
func (p *master) ttlOf(line int, h head) schema.TTL {
	switch {
	case h.ttl != nil:
		p.last = h.ttl
		return *h.ttl
	case p.ttl != nil:
		return *p.ttl
	case p.last == nil:
		ttl := schema.DefaultTTL
		p.last = &ttl
		p.out.problem(schema.Warning, line, codeChanged, "no TTL here or before, and no $TTL; %d is written", ttl)
	}
	return *p.last
}

// A head is what stands before the RDATA of a record, and the RDATA.
type head struct {
	ttl   *schema.TTL // nil where it has none
	class string
	typ   string // in upper case
	rdata []token
}

// parseHead reads TTL and class, which may be left out and come in either order, and the
// type.
func parseHead(tokens []token) (head, error) {
	h := head{}
	for i, t := range tokens {
		word := strings.ToUpper(t.text)
		ttl, err := parseTTL(t.text)
		switch {
		case t.quoted:
			return h, fmt.Errorf("text %s in quotes, expected a type such as A", schema.Clip(t.text))
		case err == nil && h.ttl == nil:
			h.ttl = &ttl
		case isClass(word) && h.class == "":
			h.class = word
		case isType(word):
			h.typ = typeName(word)
			h.rdata = tokens[i+1:]
			if h.class == "" {
				h.class = "IN"
			}
			if len(h.rdata) == 0 {
				return h, fmt.Errorf("no data after the type %s", h.typ)
			}
			return h, nil
		default:
			return h, fmt.Errorf("%s, expected a TTL, class or type", schema.Clip(t.text))
		}
	}
	return h, errors.New("no type, expected one such as A")
}

func isClass(word string) bool {
	switch word {
	case "IN", "CH", "HS", "CS", "NONE", "ANY":
		return true
	}
	return strings.HasPrefix(word, "CLASS") && len(word) > 5
}

// isType reports whether a word can be the mnemonic of a type, known or not.
func isType(word string) bool {
	for i := range len(word) {
		c := word[i]
		letter := 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '-' && c != '_') {
			return false
		}
	}
	return word != ""
}

// typeName returns the mnemonic of a type that is written by its number (RFC 3597 section 5).
func typeName(word string) string {
	number, ok := strings.CutPrefix(word, "TYPE")
	if !ok {
		return word
	}
	n, err := schema.ParseUint16("type", number)
	if name, known := dns.TypeToString[n]; err == nil && known {
		return name
	}
	return word
}

// parseTTL reads a TTL as BIND writes them: seconds, or numbers with units as in "1h30m".
func parseTTL(text string) (schema.TTL, error) {
	wrong := fmt.Errorf("TTL %s, expected seconds, or numbers with s, m, h, d and w", schema.Clip(text))
	total, number, digits := uint64(0), uint64(0), 0
	for i := range len(text) {
		c := text[i] | 0x20
		if '0' <= text[i] && text[i] <= '9' {
			number = number*10 + uint64(text[i]-'0')
			digits++
			if number > math.MaxUint32 {
				return 0, wrong
			}
			continue
		}
		unit := strings.IndexByte("smhdw", c)
		if unit < 0 || digits == 0 {
			return 0, wrong
		}
		total += number * []uint64{1, 60, 3600, 86400, 7 * 86400}[unit]
		number, digits = 0, 0
	}
	if total += number; total > uint64(schema.MaxTTL) || text == "" {
		return 0, wrong
	}
	return schema.TTL(total), nil
}
