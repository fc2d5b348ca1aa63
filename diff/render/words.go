package render

import (
	"fmt"
	"strings"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// duration says a number of seconds in words, in its two largest units, as in "1 h" and
// "1 d 12 h". It is "" for 0.
func duration(ttl schema.TTL) string {
	units := []struct {
		seconds schema.TTL
		word    string
	}{{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}}
	var parts []string
	for _, u := range units {
		if n := ttl / u.seconds; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, u.word))
		}
		ttl %= u.seconds
		if len(parts) == 2 {
			break
		}
	}
	return strings.Join(parts, " ")
}

// headline says what happens to a zone.
func headline(z *diff.ZonePlan) string {
	var s diff.Summary
	s.Add(z)
	switch {
	case z.Error != "":
		return "cannot be planned"
	case z.Action == diff.Delete:
		return deletion(z)
	case z.Action == diff.Create:
		return fmt.Sprintf("new zone, %d to create", s.Create)
	case z.Action == diff.None && z.Partial != "":
		return "no difference found, but the live zone may not have been read completely"
	case z.Action == diff.None:
		return "no changes"
	}
	return fmt.Sprintf("%d to create, %d to update, %d to delete", s.Create, s.Update, s.Delete)
}

func deletion(z *diff.ZonePlan) string {
	records := fmt.Sprintf("%d records", z.Live)
	if z.Live == 1 {
		records = "1 record"
	}
	text := "the zone would be deleted, with " + records
	if z.NotOurs > 0 {
		text += fmt.Sprintf(", %d of them not ours", z.NotOurs)
	}
	return text
}

// mark is what a change's line begins with.
func mark(a diff.Action) string {
	switch a {
	case diff.Create:
		return "+"
	case diff.Delete:
		return "-"
	}
	return "~"
}

// riskNote is the risk of a change in a few words, as in "high risk: apex-mx". It is "" for
// low.
func riskNote(r diff.Risk) string {
	if r.Level <= schema.RiskLow {
		return ""
	}
	var codes []string
	for _, x := range r.Reasons {
		codes = append(codes, clip(x.Code, 40))
	}
	return strings.TrimSuffix(r.Level.String()+" risk: "+strings.Join(codes, " "), ": ")
}

// provenance says where a change comes from as far as a base made that known, as in "drift"
// and "by Jane Doe in 1a2b3c4". An author of every edit is named once for all of them.
func (v *view) provenance(c *diff.Change) string {
	var parts []string
	switch {
	case c.Origin == diff.OriginExpired:
		parts = append(parts, "expired")
	case v.plan.Base != "" && c.Origin == diff.OriginDrift:
		parts = append(parts, "drift")
	}
	if c.OverwritesDrift {
		parts = append(parts, "overwrites drift")
	}
	if c.Commit != "" && v.author() == "" {
		parts = append(parts, authorship(c))
	}
	return strings.Join(parts, ", ")
}

func authorship(c *diff.Change) string {
	return strings.TrimSpace("by " + clip(c.Author, 40) + " in " + shortHash(c.Commit))
}

// author names who made every edit whose commit is known, "" where they are several or none.
func (v *view) author() string {
	if v.sole == nil {
		return ""
	}
	return "every edit " + authorship(v.sole)
}

// shortHash shortens a commit's hash as people write it.
func shortHash(hash string) string {
	const short = 10
	return schema.Printable(hash[:min(short, len(hash))])
}

// place is where something stands in the zone files, "" where that is not known.
func place(at schema.Position) string {
	switch {
	case at.File == "":
		return ""
	case at.Line == 0:
		return schema.Printable(at.File)
	}
	return fmt.Sprintf("%s:%d", schema.Printable(at.File), at.Line)
}

// clip returns text on one line with everything escaped that could do more than be read,
// shortened to about most octets.
func clip(text string, most int) string {
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	return schema.Printable(text)
}

// A side is what a record is before or after a change. The zero side is no record.
type side struct {
	value string
	ttl   string // "" where it does not change
}

// sides returns what a change makes of what. Values of more than longest octets are
// shortened to where they differ.
func sides(c *diff.Change, longest int) (before, after side) {
	if c.Action != diff.Create {
		before.value = c.Before.Display()
	}
	if c.Action != diff.Delete {
		after.value = c.After.Data.Display()
	}
	if c.ValueChanges() && max(len(before.value), len(after.value)) > longest {
		before.value, after.value = diff.Excerpt(before.value, after.value)
	}
	showTTL := c.Action != diff.Update || c.Before.Record.TTL != c.After.TTL
	finish := func(s *side, ttl schema.TTL) {
		if s.value = schema.Printable(s.value); s.value != "" && showTTL {
			s.ttl = fmt.Sprintf("  ttl %d", ttl)
		}
	}
	finish(&before, c.Before.Record.TTL)
	finish(&after, c.After.TTL)
	return before, after
}

// shortened returns the side on one line, its value cut to about most octets.
func (s side) shortened(most int) string { return clip(s.value, most) + s.ttl }

// setting says on one line how a setting changes.
func setting(s *diff.SettingChange) (where, before, after string) {
	where = "zonetender.yaml"
	if !s.Zone.IsZero() {
		where = schema.Display(s.Zone.Undotted())
	}
	word := func(text string) string {
		if text == "" {
			return "not set"
		}
		return schema.Printable(text)
	}
	return where, word(s.Before), word(s.After)
}
