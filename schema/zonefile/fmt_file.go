package zonefile

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile/layout"
)

// A FormattedFile is a file of a zones folder beside its canonical form.
type FormattedFile struct {
	// Name is relative to the zones folder, by slashes.
	Name string
	// Text is what the file holds, Formatted its canonical form. Both are the same where there
	// are Problems.
	Text, Formatted []byte
	// Problems are the errors for which the file is left as it is, sorted.
	Problems schema.Problems
}

// A FileFormatter writes the files of a folder in canonical form. The layout is that of package
// layout. Besides, hosts in RDATA get their final dot and lower case, IPv6 addresses the
// spelling of RFC 5952, and what YAML 1.1 takes for something else than text gets quotes. What
// a file declares stays the same; octoDNS comes to read it as it is read here.
//
// Zones come first, each once, because they say what the files mean that they include. It is not
// safe for concurrent use.
type FileFormatter struct {
	// Convert is the form that zone files get, nil where each keeps its own.
	Convert *Form

	folder   *Folder
	spelled  respellings                // in included files
	problems map[string]schema.Problems // of included files; a file without any has an entry
	own      map[string]bool            // files that belong to a zone
}

// Formatter returns a formatter for the files of f.
func (f *Folder) Formatter() *FileFormatter {
	return &FileFormatter{folder: f, spelled: make(respellings), problems: make(map[string]schema.Problems), own: make(map[string]bool)}
}

// Zone formats the files of a zone, without those that it includes.
func (r *FileFormatter) Zone(s Source) []FormattedFile {
	turn := &turn{mu: &r.folder.large}
	defer turn.done()
	b := r.folder.builder(s, turn)
	r.read(b, s)
	out := make([]FormattedFile, 0, len(s.Files))
	for _, file := range s.Files {
		data, _ := readFile(r.folder.fsys, path.Join(r.folder.dir, file)) // the error is among the problems
		out = append(out, r.ownFile(b, s, file, data))
	}
	return out
}

// Text formats a text as though it were in the folder under a name. Without a name it is a zone
// file, of the zone that it names.
func (r *FileFormatter) Text(file string, data []byte) FormattedFile {
	d := newDocument("", "", data, nil)
	if d.nodes <= maxZoneNodes {
		d.parse(data)
	}
	if file == "" {
		file = FileName(namedZone(d))
	}
	d.file, d.path = file, path.Join(r.folder.dir, file)
	for i := range d.problems {
		d.problems[i].Pos.File = file
	}
	s, ok := r.source(file)
	if !ok {
		t := &tree{shared: &includes{docs: map[string]*document{d.path: d}}}
		t.load(d.path, file)
		return formatFile(file, data, nil, errorsIn(file, t.problems))
	}
	b := r.alone(d).builder(s, nil)
	r.read(b, s)
	return r.ownFile(b, s, file, data)
}

// alone returns the folder with another text in the place of one file.
func (r *FileFormatter) alone(d *document) *Folder {
	f := &Folder{Settings: r.folder.Settings, Now: r.folder.Now, fsys: r.folder.fsys, dir: r.folder.dir, broken: r.folder.broken}
	f.includes.docs = map[string]*document{d.path: d}
	return f
}

// reading reads a zone with another text in the place of one of its files.
func (r *FileFormatter) reading(s Source, file string, data []byte) *builder {
	d := newDocument(path.Join(r.folder.dir, file), file, data, nil)
	d.parse(data)
	b := r.alone(d).builder(s, nil)
	if b.read(s) {
		b.finish(nil)
	}
	return b
}

// namedZone returns the zone that the head of a file names, else a placeholder.
func namedZone(d *document) schema.Name {
	placeholder := schema.MustParseName("zone.invalid")
	if d.root == nil || d.root.Kind != yaml.MappingNode {
		return placeholder
	}
	for i := 0; i+1 < len(d.root.Content); i += 2 {
		if d.root.Content[i].Value == "zone" && d.root.Content[i+1].Kind == yaml.ScalarNode {
			if zone, err := zoneFromStem(d.root.Content[i+1].Value); err == nil {
				return zone
			}
		}
	}
	return placeholder
}

// source returns the zone that a file belongs to, by its name.
func (r *FileFormatter) source(file string) (Source, bool) {
	for _, s := range r.folder.Sources {
		if slices.Contains(s.Files, file) && !s.refused {
			return s, true
		}
	}
	name := path.Dir(file)
	stem, ok := yamlStem(file)
	if name == "." {
		name = stem
	}
	zone, err := zoneFromStem(name)
	if !ok || err != nil || file == settingsFile || name == "templates" {
		return Source{}, false
	}
	return Source{Zone: zone, Files: []string{file}}, true
}

// ownFile formats one of the files of a zone that has been read, or converts it.
func (r *FileFormatter) ownFile(b *builder, s Source, file string, data []byte) FormattedFile {
	f := formatFile(file, data, b.tree.spelled.edits(file), errorsIn(file, b.tree.problems))
	if r.Convert == nil || len(f.Problems) > 0 || b.hasForm(file, *r.Convert) {
		return f
	}
	return r.converted(b, s, f)
}

// read reads a zone and takes note of what it says of included files.
func (r *FileFormatter) read(b *builder, s Source) {
	b.tree.spelled = make(respellings)
	if b.read(s) {
		b.finish(nil)
	}
	if r.folder.broken > 0 {
		b.dropDoubtful()
	}
	trusted := !b.tree.failed() && r.folder.broken == 0
	for _, file := range s.Files {
		r.own[file] = true
	}
	for _, file := range b.tree.files() {
		if !slices.Contains(s.Files, file) {
			r.spelled.merge(b.tree.spelled, file, trusted)
			r.problems[file] = append(r.problems[file], errorsIn(file, b.tree.problems)...)
		}
	}
	if !trusted {
		for _, sp := range b.tree.spelled {
			sp.agreed = 0
		}
	}
}

// errorsIn returns the errors in one file, sorted.
func errorsIn(file string, problems schema.Problems) schema.Problems {
	return slices.DeleteFunc(slices.Clone(problems), func(p schema.Problem) bool {
		return p.Pos.File != file || p.Severity != schema.Error
	}).Sorted()
}

// formatFile formats one file that has been read.
func formatFile(file string, data []byte, edits map[layout.Place]layout.Edit, problems schema.Problems) FormattedFile {
	f := FormattedFile{Name: file, Text: data, Formatted: data, Problems: problems}
	if len(problems) > 0 {
		return f
	}
	out, err := layout.Format(data, edits)
	if err != nil {
		at := schema.Position{File: file, Line: 1, Col: 1}
		var e *layout.Error
		if errors.As(err, &e) {
			at.Line, at.Col = e.Line, e.Column
			err = errors.New(e.Message)
		}
		f.Problems = schema.Problems{schema.NewProblem(schema.Error, at, codeFormat, "%v", err)}
		return f
	}
	f.Formatted = out
	return f
}

// Shared formats the other files of the folder: those that zones include, as far as they are in
// it, all in its folder templates, and zonetender.yaml.
func (r *FileFormatter) Shared() []FormattedFile {
	for _, file := range r.templates("templates", 0) {
		if _, known := r.problems[file]; !known && !r.own[file] {
			r.problems[file] = nil
		}
	}
	if _, err := fs.Lstat(r.folder.fsys, path.Join(r.folder.dir, settingsFile)); err == nil {
		r.problems[settingsFile] = nil
	}
	var out []FormattedFile
	for _, file := range slices.Sorted(maps.Keys(r.problems)) {
		if fs.ValidPath(file) && !r.own[file] {
			out = append(out, r.shared(file))
		}
	}
	return out
}

// Other formats one file of the folder that belongs to no zone, as Shared does.
func (r *FileFormatter) Other(file string) FormattedFile { return r.shared(path.Clean(file)) }

func (r *FileFormatter) shared(file string) FormattedFile {
	p := path.Join(r.folder.dir, file)
	problems := r.problems[file].Sorted()
	t := &tree{fsys: r.folder.fsys, dir: r.folder.dir, shared: &includes{}}
	switch {
	case file == settingsFile:
		_, problems = readSettings(r.folder.fsys, r.folder.dir, nil)
	case refuseLinks(r.folder.fsys, p) != nil:
		problems = schema.Problems{misplaced(file, codeLink, "symbolic link, expected the file itself: links are not followed")}
	case problems == nil:
		t.load(p, file)
		problems = t.problems
	}
	data, err := readFile(r.folder.fsys, p)
	if problems = errorsIn(file, problems); err != nil && len(problems) == 0 {
		problems = schema.Problems{misplaced(file, codeUnreadable, "read: %v", err)}
	}
	return formatFile(file, data, r.spelled.edits(file), slices.Compact(problems))
}

// templates lists the YAML files below a folder, a folder too deep left out.
func (r *FileFormatter) templates(dir string, depth int) (files []string) {
	entries, err := fs.ReadDir(r.folder.fsys, path.Join(r.folder.dir, dir))
	if err != nil || depth > maxDepth {
		return nil
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		_, isYAML := yamlStem(name)
		switch {
		case e.Name()[0] == '.' || e.Name()[0] == '_':
		case e.IsDir():
			files = append(files, r.templates(name, depth+1)...)
		case isYAML && e.Type().IsRegular():
			files = append(files, name)
		}
	}
	return files
}
