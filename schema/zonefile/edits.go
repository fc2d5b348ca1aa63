package zonefile

import (
	"bytes"
	"cmp"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/zonetender/zonetender/schema"
)

// A SettingEdit is a difference between the folder and its base in a setting that says what
// is checked, refused or left alone.
type SettingEdit struct {
	// Zone is the zone in whose head the setting stands; zero for zonetender.yaml.
	Zone schema.Name
	Key  string
	// Pos is where the setting stands, or stood in the base where it is gone.
	Pos schema.Position
	// Before and After are the setting as YAML on one line, printable, and "" where it is
	// not set or says what holds anyway. Of a long one they are the part around the first
	// difference.
	Before, After string
}

// guardingKeys lists the settings of zonetender.yaml and of the head of a zone that say what
// is checked, refused or left alone, in the order in which their edits are listed.
func guardingKeys() []string {
	return []string{"safety", "approve", "risk", "checks", "ignore", "manage", "exclude"}
}

// SettingEdits returns how settings of zonetender.yaml, and of the heads of selected zones,
// differ from the base: those of zonetender.yaml first, then by zone. A file that cannot be
// read has none, and neither has a zone that is gone.
func (f *Folder) SettingEdits(selects func(schema.Name) bool) []SettingEdit {
	if f.base == nil {
		return nil
	}
	var edits []SettingEdit
	if after, ok := f.folderSettings(); ok {
		before, _ := f.base.folderSettings()
		edits = editsBetween(schema.Name{}, before, after)
	}
	for _, s := range f.Sources {
		if !selects(s.Zone) {
			continue
		}
		was, declared := f.base.Source(s.Zone)
		if declared && f.sameText(s, was) {
			continue
		}
		after, ok := f.zoneSettings(s)
		if !ok {
			continue
		}
		var before map[string]setting
		if declared {
			before, _ = f.base.zoneSettings(was)
		}
		edits = append(edits, editsBetween(s.Zone, before, after)...)
	}
	return edits
}

// A setting is one setting as a file has it.
type setting struct {
	pos schema.Position
	// text is the setting as YAML on one line, and sorted the same for any order of its
	// entries. Both are "" where it says what holds anyway.
	text, sorted string
}

// folderSettings returns the settings of zonetender.yaml; ok is false where the file is there
// and cannot be read.
func (f *Folder) folderSettings() (found map[string]setting, ok bool) {
	if f.fsys == nil {
		return nil, true
	}
	t := &tree{fsys: f.fsys, dir: f.dir, shared: &includes{}}
	root, err := t.settingsRoot()
	switch {
	case err == errNoSettings:
		return nil, true
	case err != nil || root.yaml == nil:
		return nil, false
	}
	found = make(map[string]setting)
	t.collect(root, found)
	return found, true
}

// zoneSettings returns the settings in the heads of a zone's files; ok is false where none of
// them can be read.
func (f *Folder) zoneSettings(s Source) (found map[string]setting, ok bool) {
	turn := &turn{mu: &f.large}
	defer turn.done()
	b := f.builder(s, turn)
	found = make(map[string]setting)
	alone := b.tree.alone(s)
	files := b.load(s, alone)
	for _, file := range files {
		if !file.bare {
			b.tree.collect(file.root, found)
		}
	}
	return found, len(files)+len(alone) > 0
}

// collect adds the settings of a mapping. Of one that is there twice, which is an error, the
// first counts.
func (t *tree) collect(root node, found map[string]setting) {
	for k, v := range t.fields(root) {
		key := k.yaml.Value
		if _, twice := found[key]; twice || !slices.Contains(guardingKeys(), key) {
			continue
		}
		s := setting{pos: k.pos(), text: t.flow(v, written), sorted: t.flow(v, ordered)}
		if s.text == "{}" || s.text == "[]" || s.text == "" || key == "manage" && s.text == string(schema.ManageAll) {
			s.text, s.sorted = "", ""
		}
		found[key] = s
	}
}

func editsBetween(zone schema.Name, before, after map[string]setting) []SettingEdit {
	var out []SettingEdit
	for _, key := range guardingKeys() {
		was, is := before[key], after[key]
		if was.sorted == is.sorted {
			continue
		}
		e := SettingEdit{Zone: zone, Key: key, Pos: cmp.Or(is.pos, was.pos)}
		e.Before, e.After = excerpts(was.text, is.text)
		out = append(out, e)
	}
	return out
}

// excerpts returns two texts that differ, or the part of each around the first difference.
func excerpts(before, after string) (string, string) {
	const most, context = 300, 40
	same := 0
	for same < len(before) && same < len(after) && before[same] == after[same] {
		same++
	}
	cut := func(text string) string {
		if len(text) <= most {
			return schema.Printable(text)
		}
		from, head, tail := max(0, min(same, len(text))-context), "", ""
		if from > 0 {
			head = "..."
		}
		if len(text) > from+most {
			tail = "..."
		}
		part := bytes.ToValidUTF8([]byte(text[from:min(len(text), from+most)]), nil)
		return head + schema.Printable(string(part)) + tail
	}
	return cut(before), cut(after)
}

// sameText reports whether a zone's own files are, octet for octet, those of the base, and
// include nothing but records. It is false where that is not known.
func (f *Folder) sameText(s, was Source) bool {
	hashes, ok := f.base.fsys.(interface {
		BlobHash(name string) (string, error)
	})
	if !ok || s.refused || was.refused || !slices.Equal(s.Files, was.Files) {
		return false
	}
	for _, file := range s.Files {
		want, err := hashes.BlobHash(path.Join(f.base.dir, file))
		if err != nil {
			return false
		}
		text, err := fs.ReadFile(f.fsys, path.Join(f.dir, file))
		// Without a tag there is no !include.
		if err != nil || bytes.ContainsRune(text, '!') || blobHash(text) != want {
			return false
		}
	}
	return true
}

// blobHash returns the hash by which Git knows a text.
func blobHash(text []byte) string {
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", len(text))
	h.Write(text)
	return hex.EncodeToString(h.Sum(nil))
}
