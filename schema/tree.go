package schema

import (
	"cmp"
	"fmt"
	"io/fs"
	"iter"
	"slices"

	"gopkg.in/yaml.v3"
)

// A tree is the YAML of one zone, or of the settings: its files with aliases,
// merges and includes followed. It collects what is wrong with them.
type tree struct {
	fsys     fs.FS
	dir      string // the zones folder within fsys, which positions are relative to
	shared   *includes
	problems Problems

	read     map[string]*document   // by path within fsys
	extents  map[*yaml.Node]extent  // of anchors and of whole files
	included map[*yaml.Node]node    // what stands where an !include is written
	skipped  map[*yaml.Node]bool    // keys that repeat an earlier one
	merges   map[*yaml.Node][]field // mappings with << and what they come to
	loading  []string               // paths of the files being measured, outermost first
	spent    int                    // nodes that aliases and includes have added so far
	broken   bool                   // loops or too much of it: not to be walked
}

// A field is one key of a mapping and its value.
type field struct{ key, value node }

// An extent is how large a part of a tree is once aliases and includes are
// expanded, which is found out without expanding them.
type extent struct {
	nodes   int  // all of them
	aliased int  // those that aliases and includes add
	height  int  // mappings and lists inside each other
	open    bool // still being measured: to meet it again is a loop
}

func (t *tree) problem(severity Severity, p Position, rule, format string, args []any) {
	t.problems = append(t.problems, Problem{p, severity, rule, fmt.Sprintf(format, args...)})
}

// errorf adds an error at n.
func (t *tree) errorf(n node, rule, format string, args ...any) {
	t.problem(Error, n.pos(), rule, format, args)
}

// warnf adds a warning at n.
func (t *tree) warnf(n node, rule, format string, args ...any) {
	t.problem(Warning, n.pos(), rule, format, args)
}

// failed reports whether any problem is an error.
func (t *tree) failed() bool {
	return slices.ContainsFunc(t.problems, func(p Problem) bool { return p.Severity == Error })
}

// load reads a file once and measures it. ok is false where it cannot be walked.
func (t *tree) load(path, file string) (root node, ok bool) {
	d, known := t.read[path]
	if !known {
		d = t.shared.document(t.fsys, path, file)
		if t.read == nil {
			t.read = make(map[string]*document)
		}
		t.read[path] = d
		t.problems = append(t.problems, d.problems...)
	}
	if d.root == nil {
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

// measure walks what is really written below n, once: it checks keys and tags,
// reads includes, and adds up how large n is when expanded.
func (t *tree) measure(n node, depth int) extent {
	e := extent{nodes: 1, height: 1}
	switch {
	case depth > maxDepth:
		t.refuse(n, ruleTooDeep, "nesting deeper than %d, expected less", maxDepth)
		return e
	case n.Kind == yaml.AliasNode:
		return t.measureTarget(n, node{n.Alias, n.doc}, depth)
	case n.Tag == tagInclude:
		return t.measureInclude(n, depth)
	case n.Kind == yaml.ScalarNode:
		t.checkTag(n)
		if n.Anchor != "" {
			t.remember(n, e)
		}
		return e
	}
	t.checkTag(n)
	named := n.Anchor != "" || n.Node == n.doc.root
	if named {
		t.remember(n, extent{open: true})
	}
	for _, c := range n.Content {
		child := t.measure(node{c, n.doc}, depth+1)
		e.nodes += child.nodes
		e.aliased += child.aliased
		e.height = max(e.height, child.height+1)
		if e.aliased > maxNodes {
			t.refuse(node{c, n.doc}, ruleAliasBudget, "aliases and includes expand to more than %d nodes, expected fewer", maxNodes)
			e.aliased, e.nodes = 0, 0
		}
	}
	if n.Kind == yaml.MappingNode {
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
	if t.spent += nodes; t.spent > maxNodes {
		t.refuse(at, ruleAliasBudget, "aliases and includes of the zone expand to more than %d nodes, expected fewer", maxNodes)
	}
	return !t.broken
}

// measureTarget gives the extent of what an alias or an include stands for.
func (t *tree) measureTarget(at, target node, depth int) extent {
	e, known := t.extents[target.Node]
	if !known {
		e = t.measure(target, depth+1)
	}
	switch {
	case e.open:
		t.refuse(at, ruleAliasLoop, "alias *%s stands inside what it names, expected no loop", at.Value)
		return extent{nodes: 1, height: 1}
	case depth+e.height > maxDepth:
		t.refuse(at, ruleTooDeep, "nesting deeper than %d, expected less", maxDepth)
	}
	return extent{nodes: e.nodes, aliased: e.nodes, height: e.height}
}

func (t *tree) remember(n node, e extent) {
	if t.extents == nil {
		t.extents = make(map[*yaml.Node]extent)
	}
	t.extents[n.Node] = e
}

// refuse adds an error after which the tree is not walked any more, because the
// walk would be endless or nearly so. One such error is enough.
func (t *tree) refuse(n node, rule, format string, args ...any) {
	if !t.broken {
		t.errorf(n, rule, format, args...)
	}
	t.broken = true
}

func (t *tree) checkTag(n node) {
	switch {
	case n.Kind == yaml.ScalarNode && n.Style&yaml.TaggedStyle == 0:
	case n.Tag == "!!str", n.Tag == "!!map", n.Tag == "!!seq":
	default:
		t.errorf(n, ruleTag, "tag %s is not known, expected none, or !include FILE", n.Tag)
	}
}

// checkKeys finds keys that are no text or stand there twice. The YAML library
// takes quadratic time for it, which 20,000 names make felt.
func (t *tree) checkKeys(n node) {
	const few = 16
	var seen map[string]int
	if len(n.Content) > 2*few {
		seen = make(map[string]int, len(n.Content)/2)
	}
	for i := 0; i < len(n.Content); i += 2 {
		k := t.resolve(node{n.Content[i], n.doc})
		if k.Kind != yaml.ScalarNode {
			t.errorf(node{n.Content[i], n.doc}, ruleKey, "key is a list or a mapping, expected text")
			t.skip(n.Content[i])
			continue
		}
		if k.Tag == tagMerge {
			continue
		}
		first := -1
		if seen != nil {
			if j, ok := seen[k.Value]; ok {
				first = j
			} else {
				seen[k.Value] = i
			}
		} else {
			first = t.firstKey(n, k.Value, i)
		}
		if first >= 0 {
			t.errorf(node{n.Content[i], n.doc}, ruleDuplicateKey, "key %s stands here twice, first at line %d", show(k), n.Content[first].Line)
			t.skip(n.Content[i])
		}
	}
}

// firstKey finds the key with the same text before Content[end], or -1.
func (t *tree) firstKey(n node, text string, end int) int {
	for j := 0; j < end; j += 2 {
		if k := t.resolve(node{n.Content[j], n.doc}); k.Value == text && k.Kind == yaml.ScalarNode && k.Tag != tagMerge {
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

// show gives a scalar as a message shows it: as written where it is plain.
func show(n node) string {
	if n.Value != "" && n.isPlain() && len(n.Value) <= 60 {
		return n.Value
	}
	return clip(n.Value)
}

// resolve follows aliases and includes to what stands there.
func (t *tree) resolve(n node) node {
	// The bound only guards against loops, which measure has refused already.
	for range maxDepth {
		if target, ok := t.included[n.Node]; ok {
			n = target
			continue
		}
		if n.Kind != yaml.AliasNode {
			break
		}
		n = node{n.Alias, n.doc}
	}
	return n
}

// items yields the elements of a list, followed. A node that is no list is its own
// only element.
func (t *tree) items(n node) iter.Seq[node] {
	return func(yield func(node) bool) {
		n := t.resolve(n)
		if n.Kind != yaml.SequenceNode {
			yield(n)
			return
		}
		for _, c := range n.Content {
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
		if n.Kind != yaml.MappingNode {
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
		for i := 0; i+1 < len(n.Content); i += 2 {
			if t.skipped != nil && t.skipped[n.Content[i]] {
				continue
			}
			key, value := t.resolve(node{n.Content[i], n.doc}), t.resolve(node{n.Content[i+1], n.doc})
			if !yield(key, value) {
				return
			}
		}
	}
}

// get gives the value of a key.
func (t *tree) get(n node, key string) (value node, ok bool) {
	for k, v := range t.fields(n) {
		if k.Value == key {
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
