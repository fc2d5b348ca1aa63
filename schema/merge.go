package schema

import "gopkg.in/yaml.v3"

// tagMerge is the tag of a plain "<<" key.
const tagMerge = "!!merge"

func hasMerge(n node) bool {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Tag == tagMerge {
			return true
		}
	}
	return false
}

// merged gives the fields of a mapping that has "<<": its own keys first, which
// win, and then the merged ones. YAML and octoDNS do not read every merge alike
// (octoDNS lets the later key win where a file is included); what they would read
// otherwise is an error.
func (t *tree) merged(n node) []field {
	if f, ok := t.merges[n.Node]; ok {
		return f
	}
	m := merging{tree: t, own: make(map[string]int), from: make(map[string]field)}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Tag == tagMerge || t.skipped[n.Content[i]] {
			continue
		}
		f := field{t.resolve(node{n.Content[i], n.doc}), t.resolve(node{n.Content[i+1], n.doc})}
		m.own[f.key.Value] = i
		m.out = append(m.out, f)
		m.from[f.key.Value] = f
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Tag == tagMerge {
			m.mergeKey(node{n.Content[i], n.doc}, node{n.Content[i+1], n.doc}, i)
		}
	}
	if t.merges == nil {
		t.merges = make(map[*yaml.Node][]field)
	}
	t.merges[n.Node] = m.out
	return m.out
}

// merging is the work on one mapping that has "<<".
type merging struct {
	*tree
	own  map[string]int   // the mapping's own keys and where they stand in it
	from map[string]field // every key so far
	out  []field
}

// mergeKey takes in what one "<<" at index i of the mapping names.
func (m *merging) mergeKey(at, value node, i int) {
	include := value.Tag == tagInclude
	source := m.resolve(value)
	switch source.Kind {
	case yaml.MappingNode:
		m.mergeMapping(at, source, i, include)
	case yaml.SequenceNode:
		for _, c := range source.Content {
			item := node{c, source.doc}
			if s := m.resolve(item); s.Kind == yaml.MappingNode {
				m.mergeMapping(at, s, i, item.Tag == tagInclude)
			} else {
				m.errorf(item, ruleMerge, "<< merges something that is no mapping, expected *alias or !include of a mapping")
			}
		}
	default:
		m.errorf(value, ruleMerge, "<< merges something that is no mapping, expected *alias, a list of them, or !include FILE")
	}
}

func (m *merging) mergeMapping(at, source node, i int, include bool) {
	for k, v := range m.fields(source) {
		known, ok := m.from[k.Value]
		switch own, isOwn := m.own[k.Value]; {
		case !ok:
			m.from[k.Value] = field{k, v}
			m.out = append(m.out, field{k, v})
		case isOwn && (!include || own > i):
			// The mapping's own key wins in both readings.
		case m.same(known.value, v):
		case isOwn:
			m.errorf(known.key, ruleMerge, "key %s stands before the << at line %d that includes it as well: YAML keeps this one, octoDNS the included one; move the << up", show(k), at.Line)
		default:
			m.errorf(at, ruleMerge, "<< merges key %s twice with different content, at %s and %s; expected it once", show(k), at.place(known.key), at.place(k))
		}
	}
}

// place names where m stands for a message at n: the line alone in the same file.
func (n node) place(m node) string { return placeFrom(n.pos(), m.pos()) }

// same reports whether two nodes say the same, wherever they are written.
func (t *tree) same(a, b node) bool {
	a, b = t.resolve(a), t.resolve(b)
	if a.Node == b.Node {
		return true
	}
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case yaml.SequenceNode:
		if len(a.Content) != len(b.Content) {
			return false
		}
		for i := range a.Content {
			if !t.same(node{a.Content[i], a.doc}, node{b.Content[i], b.doc}) {
				return false
			}
		}
		return true
	case yaml.MappingNode:
		return t.sameFields(a, b)
	}
	return a.Value == b.Value && a.isNull() == b.isNull()
}

func (t *tree) sameFields(a, b node) bool {
	values := make(map[string]node)
	for k, v := range t.fields(a) {
		values[k.Value] = v
	}
	n := 0
	for k, v := range t.fields(b) {
		w, ok := values[k.Value]
		if !ok || !t.same(v, w) {
			return false
		}
		n++
	}
	return n == len(values)
}
