package vpsorg

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pieces returns a reader that returns body in pieces of n bytes.
func pieces(body []byte, n int) io.Reader { return &pieceReader{bytes.NewReader(body), n} }

type pieceReader struct {
	from io.Reader
	n    int
}

func (p *pieceReader) Read(b []byte) (int, error) { return p.from.Read(b[:min(p.n, len(b))]) }

// FuzzJSONReader holds the reader against encoding/json: it takes the same answers, and reads
// the same out of them, in whatever pieces they arrive.
func FuzzJSONReader(f *testing.F) {
	for _, seed := range []string{
		`[]`, `{}`, ` null `, `7`, `"x"`, `-0`, `01`, `1e5`, `1E+5`, `-`, `1.`, `.5`, `+1`, `nul`, `nullx`, `truefalse`, `TRUE`, `[1,]`, `{"a":1,}`, `{,}`, `[1 2]`, `{"a" 1}`,
		`{a:1}`, `[}`, `{]`, `"\u00e9\ud800"`, `"\x"`, "\"a\tb\"", "\"\xff\"", `"\"`, `"`, `[] []`, `{"a":{"b":[[],{}]}}`, "\ufeff[]", "[1]\x00", `{"":0}`, "<html>", "",
		`[{"uuid": "a", "record_type": "A", "name": "@", "value": "192.0.2.1", "ttl": 60, "priority": null, "created_at": "2024-01-15T10:30:00Z"}]`,
		`[{"UUID": 1, "Record_Type": "a", "NAME": "\u0077ww", "value": {"x": [1]}, "ttl": "60", "priority": "10"}, 7, null, [], "x"]`,
		`[{"uuid": "", "id": 9, "ttl": 1.0, "priority": 1.5, "ttl": "", "ttl": "x"}, {"id": "a", "uuid": "b", "id": null, "\u0075uid": {}}]`,
		`[{"ttl": "\u0031", "priority": -9223372036854775809, "name": null, "name": "ünï", "recordſ_type": 1, "Kind": 0}]`,
	} {
		for _, n := range []uint16{1, 3, 4096} {
			f.Add([]byte(seed), n)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, n uint16) {
		var raw []byte
		r := newJSONReader(pieces(body, int(n)+1), -1)
		err := r.whole(func(byte) error {
			b, err := r.raw()
			raw = bytes.Clone(b)
			return err
		})
		if valid := json.Valid(body); (err == nil) != valid {
			t.Fatalf("got %v, want valid %t", err, valid)
		}
		if err == nil && !bytes.Equal(raw, bytes.Trim(body, " \t\r\n")) {
			t.Errorf("got %q", raw)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("got %q, want one line", err)
		}
		skipped := newJSONReader(pieces(body, int(n)+1), 0)
		if err2 := skipped.whole(func(byte) error { return skipped.skip() }); (err2 == nil) != (err == nil) {
			t.Errorf("got %v where values are skipped, and %v where they are read", err2, err)
		}
		var items []json.RawMessage
		if json.Unmarshal(body, &items) != nil || items == nil {
			return
		}
		p, err := readPage(newJSONReader(pieces(body, int(n)+1), 3), listBounds(), readRecord)
		if err != nil {
			t.Fatal(err)
		}
		want := []wireRecord{}
		for _, item := range items {
			want = append(want, plainRecord(item))
		}
		if d := cmp.Diff(want, p.items, cmp.AllowUnexported(wireRecord{}, scalar{}, number{})); d != "" {
			t.Error(d)
		}
	})
}

// A kept is any JSON value, as it is written.
type kept json.RawMessage

func (k *kept) UnmarshalJSON(b []byte) error {
	*k = bytes.Clone(b)
	return nil
}

// plainRecord reads a record with encoding/json alone.
func plainRecord(item []byte) wireRecord {
	var plain struct {
		UUID     kept `json:"uuid"`
		ID       kept `json:"id"`
		Type     kept `json:"record_type"`
		Name     kept `json:"name"`
		Value    kept `json:"value"`
		TTL      kept `json:"ttl"`
		Priority kept `json:"priority"`
	}
	_ = json.Unmarshal(item, &plain) // an item may be no object
	text := func(k kept) (s scalar) {
		if len(k) == 0 || string(k) == "null" {
			return scalar{}
		}
		if json.Unmarshal(k, &s.s) != nil {
			s.s = string(k)
		}
		return scalar{s: s.s, set: true, odd: k[0] == '{' || k[0] == '['}
	}
	integer := func(k kept) number {
		if len(k) == 0 {
			return number{}
		}
		return numberOf(k)
	}
	return wireRecord{
		ID: firstID(text(plain.UUID), text(plain.ID)), Type: text(plain.Type), Name: text(plain.Name), Value: text(plain.Value),
		TTL: integer(plain.TTL), Priority: integer(plain.Priority),
	}
}

// What an answer is made of is bounded by how deep it goes, as in encoding/json.
func TestJSONDepth(t *testing.T) {
	for n, want := range map[int]bool{maxJSONDepth: true, maxJSONDepth + 1: false} {
		body := strings.Repeat("[", n) + strings.Repeat("]", n)
		if json.Valid([]byte(body)) != want {
			t.Errorf("encoding/json takes depth %d: %t", n, !want)
		}
		r := newJSONReader(strings.NewReader(body), -1)
		if err := r.whole(func(byte) error { return r.skip() }); (err == nil) != want {
			t.Errorf("depth %d: got %v", n, err)
		}
	}
}

// An answer is not held: what is read takes the memory of its largest string.
func TestJSONReaderHoldsNoAnswer(t *testing.T) {
	const size = 8 << 20
	item := `{"uuid": "r", "name": "` + strings.Repeat("x", 100) + `", "value": ["` + strings.Repeat("y", 50) + `"]},` + strings.Repeat(" ", 1000)
	r := newJSONReader(io.MultiReader(strings.NewReader("["), io.LimitReader(&endless{text: item}, size)), -1)
	err := r.whole(func(byte) error { return r.list(r.skip) })
	if !errors.Is(err, io.ErrUnexpectedEOF) || r.size != size+1 {
		t.Errorf("got %v after %d bytes", err, r.size)
	}
	if cap(r.buf) > 64<<10 {
		t.Errorf("the buffer grew to %d bytes", cap(r.buf))
	}
}

// endless repeats a text for ever.
type endless struct {
	text string
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.text[e.at:])
	e.at = (e.at + n) % len(e.text)
	return n, nil
}
