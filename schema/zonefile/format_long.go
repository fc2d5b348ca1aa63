package zonefile

import (
	"cmp"
	"slices"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// A formatValue is one RDATA as the long spelling has it: a scalar, or a mapping where
// the type has several parts.
type formatValue struct {
	text   string
	fields []formatField
}

// A formatField is a key of a mapping with its text.
type formatField struct{ key, text string }

// bare writes the whole file in the bare form.
func (w *formatter) bare() {
	w.line(0, "---")
	if len(w.zone.RRsets) == 0 {
		w.line(0, "{}")
		return
	}
	names := slices.Collect(schema.Nodes(w.zone.RRsets))
	slices.SortStableFunc(names, func(a, b schema.Node) int {
		return compareNatural(w.ownerName(a[0].Name), w.ownerName(b[0].Name))
	})
	for _, sets := range names {
		w.line(0, scalar(w.ownerName(sets[0].Name), inBlock), ":")
		if len(sets) == 1 {
			w.long(2, "", sets[0])
			continue
		}
		for _, s := range sets {
			w.long(2, "- ", s)
		}
	}
}

// long writes one RRset in the long spelling; dash begins its first line.
func (w *formatter) long(indent int, dash string, s schema.RRset) {
	kind, ttl := "type: "+string(s.Type), "ttl: "+decimal(s.TTL)
	lines := []string{ttl, kind}
	if w.form == ZoneForm {
		lines = []string{kind, ttl}
		if s.TTL == w.ttl {
			lines = []string{kind}
		}
	}
	for _, l := range lines {
		w.line(indent, dash, l)
		dash = strings.Repeat(" ", len(dash))
	}
	key := "value"
	if len(s.Values) > 1 {
		key = "values"
	}
	w.list(indent+len(dash), key, s.Type, w.longValues(s))
}

// list writes a key with its values: one beside it, addresses in a row where there
// is room, everything else line by line.
func (w *formatter) list(indent int, key string, t schema.Type, values []formatValue) {
	if len(values) == 1 {
		w.line(indent, key, ": ", values[0].yaml(inBlock))
		return
	}
	if t == schema.A || t == schema.AAAA {
		row := make([]string, len(values))
		for i, v := range values {
			row[i] = v.yaml(inFlow)
		}
		if line := key + ": [" + strings.Join(row, ", ") + "]"; indent+len(line) <= formatWidth {
			w.line(indent, line)
			return
		}
	}
	w.line(indent, key, ":")
	for _, v := range values {
		w.line(indent+2, "- ", v.yaml(inBlock))
	}
}

// yaml returns the value as YAML on one line.
func (v formatValue) yaml(at place) string {
	if v.fields == nil {
		return scalar(v.text, at)
	}
	parts := make([]string, len(v.fields))
	for i, f := range v.fields {
		parts[i] = f.key + ": " + f.text
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func (w *formatter) longValues(s schema.RRset) []formatValue {
	values := make([]formatValue, len(s.Values))
	for i, v := range s.Values {
		values[i] = w.longValue(s.Type, v.Data)
	}
	return values
}

func (w *formatter) longValue(t schema.Type, d schema.RDATA) formatValue {
	var fields []formatField
	host := scalar(w.host(d.Host()), inFlow)
	switch t {
	case schema.MX:
		fields = []formatField{{"preference", decimal(d.Priority())}, {"exchange", host}}
	case schema.SRV:
		weight, port, _ := d.SRV()
		fields = []formatField{{"priority", decimal(d.Priority())}, {"weight", decimal(weight)}, {"port", decimal(port)}, {"target", host}}
	case schema.CAA:
		flags, tag, text := d.CAA()
		if _, err := schema.Unquote(text); err == nil {
			text = schema.Quote(text) // the reader removes one pair of quotes
		}
		if w.form == ZoneForm {
			text = literal(text)
		}
		fields = []formatField{{"flags", decimal(flags)}, {"tag", scalar(tag, inFlow)}, {"value", scalar(text, inFlow)}}
	default:
		return formatValue{text: w.short(t, d)}
	}
	if w.form == BareForm {
		slices.SortFunc(fields, func(a, b formatField) int { return strings.Compare(a.key, b.key) })
	}
	return formatValue{fields: fields}
}

// compareNatural orders texts as octoDNS demands of keys: runs of digits by their
// number, the rest by octets, so that web2 comes before web10.
func compareNatural(a, b string) int {
	whole := strings.Compare(a, b)
	for {
		i, j := digitAt(a), digitAt(b)
		if c := strings.Compare(a[:i], b[:j]); c != 0 {
			return c
		}
		a, b = a[i:], b[j:]
		if a == "" || b == "" {
			return cmp.Or(cmp.Compare(len(a), len(b)), whole)
		}
		i, j = digitsEnd(a), digitsEnd(b)
		m, n := strings.TrimLeft(a[:i], "0"), strings.TrimLeft(b[:j], "0")
		if c := cmp.Or(cmp.Compare(len(m), len(n)), strings.Compare(m, n)); c != 0 {
			return c
		}
		a, b = a[i:], b[j:]
	}
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

// digitAt returns the index of the first digit, or the length.
func digitAt(s string) int {
	if i := strings.IndexFunc(s, isDigit); i >= 0 {
		return i
	}
	return len(s)
}

// digitsEnd returns where the digits that s begins with end.
func digitsEnd(s string) int {
	return len(s) - len(strings.TrimLeftFunc(s, isDigit))
}
