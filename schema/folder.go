package schema

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A Folder is a folder of zone files at one moment. Use Open to get one; the zero
// Folder has no zones.
type Folder struct {
	// Settings are those of zonetender.yaml.
	Settings Settings
	// Sources are the zones that the folder declares, sorted by name.
	Sources []Source

	fsys     fs.FS
	dir      string
	broken   Problems // the errors of zonetender.yaml
	includes includes
}

// A Source is where one zone is declared.
type Source struct {
	Zone Name
	// Files lists the zone's own files, by slashes, relative to the zones folder,
	// sorted; more than one only where a folder holds the zone.
	Files []string
	// Problems are mistakes in how the files lie there, such as two files for one
	// zone. Open gives them as well, and Zone refuses the zone where there are any.
	Problems Problems

	refused bool // not to be read at all
}

// Open lists the zone files in dir, a path by slashes within fsys, "." for the
// whole, and reads zonetender.yaml there. Problems are mistakes of the folder as a
// whole; those of a zone come from Zone. The error is non-nil only where the folder
// itself cannot be read.
//
// fsys is rooted at the repository: includes may reach above dir, but not out of
// fsys. Symbolic links are refused where fsys is an [fs.ReadLinkFS].
func Open(fsys fs.FS, dir string) (*Folder, Problems, error) {
	dir = path.Clean(dir)
	if !fs.ValidPath(dir) {
		return nil, nil, fmt.Errorf("zones folder %s: open: outside the repository", dir)
	}
	if dir != "." {
		if err := refuseLinks(fsys, dir); err != nil {
			return nil, nil, fmt.Errorf("zones folder %s: open: %w", dir, err)
		}
	}
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, nil, fmt.Errorf("zones folder %s: open: %w", dir, plainCause(err))
	}
	f := &Folder{fsys: fsys, dir: dir}
	settings, problems := readSettings(fsys, dir)
	f.Settings, f.broken = settings, problems.Errors()
	l := &listing{folder: f, zones: make(map[Name]int), problems: problems}
	for _, e := range entries {
		l.entry(e)
	}
	slices.SortFunc(f.Sources, func(a, b Source) int { return a.Zone.Compare(b.Zone) })
	return f, l.problems.Sorted(), nil
}

// A listing is the walk over the entries of the zones folder.
type listing struct {
	folder   *Folder
	zones    map[Name]int // index in Sources
	problems Problems
}

func (l *listing) fail(file, rule, format string, args ...any) Problem {
	p := Problem{Position{file, 1, 1}, Error, rule, fmt.Sprintf(format, args...)}
	l.problems = append(l.problems, p)
	return p
}

// entry looks at one name in the zones folder.
func (l *listing) entry(e fs.DirEntry) {
	name := e.Name()
	switch {
	case name[0] == '.', name[0] == '_', name == settingsFile, l.excluded(name):
		return
	case e.Type()&fs.ModeSymlink != 0:
		l.link(name)
		return
	case e.IsDir():
		if name != "templates" {
			l.dir(name)
		}
		return
	}
	stem, ok := yamlStem(name)
	if !ok {
		return
	}
	zone, err := zoneFromStem(stem)
	switch {
	case stem == "zonetender":
		l.fail(name, ruleStray, "file is no zone file; did you mean %s?", settingsFile)
	case err != nil:
		l.fail(name, ruleStray, "file name is no zone name (%v); expected one such as example.com.yaml, or the file in templates/ or under exclude in %s", err, settingsFile)
	case !e.Type().IsRegular():
		l.refuse(zone, name, l.fail(name, ruleUnreadable, "not a regular file, expected a zone file"))
	default:
		l.add(Source{Zone: zone, Files: []string{name}})
	}
}

// yamlStem takes the ending off the name of a YAML file.
func yamlStem(name string) (stem string, ok bool) {
	ext := path.Ext(name)
	switch strings.ToLower(ext) {
	case ".yaml", ".yml":
		return name[:len(name)-len(ext)], true
	}
	return "", false
}

// zoneFromStem reads the name of a file or folder as that of a zone.
func zoneFromStem(stem string) (Name, error) {
	zone, err := ParseName(stem)
	switch {
	case err != nil:
		return Name{}, err
	case zone.IsRoot():
		return Name{}, errors.New("the root")
	case zone.IsWildcard():
		return Name{}, errors.New("a wildcard")
	}
	return zone, nil
}

// add takes a zone in, and refuses it where another file declares it already.
func (l *listing) add(s Source) {
	i, taken := l.zones[s.Zone]
	if !taken {
		l.zones[s.Zone] = len(l.folder.Sources)
		l.folder.Sources = append(l.folder.Sources, s)
		return
	}
	first := &l.folder.Sources[i]
	for _, file := range s.Files {
		p := l.fail(file, ruleZoneTwice, "zone %s is declared twice, first in %s; expected one file or one folder", s.Zone.Undotted(), first.Files[0])
		first.Problems = append(first.Problems, p)
	}
	first.Files = append(first.Files, s.Files...)
	first.refused = true
}

// refuse takes a zone in that cannot be read, so that it is known to be declared.
func (l *listing) refuse(zone Name, file string, p Problem) {
	l.add(Source{Zone: zone, Files: []string{file}, Problems: Problems{p}, refused: true})
}

// link refuses a symbolic link that would be a zone file or folder. Others, such as
// a README, are nobody's concern.
func (l *listing) link(name string) {
	const message = "symbolic link, expected the file itself: links are not followed"
	if stem, ok := yamlStem(name); ok {
		p := l.fail(name, ruleLink, message)
		if zone, err := zoneFromStem(stem); err == nil {
			l.refuse(zone, name, p)
		}
		return
	}
	info, err := fs.Stat(l.folder.fsys, path.Join(l.folder.dir, name))
	if err == nil && info.Mode().IsRegular() {
		return
	}
	l.fail(name, ruleLink, message)
}

// dir looks at a folder: one that is named as a zone holds that zone. Any other one
// with YAML in it is refused, for a zone may hide there by mistake.
func (l *listing) dir(name string) {
	zone, err := zoneFromStem(name)
	if err == nil && strings.Contains(name, ".") {
		l.zoneDir(zone, name)
		return
	}
	if found := l.findYAML(name); found != "" {
		l.fail(found, ruleStray, "file lies in a folder that is named as no zone; expected it in a folder such as example.com/, in templates/, or %s under exclude in %s", name, settingsFile)
	}
}

// zoneDir takes in a folder that holds one zone in several files. Their names are
// free (octoDNS uses owner names, "_dmarc.yaml" among them), their content counts.
func (l *listing) zoneDir(zone Name, name string) {
	s := Source{Zone: zone}
	entries, problem := l.read(name)
	if problem != nil {
		l.refuse(zone, name, *problem)
		return
	}
	for _, e := range entries {
		file := path.Join(name, e.Name())
		_, isYAML := yamlStem(e.Name())
		switch {
		case e.Name()[0] == '.' && e.Name() != ".yaml", l.excluded(file):
		case e.IsDir():
			l.nestedDir(&s, e.Name(), file)
		case !isYAML && e.Type()&fs.ModeSymlink == 0:
		case e.Type().IsRegular():
			s.Files = append(s.Files, file)
		default:
			s.spoil(file, l.fail(file, ruleLink, "not a regular file, expected the file itself: links are not followed"))
		}
	}
	if len(s.Files) > 0 {
		slices.Sort(s.Files)
		l.add(s)
	}
}

// spoil refuses the zone because of one of its files.
func (s *Source) spoil(file string, p Problem) {
	s.Files = append(s.Files, file)
	s.Problems = append(s.Problems, p)
	s.refused = true
}

// nestedDir refuses YAML files that lie too deep in the folder of a zone.
func (l *listing) nestedDir(s *Source, name, file string) {
	if name[0] == '_' || name == "templates" {
		return
	}
	if found := l.findYAML(file); found != "" {
		s.spoil(found, l.fail(found, ruleStray, "file lies below the folder of a zone, expected it in that folder, or %s under exclude in %s", file, settingsFile))
	}
}

// findYAML gives the first YAML file below a folder, or "".
func (l *listing) findYAML(dir string) string {
	entries, _ := l.read(dir)
	for _, e := range entries {
		file := path.Join(dir, e.Name())
		if e.Name()[0] == '.' || e.Name()[0] == '_' || l.excluded(file) {
			continue
		}
		if e.IsDir() {
			if found := l.findYAML(file); found != "" {
				return found
			}
			continue
		}
		if _, ok := yamlStem(e.Name()); ok {
			return file
		}
	}
	return ""
}

// read lists a folder below the zones folder. One that cannot be read, as a Git
// submodule may be, is a problem of its own: the other zones go on.
func (l *listing) read(dir string) ([]fs.DirEntry, *Problem) {
	entries, err := fs.ReadDir(l.folder.fsys, path.Join(l.folder.dir, dir))
	if err != nil {
		p := l.fail(dir, ruleUnreadable, "folder cannot be read (%v); expected one of this repository", plainCause(err))
		return nil, &p
	}
	return entries, nil
}

// excluded reports whether a glob of "exclude:" names the file or folder.
func (l *listing) excluded(file string) bool {
	parts := strings.Split(file, "/")
	for _, glob := range l.folder.Settings.Exclude {
		glob = strings.TrimSuffix(strings.TrimPrefix(glob, "./"), "/")
		pattern := strings.Split(glob, "/")
		if len(pattern) == 1 {
			pattern = []string{"**", glob}
		}
		if matchLabels(pattern, parts) {
			return true
		}
	}
	return false
}
