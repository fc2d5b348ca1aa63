package zonefile

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zonetender/zonetender/schema"
)

// A Folder is a folder of zone files at one moment. Use Open to get one; the zero
// Folder has no zones.
type Folder struct {
	// Settings are those of zonetender.yaml.
	Settings Settings
	// Sources are the zones that the folder declares, sorted by name.
	Sources []Source
	// Now decides which records have expired. The caller sets it before it reads zones;
	// while it is zero, none has.
	Now time.Time
	// Check, if not nil, returns what else is to be said of a zone that is valid so far. Its
	// problems are set by "checks:" as all others are.
	Check func(*schema.Zone) schema.Problems

	fsys     fs.FS
	dir      string
	base     *Folder // nil without one; see OpenAgainst
	broken   int     // errors in zonetender.yaml
	includes includes
	large    sync.Mutex // held while a large zone is read
}

// A Source is where one zone is declared.
type Source struct {
	Zone schema.Name
	// Files lists the zone's own files, by slashes, relative to the zones folder,
	// sorted; more than one only where a folder holds the zone.
	Files []string

	problems schema.Problems // with how its files are laid out, such as two files for the zone
	refused  bool            // not to be read at all
	size     int64           // bytes of its files, as far as they are known
}

// Open lists the zone files in dir, a path by slashes within fsys, "." for the whole, and
// reads zonetender.yaml there. Problems are those of zonetender.yaml and of files that
// belong to no zone; those of a zone come from [Folder.Zone]. The error is non-nil only
// where the folder itself cannot be read.
//
// fsys is rooted at the repository: includes may reach above dir, but not out of
// fsys. Symbolic links are refused where fsys is an [fs.ReadLinkFS].
func Open(fsys fs.FS, dir string) (*Folder, schema.Problems, error) {
	return OpenAgainst(nil, fsys, dir)
}

// OpenAgainst is [Open] for zone files that somebody proposes to put in the place of base,
// which is nil for none. What they say under "checks:" and "risk:" is read, and does not
// hold yet: what base says does, so that nobody can lower the bar for their own proposal.
func OpenAgainst(base *Folder, fsys fs.FS, dir string) (*Folder, schema.Problems, error) {
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
	f := &Folder{fsys: fsys, dir: dir, base: base}
	var inForce *Settings
	if base != nil {
		inForce = &base.Settings
	}
	settings, problems := readSettings(fsys, dir, inForce)
	f.Settings, f.broken = settings, len(problems.Errors())
	l := &listing{folder: f, zones: make(map[schema.Name]int), problems: problems}
	for _, e := range entries {
		l.entry(e)
	}
	if err := l.tooLarge(); err != nil {
		return nil, nil, fmt.Errorf("zones folder %s: open: %w", dir, err)
	}
	slices.SortFunc(f.Sources, func(a, b Source) int { return a.Zone.Compare(b.Zone) })
	l.checkRules()
	return f, atLevel(l.problems, f.Settings.Checks).Sorted(), nil
}

// tooLarge returns an error where the files of all zones are more than the budget has.
func (l *listing) tooLarge() error {
	files, size := 0, int64(0)
	for _, s := range l.folder.Sources {
		files += len(s.Files)
		size += s.size
	}
	switch {
	case l.visits > maxFolders:
		return fmt.Errorf("more than %d folders, expected fewer", maxFolders)
	case files > maxFolderFiles:
		return fmt.Errorf("%d zone files, expected at most %d", files, maxFolderFiles)
	case size > maxFolderBytes:
		return fmt.Errorf("zone files of %d MiB in all, expected at most %d MiB", size>>20, maxFolderBytes>>20)
	}
	return nil
}

// A listing is the walk over the entries of the zones folder.
type listing struct {
	folder   *Folder
	zones    map[schema.Name]int // index in Sources
	problems schema.Problems
	visits   int // folders that were listed, one of them as often as it is in another
}

// fail adds a mistake that belongs to no zone.
func (l *listing) fail(file, code, format string, args ...any) {
	l.problems = append(l.problems, misplaced(file, code, format, args...))
}

// checkRules refuses a rule of zonetender.yaml that repeats the name of a zone, which it
// never matches: names are relative to each zone.
func (l *listing) checkRules() {
	for _, r := range l.folder.Settings.rules {
		zone, ok := r.rule.RepeatedZone(func(n schema.Name) bool {
			_, ours := l.zones[n]
			return ours && strings.Contains(n.Undotted(), ".")
		})
		if ok {
			l.problems = append(l.problems, repeatsZone(r, zone))
			l.folder.broken++
		}
	}
}

func misplaced(file, code, format string, args ...any) schema.Problem {
	return schema.NewProblem(schema.Error, schema.Position{File: file, Line: 1, Col: 1}, code, format, args...)
}

// entry looks at one name in the zones folder.
func (l *listing) entry(e fs.DirEntry) {
	name := e.Name()
	switch {
	case name[0] == '.', name == settingsFile, l.excluded(name):
		return
	case name[0] == '_':
		l.skip(name, e)
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
		l.fail(name, codeStray, "not a zone file; did you mean %s?", settingsFile)
	case err != nil:
		l.fail(name, codeStray, "file name is not a zone name (%v); expected one such as example.com.yaml, or the file in templates/ or under exclude in %s", err, settingsFile)
	case !e.Type().IsRegular():
		l.refuse(zone, name, misplaced(name, codeUnreadable, "not a regular file, expected a zone file"))
	default:
		l.add(Source{Zone: zone, Files: []string{name}, size: sizeOf(e)})
	}
}

// sizeOf returns the size of a file, 0 where it is not known.
func sizeOf(e fs.DirEntry) int64 {
	info, err := e.Info()
	if err != nil {
		return 0
	}
	return info.Size()
}

// skip passes over a file or folder whose name begins with "_", and warns where it seems to
// be named after a zone.
func (l *listing) skip(name string, e fs.DirEntry) {
	stem, ok := yamlStem(name)
	if e.IsDir() {
		stem, ok = name, true
	}
	zone, err := zoneFromStem(stem)
	if !ok || err != nil || !strings.Contains(zone.Undotted(), ".") {
		return
	}
	as := FileName(zone)
	if e.IsDir() {
		as, _ = yamlStem(as)
	}
	at := schema.Position{File: name, Line: 1, Col: 1}
	l.problems = append(l.problems, schema.NewProblem(schema.Warning, at, codeSkipped,
		"skipped, because the name begins with _; for the zone %s, expected the name %s", schema.Display(zone.Undotted()), as))
}

// add adds a zone, and refuses it where another file declares it already.
func (l *listing) add(s Source) {
	i, taken := l.zones[s.Zone]
	if !taken {
		l.zones[s.Zone] = len(l.folder.Sources)
		l.folder.Sources = append(l.folder.Sources, s)
		return
	}
	first := &l.folder.Sources[i]
	for _, file := range s.Files {
		first.problems = append(first.problems, misplaced(file, codeZoneTwice,
			"zone %s is declared twice, first in %s; expected one file or one folder", schema.Display(s.Zone.Undotted()), first.Files[0]))
	}
	first.Files = append(first.Files, s.Files...)
	first.size += s.size
	first.refused = true
}

// refuse adds a zone that cannot be read, so that it counts as declared.
func (l *listing) refuse(zone schema.Name, file string, p schema.Problem) {
	l.add(Source{Zone: zone, Files: []string{file}, problems: schema.Problems{p}, refused: true})
}

// link refuses a symbolic link that would be a zone file or folder. Others, such as
// a README, do not matter.
func (l *listing) link(name string) {
	const message = "symbolic link, expected the file itself: links are not followed"
	if stem, ok := yamlStem(name); ok {
		if zone, err := zoneFromStem(stem); err == nil {
			l.refuse(zone, name, misplaced(name, codeLink, message))
		} else {
			l.fail(name, codeLink, message)
		}
		return
	}
	info, err := fs.Stat(l.folder.fsys, path.Join(l.folder.dir, name))
	if err == nil && info.Mode().IsRegular() {
		return
	}
	l.fail(name, codeLink, message)
}

// dir looks at a folder: one that is named after a zone holds that zone. Any other one with
// YAML in it is refused, because a zone may be there by mistake.
func (l *listing) dir(name string) {
	zone, err := zoneFromStem(name)
	if err == nil && strings.Contains(name, ".") {
		l.zoneDir(zone, name)
		return
	}
	if found := l.findYAML(name); found != "" {
		l.fail(found, codeStray, "file is in a folder that is not named after a zone; expected it in a folder such as example.com/, in templates/, or %s under exclude in %s", name, settingsFile)
	}
}

// zoneDir adds a folder that holds one zone in several files. Their names are
// free (octoDNS uses owner names, "_dmarc.yaml" among them), their content counts.
func (l *listing) zoneDir(zone schema.Name, name string) {
	s := Source{Zone: zone}
	entries, err := l.read(name)
	if err != nil {
		l.refuse(zone, name, misplaced(name, codeUnreadable, unreadableFolder, err))
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
			s.size += sizeOf(e)
		default:
			s.spoil(file, misplaced(file, codeLink, "not a regular file, expected the file itself: links are not followed"))
		}
	}
	if len(s.Files) > 0 {
		slices.Sort(s.Files)
		l.add(s)
	}
}

// spoil refuses the zone because of one of its files.
func (s *Source) spoil(file string, p schema.Problem) {
	s.Files = append(s.Files, file)
	s.problems = append(s.problems, p)
	s.refused = true
}

// nestedDir refuses YAML files that are too deep in the folder of a zone.
func (l *listing) nestedDir(s *Source, name, file string) {
	if name[0] == '_' || name == "templates" {
		return
	}
	if found := l.findYAML(file); found != "" {
		s.spoil(found, misplaced(found, codeStray, "file is below the folder of a zone, expected it in that folder, or %s under exclude in %s", file, settingsFile))
	}
}

// findYAML returns the first YAML file below a folder, or "".
func (l *listing) findYAML(dir string) string {
	if l.visits > maxFolders {
		return ""
	}
	if strings.Count(dir, "/") > maxDepth {
		l.fail(dir, codeTooDeep, "folders deeper than %d, expected less", maxDepth)
		return ""
	}
	entries, err := l.read(dir)
	if err != nil {
		l.fail(dir, codeUnreadable, unreadableFolder, err)
	}
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

const unreadableFolder = "folder cannot be read (%v); expected one of this repository"

// read lists a folder below the zones folder. It may be impossible, as for a Git
// submodule; the other zones go on.
func (l *listing) read(dir string) ([]fs.DirEntry, error) {
	l.visits++
	entries, err := fs.ReadDir(l.folder.fsys, path.Join(l.folder.dir, dir))
	if err != nil {
		return nil, plainCause(err)
	}
	return entries, nil
}

// excluded reports whether a glob of "exclude:" names the file or folder.
func (l *listing) excluded(file string) bool {
	globs := l.folder.Settings.exclude
	if len(globs) == 0 {
		return false
	}
	parts := strings.Split(file, "/")
	spelled := make(map[string][]string, len(parts))
	for _, p := range parts {
		spelled[p] = spellings(p)
	}
	return slices.ContainsFunc(globs, func(g fileGlob) bool { return g.match(parts, spelled) })
}
