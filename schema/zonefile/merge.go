package zonefile

import "gopkg.in/yaml.v3"

// tagMerge is the tag of a plain "<<" key.
const tagMerge = "!!merge"

// isMerge reports whether a key is "<<", also by an alias.
func isMerge(key *yaml.Node) bool {
	if key.Kind == yaml.AliasNode {
		key = key.Alias
	}
	return key.Tag == tagMerge
}

func hasMerge(n node) bool {
	for i := 0; i < len(n.yaml.Content); i += 2 {
		if isMerge(n.yaml.Content[i]) {
			return true
		}
	}
	return false
}

// merged returns the fields of a mapping that has "<<".
//
// Two readings are common. YAML's merge key lets the mapping's own keys win, wherever they
// stand, and then the first of several merged mappings. OctoDNS puts what is merged in the
// place of "<<", a list of mappings in reverse, and lets the last key win. They agree
// unless a key is before a "<<" that has it as well, or two "<<" have it. A key that
// they read differently is an error.
func (t *tree) merged(n node) []field {
	if f, ok := t.merges[n.yaml]; ok {
		return f
	}
	m := merging{tree: t, yaml: make(map[string]outcome), octodns: make(map[string]outcome)}
	for i := 0; i+1 < len(n.yaml.Content); i += 2 {
		key, value := node{n.yaml.Content[i], n.doc}, node{n.yaml.Content[i+1], n.doc}
		switch {
		case isMerge(key.yaml):
			m.mergeKey(key, value)
		case !t.skipped[key.yaml]:
			m.own(field{t.resolve(key), t.resolve(value)})
		}
	}
	out := make([]field, 0, len(m.keys))
	for _, k := range m.keys {
		m.compare(k)
		out = append(out, m.yaml[k].field)
	}
	if t.merges == nil {
		t.merges = make(map[*yaml.Node][]field)
	}
	t.merges[n.yaml] = out
	return out
}

// A merging is the work on one mapping that has "<<".
type merging struct {
	tree          *tree
	keys          []string // in the order in which they turn up
	yaml, octodns map[string]outcome
}

// An outcome is what a key comes to, and by which "<<"; at has no node where the mapping
// has the key itself.
type outcome struct {
	field field
	at    node
}

func (m *merging) note(k string) {
	if _, known := m.octodns[k]; !known {
		m.keys = append(m.keys, k)
	}
}

func (m *merging) own(f field) {
	k := f.key.yaml.Value
	m.note(k)
	m.yaml[k] = outcome{field: f}
	m.octodns[k] = outcome{field: f}
}

// mergeKey takes in what one "<<" names.
func (m *merging) mergeKey(at, value node) {
	source := m.tree.resolve(value)
	switch source.yaml.Kind {
	case yaml.MappingNode:
		m.mergeMappings(at, []node{source})
	case yaml.SequenceNode:
		var sources []node
		for _, c := range source.yaml.Content {
			item := node{c, source.doc}
			if s := m.tree.resolve(item); s.yaml.Kind == yaml.MappingNode {
				sources = append(sources, s)
			} else if !m.tree.isMissing(s) {
				m.tree.errorf(item, codeMerge, "<< merges something that is not a mapping, expected *alias or !include of a mapping")
			}
		}
		m.mergeMappings(at, sources)
	default:
		m.tree.errorf(value, codeMerge, "<< merges something that is not a mapping, expected *alias, a list of them, or !include FILE")
	}
}

// mergeMappings merges several mappings, of which the first wins in both readings.
func (m *merging) mergeMappings(at node, sources []node) {
	seen := make(map[string]bool)
	for _, s := range sources {
		for k, v := range m.tree.fields(s) {
			if seen[k.yaml.Value] {
				continue
			}
			seen[k.yaml.Value] = true
			m.note(k.yaml.Value)
			r := outcome{field{k, v}, at}
			m.octodns[k.yaml.Value] = r
			if _, known := m.yaml[k.yaml.Value]; !known {
				m.yaml[k.yaml.Value] = r
			}
		}
	}
}

// compare refuses a key of which the two readings differ.
func (m *merging) compare(k string) {
	y, o := m.yaml[k], m.octodns[k]
	switch {
	case m.tree.same(y.field.value, o.field.value):
	case y.at.yaml == nil:
		m.tree.errorf(y.field.key, codeMerge, "key %s is before the << at line %d that merges it as well: YAML keeps this one, octoDNS the merged one; move the << up",
			show(y.field.key), o.at.yaml.Line)
	default:
		m.tree.errorf(o.at, codeMerge, "<< merges key %s twice with different content, at %s and %s; expected it once",
			show(y.field.key), o.at.place(y.field.key), o.at.place(o.field.key))
	}
}

// place returns where m is for a message at n: the line alone in the same file.
func (n node) place(m node) string { return m.pos().From(n.pos()) }

// same reports whether two nodes say the same, wherever they are written.
func (t *tree) same(a, b node) bool {
	a, b = t.resolve(a), t.resolve(b)
	if a.yaml == b.yaml {
		return true
	}
	if a.yaml.Kind != b.yaml.Kind {
		return false
	}
	switch a.yaml.Kind {
	case yaml.SequenceNode:
		if len(a.yaml.Content) != len(b.yaml.Content) {
			return false
		}
		for i := range a.yaml.Content {
			if !t.same(node{a.yaml.Content[i], a.doc}, node{b.yaml.Content[i], b.doc}) {
				return false
			}
		}
		return true
	case yaml.MappingNode:
		return t.sameFields(a, b)
	}
	return a.yaml.Value == b.yaml.Value && a.isNull() == b.isNull()
}

func (t *tree) sameFields(a, b node) bool {
	values := make(map[string]node)
	for k, v := range t.fields(a) {
		values[k.yaml.Value] = v
	}
	n := 0
	for k, v := range t.fields(b) {
		w, ok := values[k.yaml.Value]
		if !ok || !t.same(v, w) {
			return false
		}
		n++
	}
	return n == len(values)
}
