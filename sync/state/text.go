package state

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

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

func zones(n int) string {
	if n == 1 {
		return "1 zone"
	}
	return fmt.Sprintf("%d zones", n)
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
		fmt.Fprintf(w, "  %s", schema.Printable(by))
	}
	fmt.Fprintln(w)
	for _, text := range r.Warnings {
		fmt.Fprintf(w, "  warning: %s\n", schema.Printable(text))
	}
	for _, z := range r.CreatedZones {
		fmt.Fprintf(w, "  + %s: the zone was created\n", schema.Display(z.Undotted()))
	}
	r.changes(w)
	for _, z := range r.DeletedZones {
		fmt.Fprintf(w, "  - %s: the zone was deleted\n", schema.Display(z.Undotted()))
	}
	for _, f := range r.Refusals {
		of := ""
		if !f.Zone.IsZero() {
			of = schema.Display(f.Zone.Undotted()) + ": "
		}
		fmt.Fprintf(w, "  ! %srefused by the guard %q: %s\n", of, f.Guard, schema.Printable(f.Message))
	}
	if r.AnsweringZones+r.SilentZones > 0 {
		fmt.Fprintf(w, "  verified %s; name servers: %d answering, %d not in time\n", zones(r.VerifiedZones), r.AnsweringZones, r.SilentZones)
	}
	if r.Error != "" {
		fmt.Fprintf(w, "  error: %s\n", schema.Printable(r.Error))
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
		zone = max(zone, utf8.RuneCountInString(schema.Display(e.Zone.Undotted())))
		name = max(name, utf8.RuneCountInString(schema.Display(e.Change.Name)))
		typ = max(typ, len(e.Change.Type))
	}
	for i := range r.Changes {
		e := &r.Changes[i]
		fmt.Fprintf(w, "  %s %-*s  %-*s  %-*s  %s\n", e.mark(), min(zone, 40), schema.Display(e.Zone.Undotted()),
			min(name, 32), schema.Display(schema.Printable(e.Change.Name)), typ, schema.Printable(string(e.Change.Type)), e.words())
	}
}

func (e *Entry) mark() string {
	switch e.Change.Action {
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
	c := &e.Change
	before, after := cmp.Or(c.Before, c.After), cmp.Or(c.After, c.Before)
	if before == nil {
		return ""
	}
	text := valueText(c.Type, before)
	if to := valueText(c.Type, after); to != text {
		text += " -> " + to
	}
	text += fmt.Sprintf("  ttl %d", before.TTL)
	if after.TTL != before.TTL {
		text += fmt.Sprintf(" -> %d", after.TTL)
	}
	switch {
	case c.Origin == diff.OriginDrift:
		text += "  (drift)"
	case c.OverwritesDrift:
		text += "  (over drift)"
	}
	switch {
	case c.File != "" && c.Line > 0:
		text += fmt.Sprintf("  %s:%d", schema.Printable(c.File), c.Line)
	case c.File != "":
		text += "  " + schema.Printable(c.File)
	}
	if e.Error != "" {
		text += "  failed: " + schema.Printable(e.Error)
	}
	return text
}

// valueText returns the data on one line, whatever it holds; a text stands in quotes.
func valueText(t schema.Type, v *diff.ValueJSON) string {
	value := v.Value
	if t == schema.TXT || schema.Printable(value) != value {
		value = schema.Quote(value)
	}
	if v.Priority != nil {
		return fmt.Sprintf("%d %s", *v.Priority, value)
	}
	return value
}
