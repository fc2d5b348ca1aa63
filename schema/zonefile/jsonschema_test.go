package zonefile

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"github.com/zonetender/zonetender/schema"
)

// compiled returns the JSON Schema of a kind of file.
func compiled(t *testing.T, kind FileKind) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(JSONSchema(kind)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// corpus returns every YAML file of every testdata folder, and of the examples.
func corpus(t *testing.T) (texts map[string]string) {
	t.Helper()
	texts = make(map[string]string)
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(p string, e os.DirEntry, err error) error {
		ext := filepath.Ext(p)
		inTestdata := strings.Contains(p, "/testdata/") && !strings.Contains(p, "/fuzz/")
		if err != nil || e.IsDir() || !inTestdata && !strings.Contains(p, "zones.example") {
			return err
		}
		data, err := os.ReadFile(p)
		switch ext {
		case ".yaml", ".yml":
			texts[p] = string(data)
		case ".txt", ".txtar":
			files, _ := unpack(data)
			for name, f := range files {
				if _, ok := yamlStem(name); ok {
					texts[p+" "+name] = string(f.Data)
				}
			}
		}
		return err
	})
	if err != nil || len(texts) < 100 {
		t.Fatalf("%d files, %v", len(texts), err)
	}
	return texts
}

func kindOf(name string) FileKind {
	switch {
	case strings.HasSuffix(name, settingsFile):
		return SettingsKind
	case strings.Contains(name, "templates/"):
		return TemplateKind
	}
	return ZoneKind
}

// parsed reads one file by itself, and returns what it says as JSON would, with the errors. It
// is nil where the file is not to be looked at.
func parsed(text string, kind FileKind) (value any, problems schema.Problems) {
	fsys := fstest.MapFS{"templates/file.yaml": {Data: []byte(text)}, "example.com.yaml": {Data: []byte(text)}}
	var t *tree
	file := "example.com.yaml"
	switch kind {
	case SettingsKind:
		fsys[settingsFile] = fsys[file]
		file = settingsFile
		t = &tree{fsys: fsys, dir: ".", shared: &includes{}}
		s := defaultSettings()
		if root, err := t.settingsRoot(); err == nil && root.yaml != nil && t.isMapping(root, settingsFile, "a mapping") {
			t.readSettings(root, &s)
		}
	case TemplateKind:
		file = "templates/file.yaml"
		fsys["example.com.yaml"] = &fstest.MapFile{Data: []byte("zone: example.com\ninclude: [templates/file.yaml]\n")}
		fallthrough
	default:
		f := &Folder{Settings: defaultSettings(), fsys: fsys, dir: "."}
		f.Settings.UnsupportedTypes = UnsupportedWarn
		b := f.builder(Source{Zone: schema.MustParseName("example.com"), Files: []string{"example.com.yaml"}}, &turn{})
		if b.read(Source{Zone: schema.MustParseName("example.com"), Files: []string{"example.com.yaml"}}) {
			b.finish(nil)
		}
		t = &b.tree
	}
	d := t.read[file]
	if d == nil || d.root == nil || t.broken {
		return nil, nil
	}
	return t.json(node{d.root, d}), t.problems.Errors()
}

// json returns what a node says, with aliases, merges and includes followed.
func (t *tree) json(n node) any {
	n = t.resolve(n)
	switch n.yaml.Kind {
	case yaml.MappingNode:
		out := make(map[string]any)
		for k, v := range t.fields(n) {
			out[k.yaml.Value] = t.json(v)
		}
		return out
	case yaml.SequenceNode:
		out := []any{}
		for i := range n.yaml.Content {
			out = append(out, t.json(node{n.yaml.Content[i], n.doc}))
		}
		return out
	}
	switch n.yaml.Tag {
	case "!!null":
		return nil
	case "!!bool":
		return strings.EqualFold(n.yaml.Value, "true")
	case "!!int", "!!float":
		if f, err := strconv.ParseFloat(n.yaml.Value, 64); err == nil {
			return f
		}
	}
	return n.yaml.Value
}

// structural reports whether an error is about keys, or about what is a mapping, a list or text
// in one file.
func structural(p schema.Problem) bool {
	switch p.Code {
	case codeShape, codeUnknownKey, codeType, codeNull, codeChecks:
		return !strings.HasPrefix(p.Message, "owner name is empty")
	case codeEmpty:
		return !strings.Contains(p.Message, "no records:") && !strings.HasPrefix(p.Message, "file is empty")
	}
	return false
}

// agree holds the JSON Schema against the parser for one file: what the schema refuses, the parser
// refuses, and the schema refuses what the parser finds wrong with the structure.
func agree(t *testing.T, s *jsonschema.Schema, name, text string) (refused bool) {
	t.Helper()
	value, problems := parsed(text, kindOf(name))
	if value == nil {
		return false
	}
	err := s.Validate(value)
	if err != nil && len(problems) == 0 {
		t.Errorf("%s: refused by the schema alone: %v\n%s", name, err, text)
	}
	if i := slices.IndexFunc(problems, structural); i >= 0 && err == nil {
		t.Errorf("%s: refused by the parser alone: %v\n%s", name, problems[i], text)
	}
	return err != nil
}

func TestJSONSchemaAgreesWithTheParser(t *testing.T) {
	t.Parallel()
	schemas := make(map[FileKind]*jsonschema.Schema)
	for _, k := range FileKinds() {
		schemas[k] = compiled(t, k)
	}
	texts := corpus(t)
	counts := make(map[string]int)
	random := rand.New(rand.NewPCG(3, 4))
	for _, name := range slices.Sorted(keys(texts)) {
		s := schemas[kindOf(name)]
		counts[fmt.Sprintf("%s refused: %v", kindOf(name), agree(t, s, name, texts[name]))]++
		for range 40 {
			if text, ok := mutated(random, texts[name]); ok {
				counts[fmt.Sprintf("mutated %s refused: %v", kindOf(name), agree(t, s, name, text))]++
			}
		}
	}
	for _, k := range []string{"zone refused: true", "zone refused: false", "settings refused: true", "mutated template refused: true", "mutated template refused: false"} {
		if counts[k] < 3 {
			t.Errorf("got %v, want all of them refused and accepted several times", counts)
		}
	}
}

func keys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// mutated returns a text with one or two of its nodes changed.
func mutated(random *rand.Rand, text string) (string, bool) {
	doc, _, err := decode([]byte(text))
	if err != nil || doc == nil || len(doc.Content) == 0 {
		return "", false
	}
	for range 1 + random.IntN(2) {
		var nodes []*yaml.Node
		var walk func(n *yaml.Node)
		walk = func(n *yaml.Node) {
			nodes = append(nodes, n)
			for _, c := range n.Content {
				walk(c)
			}
		}
		walk(doc.Content[0])
		mutate(random, nodes[random.IntN(len(nodes))], nodes[random.IntN(len(nodes))])
	}
	out, err := yaml.Marshal(doc)
	return string(out), err == nil
}

// mutate changes one node, or puts a part of another one into it.
func mutate(random *rand.Rand, n, other *yaml.Node) {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return
	}
	scalar := func(tag, text string) yaml.Node { return yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text} }
	words := []string{"A", "MX", "CNMAE", "PTR", "type", "ttl", "value", "values", "records", "zone", "octodns", "expires", "warn", "x", "preference", "TXT"}
	switch random.IntN(8) {
	case 0:
		*n = scalar("!!null", "null")
	case 1:
		*n = scalar("!!str", words[random.IntN(len(words))])
	case 2:
		*n = yaml.Node{Kind: yaml.SequenceNode}
	case 3:
		*n = yaml.Node{Kind: yaml.MappingNode}
	case 4:
		inner := *n
		*n = yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{&inner}}
	case 5:
		if len(n.Content) >= 2 {
			n.Content = n.Content[2:]
		}
	case 6:
		if n.Kind == yaml.MappingNode {
			k, v := scalar("!!str", words[random.IntN(len(words))]), scalar("!!str", words[random.IntN(len(words))])
			n.Content = append(n.Content, &k, &v)
		}
	default:
		if len(other.Content) == 0 && other.Kind == yaml.ScalarNode {
			*n = *other
			n.Anchor = ""
		}
	}
}
