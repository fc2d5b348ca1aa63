package diff

import (
	"bufio"
	"bytes"
	"fmt"
	"hash"

	"github.com/zonetender/zonetender/schema"
)

// A jsonWriter writes one JSON object in pieces, indented as [schema.IndentedJSON] would
// write it whole, so that a large plan is never in memory as text. It keeps the first error.
type jsonWriter struct {
	w *bufio.Writer
	// sum, where it is not nil, is the digest of all that was written so far. What has a digest
	// is to be read again, so it may be no larger than what is read.
	sum  hash.Hash
	size planSize
	err  error
}

// head begins the object with the fields of a struct, of which there must be at least one.
func (j *jsonWriter) head(fields any) {
	text := j.text(fields)
	text = bytes.TrimSuffix(text, []byte("\n}\n"))
	j.write(text)
}

// array adds a field that is an array of n items, each asked for when it is written.
func (j *jsonWriter) array(name string, n int, item func(i int) any) {
	j.write(fmt.Appendf(nil, ",\n  %q: [", name))
	for i := range n {
		if j.err != nil {
			return
		}
		if i > 0 {
			j.write([]byte(","))
		}
		j.write([]byte("\n    "))
		j.write(indented(j.text(item(i)), "    "))
	}
	if n > 0 {
		j.write([]byte("\n  "))
	}
	j.write([]byte("]"))
}

// last adds the last field and ends the object.
func (j *jsonWriter) last(name string, value any) {
	j.write(fmt.Appendf(nil, ",\n  %q: ", name))
	j.write(indented(j.text(value), "  "))
	j.write([]byte("\n}\n"))
}

// indented moves every line but the first to the right, and takes off the last line break.
func indented(text []byte, by string) []byte {
	return bytes.ReplaceAll(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"), []byte("\n"+by))
}

func (j *jsonWriter) text(v any) []byte {
	text, err := schema.IndentedJSON(v)
	j.fail(err)
	return text
}

// fail keeps the first error; nil is none.
func (j *jsonWriter) fail(err error) {
	if j.err == nil {
		j.err = err
	}
}

// digest adds a field with the digest of all that stands before it.
func (j *jsonWriter) digest(name string) {
	j.write(fmt.Appendf(nil, ",\n  %q: %q", name, digestText(j.sum)))
}

func (j *jsonWriter) write(text []byte) {
	if j.sum != nil {
		j.sum.Write(text)
		if err := j.size.add(text); err != nil {
			j.fail(fmt.Errorf("the plan is too large to be read again: %w; save it for fewer zones at a time, with --zone", err))
		}
	}
	if j.err == nil {
		_, j.err = j.w.Write(text)
	}
}

func (j *jsonWriter) flush() error {
	if j.err != nil {
		return j.err
	}
	return j.w.Flush()
}
