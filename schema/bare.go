package schema

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// buildRecords reads a mapping from owner name to records: a file in the bare form,
// "records:" of the zone form, or a file that several zones include.
func (b *builder) buildRecords(n node) {
	for k, v := range b.fields(n) {
		name, ok := b.owner(k)
		if !ok {
			continue
		}
		if v.Kind == yaml.SequenceNode {
			b.buildList(name, k, v)
			continue
		}
		b.buildRecord(name, k, v)
	}
}

// buildList reads several records of one owner name.
func (b *builder) buildList(name Name, k, list node) {
	if isList(list) && len(list.Content) == 0 {
		b.errorf(list, ruleEmpty, "%s has an empty list of records, expected a record, or no such name", show(k))
	}
	for item := range b.items(list) {
		b.buildRecord(name, k, item)
	}
}

// buildRecord reads one record, in the long spelling where it has a type, else in
// the short one, which the bare form does not have.
func (b *builder) buildRecord(name Name, k, n node) {
	if n.Kind != yaml.MappingNode {
		b.noRecord(k, n)
		return
	}
	_, long := b.get(n, "type")
	if long || b.bare {
		b.buildLong(name, n, long)
		return
	}
	b.buildShort(name, n)
}

// noRecord says what was expected, with the head key that was probably meant.
func (b *builder) noRecord(k, n node) {
	expected := "a mapping with type and value, or a list of them"
	if !b.bare {
		expected = "a mapping such as {A: 192.0.2.1}"
	}
	switch {
	case b.isMissing(n):
	case n.isNull():
		b.errorf(n, ruleNull, "%s has no record, expected %s", show(k), expected)
	default:
		hint := ""
		switch {
		case b.bare && slices.Contains(headKeys(), k.Value):
			hint = "; " + k.Value + " in the head of a zone needs zone: NAME beside it"
		case b.bare:
			hint = didYouMean(k.Value, "zone")
		}
		b.errorf(n, ruleShape, "%s has %s, expected %s%s", show(k), kindName(n), expected, hint)
	}
}
