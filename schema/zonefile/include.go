package zonefile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"
)

// tagInclude is the tag that puts another file in the place of a node.
const tagInclude = "!include"

// includes keeps files that several zones read, such as templates. It is safe for
// concurrent use; the zero includes is empty.
type includes struct {
	mu    sync.Mutex
	docs  map[string]*document
	nodes int // estimated, of all that are kept
}

// get returns a file from an earlier reading, nil where there is none.
func (s *includes) get(path string) *document {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.docs[path]
}

// keep remembers an included file for the next zone, while there is room. Zone files
// themselves are not kept: each has one reader.
func (s *includes) keep(d *document) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.docs == nil {
		s.docs = make(map[string]*document)
	}
	// Each file costs something, however small it is, and long texts have few nodes.
	cost := d.nodes + d.size/100 + 100
	if _, kept := s.docs[d.path]; !kept && s.nodes+cost <= maxKept {
		s.docs[d.path] = d
		s.nodes += cost
	}
}

// measureInclude reads what an "!include" names: one file, or a list of files that
// are merged (mappings) or joined (lists).
func (t *tree) measureInclude(n node, depth int) extent {
	if t.included == nil {
		t.included = make(map[*yaml.Node]node)
	}
	if n.yaml.Kind == yaml.ScalarNode {
		root, ok := t.include(n, n.yaml.Value)
		if !ok {
			t.included[n.yaml] = nothing(n)
			return extent{nodes: 1, height: 1}
		}
		t.included[n.yaml] = root
		return t.measureTarget(n, root, depth)
	}
	if n.yaml.Kind != yaml.SequenceNode || len(n.yaml.Content) == 0 {
		t.errorf(n, codeInclude, "!include of nothing, expected a file or a list of files")
		t.included[n.yaml] = nothing(n)
		return extent{nodes: 1, height: 1}
	}
	return t.includeAll(n, depth)
}

// includeAll puts several files in the place of n.
func (t *tree) includeAll(n node, depth int) extent {
	e := extent{nodes: 1, height: 1}
	all := &yaml.Node{Line: n.yaml.Line, Column: n.yaml.Column}
	for _, c := range n.yaml.Content {
		item := node{c, n.doc}
		if c.Kind != yaml.ScalarNode || item.isNull() {
			t.errorf(item, codeInclude, "!include of something that is not text, expected the name of a file")
			continue
		}
		root, ok := t.include(item, c.Value)
		if !ok {
			continue
		}
		inner := t.measureTarget(item, root, depth)
		e = extent{e.nodes + inner.nodes, e.aliased + inner.aliased, max(e.height, inner.height), false}
		root = t.resolve(root)
		if root.yaml.Kind == yaml.ScalarNode || all.Kind != 0 && root.yaml.Kind != all.Kind {
			t.errorf(item, codeInclude, "!include of a list of files, expected mappings in all of them, or lists in all of them")
			continue
		}
		all.Kind = root.yaml.Kind
		t.join(all, item, root)
	}
	t.included[n.yaml] = node{all, n.doc}
	if all.Kind == 0 {
		t.included[n.yaml] = nothing(n)
	}
	return e
}

// join adds one included file to the node that replaces several: a mapping by
// "<<", a list by its elements.
func (t *tree) join(all *yaml.Node, at, root node) {
	if root.yaml.Kind == yaml.MappingNode {
		key := &yaml.Node{Kind: yaml.ScalarNode, Tag: tagMerge, Value: "<<", Line: at.yaml.Line, Column: at.yaml.Column}
		value := &yaml.Node{Kind: yaml.AliasNode, Line: at.yaml.Line, Column: at.yaml.Column}
		t.included[value] = root
		all.Content = append(all.Content, key, value)
		return
	}
	for _, c := range root.yaml.Content {
		element := &yaml.Node{Kind: yaml.AliasNode, Line: c.Line, Column: c.Column}
		t.included[element] = node{c, root.doc}
		all.Content = append(all.Content, element)
	}
}

// nothing replaces an include that could not be read: an empty list, about which nothing
// more is said.
func nothing(n node) node {
	return node{&yaml.Node{Kind: yaml.SequenceNode, Tag: tagInclude, Line: n.yaml.Line, Column: n.yaml.Column}, n.doc}
}

// include loads the file that name means in the file of n.
func (t *tree) include(n node, name string) (root node, ok bool) {
	if t.includes++; t.includes > maxIncludes {
		t.refuse(n, codeTooLarge, "zone includes files in more than %d places, expected fewer", maxIncludes)
		return node{}, false
	}
	p, err := t.includePath(n, name)
	if err != nil {
		t.errorf(n, codeInclude, "!include %s: %v", show(n), err)
		return node{}, false
	}
	for i, l := range t.loading {
		if l == p {
			loop := append([]string(nil), t.loading[i:]...)
			for j := range loop {
				loop[j] = relativePath(t.dir, loop[j])
			}
			t.errorf(n, codeIncludeLoop, "!include %s is a loop: %s includes it", show(n), strings.Join(loop, " -> "))
			return node{}, false
		}
	}
	if len(t.loading) >= maxDepth {
		t.refuse(n, codeTooDeep, "more than %d files include each other, expected fewer", maxDepth)
		return node{}, false
	}
	root, ok = t.load(p, relativePath(t.dir, p))
	if d := t.read[p]; d.root != nil {
		t.shared.keep(d)
	}
	return root, ok
}

// includePath returns the path of an included file within the file system. Links are
// refused: what they name may change without the commit that is looked at.
func (t *tree) includePath(n node, name string) (string, error) {
	switch {
	case name == "":
		return "", errors.New("expected the name of a file")
	case path.IsAbs(name):
		return "", errors.New("absolute path, expected one relative to this file")
	case strings.Contains(name, `\`):
		return "", errors.New(`expected / between folders, not \`)
	}
	p := path.Join(path.Dir(n.doc.path), name)
	if !fs.ValidPath(p) || p == "." {
		return "", errors.New("outside the repository, expected a file in it")
	}
	if err := refuseLinks(t.fsys, p); err != nil {
		return "", err
	}
	info, err := fs.Stat(t.fsys, p)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("no file %s", relativePath(t.dir, p))
	case err != nil:
		return "", plainCause(err)
	case !info.Mode().IsRegular():
		return "", errors.New("expected a file")
	}
	if _, known := t.read[p]; !known && int64(t.size)+info.Size() > maxTogether {
		t.turn.take() // before its text is in memory
	}
	return p, nil
}

// refuseLinks returns an error where p or a folder on the way to it is a symbolic
// link. A file system that knows no links has none.
func refuseLinks(fsys fs.FS, p string) error {
	for i := 0; i <= len(p); i++ {
		if i < len(p) && p[i] != '/' {
			continue
		}
		info, err := fs.Lstat(fsys, p[:i])
		if err != nil {
			return nil // The caller's own look finds the same.
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			return fmt.Errorf("%s is a symbolic link, expected a file or folder of the repository itself", p[:i])
		}
	}
	return nil
}

// relativePath returns p, a path of the file system, relative to dir.
func relativePath(dir, p string) string {
	if dir == "." {
		return p
	}
	up := ""
	for {
		if rest, ok := strings.CutPrefix(p, dir+"/"); ok {
			return up + rest
		}
		up += "../"
		if dir = path.Dir(dir); dir == "." {
			return up + p
		}
	}
}
