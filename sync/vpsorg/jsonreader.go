package vpsorg

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// maxJSONDepth is how deep lists and objects may be inside each other, as in encoding/json.
const maxJSONDepth = 10_000

// A jsonReader reads one JSON value (RFC 8259) as it arrives: it holds no more of it than the
// string or number under way. It accepts what [json.Unmarshal] accepts and refuses what that
// refuses; the answers of a whole account pass through it, and json.Decoder takes several
// times as long.
//
// Its methods move from one value to the next. After an error it must not be used any more.
type jsonReader struct {
	from  io.Reader
	buf   []byte // what was read last; buf[pos:] is still to be used
	pos   int
	keep  bool  // true while buf[:pos] must stay
	err   error // why there is no more to read, io.EOF at the end
	size  int64 // bytes read so far
	total int64 // bytes of the whole, -1 if that is not known
	depth int
}

// newJSONReader returns a reader of an answer of about size bytes, -1 if that is not known.
func newJSONReader(from io.Reader, size int64) *jsonReader {
	const least, most = 512, 16 << 10
	room := int64(most)
	if size >= 0 {
		room = min(max(size+1, least), most)
	}
	return &jsonReader{from: from, total: size, buf: make([]byte, 0, room)}
}

// offset is the number of bytes used so far.
func (r *jsonReader) offset() int64 { return r.size - int64(len(r.buf)-r.pos) }

// moreLike returns about how many values like the n ones before are still to come, at least n.
func (r *jsonReader) moreLike(n int) int {
	left := (r.total - r.offset()) * int64(n) / max(r.offset(), 1)
	return max(n, int(left+left/16))
}

// notJSON returns the error for an answer that is not JSON.
func notJSON(err error) error { return fmt.Errorf("answer is not JSON: %w", err) }

// more reads on, and reports whether there is more. Unless keep is set, it forgets what has
// been used.
func (r *jsonReader) more() bool {
	if !r.keep {
		r.buf = r.buf[:copy(r.buf, r.buf[r.pos:])]
		r.pos = 0
	}
	if len(r.buf) == cap(r.buf) {
		r.buf = slices.Grow(r.buf, cap(r.buf))
	}
	for r.err == nil {
		var n int
		n, r.err = r.from.Read(r.buf[len(r.buf):cap(r.buf)])
		r.buf = r.buf[:len(r.buf)+n]
		r.size += int64(n)
		if n > 0 {
			return true
		}
	}
	return false
}

// broken returns the error for an answer that ends too soon.
func (r *jsonReader) broken() error {
	if r.err == io.EOF {
		return notJSON(io.ErrUnexpectedEOF)
	}
	return r.err
}

// unexpected returns the error for the character that comes next.
func (r *jsonReader) unexpected(want string) error {
	return notJSON(fmt.Errorf("unexpected %q at byte %d, expected %s", r.buf[r.pos], r.offset(), want))
}

// next skips white space and returns the character that comes next, without using it.
func (r *jsonReader) next() (byte, error) {
	for {
		for ; r.pos < len(r.buf); r.pos++ {
			switch c := r.buf[r.pos]; c {
			case ' ', '\t', '\r', '\n':
			default:
				return c, nil
			}
		}
		if !r.more() {
			return 0, r.broken()
		}
	}
}

// whole reads an answer from its beginning to its end. Value reads the one value of the
// answer, given how it begins.
func (r *jsonReader) whole(value func(begin byte) error) error {
	begin, err := r.next()
	switch {
	case err != nil && r.err == io.EOF:
		return errors.New("answer is empty, expected JSON")
	case err != nil:
		return err
	case begin == '<':
		return r.htmlPage()
	}
	if err := value(begin); err != nil {
		return err
	}
	if _, err := r.next(); err == nil {
		return notJSON(errors.New("text after the end"))
	}
	if r.err != io.EOF {
		return r.err
	}
	return nil
}

// htmlPage returns the error for an answer that is not JSON but HTML.
func (r *jsonReader) htmlPage() error {
	r.keep = true
	for len(r.buf) < maxErrorBody && r.more() {
	}
	return errors.New("answer is " + pageTitle(r.buf[r.pos:]) + ", expected JSON")
}

// enter uses the bracket that begins a list or an object.
func (r *jsonReader) enter() error {
	if r.depth++; r.depth > maxJSONDepth {
		return notJSON(fmt.Errorf("lists and objects deeper than %d", maxJSONDepth))
	}
	r.pos++
	return nil
}

// goesOn uses what comes after an element, or before the first one, and reports whether
// another one follows.
func (r *jsonReader) goesOn(first bool, end byte) (bool, error) {
	c, err := r.next()
	switch {
	case err != nil:
		return false, err
	case c == end:
		r.depth--
		r.pos++
		return false, nil
	case first:
		return true, nil
	case c != ',':
		return false, r.unexpected("a comma or " + string(end))
	}
	r.pos++
	return true, nil
}

// list reads a list; the next character is its bracket. Element is called for each element,
// and has to use it.
func (r *jsonReader) list(element func() error) error {
	if err := r.enter(); err != nil {
		return err
	}
	for first := true; ; first = false {
		if on, err := r.goesOn(first, ']'); !on {
			return err
		}
		if err := element(); err != nil {
			return err
		}
	}
}

// object reads an object; the next character is its bracket. Field is called for each
// field, and has to use its value. Its key is one of the names, in whatever case, or "".
func (r *jsonReader) object(names []string, field func(name string) error) error {
	if err := r.enter(); err != nil {
		return err
	}
	for first := true; ; first = false {
		if on, err := r.goesOn(first, '}'); !on {
			return err
		}
		name, err := r.name(names)
		if err != nil {
			return err
		}
		if c, err := r.next(); err != nil {
			return err
		} else if c != ':' {
			return r.unexpected("a colon")
		}
		r.pos++
		if err := field(name); err != nil {
			return err
		}
	}
}

// fields reads the fields of an object that have one of the names, in whatever case. Field is
// called for each of them, and has to use its value. What is not an object has none.
func (r *jsonReader) fields(names []string, field func(name string) error) error {
	c, err := r.next()
	switch {
	case err != nil:
		return err
	case c != '{':
		return r.skip()
	}
	return r.object(names, func(name string) error {
		if name == "" {
			return r.skip()
		}
		return field(name)
	})
}

// name reads a key and returns the name that it spells, "" for none of them.
func (r *jsonReader) name(names []string) (string, error) {
	c, err := r.next()
	if err != nil {
		return "", err
	}
	if c != '"' {
		return "", r.unexpected("a key in double quotes")
	}
	raw, err := r.scalar()
	if err != nil {
		return "", err
	}
	key := raw[1 : len(raw)-1]
	for _, n := range names {
		if string(key) == n {
			return n, nil
		}
	}
	if !plainText(raw) {
		key = []byte(unquoteJSON(raw))
	}
	for _, n := range names {
		if bytes.EqualFold(key, []byte(n)) {
			return n, nil
		}
	}
	return "", nil
}

// skip uses the next value.
func (r *jsonReader) skip() error {
	c, err := r.next()
	switch {
	case err != nil:
	case c == '{':
		err = r.object(nil, func(string) error { return r.skip() })
	case c == '[':
		err = r.list(r.skip)
	default:
		_, err = r.scalar()
	}
	return err
}

// raw returns the next value as it is written, until the next call of any method.
func (r *jsonReader) raw() ([]byte, error) {
	c, err := r.next()
	if err != nil {
		return nil, err
	}
	if c != '{' && c != '[' {
		return r.scalar()
	}
	start, before := r.pos, r.keep
	r.keep = true
	err = r.skip()
	r.keep = before
	return r.buf[start:r.pos], err
}

// scalar returns the next value, which is no list and no object, until the next call of any
// method. What is unusual about it is left to encoding/json.
func (r *jsonReader) scalar() ([]byte, error) {
	span := r.word
	if r.buf[r.pos] == '"' {
		span = r.text
	}
	n, plain, err := span()
	if err != nil {
		return nil, err
	}
	raw := r.buf[r.pos : r.pos+n]
	if !plain && !json.Valid(raw) {
		return nil, r.unexpected("a value")
	}
	r.pos += n
	return raw, nil
}

// text returns the length of the string that comes next, and whether it is all it can be:
// without escapes and without characters that a string cannot have.
func (r *jsonReader) text() (n int, plain bool, err error) {
	n, plain = 1, true
	for {
		for b := r.buf[r.pos:]; n < len(b); n++ {
			switch c := b[n]; {
			case c == '"':
				return n + 1, plain, nil
			case c == '\\':
				plain = false
				n++
			case c < ' ':
				plain = false
			}
		}
		if !r.more() {
			return 0, false, r.broken()
		}
	}
}

// word returns the length of the number or literal that comes next, and whether it is sure
// to be one.
func (r *jsonReader) word() (n int, plain bool, err error) {
	for {
		for b := r.buf[r.pos:]; n < len(b); n++ {
			if c := b[n]; (c < '0' || c > '9') && (c < 'a' || c > 'z') && c != '-' && c != '+' && c != '.' && c != 'E' {
				return n, plainWord(b[:n]), nil
			}
		}
		if !r.more() {
			break
		}
	}
	if r.err != io.EOF {
		return 0, false, r.err
	}
	return n, false, nil
}

// plainWord reports whether a word is null or a number of digits only.
func plainWord(b []byte) bool {
	if len(b) == 0 || b[0] < '1' || b[0] > '9' {
		return string(b) == "null"
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// unquoteJSON returns the text of a valid JSON string.
func unquoteJSON(b []byte) string {
	if plainText(b) {
		return string(b[1 : len(b)-1])
	}
	var s string
	_ = json.Unmarshal(b, &s)
	return s
}

// plainText reports whether a valid JSON string is written as what it says.
func plainText(b []byte) bool {
	for _, c := range b {
		if c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
