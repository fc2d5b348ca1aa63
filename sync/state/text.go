package state

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// Text writes the history for people: a line for each cycle, and below it one for each
// change. Times are in UTC.
func (h *History) Text(w io.Writer) error {
	b := bufio.NewWriter(w)
	for i := range h.Runs {
		if i > 0 {
			b.WriteByte('\n')
		}
		h.Runs[i].text(b)
	}
	if len(h.Runs) == 0 {
		fmt.Fprintln(b, "nothing in the history")
	}
	if h.Unchanged > 0 {
		fmt.Fprintf(b, "\nnot listed: %s that found nothing new, the last at %s\n", cycles(h.Unchanged), clock(h.LastUnchanged))
	}
	return b.Flush()
}

func cycles(n int64) string {
	if n == 1 {
		return "1 cycle"
	}
	return fmt.Sprintf("%d cycles", n)
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

func (r *RunEntry) text(w io.Writer) {
	fmt.Fprintf(w, "run %d  %s  %s  %s", r.Run, clock(r.Started), r.Kind, r.Outcome)
	if r.Commit != "" {
		fmt.Fprintf(w, "  %.12s", r.Commit)
	}
	if by := strings.Trim(r.Author+": "+r.Subject, ": "); by != "" {
		fmt.Fprintf(w, "  %s", printable(by))
	}
	fmt.Fprintln(w)
	for _, z := range r.CreatedZones {
		fmt.Fprintf(w, "  + %s: the zone was created\n", z.Undotted())
	}
	r.changes(w)
	for _, z := range r.DeletedZones {
		fmt.Fprintf(w, "  - %s: the zone was deleted\n", z.Undotted())
	}
	for _, f := range r.Refusals {
		of := ""
		if !f.Zone.IsZero() {
			of = f.Zone.Undotted() + ": "
		}
		fmt.Fprintf(w, "  ! %srefused by the guard %q: %s\n", of, f.Guard, printable(f.Message))
	}
	if r.Error != "" {
		fmt.Fprintf(w, "  error: %s\n", printable(r.Error))
	}
	if r.Repeats > 0 {
		fmt.Fprintf(w, "  and %s more that ended alike, the last at %s\n", cycles(r.Repeats), clock(r.LastEnded))
	}
}

// changes writes the changes of records, in columns as wide as they have to be.
func (r *RunEntry) changes(w io.Writer) {
	var zone, name, typ int
	for i := range r.Changes {
		e := &r.Changes[i]
		zone = max(zone, len(e.Zone.Undotted()))
		name = max(name, len(e.Name.Relative(e.Zone)))
		typ = max(typ, len(e.Type))
	}
	for i := range r.Changes {
		e := &r.Changes[i]
		fmt.Fprintf(w, "  %s %-*s  %-*s  %-*s  %s\n", e.mark(), min(zone, 40), e.Zone.Undotted(),
			min(name, 32), e.Name.Relative(e.Zone), typ, printable(string(e.Type)), e.words())
	}
}

func (e *Entry) mark() string {
	switch e.Action {
	case diff.Create:
		return "+"
	case diff.Delete:
		return "-"
	}
	return "~"
}

// words says what became of the record's data and TTL, where it is declared, and why it
// was not done.
func (e *Entry) words() string {
	before, after := cmp.Or(e.Before, e.After), cmp.Or(e.After, e.Before)
	if before == nil {
		return ""
	}
	text := before.text(e.Type)
	if to := after.text(e.Type); to != text {
		text += " -> " + to
	}
	text += fmt.Sprintf("  ttl %d", before.TTL)
	if after.TTL != before.TTL {
		text += fmt.Sprintf(" -> %d", after.TTL)
	}
	if e.Origin == diff.OriginDrift {
		text += "  (drift)"
	}
	switch {
	case e.File != "" && e.Line > 0:
		text += fmt.Sprintf("  %s:%d", printable(e.File), e.Line)
	case e.File != "":
		text += "  " + printable(e.File)
	}
	if e.Error != "" {
		text += "  failed: " + printable(e.Error)
	}
	return text
}

// text gives the data on one line, whatever octets it holds; a text stands in quotes.
func (v *Value) text(t schema.Type) string {
	value := v.Value
	if t == schema.TXT || printable(value) != value {
		value = schema.Quote(value)
	}
	if v.Priority != nil {
		return fmt.Sprintf("%d %s", *v.Priority, value)
	}
	return value
}

// printable keeps what came from outside from steering the terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || 0x80 <= r && r < 0xa0 {
			return ' '
		}
		return r
	}, text)
}
