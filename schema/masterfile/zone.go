package masterfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// The budget of one file.
const (
	// MaxBytes is how large a file may be.
	MaxBytes   = 64 << 20
	maxRecords = 200_000 // of a zone, those that $GENERATE makes among them
	maxListed  = 1_000   // problems of a zone that are listed
	maxTTLs    = 5       // different TTLs of an RRset that are named
)

// A Zone is one zone of a source, made to fit into a zone file: its RRsets are managed and
// in order, [schema.NewZone] accepts them, and the zone has no SOA and no apex NS, which are
// the service's own.
type Zone struct {
	Name schema.Name
	// Declaration is what a zone file can say of the zone. It must not be used where Problems
	// has an error.
	Declaration schema.Declaration
	// Problems names, as warnings, what could not come along and what was changed to make it
	// fit, and, as errors, what could not be read. A position without a line is only the file.
	Problems schema.Problems
}

// The codes of problems. They say what a problem is about, and are no checks.
const (
	codeSyntax  = "syntax"
	codeLeftOut = "left-out"
	codeChanged = "changed"
)

// A builder collects the records of one zone.
type builder struct {
	file     string
	manage   schema.Manage
	records  []found
	problems schema.Problems
	unlisted int  // problems beyond maxListed
	failed   bool // one of the problems is an error
	left     []leftOut
	count    int // records so far, those that are left out among them
}

// A found is a record with the line it stands on, 0 where that is not known.
type found struct {
	schema.Record
	line int
}

// A leftOut is an RRset that is not managed, of which only the number of records matters.
type leftOut struct {
	name  schema.Name
	typ   string
	line  int
	count int
}

// problem adds a problem. The first error is always listed, as it decides what becomes of the
// zone.
func (b *builder) problem(severity schema.Severity, line int, code, format string, args ...any) {
	first := severity == schema.Error && !b.failed
	if len(b.problems) >= maxListed && !first {
		b.unlisted++
		return
	}
	b.failed = b.failed || first
	b.problems = append(b.problems, schema.NewProblem(severity, schema.Position{File: b.file, Line: line}, code, format, args...))
}

func (b *builder) errorf(line int, format string, args ...any) {
	b.problem(schema.Error, line, codeSyntax, format, args...)
}

// leaveOut names a record that does not come along.
func (b *builder) leaveOut(line int, what, why string) {
	b.problem(schema.Warning, line, codeLeftOut, "%s is left out: %s", what, why)
}

// add adds a record, and reports whether the budget has room for it.
func (b *builder) add(r schema.Record, line int) bool {
	if !b.room(line) {
		return false
	}
	b.records = append(b.records, found{r, line})
	return true
}

// addForeign counts a record of a type that is not managed, and reports whether the budget
// has room for it.
func (b *builder) addForeign(name schema.Name, typ string, line int) bool {
	if !b.room(line) {
		return false
	}
	if n := len(b.left); n > 0 && b.left[n-1].name == name && b.left[n-1].typ == typ {
		b.left[n-1].count++
		return true
	}
	b.left = append(b.left, leftOut{name, typ, line, 1})
	return true
}

// room counts one record more, of whatever kind.
func (b *builder) room(line int) bool {
	if b.count++; b.count > maxRecords {
		b.errorf(line, "zone of more than %d records, expected fewer", maxRecords)
		return false
	}
	return true
}

// build makes the zone of what was collected.
func (b *builder) build(zone schema.Name) Zone {
	b.nameForeign(zone)
	d := schema.Declaration{Name: zone, Manage: b.manage, TTL: schema.DefaultTTL}
	if d.Manage == "" {
		d.Manage = schema.ManageAll
	}
	sets := make(map[schema.Key][]found)
	for _, r := range b.records {
		if !b.belongs(r, zone) {
			continue
		}
		if k := r.Key(); k == (schema.Key{Name: zone, Type: schema.NS}) || r.Data.Check() == nil {
			sets[k] = append(sets[k], r)
		} else {
			b.leaveOut(r.line, describe(r.Record), "no zone file can declare it: "+r.Data.Check().Error())
		}
	}
	b.ownNameServers(sets, zone)
	n := 0
	for _, k := range sortedKeys(sets) {
		s := b.set(k, sets[k])
		for i := range s.Values {
			// The number tells values on one line apart; it is no column.
			n++
			s.Values[i].Pos.Col = n
		}
		d.RRsets = append(d.RRsets, s)
	}
	d = b.settle(d)
	if b.unlisted > 0 {
		b.problems = append(b.problems, schema.NewProblem(schema.Warning, schema.Position{File: b.file}, codeLeftOut, "%d more of these are not listed", b.unlisted))
	}
	for i := range b.problems {
		b.problems[i].Pos.Col = 0
	}
	return Zone{Name: zone, Declaration: d, Problems: b.problems.Sorted()}
}

// belongs reports whether the record lies in the zone. A name server would not load it
// otherwise, or leave it out as BIND does.
func (b *builder) belongs(r found, zone schema.Name) bool {
	if !r.Name.In(zone) {
		b.leaveOut(r.line, describe(r.Record), "its name is outside the zone "+zone.Undotted())
		return false
	}
	return true
}

// ownNameServers takes out the NS RRset at the apex.
func (b *builder) ownNameServers(sets map[schema.Key][]found, zone schema.Name) {
	k := schema.Key{Name: zone, Type: schema.NS}
	own := sets[k]
	delete(sets, k)
	if len(own) == 0 {
		return
	}
	var hosts []string
	for _, r := range own[:min(len(own), 13)] {
		hosts = append(hosts, r.Data.String())
	}
	b.leaveOut(own[0].line, zone.Display()+" NS "+strings.Join(hosts, ", "), "the name servers of the apex are the service's own")
}

func sortedKeys(sets map[schema.Key][]found) []schema.Key {
	keys := make([]schema.Key, 0, len(sets))
	for k := range sets {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, schema.Key.Compare)
	return keys
}

// set makes one RRset. Records that share no TTL get the lowest.
func (b *builder) set(k schema.Key, records []found) schema.RRset {
	s := schema.RRset{Name: k.Name, Type: k.Type, TTL: records[0].TTL}
	var ttls []schema.TTL
	seen := make(map[schema.RDATA]bool, len(records))
	for _, r := range records {
		s.TTL = min(s.TTL, r.TTL)
		if len(ttls) < maxTTLs && !slices.Contains(ttls, r.TTL) {
			ttls = append(ttls, r.TTL)
		}
		if seen[r.Data] {
			b.problem(schema.Warning, r.line, codeChanged, "%s is there twice and is written once", describe(r.Record))
			continue
		}
		seen[r.Data] = true
		s.Values = append(s.Values, schema.Value{Data: r.Data, Pos: schema.Position{File: b.file, Line: r.line}})
	}
	if len(ttls) > 1 {
		words := make([]string, len(ttls))
		slices.Sort(ttls)
		for i, ttl := range ttls {
			words[i] = fmt.Sprint(ttl)
		}
		b.problem(schema.Warning, records[0].line, codeChanged, "%s: its records have the TTLs %s; an RRset has one (RFC 2181 section 5.2), and %d is written",
			k, schema.SentenceList(words, "and"), s.TTL)
	}
	return s
}

// describe names a record for a message.
func describe(r schema.Record) string {
	text := r.Data.String()
	if r.Type == schema.TXT || len(text) > 60 {
		text = schema.Clip(text)
	}
	return r.Name.Display() + " " + string(r.Type) + " " + text
}

// dnssecTypes are the types that a signer makes out of the others.
func dnssecTypes() []string {
	return []string{"RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "DNSKEY", "CDS", "CDNSKEY", "TYPE65534"}
}

// nameForeign names what is of a foreign type, by RRset; what a signer has made only as a
// number.
func (b *builder) nameForeign(zone schema.Name) {
	signed := 0
	line := 0
	for _, l := range b.left {
		what := l.name.Display() + " " + l.typ
		switch {
		case slices.Contains(dnssecTypes(), l.typ):
			if signed == 0 {
				line = l.line
			}
			signed += l.count
			continue
		case l.typ == string(schema.SOA) && l.name == zone:
			b.leaveOut(l.line, what, "the SOA is the service's own")
			continue
		case l.count > 1:
			what += fmt.Sprintf(" (%d records)", l.count)
		}
		b.leaveOut(l.line, what, "the type is not managed")
	}
	if signed > 0 {
		b.problem(schema.Warning, line, codeLeftOut, "DNSSEC: %d records of %s are left out: the service does not carry signatures; remove the DS in the parent zone before you move",
			signed, zone)
	}
}
