package zonefile

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"github.com/zonetender/zonetender/schema"
)

// A Form is one of the two envelopes of a zone file.
type Form int

const (
	// ZoneForm has a head that begins with "zone:", and short spellings.
	ZoneForm Form = iota
	// BareForm is octoDNS's: owner names at the top level.
	BareForm
)

// ParseForm reads "zone" or "bare".
func ParseForm(text string) (Form, error) {
	switch text {
	case "zone":
		return ZoneForm, nil
	case "bare":
		return BareForm, nil
	}
	return ZoneForm, fmt.Errorf("form %s, expected zone or bare", schema.Clip(text))
}

// String returns "zone" or "bare".
func (f Form) String() string {
	if f == BareForm {
		return "bare"
	}
	return "zone"
}

// Format writes a zone file that reads back as the RRsets of z, TTLs included,
// whatever zonetender.yaml says. The same zone is written as the same bytes. Scalars are
// quoted where YAML 1.1 would take them for something else than their text.
//
// The zone form also says that a zone is absent, or managed as declared; the bare
// form has no words for either. Ignore rules, limits, Lenient and everything of the
// files that z was read from are not written.
//
// In the bare form all keys are in natural order, as octoDNS demands by default;
// in the zone form names are in the order of z.RRsets.
func Format(z schema.Declaration, form Form) []byte {
	w := &formatter{zone: z, form: form}
	if form == BareForm {
		w.bare()
	} else {
		w.head()
		w.records()
	}
	return w.out.Bytes()
}

// formatWidth is how many columns a line may fill before a list or a name is spread
// over several. A scalar is never broken.
const formatWidth = 100

// A formatter writes one zone file.
type formatter struct {
	out  bytes.Buffer
	zone schema.Declaration
	form Form
	ttl  schema.TTL // what the head says; it is not repeated
}

func (w *formatter) line(indent int, parts ...string) {
	for range indent {
		w.out.WriteByte(' ')
	}
	for _, p := range parts {
		w.out.WriteString(p)
	}
	w.out.WriteByte('\n')
}

func (w *formatter) head() {
	w.line(0, "zone: ", scalar(w.zone.Name.Undotted(), inBlock))
	if w.zone.Absent {
		w.line(0, "state: absent")
		return
	}
	if len(w.zone.RRsets) > 0 {
		w.ttl = commonestTTL(w.zone.RRsets)
		w.line(0, "ttl: ", decimal(w.ttl))
	}
	if w.zone.Manage == schema.ManageDeclared {
		w.line(0, "manage: declared")
	}
}

// commonestTTL returns the TTL that most RRsets have, of several the shortest.
func commonestTTL(sets []schema.RRset) schema.TTL {
	counts := map[schema.TTL]int{}
	for _, s := range sets {
		counts[s.TTL]++
	}
	best := sets[0].TTL
	for ttl, n := range counts {
		if n > counts[best] || n == counts[best] && ttl < best {
			best = ttl
		}
	}
	return best
}

func (w *formatter) records() {
	switch {
	case w.zone.Absent:
		return
	case len(w.zone.RRsets) == 0:
		w.line(0, "records: {}")
		return
	}
	w.line(0, "records:")
	for sets := range schema.Nodes(w.zone.RRsets) {
		w.owner(sets)
	}
}

// owner writes all that the zone form says of one name.
func (w *formatter) owner(sets []schema.RRset) {
	key := scalar(w.ownerName(sets[0].Name), inBlock) + ":"
	if slices.ContainsFunc(sets, func(s schema.RRset) bool { return s.TTL != sets[0].TTL }) {
		w.line(2, key)
		for _, s := range sets {
			w.long(4, "- ", s)
		}
		return
	}
	ttl := ""
	if sets[0].TTL != w.ttl {
		ttl = "ttl: " + decimal(sets[0].TTL)
	}
	if line, ok := w.oneLine(key, sets, ttl); ok {
		w.line(2, line)
		return
	}
	w.line(2, key)
	for _, s := range sets {
		w.list(4, string(s.Type), s.Type, w.shortValues(s))
	}
	if ttl != "" {
		w.line(4, ttl)
	}
}

// oneLine returns a name with a single short record as one line.
func (w *formatter) oneLine(key string, sets []schema.RRset, ttl string) (string, bool) {
	s := sets[0]
	if len(sets) > 1 || len(s.Values) > 1 || s.Type == schema.TXT || s.Type == schema.CAA {
		return "", false
	}
	line := key + " {" + string(s.Type) + ": " + scalar(w.short(s.Type, s.Values[0].Data), inFlow)
	if ttl != "" {
		line += ", " + ttl
	}
	line += "}"
	return line, len(line)+2 <= formatWidth
}

// ownerName returns the owner name as a key. A name that would seem to repeat the
// zone is written absolute, where that can be read.
func (w *formatter) ownerName(n schema.Name) string {
	rel := n.Relative(w.zone.Name)
	if w.form == BareForm {
		if rel == "@" {
			return ""
		}
		return rel
	}
	if _, warning, _ := schema.ParseOwner(rel, w.zone.Name); warning != "" {
		return n.String()
	}
	return rel
}

func (w *formatter) shortValues(s schema.RRset) []formatValue {
	values := make([]formatValue, len(s.Values))
	for i, v := range s.Values {
		values[i] = formatValue{text: w.short(s.Type, v.Data)}
	}
	return values
}

// short returns RDATA as the short spelling has it: in presentation form.
func (w *formatter) short(t schema.Type, d schema.RDATA) string {
	switch t {
	case schema.TXT:
		return w.text(d)
	case schema.CNAME, schema.NS:
		return w.host(d.Host())
	case schema.MX:
		return decimal(d.Priority()) + " " + w.host(d.Host())
	case schema.SRV:
		weight, port, _ := d.SRV()
		return decimal(d.Priority()) + " " + decimal(weight) + " " + decimal(port) + " " + w.host(d.Host())
	}
	return literal(d.String())
}

func (w *formatter) text(d schema.RDATA) string {
	if w.form == BareForm {
		return escapeText(d.TXT(), BareForm)
	}
	return literal(escapeText(d.TXT(), ZoneForm))
}

// host returns the name of a host; the zero Name is the "." of a null MX or SRV.
func (w *formatter) host(n schema.Name) string {
	switch {
	case n.IsZero():
		return "."
	case n == w.zone.Name && w.form == ZoneForm:
		return "@"
	}
	return n.String()
}

func decimal[N ~uint8 | ~uint16 | ~uint32](n N) string { return strconv.FormatUint(uint64(n), 10) }
