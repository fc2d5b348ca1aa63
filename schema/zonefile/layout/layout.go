// Package layout lays out YAML text anew: indentation, spaces, quotes and blank lines. What the
// text says stays as it is, and so do its comments, its order, and where its author broke flow
// collections and long texts into lines.
//
// The package knows nothing of zones. Whoever knows what a scalar means may give it another
// spelling with an [Edit].
package layout

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// A Place is where a scalar begins, as in [yaml.Node]: line and column count from 1, columns
// in characters.
type Place struct{ Line, Column int }

// An Edit is another spelling of one scalar. It has no effect on a scalar that fills
// several lines.
type Edit struct {
	// Value is the text that the scalar means afterwards.
	Value string
	// Block is how Value is written where the scalar had no quotes; Flow likewise within [ ]
	// or { }. Each is one line.
	Block, Flow string
}

// An Error says why a text is not laid out anew.
type Error struct {
	Place
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message) }

// Format returns text, one YAML document in UTF-8, in its canonical layout. Laying out the
// result again changes nothing. A byte order mark is removed, and lines end in line feeds.
//
// The result says the same as text, but for the edits, and has the same comments in the same
// order; Format checks this before it returns, and returns an [Error] where it cannot be kept.
func Format(text []byte, edits map[Place]Edit) ([]byte, error) {
	src := unixLines(text)
	before, out, comments, err := pass(src, edits)
	if err != nil {
		return nil, err
	}
	after, again, kept, err := pass(out, nil)
	switch {
	case err != nil, !slices.EqualFunc(comments, kept, func(a, b comment) bool { return a.text == b.text }), out != again:
		return nil, unsafe(before)
	}
	if changed := difference(before, after, edits); changed != nil {
		return nil, unsafe(changed)
	}
	return []byte(out), nil
}

// A Comment is one line of it.
type Comment struct {
	Line     int    // from 1
	Text     string // with its #
	Trailing bool   // something else is before it on its line
}

// Comments returns the comments of a text that [Format] lays out, in their order.
func Comments(text []byte) ([]Comment, error) {
	src := unixLines(text)
	_, _, comments, err := pass(src, nil)
	if err != nil {
		return nil, err
	}
	out := make([]Comment, len(comments))
	line, counted := 1, 0
	for i, c := range comments {
		line += strings.Count(src[counted:c.offset], "\n")
		counted = c.offset
		out[i] = Comment{line, c.text, c.trailing}
	}
	return out, nil
}

func unsafe(n *yaml.Node) *Error {
	return &Error{Place{n.Line, n.Column}, "cannot be laid out anew without changing what it says; write it more plainly"}
}

// pass lays out a text once. It returns what was read, the result, and the comments.
func pass(src string, edits map[Place]Edit) (root *yaml.Node, out string, comments []comment, err error) {
	if root, err = decode(src); err != nil {
		return nil, "", nil, err
	}
	if i := strings.IndexAny(src, "\u0085\u2028\u2029"); i >= 0 {
		p := &printer{src: src, pos: i}
		return nil, "", nil, p.errorf("line break other than a line feed, expected none")
	}
	p := &printer{src: src, edits: edits, fresh: true}
	p.document(root)
	if p.err != nil {
		return nil, "", nil, p.err
	}
	return root, p.lines.text(), p.comments, nil
}

// unixLines returns text without a byte order mark, its lines ended by line feeds.
func unixLines(text []byte) string {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if bytes.IndexByte(text, '\r') >= 0 {
		text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
		text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	}
	return string(text)
}

// decode returns the root node of a text that is one document.
func decode(src string) (root *yaml.Node, err error) {
	defer func() {
		// The YAML library panics on some broken input instead of returning an error.
		if r := recover(); r != nil {
			root, err = nil, &Error{Place{1, 1}, "not YAML"}
		}
	}()
	d := yaml.NewDecoder(strings.NewReader(src))
	var doc, more yaml.Node
	if err := d.Decode(&doc); err != nil || len(doc.Content) != 1 {
		return nil, &Error{Place{1, 1}, "not YAML, or nothing"}
	}
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, &Error{Place{1, 1}, "not one YAML document"}
	}
	return doc.Content[0], nil
}

// difference returns a node of before that is another in after, but for the edits, nil where
// there is none. Aliases are compared by name.
func difference(before, after *yaml.Node, edits map[Place]Edit) *yaml.Node {
	value, tag := before.Value, before.Tag
	if e, ok := edits[Place{before.Line, before.Column}]; ok && before.Kind == yaml.ScalarNode && after.Value == e.Value {
		value, tag = e.Value, after.Tag
	}
	if before.Kind != after.Kind || value != after.Value || tag != after.Tag ||
		before.Anchor != after.Anchor || len(before.Content) != len(after.Content) {
		return before
	}
	for i, c := range before.Content {
		if changed := difference(c, after.Content[i], edits); changed != nil {
			return changed
		}
	}
	return nil
}
