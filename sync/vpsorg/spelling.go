package vpsorg

import (
	"strings"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// A question is about how an account spells. The documentation answers it, but similar
// services spell differently, and the API cannot be asked. Only what it shows can prove an
// answer, never what a zone file expects.
type question int

// Each question asks whether the account spells differently than documented.
const (
	quotedTXT     question = iota // is a TXT shown in double quotes?
	escapedTXT                    // are ; " and \ of an unquoted TXT shown behind a backslash?
	relativeHosts                 // is a host without a final dot relative to the zone?
	relativeNames                 // is an owner name that ends in the zone's labels relative to it?
	bareCAA                       // is the value of a CAA shown without double quotes?
	questions                     // the number of questions
)

// about returns the subject of a question, for people.
func (q question) about() string {
	switch q {
	case quotedTXT:
		return "TXT in double quotes"
	case escapedTXT:
		return "backslashes in TXT"
	case relativeHosts:
		return "hosts without a final dot"
	case relativeNames:
		return "owner names that end in the name of their zone"
	}
	return "CAA values in double quotes"
}

// A verdict is the answer to a question.
type verdict int8

const (
	open verdict = iota // neither yes nor no is proven, or both are
	no                  // as documented
	yes
)

// A spelling holds the answers for an account. In the zero spelling all questions are open.
type spelling [questions]verdict

// evidence is what an account has shown for and against each question.
type evidence struct {
	yes, no   [questions]bool
	names     bool // there is an owner name without a final dot
	shortName bool // and one of them does not end in the labels of its zone
	quoted    bool // there is a TXT in double quotes
}

// add collects evidence from a zone.
func (e *evidence) add(z rawZone) {
	names := newNameSet(z)
	for _, w := range z.records {
		e.addName(w.Name, z.ref.Name)
		switch typeOf(w.Type.s) {
		case schema.TXT:
			e.addTXT(w.Value.s)
		case schema.CAA:
			if fields := strings.Fields(w.Value.s); len(fields) > 2 && fields[2][0] != '"' {
				e.yes[bareCAA] = true
			}
		case schema.CNAME, schema.NS, schema.MX, schema.SRV:
			if f := strings.Fields(w.Value.s); len(f) > 0 {
				e.addHost(f[len(f)-1], names)
			}
		}
	}
}

// addName collects evidence from an owner name. A short one shows that the account writes
// relative names, so that a name that ends in the labels of its zone could be one, too.
func (e *evidence) addName(t scalar, zone schema.Name) {
	s := strings.TrimSpace(t.s)
	if !t.set || t.odd || strings.HasSuffix(s, ".") {
		return
	}
	e.names = true
	e.shortName = e.shortName || !repeatsZone(s, zone)
}

// addTXT collects evidence from a TXT. One without quotes proves that nothing is quoted; one
// with a character that would have been escaped proves that nothing is escaped.
func (e *evidence) addTXT(s string) {
	switch {
	case s == "":
	case quotedRun(s):
		e.quoted = true
	default:
		e.no[quotedTXT] = true
		e.no[escapedTXT] = e.no[escapedTXT] || unescaped(s)
	}
}

// addHost collects evidence from a host. A final dot or a single label proves that hosts
// without a final dot are relative. Several labels that cannot exist relative to the zone
// prove that they are not.
func (e *evidence) addHost(s string, names nameSet) {
	host, err := schema.ParseName(s)
	if err != nil || host.IsRoot() || s == "@" {
		return
	}
	if strings.HasSuffix(s, ".") || !strings.Contains(s, ".") {
		e.yes[relativeHosts] = true
		return
	}
	relative, _, err := schema.ParseOwner(s, names.zone)
	if err != nil || names.whole && !names.mayHave(relative) {
		e.no[relativeHosts] = true
	}
}

// spelling returns the answers that are proven without contradiction. A CAA without a bare
// value is as documented.
func (e *evidence) spelling() spelling {
	proven := *e
	proven.no[relativeNames] = e.names && !e.shortName
	// If nothing is quoted, quotes around a text are part of it and would have been escaped.
	proven.no[escapedTXT] = e.no[escapedTXT] || e.no[quotedTXT] && e.quoted
	proven.no[bareCAA] = !e.yes[bareCAA]
	var s spelling
	for q := range questions {
		switch {
		case proven.yes[q] && !proven.no[q]:
			s[q] = yes
		case proven.no[q] && !proven.yes[q]:
			s[q] = no
		}
	}
	return s
}

// contradicts reports whether the evidence contradicts an answer.
func (e *evidence) contradicts(q question, a verdict) bool {
	s := e.spelling()
	return a != open && s[q] != open && s[q] != a || e.yes[q] && e.no[q]
}

// A nameSet holds the names that a zone may have, whatever the spelling of owner names.
type nameSet struct {
	zone   schema.Name
	whole  bool
	exists map[schema.Name]bool // owner names and their parents
	covers map[schema.Name]bool // any name may exist below, by a wildcard or a delegation
}

func newNameSet(z rawZone) nameSet {
	s := nameSet{z.ref.Name, z.partial == "", make(map[schema.Name]bool), make(map[schema.Name]bool)}
	for _, w := range z.records {
		for _, a := range []verdict{no, yes} {
			n, err := readName(w.Name, s.zone, a)
			if err != nil {
				s.whole = false
				continue
			}
			if n.IsWildcard() {
				s.covers[n.Parent()] = true
			}
			if typeOf(w.Type.s) == schema.NS && n != s.zone {
				s.covers[n] = true
			}
			for ; n.In(s.zone) && !s.exists[n]; n = n.Parent() {
				s.exists[n] = true
			}
		}
	}
	return s
}

// mayHave reports whether the zone may have the name or answer for it.
func (s nameSet) mayHave(n schema.Name) bool {
	if s.exists[n] {
		return true
	}
	for ; n.In(s.zone); n = n.Parent() {
		if s.covers[n] {
			return true
		}
	}
	return false
}

// depends returns the questions on which the meaning of a record depends.
func (w wireRecord) depends(zone schema.Name) []question {
	var out []question
	if repeatsZone(strings.TrimSpace(w.Name.s), zone) && !strings.HasSuffix(strings.TrimSpace(w.Name.s), ".") {
		out = append(out, relativeNames)
	}
	switch typeOf(w.Type.s) {
	case schema.TXT:
		switch s := w.Value.s; {
		case quotedRun(s):
			out = append(out, quotedTXT)
		case escaped(s):
			out = append(out, escapedTXT)
		}
	case schema.CAA:
		quoted, quotedErr := readCAA(w.Value.s, no)
		bare, bareErr := readCAA(w.Value.s, yes)
		if quotedErr == nil && bareErr == nil && quoted != bare {
			out = append(out, bareCAA)
		}
	case schema.CNAME, schema.NS, schema.MX, schema.SRV:
		f := strings.Fields(w.Value.s)
		if len(f) > 0 && f[len(f)-1] != "@" && !strings.HasSuffix(f[len(f)-1], ".") {
			out = append(out, relativeHosts)
		}
	}
	return out
}

// documented returns the documented answer for a record. Hosts of a single label are not
// documented; a name server reads them as relative (RFC 1035 section 5.1).
func (w wireRecord) documented(q question) verdict {
	f := strings.Fields(w.Value.s)
	if q == relativeHosts && len(f) > 0 && !strings.Contains(f[len(f)-1], ".") {
		return yes
	}
	return no
}

// readings returns every record that w can mean while some questions are open, the documented
// one first, each with the answers under which w means it.
func (w wireRecord) readings(zone schema.Name, s spelling) []reading {
	var undecided []question
	for _, q := range w.depends(zone) {
		if s[q] == open {
			undecided = append(undecided, q)
		}
	}
	var out []reading
	for i := range 1 << len(undecided) {
		under := s
		for j, q := range undecided {
			under[q] = w.documented(q)
			if i>>j&1 == 1 {
				under[q] = no + yes - under[q]
			}
		}
		live := decodeRecord(w, zone, under)
		if i == 0 || live.Unreadable == "" {
			out = append(out, reading{live, under})
		}
	}
	return out
}

// A reading is what a record means under certain answers.
type reading struct {
	live  diff.Live
	under spelling
}

// interpret returns what a record means: of several readings the declared one, or else the
// documented one. It also returns the questions that stay open.
func (w wireRecord) interpret(zone schema.Name, s spelling, declares func(schema.Record) bool) (diff.Live, map[question]diff.OpenQuestion) {
	all := w.readings(zone, s)
	taken := all[0]
	if len(all) == 1 {
		return taken.live, nil
	}
	for _, r := range all {
		if declares != nil && r.live.Unreadable == "" && declares(r.live.Record) {
			taken = r
			break
		}
	}
	return taken.live, w.stillOpen(all, taken, s)
}

// stillOpen returns the questions that stay open where one of all readings is taken.
func (w wireRecord) stillOpen(all []reading, taken reading, s spelling) map[question]diff.OpenQuestion {
	var found map[question]diff.OpenQuestion
	for _, r := range all {
		if r.live.Record == taken.live.Record {
			continue
		}
		for q := range questions {
			if s[q] == open && r.under[q] != taken.under[q] {
				if found == nil {
					found = make(map[question]diff.OpenQuestion)
				}
				if _, ok := found[q]; !ok {
					found[q] = w.openQuestion(q, taken.live.Record, r.live.Record)
				}
			}
		}
	}
	return found
}

func (w wireRecord) openQuestion(q question, taken, other schema.Record) diff.OpenQuestion {
	out := diff.OpenQuestion{
		About: q.about(), Key: taken.Key(), Shown: w.Value.s, Taken: taken.Data.String(), Other: other.Data.String(), Records: 1,
	}
	if taken.Type == schema.TXT {
		out.Taken, out.Other = taken.Data.TXT(), other.Data.TXT()
	}
	if q == relativeNames {
		out.Shown, out.Taken, out.Other = w.Name.s, taken.Name.String(), other.Name.String()
	}
	return out
}
