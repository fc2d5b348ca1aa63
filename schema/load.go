package schema

import (
	"path"
	"slices"
	"strings"
)

// Zone reads, builds and checks one zone. The zone is nil where anything is an
// error; problems holds errors and warnings, sorted. It is safe for concurrent use.
//
// A mistake in zonetender.yaml is an error of every zone: without it nobody knows
// which records other tools own.
func (f *Folder) Zone(s Source) (*Zone, Problems) {
	b := &builder{
		tree:     tree{fsys: f.fsys, dir: f.dir, shared: &f.includes},
		settings: &f.Settings,
		zone:     &Zone{Name: s.Zone, Manage: ManageAll, TTL: f.Settings.TTL},
		vars:     variables{zone: s.Zone, all: f.Settings.Vars},
		heads:    make(map[string]Position),
	}
	b.problems = append(slices.Clone(f.broken), s.Problems...)
	if len(s.Files) > 0 {
		b.zone.File = s.Files[0]
	}
	if !s.refused {
		b.build(s)
	}
	sorted := b.problems.Sorted()
	if len(sorted.Errors()) > 0 {
		return nil, sorted
	}
	b.zone.Warnings = sorted
	return b.zone, sorted
}

// build reads the files: all heads first, because variables and the default TTL
// hold in every file of the zone.
func (b *builder) build(s Source) {
	var files []*zoneFile
	for _, name := range s.Files {
		root, ok := b.load(path.Join(b.dir, name), name)
		if !ok {
			continue
		}
		if f, ok := b.inspect(root); ok {
			files = append(files, &f)
		}
	}
	for _, f := range files {
		if !f.bare {
			b.readHead(f)
		}
	}
	for _, f := range files {
		b.buildFile(f, len(s.Files) == 1)
	}
	b.checkStray(s, files)
	if b.broken {
		return
	}
	b.finish()
}

// checkStray looks at a file whose name is a single label, such as notes.yaml: it
// is taken for a zone only where its content says so.
func (b *builder) checkStray(s Source, files []*zoneFile) {
	if strings.Contains(s.Zone.Undotted(), ".") || len(s.Files) == 0 {
		return
	}
	at := Position{s.Files[0], 1, 1}
	empty := len(files) == 1 && files[0].bare && len(b.seen) == 0
	if b.failed() || empty {
		b.problem(Error, at, ruleStray, "file is read as the zone %s; expected a zone file, or %s under exclude in %s",
			[]any{s.Zone, s.Files[0], settingsFile})
	}
}

// finish puts the zone in order and looks at it as a whole.
func (b *builder) finish() {
	z := b.zone
	if !b.records && !z.Absent && !b.failed() {
		b.problem(Error, Position{z.File, 1, 1}, ruleEmpty, "zone has no records: in any of its files, expected it", nil)
	}
	slices.SortFunc(z.RRsets, func(s, t RRset) int { return s.Key.Compare(t.Key) })
	own := z.Ignore
	z.Ignore = append(slices.Clone(b.settings.Ignore), own...)
	z.Safety = z.Safety.Or(b.settings.Safety)
	z.Files = b.files()
	b.checkIgnored()
	found := checkZone(z)
	if b.failed() {
		// Records may be missing because of the errors: what a check misses then is
		// no mistake, what it finds still is.
		found = slices.DeleteFunc(found, func(p Problem) bool {
			return p.Severity == Warning && slices.Contains([]string{"target-missing", "below-delegation", "caa-issue", "spf-malformed"}, p.Rule)
		})
	}
	b.problems = append(b.problems, found...)
}

// checkIgnored refuses records that an ignore rule leaves to others: two owners of
// one record would undo each other's work.
func (b *builder) checkIgnored() {
	z := b.zone
	if len(z.Ignore) == 0 {
		return
	}
	rules := slices.DeleteFunc(slices.Clone(z.Ignore), func(r IgnoreRule) bool { return r.exact })
	for _, s := range z.RRsets {
		for _, v := range s.Values {
			rec := s.Record(v)
			if slices.ContainsFunc(rules, func(r IgnoreRule) bool { return r.Match(z.Name, rec) }) {
				b.problem(Error, v.Pos, ruleIgnoredDeclared, "%s %s is declared here and left alone by an ignore rule, expected one of the two",
					[]any{s.Name.Relative(z.Name), s.Type})
			}
		}
	}
}
