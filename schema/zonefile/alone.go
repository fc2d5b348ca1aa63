package zonefile

import (
	"bytes"
	"path"
	"slices"
)

// alone returns the files of a large zone that stand alone.
func (t *tree) alone(s Source) []string {
	if len(s.Files) < 2 || s.size <= maxWhole {
		return nil
	}
	var names []string
	for _, name := range s.Files {
		if t.standsAlone(name) {
			names = append(names, name)
		}
	}
	return names
}

// standsAlone reports whether a file of a zone holds records only and includes nothing. Such
// a file can be read without the YAML of the others. What cannot be told from the text does
// not stand alone.
func (t *tree) standsAlone(name string) bool {
	text, err := readFile(t.fsys, path.Join(t.dir, name))
	if err != nil {
		return false
	}
	// Those after the tag are ways to write "zone" otherwise: an octet by its number, and a
	// backslash before each line break that YAML knows.
	marks := []string{"zone", tagInclude, `\x`, `\u`, `\U`, "\\\n", "\\\r", "\\\u0085", "\\\u2028", "\\\u2029"}
	return !slices.ContainsFunc(marks, func(m string) bool { return bytes.Contains(text, []byte(m)) })
}

// buildAlone reads a file that stands alone, and forgets its YAML: that of a large zone takes
// several times the memory of its records.
func (b *builder) buildAlone(name string, files int) {
	t, file := &b.tree, path.Join(b.tree.dir, name)
	if t.read[file] != nil { // another file includes it
		b.buildRoot(file, name, files)
		return
	}
	before := *t
	t.extents, t.anchors, t.included, t.skipped, t.merges = nil, nil, nil, nil, nil
	b.buildRoot(file, name, files)
	t.extents, t.anchors, t.included, t.skipped, t.merges = before.extents, before.anchors, before.included, before.skipped, before.merges
	t.held, t.nodes = before.held, before.nodes
	t.read[file] = &document{file: name, path: file}
}

// buildRoot loads a file and reads its records.
func (b *builder) buildRoot(file, name string, files int) {
	root, ok := b.tree.load(file, name)
	if !ok {
		return
	}
	if f, ok := b.inspect(root); ok {
		b.buildFile(&f, files)
	}
}
