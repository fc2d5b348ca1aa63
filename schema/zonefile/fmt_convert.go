package zonefile

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile/layout"
)

// A converter writes one zone file in the other form. Comments stay before or behind what they
// were at, and empty lines before the names that had one. Aliases and merges are written out, and
// so are variables in the bare form, which has none.
type converter struct {
	b        *builder
	w        *formatter
	lines    []string // of the file
	comments []layout.Comment
	out      strings.Builder
	refused  schema.Problems
}

// refuse notes why the file cannot be in the other form.
func (c *converter) refuse(n node, format string, args ...any) {
	c.refused = append(c.refused, schema.NewProblem(schema.Error, n.pos(), codeFormat, format, args...))
}

// hasForm reports whether a file of the zone has a form already, or has none.
func (b *builder) hasForm(file string, form Form) bool {
	d := b.tree.read[path.Join(b.tree.dir, file)]
	if d == nil || d.root == nil {
		return true
	}
	f, ok := b.inspect(b.tree.resolve(node{d.root, d}))
	return !ok || f.bare == (form == BareForm)
}

// converted returns a file of a zone in the other form, if it then declares the same.
func (r *FileFormatter) converted(b *builder, s Source, f FormattedFile) FormattedFile {
	fail := func(problems schema.Problems) FormattedFile {
		f.Formatted, f.Problems = f.Text, problems
		return f
	}
	others := slices.DeleteFunc(b.tree.files(), func(file string) bool { return slices.Contains(s.Files, file) })
	switch {
	case b.tree.failed() || r.folder.broken > 0:
		return fail(schema.Problems{misplaced(f.Name, codeFormat, "zone has errors, expected none where its files are converted")})
	case len(others) > 0:
		return fail(schema.Problems{misplaced(f.Name, codeFormat, "zone includes %s, expected no includes where its files are converted", others[0])})
	}
	before := b.zone
	text, problems := convert(b, b.tree.read[path.Join(b.tree.dir, f.Name)], f.Text, *r.Convert)
	if len(problems) > 0 {
		return fail(problems.Sorted())
	}
	out := formatFile(f.Name, text, nil, nil)
	again := r.reading(s, f.Name, out.Formatted)
	if len(out.Problems) > 0 || again.tree.failed() || !sameRecords(before, again.zone) {
		return fail(schema.Problems{misplaced(f.Name, codeFormat, "file cannot be converted without changing what it declares; convert it by hand")})
	}
	f.Formatted = out.Formatted
	return f
}

// sameRecords reports whether two readings of a zone came to the same.
func sameRecords(a, b schema.Declaration) bool {
	return a.Manage == b.Manage && slices.Equal(ruleTexts(a), ruleTexts(b)) &&
		maps.EqualFunc(recordSets(a), recordSets(b), func(a, b schema.RRset) bool {
			return a.TTL == b.TTL && a.Lenient == b.Lenient && a.Expires.Equal(b.Expires) &&
				slices.EqualFunc(a.Values, b.Values, func(a, b schema.Value) bool { return a.Data == b.Data })
		})
}

func ruleTexts(d schema.Declaration) (texts []string) {
	for _, r := range d.Ignore {
		texts = append(texts, r.String())
	}
	slices.Sort(texts)
	return texts
}

func recordSets(d schema.Declaration) map[schema.Key]schema.RRset {
	sets := make(map[schema.Key]schema.RRset)
	for _, s := range slices.Concat(d.Expired, d.RRsets) {
		sets[s.Key()] = s
	}
	return sets
}

// convert returns a file of a zone that has been read without errors in another form, to be
// laid out. Of what this form has no words for, it says so.
func convert(b *builder, d *document, data []byte, form Form) ([]byte, schema.Problems) {
	comments, err := layout.Comments(data)
	if err != nil {
		return nil, schema.Problems{misplaced(d.file, codeFormat, "%v", err)}
	}
	c := &converter{
		b: b, w: &formatter{zone: schema.Declaration{Name: b.zone.Name}, form: form},
		lines: strings.Split(string(data), "\n"), comments: comments,
	}
	root := b.tree.resolve(node{d.root, d})
	f, _ := b.inspect(root)
	b.bare = f.bare
	b.count, b.textSize, b.tree.spelled = 0, 0, nil // the records are read once more
	records := root
	if !f.bare {
		records = c.head(root)
	}
	if len(c.refused) == 0 {
		c.records(records)
	}
	return []byte(c.out.String()), c.refused
}

// head looks at the head of a file in the zone form, and returns its records.
func (c *converter) head(root node) (records node) {
	for k, v := range c.b.tree.fields(root) {
		switch k.yaml.Value {
		case "zone", "ttl", "vars":
		case "manage":
			if v.yaml.Value != string(schema.ManageAll) {
				c.refuse(k, "the bare form has no words for manage: %s, expected the zone form", show(v))
			}
		case "records":
			records = v
		default:
			c.refuse(k, "the bare form has no words for %s, expected the zone form", show(k))
		}
	}
	if records.yaml == nil && len(c.refused) == 0 {
		c.refuse(root, "file has no records:, expected them in the file that is converted")
	}
	return records
}

// records writes the whole file.
func (c *converter) records(n node) {
	type chunk struct{ name, text string }
	var chunks []chunk
	head := ""
	for k, v := range c.b.tree.fields(n) {
		if len(chunks) == 0 {
			c.top(k.yaml.Line)
			head = c.out.String()
		}
		c.out.Reset()
		name, _ := c.b.owner(k)
		c.owner(name, k, v)
		chunks = append(chunks, chunk{c.w.ownerName(name), c.out.String()})
	}
	c.out.Reset()
	c.out.WriteString(head)
	if len(chunks) == 0 {
		c.top(len(c.lines) + 1)
		c.put(2, "{}", 0)
	}
	if c.w.form == BareForm { // octoDNS demands the order
		slices.SortStableFunc(chunks, func(a, b chunk) int { return compareNatural(a.name, b.name) })
	}
	for i, ch := range chunks {
		if i == 0 {
			ch.text = strings.TrimLeft(ch.text, "\n")
		}
		c.out.WriteString(ch.text)
	}
	c.flush(len(c.lines)+1, 0)
}
