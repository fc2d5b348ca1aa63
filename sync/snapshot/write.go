package snapshot

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// formatVersion is the version of a snapshot's JSON. It changes when a field changes its
// meaning or goes.
const formatVersion = 1

// A Head is what a snapshot says of itself.
type Head struct {
	// Time is when the zones were read: the first of them, where that took longer.
	Time time.Time
	// Partial says why there may be zones that the snapshot does not name, "" where it names
	// all of them.
	Partial string
	// Warnings say what was odd about the list of zones, a sentence each.
	Warnings []string
}

type jsonHead struct {
	Snapshot    int      `json:"snapshot"`
	GeneratedAt string   `json:"generated_at"`
	Whole       bool     `json:"whole"`
	Partial     string   `json:"partial"`
	Warnings    []string `json:"warnings"`
}

type jsonZone struct {
	Zone     string          `json:"zone"`
	ReadAt   string          `json:"read_at,omitempty"`
	Error    string          `json:"error,omitempty"` // why it was not read
	Partial  string          `json:"partial,omitempty"`
	Warnings []string        `json:"warnings,omitempty"`
	Records  []diff.LiveJSON `json:"records"`
}

// A writer writes a snapshot, a zone a line, so that it is never in memory as a whole. It
// keeps the first error.
type writer struct {
	w     *bufio.Writer
	sum   hash.Hash
	size  int64
	zones int
	err   error
}

// begin begins a snapshot. The zones follow, in order of their names.
func begin(out io.Writer, h Head) *writer {
	w := &writer{w: bufio.NewWriter(out), sum: sha256.New()}
	head := jsonHead{formatVersion, h.Time.UTC().Format(time.RFC3339), h.Partial == "", h.Partial, h.Warnings}
	if head.Warnings == nil {
		head.Warnings = []string{}
	}
	text, err := encode(head)
	w.err = err
	w.write(bytes.TrimSuffix(text, []byte("}")))
	w.write([]byte(",\n\"zones\": ["))
	return w
}

// add adds the line of a zone, and returns where it begins.
func (w *writer) add(line []byte) (offset int64) {
	if w.zones > 0 {
		w.write([]byte(","))
	}
	w.zones++
	w.write([]byte("\n"))
	offset = w.size
	w.write(line)
	return offset
}

// end ends the snapshot with its digest, which is that of all octets before the comma.
func (w *writer) end() error {
	w.write([]byte("\n]"))
	w.write(fmt.Appendf(nil, ",\n  \"digest\": %q\n}\n", digestText(w.sum)))
	if w.err != nil {
		return w.err
	}
	return w.w.Flush()
}

func (w *writer) write(text []byte) {
	w.sum.Write(text)
	w.size += int64(len(text))
	if w.err == nil {
		_, w.err = w.w.Write(text)
	}
}

func digestText(h hash.Hash) string { return "sha256:" + hex.EncodeToString(h.Sum(nil)) }

// encode returns v as JSON on one line, printable.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return schema.PrintableJSON(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// line returns the line of a zone that was read.
func line(z diff.LiveZone, at time.Time) ([]byte, error) {
	return encode(jsonZone{
		Zone: z.Name.Undotted(), ReadAt: at.UTC().Format(time.RFC3339), Partial: z.Partial, Warnings: z.Warnings, Records: z.RecordsJSON(),
	})
}

// unread returns the line of a zone that was not read, for a reason.
func unread(name schema.Name, why string) ([]byte, error) {
	return encode(jsonZone{Zone: name.Undotted(), Error: why, Records: []diff.LiveJSON{}})
}

// Write reads zones and writes a snapshot of them, up to atOnce of them read and in memory at
// the same time. Refs must be sorted by name. Read returns a zone with its readings. A zone
// that cannot be read is in the snapshot with the reason, and passed to failed; where ctx is
// done, or read says that every zone would fail, nothing more is read.
func Write(ctx context.Context, out io.Writer, h Head, refs []diff.ZoneRef, atOnce int,
	read func(context.Context, diff.ZoneRef) (diff.LiveZone, error), failed func(diff.ZoneRef, error) (goOn bool)) error {
	w := begin(out, h)
	for len(refs) > 0 {
		batch := refs[:min(max(1, atOnce), len(refs))]
		refs = refs[len(batch):]
		zones, errs := make([]diff.LiveZone, len(batch)), make([]error, len(batch))
		var g errgroup.Group
		for i, ref := range batch {
			g.Go(func() error {
				zones[i], errs[i] = read(ctx, ref)
				return nil
			})
		}
		_ = g.Wait() // the workers keep their errors
		for i, ref := range batch {
			if err := ctx.Err(); err != nil {
				return err
			}
			text, err := line(zones[i], h.Time)
			if errs[i] != nil {
				if !failed(ref, errs[i]) {
					return errs[i]
				}
				text, err = unread(ref.Name, errs[i].Error())
			}
			if err != nil {
				return err
			}
			w.add(text)
		}
	}
	return w.end()
}
