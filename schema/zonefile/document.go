package zonefile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/zonetender/zonetender/schema"
)

// A document is one YAML file as it was read. It is never changed afterwards, so
// that several zones may share an included one.
type document struct {
	file     string     // as positions name it: relative to the zones folder
	path     string     // inside the file system
	size     int        // in bytes
	nodes    int        // estimated
	root     *yaml.Node // nil where problems holds an error
	problems schema.Problems
}

// A node is a YAML node and the file it stands in, because includes mix files.
type node struct {
	yaml *yaml.Node
	doc  *document
}

// pos returns where n was written.
func (n node) pos() schema.Position {
	return schema.Position{File: n.doc.file, Line: n.yaml.Line, Col: n.yaml.Column}
}

// isNull reports whether n is nothing at all: "~", null or an empty place.
func (n node) isNull() bool {
	return n.yaml.Kind == yaml.ScalarNode && n.yaml.Tag == "!!null"
}

// isPlain reports whether n is a scalar without quotes and without a tag, which
// YAML 1.1 may read as something else than text.
func (n node) isPlain() bool {
	return n.yaml.Kind == yaml.ScalarNode && n.yaml.Style == 0
}

// newDocument takes in the text of a file, to be parsed later. What is wrong with it is
// noted in the document.
func newDocument(path, file string, data []byte, err error) *document {
	d := &document{file: file, path: path, size: len(data), nodes: estimate(data)}
	switch {
	case errors.Is(err, errTooLarge), len(data) > maxFileBytes:
		d.fail(0, 0, codeTooLarge, "file is larger than %d MiB, expected a smaller one: split the zone into a folder", maxFileBytes>>20)
	case err != nil:
		d.fail(0, 0, codeUnreadable, "read: %v", err)
	}
	return d
}

var errTooLarge = errors.New("too large")

// readFile reads a regular file of at most maxFileBytes.
func readFile(fsys fs.FS, path string) (data []byte, err error) {
	f, err := fsys.Open(path)
	if err != nil {
		return nil, plainCause(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, plainCause(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	if info.Size() > maxFileBytes {
		return nil, errTooLarge
	}
	// One octet of room lets the last Read see the end without growing the buffer.
	buf := bytes.NewBuffer(make([]byte, 0, info.Size()+bytes.MinRead))
	if _, err := buf.ReadFrom(io.LimitReader(f, maxFileBytes+1)); err != nil {
		return nil, plainCause(err)
	}
	if buf.Len() > maxFileBytes {
		return nil, errTooLarge
	}
	return buf.Bytes(), nil
}

// plainCause removes operation and path from an error: the position names the file.
func plainCause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func (d *document) fail(line, col int, code, format string, args ...any) {
	d.problem(schema.Error, line, col, code, format, args...)
}

func (d *document) problem(severity schema.Severity, line, col int, code, format string, args ...any) {
	at := schema.Position{File: d.file, Line: line, Col: col}
	d.problems = append(d.problems, schema.NewProblem(severity, at, code, format, args...))
}

// parse reads the text of the file: exactly one YAML document.
func (d *document) parse(data []byte) {
	if len(d.problems) > 0 || !d.isText(&data) {
		return
	}
	root, more, err := decode(data)
	switch {
	case errors.Is(err, io.EOF) || err == nil && empty(root):
		d.fail(1, 1, codeEmpty, `file is empty, expected content; a file that declares nothing says so with {}`)
	case err != nil && root == nil:
		d.problems = append(d.problems, syntaxProblem(d.file, data, err))
	case err != nil:
		p := syntaxProblem(d.file, data, err)
		p.Pos.Col, p.Code, p.Message = 1, codeSecondDocument, "text after the end of the document, expected nothing after it"
		d.problems = append(d.problems, p)
	case more != nil:
		d.fail(more.Line, more.Column, codeSecondDocument, "second document in one file, expected only one: remove the line ---")
	default:
		d.root = root.Content[0]
	}
}

func empty(doc *yaml.Node) bool {
	return len(doc.Content) == 0 || doc.Content[0].Kind == yaml.ScalarNode && doc.Content[0].Tag == "!!null"
}

// isText refuses what cannot be a zone file before it is parsed as YAML, and removes a byte
// order mark.
func (d *document) isText(data *[]byte) bool {
	text := *data
	switch {
	case bytes.HasPrefix(text, []byte("version https://git-lfs.github.com/spec/")):
		d.fail(1, 1, codeLFS, "file is a Git LFS pointer, expected the file itself: take zone files out of LFS")
		return false
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		d.fail(1, 1, codeEncoding, "file is UTF-16, expected UTF-8")
		return false
	case !utf8.Valid(text):
		line, col := badUTF8(text)
		d.fail(line, col, codeEncoding, "octets that are not UTF-8, expected UTF-8 text")
		return false
	case d.hasConflict(text):
		return false
	}
	if rest, ok := bytes.CutPrefix(text, []byte("\ufeff")); ok {
		*data = rest
		d.problem(schema.Warning, 1, 1, codeBOM, "file begins with a byte order mark, which is skipped; save it as UTF-8 without one")
	}
	return true
}

func badUTF8(text []byte) (line, col int) {
	line, col = 1, 1
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n <= 1 {
			break
		}
		if col++; r == '\n' {
			line, col = line+1, 1
		}
		text = text[n:]
	}
	return line, col
}

// hasConflict reports every place where Git left a merge unfinished.
func (d *document) hasConflict(text []byte) bool {
	if !bytes.Contains(text, []byte("<<<<<<< ")) && !bytes.Contains(text, []byte(">>>>>>> ")) {
		return false
	}
	found := false
	line := 0
	for l := range bytes.Lines(text) {
		line++
		if bytes.HasPrefix(l, []byte("<<<<<<< ")) || bytes.HasPrefix(l, []byte(">>>>>>> ")) {
			found = true
			d.fail(line, 1, codeConflict, "merge conflict marker, expected a finished merge: resolve the conflict")
		}
	}
	return found
}

// decode reads the first document, and the second where there is one: then more
// is its first node. An error beside a root concerns what follows the first.
func decode(data []byte) (root, more *yaml.Node, err error) {
	defer func() {
		// The YAML library panics on some broken input instead of returning an error.
		if r := recover(); r != nil {
			more, err = nil, fmt.Errorf("yaml: cannot be read (%v)", r)
		}
	}()
	d := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	if err := d.Decode(&doc); err != nil {
		return nil, nil, err
	}
	switch err := d.Decode(&second); {
	case errors.Is(err, io.EOF):
		return &doc, nil, nil
	case err != nil:
		return &doc, nil, err
	}
	return &doc, &second, nil
}
