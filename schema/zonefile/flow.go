package zonefile

import (
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zonetender/zonetender/schema"
)

// entryOrder says in which order flow writes the entries of mappings and lists.
type entryOrder bool

const (
	written entryOrder = false // as they stand in the file
	ordered entryOrder = true  // by their text
)

// flow returns a node as YAML on one line, with aliases, merges and includes followed. Nothing
// at all is "".
func (t *tree) flow(n node, order entryOrder) string {
	n = t.resolve(n)
	var entries []string
	open, end := "[", "]"
	switch {
	case n.isNull():
		return ""
	case n.yaml.Kind == yaml.MappingNode:
		open, end = "{", "}"
		for k, v := range t.fields(n) {
			entries = append(entries, flowText(k.yaml.Value)+": "+t.flow(v, order))
		}
	case n.yaml.Kind == yaml.SequenceNode:
		for item := range t.items(n) {
			entries = append(entries, t.flow(item, order))
		}
	default:
		return flowText(n.yaml.Value)
	}
	if order == ordered {
		slices.Sort(entries)
	}
	return open + strings.Join(entries, ", ") + end
}

// flowText returns a scalar as YAML, in quotes unless it is plain text everywhere.
func flowText(text string) string {
	plain := strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./%") == ""
	switch {
	case plain && text != "" && text[0] != '-' && text[0] != '%':
		return text
	case schema.Printable(text) == text:
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	return strconv.Quote(text)
}
