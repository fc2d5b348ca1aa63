package zonefile

import (
	"maps"

	"gopkg.in/yaml.v3"

	"github.com/zonetender/zonetender/schema"
)

// headKeys are the keys of the zone form.
func headKeys() []string {
	return []string{"zone", "ttl", "manage", "ignore", "safety", "include", "vars", "checks", "records", "state"}
}

// A zoneFile is one file of a zone: its form, and what of it comes later.
type zoneFile struct {
	root    node
	bare    bool
	records node   // of the zone form; without node where there is no such key
	include []node // files that the zone form includes
}

// inspect decides which of the two forms a file has: a scalar under the key "zone" makes the
// zone form, because in the bare form every name has a mapping or a list.
func (b *builder) inspect(root node) (zoneFile, bool) {
	root = b.tree.resolve(root)
	if !b.tree.isMapping(root, "file", "a mapping from owner name to records") {
		return zoneFile{}, false
	}
	v, ok := b.tree.get(root, "zone")
	return zoneFile{root: root, bare: !ok || v.yaml.Kind != yaml.ScalarNode}, true
}

// readHead reads everything of the zone form but its records. A zone in several
// files has each key in one of them, except "zone".
func (b *builder) readHead(f *zoneFile) {
	for k, v := range b.tree.fields(f.root) {
		switch k.yaml.Value {
		case "zone", "records":
		default:
			if first, ok := b.heads[k.yaml.Value]; ok {
				b.tree.errorf(k, codeHead, "%s is in two files of the zone, first at %s; expected it once", show(k), first.From(k.pos()))
				continue
			}
			b.heads[k.yaml.Value] = k.pos()
		}
		b.readHeadKey(f, k, v)
	}
}

func (b *builder) readHeadKey(f *zoneFile, k, v node) {
	switch k.yaml.Value {
	case "zone":
		b.checkZoneName(v)
	case "ttl":
		b.tree.readTTL(v, &b.zone.TTL)
	case "manage":
		b.zone.Manage = schema.Manage(b.tree.oneOf(v, "manage", string(schema.ManageAll), string(schema.ManageDeclared)))
	case "ignore":
		rules := b.tree.readIgnore(v)
		for _, r := range rules {
			if zone, ok := r.rule.RepeatedZone(func(n schema.Name) bool { return n == b.zone.Name }); ok {
				b.tree.problems = append(b.tree.problems, repeatsZone(r, zone))
			}
		}
		b.zone.Ignore = append(b.zone.Ignore, rulesOf(rules)...)
	case "safety":
		b.zone.Safety = b.tree.readSafety(v, zoneLimits())
	case "include":
		f.include = b.tree.texts(v, "include")
	case "vars":
		b.vars.own = b.tree.readVars(v)
	case "checks":
		maps.Copy(b.checks, b.tree.readChecks(v))
	case "records":
		f.records = v
	case "state":
		text, ok := b.tree.text(v, "state")
		if b.zone.Absent = text == "absent"; ok && !b.zone.Absent {
			b.tree.errorf(v, codeHead, "state is %s, expected absent, or no such key", show(v))
		}
	default:
		b.stray = true
		b.tree.unknownKey(k, "in the head of a zone", headKeys()...)
	}
}

// checkZoneName compares "zone:" with the file name.
func (b *builder) checkZoneName(v node) {
	text, ok := b.tree.text(v, "zone")
	if !ok {
		return
	}
	name, err := schema.ParseName(text)
	switch {
	case err != nil:
		b.tree.errorf(v, codeZoneName, "zone %s: %v", show(v), err)
	case name != b.zone.Name:
		b.tree.errorf(v, codeZoneName, "zone is %s, but the file name says %s; expected the same", schema.Display(name.Undotted()), schema.Display(b.zone.Name.Undotted()))
	}
}

// buildFile reads the records of one of several files.
func (b *builder) buildFile(f *zoneFile, files int) {
	b.bare = f.bare
	if f.bare {
		b.buildTop(f.root)
		return
	}
	switch n := f.records; {
	case n.yaml != nil:
		if b.tree.isMapping(n, "records", "a mapping from owner name to records") {
			b.buildTop(n)
		}
	case files == 1 && len(f.include) == 0 && !b.zone.Absent && !b.stray:
		b.tree.errorf(f.root, codeEmpty, "zone has no records:, expected it; a zone without records is written as records: {}")
	}
	for _, n := range f.include {
		b.buildInclude(n)
	}
}

// buildTop reads the records of a file, which a tombstone must not have.
func (b *builder) buildTop(n node) {
	b.records = true
	if !b.zone.Absent {
		b.buildRecords(n)
		return
	}
	for k := range b.tree.fields(n) {
		b.tree.errorf(k, codeHead, "zone has state: absent and records, expected one of the two")
		return
	}
}

// buildInclude reads a file of records that several zones share.
func (b *builder) buildInclude(n node) {
	if b.zone.Absent {
		b.tree.errorf(n, codeHead, "zone has state: absent and includes records, expected one of the two")
		return
	}
	root, ok := b.tree.include(n, n.yaml.Value)
	if !ok || !b.tree.spend(n, b.tree.extents[root.yaml].nodes) {
		return
	}
	root = b.tree.resolve(root)
	if !b.tree.isMapping(root, "included file", "a mapping from owner name to records") {
		return
	}
	if v, ok := b.tree.get(root, "records"); ok && v.yaml.Kind == yaml.MappingNode && b.looksLikeRecords(v) {
		b.tree.errorf(root, codeInclude, "included file has records:, expected the owner names at its top")
		return
	}
	b.records = true
	b.buildRecords(root)
}

// looksLikeRecords reports whether a mapping holds mappings or lists only, as a
// mapping of owner names does and a record does not.
func (b *builder) looksLikeRecords(n node) bool {
	for k, v := range b.tree.fields(n) {
		if v.yaml.Kind == yaml.ScalarNode || schema.Type(k.yaml.Value).Managed() {
			return false
		}
	}
	return true
}
