package zonefile

import (
	"cmp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile/layout"
)

// top writes what is above the first name, at a line. Comments right above it stay with it.
func (c *converter) top(line int) {
	own := line
	for _, k := range slices.Backward(c.comments) {
		if k.Line == own-1 && !k.Trailing {
			own = k.Line
		}
	}
	if own == 1 || own == 2 && strings.HasPrefix(c.line(1), "---") {
		own = line // they are about the file
	}
	c.flush(own, 0)
	if c.w.form == BareForm {
		c.put(0, "---", 0)
		return
	}
	c.put(0, "zone: "+scalar(c.w.zone.Name.Undotted(), inBlock), 0)
	c.put(0, "records:", 0)
}

// line returns a line of the file, from 1.
func (c *converter) line(n int) string {
	if n < 1 || n > len(c.lines) {
		return "---" // not an empty one
	}
	return strings.TrimSpace(c.lines[n-1])
}

// flush writes the comments before a line of the file.
func (c *converter) flush(line, indent int) {
	for len(c.comments) > 0 && c.comments[0].Line < line {
		k := c.comments[0]
		c.comments = c.comments[1:]
		if k.Text == "" {
			continue
		}
		if c.line(k.Line-1) == "" {
			c.out.WriteByte('\n')
		}
		c.out.WriteString(strings.Repeat(" ", indent) + k.Text + "\n")
	}
}

// put writes a line that was at a line of the file, 0 for none, with its comments.
func (c *converter) put(indent int, text string, line int) {
	c.flush(line, indent)
	c.out.WriteString(strings.Repeat(" ", indent) + text)
	c.out.WriteString(c.take(line))
	c.out.WriteByte('\n')
}

// take returns the comment that is behind something on a line of the file, if there is one.
func (c *converter) take(line int) string {
	i := c.from(line)
	if i == len(c.comments) || c.comments[i].Line != line || !c.comments[i].Trailing || c.comments[i].Text == "" {
		return ""
	}
	text := c.comments[i].Text
	c.comments[i].Text = "" // taken
	return "  " + text
}

// from returns the index of the first comment at a line of the file or after it.
func (c *converter) from(line int) int {
	i, _ := slices.BinarySearchFunc(c.comments, line, func(k layout.Comment, line int) int { return cmp.Compare(k.Line, line) })
	return i
}

// owner writes the records of one name.
func (c *converter) owner(name schema.Name, k, v node) {
	indent := 0
	if c.w.form == ZoneForm {
		indent = 2
	}
	c.flush(k.yaml.Line, indent)
	if c.line(k.yaml.Line-1) == "" {
		c.out.WriteByte('\n')
	}
	key := scalar(c.w.ownerName(name), inBlock) + ":"
	var records []converted
	for item := range c.b.tree.items(v) {
		records = append(records, c.read(name, item)...)
	}
	if len(c.refused) > 0 {
		return
	}
	last := lastLine(v.yaml)
	if line, ok := c.oneLine(key, records, k.yaml.Line, last); ok {
		c.put(indent, line, k.yaml.Line)
		return
	}
	c.put(indent, key, k.yaml.Line)
	if c.w.form == ZoneForm && isShort(records) {
		c.short(indent+2, records)
		records = nil
	}
	for _, r := range records {
		dash := "- "
		if len(records) == 1 {
			dash = ""
		}
		c.long(indent+2, dash, r)
	}
	c.flush(last+1, indent+2)
}

// oneLine returns a name with a single short record as one line, where no comment is within.
func (c *converter) oneLine(key string, records []converted, from, to int) (string, bool) {
	if c.w.form != ZoneForm || len(records) != 1 || !isShort(records) || len(records[0].values) != 1 {
		return "", false
	}
	if from < to && len(c.comments) > 0 && c.comments[0].Line <= to {
		return "", false
	}
	r, ttl := records[0], ""
	if r.expires != "" {
		return "", false
	}
	if r.hasTTL {
		ttl = "ttl: " + decimal(r.ttl)
	}
	return c.w.oneLine(key, []schema.RRset{{Type: r.typ, Values: r.values}}, ttl)
}

// lastLine returns the line on which the last part of a node begins.
func lastLine(n *yaml.Node) int {
	last := n.Line
	for _, c := range n.Content {
		last = max(last, lastLine(c))
	}
	return last
}

// A converted record is an RRset as its file declares it.
type converted struct {
	line    int // where it is
	typ     schema.Type
	ttl     schema.TTL
	hasTTL  bool
	ttlLine int    // 0 where it is not the record's own
	expires string // "" for never
	// expiresLine is where that is, 0 for nowhere.
	expiresLine int
	octodns     string // as YAML, "" for none
	whole       string // the record as YAML, where it is not looked into
	values      []schema.Value
}

// isShort reports whether the short spelling has words for all records of a name.
func isShort(records []converted) bool {
	for _, r := range records {
		if r.octodns != "" || r.whole != "" || r.expires != records[0].expires || r.hasTTL != records[0].hasTTL || r.ttl != records[0].ttl {
			return false
		}
	}
	return true
}

// short writes the records of a name in the short spelling.
func (c *converter) short(indent int, records []converted) {
	remark := ""
	if r := records[0]; r.ttlLine != r.values[0].Pos.Line {
		remark = c.take(r.ttlLine)
	}
	for _, r := range records {
		values := make([]formatValue, len(r.values))
		for i, v := range r.values {
			values[i] = formatValue{text: c.w.short(r.typ, v.Data)}
		}
		c.list(indent, string(r.typ), r, values)
	}
	if records[0].hasTTL {
		c.put(indent, "ttl: "+decimal(records[0].ttl)+remark, records[0].ttlLine)
	}
	if r := records[0]; r.expires != "" {
		c.put(indent, "expires: "+scalar(r.expires, inBlock), r.expiresLine)
	}
}

// long writes a record in the long spelling.
func (c *converter) long(indent int, dash string, r converted) {
	if r.whole != "" {
		c.put(indent, dash+r.whole, r.line)
		return
	}
	type entry struct {
		text string
		line int
	}
	entries := []entry{{"type: " + string(r.typ), r.line}}
	if r.hasTTL {
		entries = append(entries, entry{"ttl: " + decimal(r.ttl), r.ttlLine})
	}
	if r.expires != "" {
		entries = append(entries, entry{"expires: " + scalar(r.expires, inBlock), r.expiresLine})
	}
	if r.octodns != "" {
		entries = append(entries, entry{"octodns: " + r.octodns, 0})
	}
	if c.w.form == BareForm { // the order of the keys, which octoDNS demands
		slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.text, b.text) })
	}
	for _, e := range entries {
		c.put(indent, dash+e.text, e.line)
		dash = strings.Repeat(" ", len(dash))
	}
	key := "value"
	if len(r.values) > 1 {
		key = "values"
	}
	values := make([]formatValue, len(r.values))
	for i, v := range r.values {
		values[i] = c.w.longValue(r.typ, v.Data)
	}
	c.list(indent+len(dash), key, r, values)
}

// list writes a key with its values. Addresses are in a row unless a comment is between.
func (c *converter) list(indent int, key string, r converted, values []formatValue) {
	first, last := r.values[0].Pos.Line, r.values[len(values)-1].Pos.Line
	next := c.from(first)
	between := next < len(c.comments) && c.comments[next].Line < last
	row := make([]string, len(values))
	for i, v := range values {
		row[i] = v.yaml(inFlow)
	}
	line := key + ": [" + strings.Join(row, ", ") + "]"
	switch {
	case len(values) == 1:
		c.put(indent, key+": "+values[0].yaml(inBlock), first)
	case (r.typ == schema.A || r.typ == schema.AAAA) && !between && indent+len(line) <= formatWidth:
		c.put(indent, line, last)
	default:
		c.flush(first, indent)
		c.put(indent, key+":", 0)
		for i, v := range values {
			c.put(indent+2, "- "+v.yaml(inBlock), r.values[i].Pos.Line)
		}
	}
}

// flow returns a node on one line, with aliases and merges written out.
func (c *converter) flow(n node) string {
	n = c.b.tree.resolve(n)
	var parts []string
	switch n.yaml.Kind {
	case yaml.MappingNode:
		for k, v := range c.b.tree.fields(n) {
			parts = append(parts, c.flow(k)+": "+c.flow(v))
		}
		if c.w.form == BareForm {
			slices.SortFunc(parts, compareNatural) // octoDNS demands the order
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case yaml.SequenceNode:
		for item := range c.b.tree.items(n) {
			parts = append(parts, c.flow(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	switch {
	case n.isNull():
		return "~"
	case n.isPlain() && !strings.ContainsAny(n.yaml.Value, ",[]{}?\n"):
		return n.yaml.Value
	}
	return scalar(n.yaml.Value, inFlow)
}
