package zonefile

import (
	"path"
	"slices"

	"github.com/zonetender/zonetender/schema"
)

// Source returns where the folder declares a zone; ok is false where it does not.
func (f *Folder) Source(zone schema.Name) (s Source, ok bool) {
	i, ok := slices.BinarySearchFunc(f.Sources, zone, func(s Source, zone schema.Name) int { return s.Zone.Compare(zone) })
	if !ok {
		return Source{}, false
	}
	return f.Sources[i], true
}

// PathOf returns the path within the file system of a file as positions name it: relative to
// the repository, not to the zones folder.
func (f *Folder) PathOf(file string) string { return path.Join(f.dir, file) }

// checksFor returns the levels that hold for the problems of a zone that was read. Only
// warnings have one, so that a base need not be looked at where there are none.
func (f *Folder) checksFor(b *builder) map[string]Level {
	if f.base == nil || len(b.tree.problems.Warnings()) == 0 {
		return b.checks
	}
	s, ok := f.base.Source(b.zone.Name)
	if !ok {
		return f.base.Settings.Checks
	}
	before := f.base.head(s)
	return before.checks
}

// head reads the heads of a zone's files, and none of its records.
func (f *Folder) head(s Source) *builder {
	turn := &turn{mu: &f.large}
	defer turn.done()
	b := f.builder(s, turn)
	for _, file := range b.load(s, b.tree.alone(s)) {
		if !file.bare {
			b.readHead(file)
		}
	}
	return b
}
