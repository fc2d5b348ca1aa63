package zonefile

import (
	"cmp"
	"io/fs"
	"iter"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/zonetender/zonetender/schema"
)

// A tree is the YAML of one zone, or of the settings: its files with aliases,
// merges and includes followed. It collects what is wrong with them.
type tree struct {
	fsys     fs.FS
	dir      string // the zones folder within fsys, which positions are relative to
	shared   *includes
	turn     *turn
	problems schema.Problems
	found    struct{ errors, warnings int } // by problem, listed or not

	read     map[string]*document   // by path within fsys
	extents  map[*yaml.Node]extent  // of anchors and of whole files
	anchors  map[anchor]int         // the line of each anchor
	included map[*yaml.Node]node    // what replaces an !include
	skipped  map[*yaml.Node]bool    // keys that repeat an earlier one
	merges   map[*yaml.Node][]field // mappings with << and what they come to
	spelled  respellings            // nil where nobody asks for them
	loading  []string               // paths of the files being measured, outermost first
	size     int                    // bytes of the files read so far
	held     int                    // bytes of those of them whose YAML is held
	nodes    int                    // estimated, of those
	includes int                    // places that include a file
	spent    int                    // nodes that aliases and includes have added so far
	broken   bool                   // loops or too much of it: not to be walked
}

// A field is one key of a mapping and its value.
type field struct{ key, value node }

// An anchor is the name of a node within its file.
type anchor struct {
	doc  *document
	name string
}

// An extent is how large a part of a tree is when aliases and includes are expanded. It is
// found without expanding them.
type extent struct {
	nodes   int  // all of them
	aliased int  // those that aliases and includes add
	height  int  // mappings and lists inside each other
	open    bool // still being measured: to meet it again is a loop
}

// problem adds a problem. However many warnings there are, errors are listed.
func (t *tree) problem(severity schema.Severity, p schema.Position, code, format string, args []any) {
	found := &t.found.warnings
	if severity == schema.Error {
		found = &t.found.errors
	}
	if *found++; *found <= maxProblems {
		t.problems = append(t.problems, schema.NewProblem(severity, p, code, format, args...))
	}
}

// countUnlisted says how many problems are not listed.
func (t *tree) countUnlisted(at schema.Position) {
	errors, warnings := max(0, t.found.errors-maxProblems), max(0, t.found.warnings-maxProblems)
	severity := schema.Warning
	if errors > 0 {
		severity = schema.Error
	}
	if n := errors + warnings; n > 0 {
		t.problems = append(t.problems, schema.NewProblem(severity, at, codeUnlisted, "%d more problems are not listed", n))
	}
}

// errorf adds an error at n.
func (t *tree) errorf(n node, code, format string, args ...any) {
	t.problem(schema.Error, n.pos(), code, format, args)
}

// warnf adds a warning at n.
func (t *tree) warnf(n node, code, format string, args ...any) {
	t.problem(schema.Warning, n.pos(), code, format, args)
}

// failed reports whether any problem is an error.
func (t *tree) failed() bool {
	return t.found.errors > maxProblems || slices.ContainsFunc(t.problems, func(p schema.Problem) bool { return p.Severity == schema.Error })
}

// load reads a file once and measures it. ok is false where it cannot be walked.
func (t *tree) load(path, file string) (root node, ok bool) {
	d, known := t.read[path]
	if !known {
		d = t.readDocument(path, file)
		if t.read == nil {
			t.read = make(map[string]*document)
		}
		t.read[path] = d
		t.problems = append(t.problems, d.problems...)
	}
	if d.root == nil || t.broken {
		return node{}, false
	}
	if !known {
		t.loading = append(t.loading, path)
		e := t.measure(node{d.root, d}, 1)
		t.loading = t.loading[:len(t.loading)-1]
		if len(t.loading) == 0 {
			t.spend(node{d.root, d}, e.aliased)
		}
	}
	return node{d.root, d}, !t.broken
}

// readDocument reads a file, or takes one that another zone has read. It is not parsed
// where the zone has no room for it.
func (t *tree) readDocument(path, file string) *document {
	if d := t.shared.get(path); d != nil {
		t.admit(d)
		return d
	}
	data, err := readFile(t.fsys, path)
	d := newDocument(path, file, data, err)
	if len(d.problems) == 0 && t.admit(d) {
		d.parse(data)
	}
	return d
}

// measure walks what is really written below n, once: it checks keys and tags,
// reads includes, and adds up how large n is when expanded.
func (t *tree) measure(n node, depth int) extent {
	e := extent{nodes: 1, height: 1}
	switch {
	case depth > maxDepth:
		t.refuse(n, codeTooDeep, "nesting deeper than %d, expected less", maxDepth)
		return e
	case n.yaml.Kind == yaml.AliasNode:
		return t.measureTarget(n, node{n.yaml.Alias, n.doc}, depth)
	case n.yaml.Tag == tagInclude:
		return t.measureInclude(n, depth)
	case n.yaml.Kind == yaml.ScalarNode:
		t.checkTag(n)
		t.checkAnchor(n)
		if n.yaml.Anchor != "" {
			t.remember(n, e)
		}
		return e
	}
	t.checkTag(n)
	t.checkAnchor(n)
	named := n.yaml.Anchor != "" || n.yaml == n.doc.root
	if named {
		t.remember(n, extent{open: true})
	}
	for _, c := range n.yaml.Content {
		child := t.measure(node{c, n.doc}, depth+1)
		e.nodes += child.nodes
		e.aliased += child.aliased
		e.height = max(e.height, child.height+1)
		if e.aliased > maxExpanded {
			t.refuse(node{c, n.doc}, codeAliasBudget, "aliases and includes expand to more than %d nodes, expected fewer", maxExpanded)
			e.aliased, e.nodes = 0, 0
		}
	}
	if n.yaml.Kind == yaml.MappingNode {
		t.checkKeys(n)
	}
	if named {
		t.remember(n, e)
	}
	return e
}

// spend counts nodes that files of the zone add by being read more than once, and
// reports whether there is room for them.
func (t *tree) spend(at node, nodes int) bool {
	if t.spent += nodes; t.spent > maxExpanded {
		t.refuse(at, codeAliasBudget, "aliases and includes of the zone expand to more than %d nodes, expected fewer", maxExpanded)
	}
	return !t.broken
}

// measureTarget returns the extent of the target of an alias or an include.
func (t *tree) measureTarget(at, target node, depth int) extent {
	e, known := t.extents[target.yaml]
	if !known {
		e = t.measure(target, depth+1)
	}
	switch {
	case e.open:
		t.refuse(at, codeAliasLoop, "alias *%s is inside what it names, expected no loop", shorten(at.yaml.Value))
		return extent{nodes: 1, height: 1}
	case depth+e.height > maxDepth:
		t.refuse(at, codeTooDeep, "nesting deeper than %d, expected less", maxDepth)
	}
	return extent{nodes: e.nodes, aliased: e.nodes, height: e.height}
}

func (t *tree) remember(n node, e extent) {
	if t.extents == nil {
		t.extents = make(map[*yaml.Node]extent)
	}
	t.extents[n.yaml] = e
}

// refuse adds an error after which the tree is not walked any more, because the walk would
// be endless or nearly so.
func (t *tree) refuse(n node, code, format string, args ...any) {
	t.stop(n.pos(), code, format, args...)
}

// stop is refuse for any place. One such error is enough, and it is always listed.
func (t *tree) stop(at schema.Position, code, format string, args ...any) {
	if !t.broken {
		t.problems = append(t.problems, schema.NewProblem(schema.Error, at, code, format, args...))
	}
	t.broken = true
}

// checkAnchor refuses an anchor that is defined twice in a file, as octoDNS does.
func (t *tree) checkAnchor(n node) {
	if n.yaml.Anchor == "" {
		return
	}
	a := anchor{n.doc, n.yaml.Anchor}
	if line, taken := t.anchors[a]; taken {
		t.errorf(n, codeAnchorTwice, "anchor &%s is defined twice, first at line %d", shorten(n.yaml.Anchor), line)
		return
	}
	if t.anchors == nil {
		t.anchors = make(map[anchor]int)
	}
	t.anchors[a] = n.yaml.Line
}

func (t *tree) checkTag(n node) {
	switch {
	case n.yaml.Kind == yaml.ScalarNode && n.yaml.Style&yaml.TaggedStyle == 0:
	case n.yaml.Tag == "!!str", n.yaml.Tag == "!!map", n.yaml.Tag == "!!seq":
	default:
		t.errorf(n, codeTag, "tag %s is not known, expected none, or !include FILE", shorten(n.yaml.Tag))
	}
}

// checkKeys finds keys that are not text or are there twice. The YAML library takes
// quadratic time for it, too long for 20,000 names.
func (t *tree) checkKeys(n node) {
	const few = 16
	var seen map[string]int
	if len(n.yaml.Content) > 2*few {
		seen = make(map[string]int, len(n.yaml.Content)/2)
	}
	for i := 0; i < len(n.yaml.Content); i += 2 {
		k := t.resolve(node{n.yaml.Content[i], n.doc})
		if k.yaml.Kind != yaml.ScalarNode || n.yaml.Content[i].Tag == tagInclude {
			t.errorf(node{n.yaml.Content[i], n.doc}, codeKey, "key is a list, a mapping or an include, expected text")
			t.skip(n.yaml.Content[i])
			continue
		}
		if k.yaml.Tag == tagMerge {
			continue
		}
		first := -1
		if seen != nil {
			if j, ok := seen[k.yaml.Value]; ok {
				first = j
			} else {
				seen[k.yaml.Value] = i
			}
		} else {
			first = t.firstKey(n, k.yaml.Value, i)
		}
		if first >= 0 {
			t.errorf(node{n.yaml.Content[i], n.doc}, codeDuplicateKey, "key %s is here twice, first at line %d", show(k), n.yaml.Content[first].Line)
			t.skip(n.yaml.Content[i])
		}
	}
}

// firstKey finds the key with the same text before Content[end], or -1.
func (t *tree) firstKey(n node, text string, end int) int {
	for j := 0; j < end; j += 2 {
		if k := t.resolve(node{n.yaml.Content[j], n.doc}); k.yaml.Value == text && k.yaml.Kind == yaml.ScalarNode && k.yaml.Tag != tagMerge {
			return j
		}
	}
	return -1
}

func (t *tree) skip(key *yaml.Node) {
	if t.skipped == nil {
		t.skipped = make(map[*yaml.Node]bool)
	}
	t.skipped[key] = true
}

// shorten cuts what is too long for a message.
func shorten(text string) string { return text[:min(len(text), 60)] }

// show returns a scalar as a message shows it: as written where it is plain.
func show(n node) string {
	if plain := n.isPlain() || n.yaml.Style == yaml.TaggedStyle; n.yaml.Value != "" && plain && len(n.yaml.Value) <= 60 {
		return n.yaml.Value
	}
	return schema.Clip(n.yaml.Value)
}

// resolve follows aliases and includes to their targets.
func (t *tree) resolve(n node) node {
	// The bound only guards against loops, which measure has refused already.
	for range maxDepth {
		if target, ok := t.included[n.yaml]; ok {
			n = target
			continue
		}
		if n.yaml.Kind != yaml.AliasNode {
			break
		}
		n = node{n.yaml.Alias, n.doc}
	}
	return n
}

// items yields the elements of a list, followed. A node that is not a list is its own
// only element.
func (t *tree) items(n node) iter.Seq[node] {
	return func(yield func(node) bool) {
		n := t.resolve(n)
		if n.yaml.Kind != yaml.SequenceNode {
			yield(n)
			return
		}
		for _, c := range n.yaml.Content {
			if !yield(t.resolve(node{c, n.doc})) {
				return
			}
		}
	}
}

// fields yields the keys of a mapping and their values, followed, with << merged
// in. Anything but a mapping has none.
func (t *tree) fields(n node) iter.Seq2[node, node] {
	return func(yield func(key, value node) bool) {
		n := t.resolve(n)
		if n.yaml.Kind != yaml.MappingNode {
			return
		}
		if hasMerge(n) {
			for _, f := range t.merged(n) {
				if !yield(f.key, f.value) {
					return
				}
			}
			return
		}
		for i := 0; i+1 < len(n.yaml.Content); i += 2 {
			if t.skipped != nil && t.skipped[n.yaml.Content[i]] {
				continue
			}
			key, value := t.resolve(node{n.yaml.Content[i], n.doc}), t.resolve(node{n.yaml.Content[i+1], n.doc})
			if !yield(key, value) {
				return
			}
		}
	}
}

// get returns the value of a key.
func (t *tree) get(n node, key string) (value node, ok bool) {
	for k, v := range t.fields(n) {
		if k.yaml.Value == key {
			return v, true
		}
	}
	return node{}, false
}

// files lists what was read, as positions name it, sorted.
func (t *tree) files() []string {
	out := make([]string, 0, len(t.read))
	for _, d := range t.read {
		out = append(out, d.file)
	}
	slices.SortFunc(out, cmp.Compare[string])
	return out
}
