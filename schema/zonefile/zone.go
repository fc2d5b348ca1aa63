package zonefile

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/lint"
)

// Parse reads one zone file on its own. Its name says which zone it declares, as in
// "example.com.yaml" or "zones/example.com.yaml". The settings are the defaults, and the
// file cannot include others. The zone is nil where any problem is an error.
func Parse(name string, data []byte) (*schema.Zone, schema.Problems) {
	stem, ok := yamlStem(path.Base(name))
	if !ok {
		return nil, schema.Problems{misplaced(name, codeStray, "file is not a zone file, expected a name such as example.com.yaml")}
	}
	zone, err := zoneFromStem(stem)
	if err != nil {
		return nil, schema.Problems{misplaced(name, codeStray, "file name is not a zone name (%v); expected one such as example.com.yaml", err)}
	}
	f := &Folder{Settings: defaultSettings(), fsys: noFiles{}, dir: "."}
	d := newDocument(path.Clean(name), name, data, nil)
	if d.nodes <= maxZoneNodes {
		d.parse(data)
	}
	f.includes.docs = map[string]*document{d.path: d}
	return f.Zone(Source{Zone: zone, Files: []string{name}})
}

// noFiles is a file system without files.
type noFiles struct{}

func (noFiles) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// Zone reads, builds and checks one zone. The zone is nil where any problem is an error.
// Problems are sorted; no other zone of the folder reports the same ones. It is safe for
// concurrent use.
//
// No zone can be read while zonetender.yaml has errors, because what other tools own is not
// known then. The zone has one error that says so, besides its own.
func (f *Folder) Zone(s Source) (*schema.Zone, schema.Problems) {
	zone, _, problems := f.readZone(s)
	return zone, problems
}

// readZone is Zone, and returns what "checks:" say of the zone.
func (f *Folder) readZone(s Source) (*schema.Zone, map[string]Level, schema.Problems) {
	turn := &turn{mu: &f.large}
	defer turn.done()
	b := f.builder(s, turn)
	var zone *schema.Zone
	if b.read(s) {
		zone = b.finish(f.children(b.zone, turn))
	}
	if f.Check != nil && zone != nil {
		b.tree.problems = append(b.tree.problems, f.Check(zone)...)
	}
	if f.broken > 0 {
		b.blameSettings(f.broken)
	}
	b.tree.countUnlisted(schema.Position{File: b.zone.File})
	problems := atLevel(b.tree.problems, f.checksFor(b)).Sorted()
	if len(problems.Errors()) > 0 {
		zone = nil
	}
	return zone, b.checks, problems
}

// builder returns the builder of a zone.
func (f *Folder) builder(s Source, turn *turn) *builder {
	if s.size > maxTogether {
		turn.take()
	}
	b := &builder{
		tree:     tree{fsys: f.fsys, dir: f.dir, shared: &f.includes, turn: turn},
		settings: &f.Settings,
		zone:     schema.Declaration{Name: s.Zone, Manage: schema.ManageAll, TTL: f.Settings.TTL},
		vars:     variables{zone: s.Zone, all: f.Settings.Vars},
		checks:   make(map[string]Level),
		heads:    make(map[string]schema.Position),
		now:      f.Now,
	}
	maps.Copy(b.checks, f.Settings.Checks)
	b.tree.problems = slices.Clone(s.problems)
	if len(s.Files) > 0 {
		b.zone.File = s.Files[0]
	}
	return b
}

// blameSettings says that the zone is not read because of errors in zonetender.yaml, and
// drops what only seems to be wrong because the settings are missing.
func (b *builder) blameSettings(errors int) {
	b.dropDoubtful()
	what := "an error"
	if errors > 1 {
		what = fmt.Sprintf("%d errors", errors)
	}
	b.tree.problems = append(b.tree.problems, misplaced(b.zone.File, codeSettings, "zone is not read: %s has %s", settingsFile, what))
}

// dropDoubtful drops what only seems to be wrong because the settings are missing.
func (b *builder) dropDoubtful() {
	b.tree.problems = slices.DeleteFunc(b.tree.problems, func(p schema.Problem) bool {
		return p.Code == codeVariable || p.Code == codeUnsupportedType
	})
}

// read reads the files: all heads first, because variables and the default TTL hold in
// every file of the zone. It reports whether the zone can be looked at as a whole.
func (b *builder) read(s Source) bool {
	if s.refused {
		return false
	}
	alone := b.tree.alone(s)
	files := b.load(s, alone)
	for _, f := range files {
		if !f.bare {
			b.readHead(f)
		}
	}
	for _, f := range files {
		b.buildFile(f, len(s.Files))
	}
	for _, name := range alone {
		b.buildAlone(name, len(s.Files))
	}
	b.checkStray(s, files)
	return !b.tree.broken
}

// load loads the zone's own files, except some, and returns those that can be walked.
func (b *builder) load(s Source, except []string) []*zoneFile {
	var files []*zoneFile
	for _, name := range s.Files {
		if slices.Contains(except, name) {
			continue
		}
		root, ok := b.tree.load(path.Join(b.tree.dir, name), name)
		if !ok {
			continue
		}
		if f, ok := b.inspect(root); ok {
			files = append(files, &f)
		}
	}
	return files
}

// checkStray looks at a file whose name is a single label, such as notes.yaml: it
// is taken for a zone only where its content says so.
func (b *builder) checkStray(s Source, files []*zoneFile) {
	if strings.Contains(s.Zone.Undotted(), ".") || len(s.Files) == 0 {
		return
	}
	at := schema.Position{File: s.Files[0], Line: 1, Col: 1}
	empty := len(files) == 1 && files[0].bare && len(b.seen) == 0
	if b.tree.failed() || empty {
		b.tree.problem(schema.Error, at, codeStray, "file is read as the zone %s; expected a zone file, or %s under exclude in %s",
			[]any{s.Zone, s.Files[0], settingsFile})
	}
}

// finish makes the zone of what was read and checks it as a whole, with the zones below it.
// It is nil where anything is an error.
func (b *builder) finish(children []schema.Declaration) *schema.Zone {
	d := b.zone
	if !b.records && !d.Absent && !b.tree.failed() {
		b.tree.problem(schema.Error, schema.Position{File: d.File, Line: 1, Col: 1}, codeEmpty, "zone has no records: in any of its files, expected it", nil)
	}
	d.Ignore = slices.Concat(b.settings.Ignore, d.Ignore)
	d.Safety = d.Safety.Or(b.settings.Safety)
	d.Files = b.tree.files()
	b.checkUndotted()
	for _, child := range children {
		d.Children = append(d.Children, schema.Child{Name: child.Name, File: child.File})
	}
	d, repeated := d.Sorted()
	zone, problems := schema.NewZone(d)
	if b.tree.failed() { // an error may be a record that is missing now
		b.tree.problems = slices.Concat(b.tree.problems, repeated, problems, lint.Fragment(d))
	} else {
		b.tree.problems = slices.Concat(b.tree.problems, repeated, problems, lint.Zone(d), lint.Delegations(d, children))
		b.tree.problems = append(b.tree.problems, afterExpiries(d)...)
	}
	return zone
}

// A builder makes one zone out of its files.
type builder struct {
	tree     tree
	settings *Settings
	zone     schema.Declaration
	vars     variables
	checks   map[string]Level // the zone's own over the repository's
	bare     bool             // the records at hand are in the bare form
	seen     map[schema.Key]claim
	heads    map[string]schema.Position // head keys so far, for folders of several files
	undotted []undotted                 // hosts that were read as absolute
	now      time.Time                  // see Folder.Now
	count    int                        // records so far
	textSize int                        // octets of names and values so far
	records  bool                       // some file declares records, even if there are none
	stray    bool                       // a head key is mistyped, so that one may seem to be missing
}

// A claim is the first place that speaks for an RRset.
type claim struct {
	pos    schema.Position
	ttl    schema.TTL
	hasTTL bool
}

// A declared RRset is what one place says of it, before its values are read.
type declared struct {
	at      node // where to point
	name    schema.Name
	typ     schema.Type
	ttl     schema.TTL
	hasTTL  bool
	lenient bool
	expires time.Time // zero: never
	values  []schema.Value
}

// claim reports whether the RRset is declared for the first time, with a problem where it is
// not.
func (b *builder) claim(d declared) bool {
	k := schema.Key{Name: d.name, Type: d.typ}
	first, taken := b.seen[k]
	if !taken {
		b.seen[k] = claim{d.at.pos(), d.ttl, d.hasTTL}
		return true
	}
	rel := d.name.DisplayIn(b.zone.Name)
	if d.hasTTL && first.hasTTL && d.ttl != first.ttl {
		b.tree.errorf(d.at, codeTwoTTLs, "%s %s has TTL %d here and %d at %s, expected one RRset with one TTL",
			rel, d.typ, d.ttl, first.ttl, first.pos.From(d.at.pos()))
	} else {
		b.tree.errorf(d.at, codeRRsetTwice, "%s %s is declared twice, first at %s; expected one RRset with all its values",
			rel, d.typ, first.pos.From(d.at.pos()))
	}
	return false
}

// expect makes room for more RRsets.
func (b *builder) expect(n int) {
	b.zone.RRsets = slices.Grow(b.zone.RRsets, n)
	if b.seen == nil {
		b.seen = make(map[schema.Key]claim, n)
	}
}

// add takes a whole RRset into the zone.
func (b *builder) add(d declared) {
	if !b.claim(d) || len(d.values) == 0 {
		return
	}
	s := schema.RRset{Name: d.name, Type: d.typ, TTL: d.ttl, Lenient: d.lenient, Expires: d.expires, Values: d.values}
	if b.isOver(d.expires) {
		b.zone.Expired = append(b.zone.Expired, s)
		return
	}
	b.zone.RRsets = append(b.zone.RRsets, s)
}

// expanded fills the variables in, in the zone form only: octoDNS knows none, so that ${ is
// plain text in the bare form.
func (b *builder) expanded(n node, text string) (string, bool) {
	if !b.bare {
		var err error
		if text, err = b.vars.expand(text); err != nil {
			b.tree.errorf(n, codeVariable, "%v", err)
			return "", false
		}
	}
	if len(text) > maxText {
		b.tree.errorf(n, codeTooLarge, "text is longer than %d octets with its variables, expected at most that", maxText)
		return "", false
	}
	if b.textSize += len(text); b.textSize > maxZoneText+b.tree.size {
		b.tree.refuse(n, codeTooLarge, "names and values of the zone are longer than %d MiB in all, expected less: aliases and variables repeat them", (maxZoneText+b.tree.size)>>20)
	}
	return text, !b.tree.broken
}

// hasRoom counts one more record, and reports whether the zone has room for it.
func (b *builder) hasRoom(n node) bool {
	most := min(max(maxRecords, b.tree.size/recordBytes), maxLargeZone)
	if b.count++; b.count > most {
		b.tree.refuse(n, codeTooLarge, "zone has more than %d records, expected fewer", most)
	}
	return !b.tree.broken
}

// scalar returns the text of a value with its variables filled in.
func (b *builder) scalar(n node, what string) (string, bool) {
	text, ok := b.tree.text(n, what)
	if !ok {
		return "", false
	}
	return b.expanded(n, text)
}

// owner reads an owner name.
func (b *builder) owner(k node) (schema.Name, bool) {
	if k.isNull() && (k.yaml.Value == "" || k.yaml.Value == "~") {
		b.tree.errorf(k, codeNull, "owner name is empty, expected '@' for the apex")
		return schema.Name{}, false
	}
	text, ok := b.expanded(k, k.yaml.Value)
	if !ok {
		return schema.Name{}, false
	}
	name, warning, err := schema.ParseOwner(text, b.zone.Name)
	if err != nil {
		b.tree.errorf(k, codeOwner, "%v", err)
		return schema.Name{}, false
	}
	if warning != "" {
		b.tree.warnf(k, codeRepeatsZone, "%s", warning)
	}
	if k.isPlain() {
		if reads, differs := yaml11(k.yaml.Value); differs && !strings.EqualFold(reads, k.yaml.Value) {
			b.tree.spelled.needsQuotes(k)
			b.tree.warnf(k, codeYAML11, "name %s is read as written; octoDNS reads %s: quote it", k.yaml.Value, strings.ToLower(reads))
		}
	}
	return name, true
}

// data reads the RDATA of one value from text, and the place it gets.
func (b *builder) data(typ schema.Type, n node, text string) (schema.Value, bool) {
	d, warnings, err := schema.ParseRDATA(typ, text, schema.Origin{Zone: b.zone.Name, Relative: !b.bare})
	if err != nil {
		b.tree.errorf(n, codeRDATA, "%v%s", err, listHint(typ, text))
		return schema.Value{}, false
	}
	if text == n.yaml.Value {
		b.tree.spelled.propose(n, spelled(typ, text, d, typ.HasHost() && len(warnings) > 0))
	}
	if typ.HasHost() {
		b.noteHost(n, d.Host(), strings.Join(warnings, ""))
		warnings = nil
	}
	b.noteSpelling(n, warnings)
	return schema.Value{Data: d, Pos: n.pos()}, true
}

// listHint says how several addresses are written where one text holds them.
func listHint(typ schema.Type, text string) string {
	several := strings.ContainsAny(strings.TrimSpace(text), ", ")
	switch {
	case typ == schema.A && several:
		return "; several are a list: [192.0.2.1, 192.0.2.2]"
	case typ == schema.AAAA && several:
		return "; several are a list: [2001:db8::1, 2001:db8::2]"
	}
	return ""
}

// noteSpelling passes on what was read otherwise than it may look.
func (b *builder) noteSpelling(n node, warnings []string) {
	for _, w := range warnings {
		b.tree.warnf(n, codeText, "%s", w)
	}
	if n.isPlain() {
		if reads, differs := yaml11(n.yaml.Value); differs {
			b.tree.spelled.needsQuotes(n)
			b.tree.warnf(n, codeYAML11, "value %s is read as written; octoDNS reads %s: quote it", n.yaml.Value, reads)
		}
	}
}

// isList reports whether n is a list that was written, also an empty one.
func isList(n node) bool { return n.yaml.Kind == yaml.SequenceNode && n.yaml.Tag != tagInclude }
