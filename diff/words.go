package diff

import (
	"fmt"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// Words says what the change does, on one line, as in "create www A 192.0.2.1 ttl 60".
func (c Change) Words(zone schema.Name) string {
	return fmt.Sprintf("%s %s %s %s", c.Action, c.Name.DisplayIn(zone), c.Type, c.Details())
}

// Details says on one line what the change does to the record's data and TTL, long texts
// shortened to where they differ.
func (c Change) Details() string {
	switch c.Action {
	case Create:
		return fmt.Sprintf("%s  ttl %d", c.After.Data.Display(), c.After.TTL)
	case Delete:
		return fmt.Sprintf("%s  ttl %d", c.Before.Display(), c.Before.Record.TTL)
	}
	value := c.Before.Display()
	if c.ValueChanges() {
		from, to := Excerpt(value, c.After.Data.Display())
		value = from + " -> " + to
	}
	if c.Before.Record.TTL == c.After.TTL {
		return value
	}
	return fmt.Sprintf("%s  ttl %d -> %d", value, c.Before.Record.TTL, c.After.TTL)
}

// Excerpt shortens two texts to where they differ, with some text around it, where one of
// them has more than 60 octets.
func Excerpt(from, to string) (string, string) {
	const whole, around = 60, 16
	if len(from) <= whole && len(to) <= whole {
		return from, to
	}
	n := 0
	for n < len(from) && n < len(to) && from[n] == to[n] {
		n++
	}
	m := 0
	for m < len(from)-n && m < len(to)-n && from[len(from)-1-m] == to[len(to)-1-m] {
		m++
	}
	start, end := max(0, n-around), max(0, m-around)
	if start <= 4 {
		start = 0
	}
	if end <= 4 {
		end = 0
	}
	cut := func(s string) string {
		out := s[start : len(s)-end]
		if start > 0 {
			out = "..." + out
		}
		if end > 0 {
			out += "..."
		}
		return out
	}
	return cut(from), cut(to)
}

// String returns the summary as one sentence.
func (s Summary) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %d with changes: %s, %s unchanged", plural(s.Zones, "zone"), s.ZonesChanged, s.counts(), plural(s.Unchanged, "record"))
	if s.Blocked > 0 {
		fmt.Fprintf(&b, ", %s refused", plural(s.Blocked, "zone"))
	}
	if s.Errors > 0 {
		fmt.Fprintf(&b, ", %s in error", plural(s.Errors, "zone"))
	}
	if s.Risk > schema.RiskLow {
		fmt.Fprintf(&b, ", highest risk %s", s.Risk)
	}
	return b.String()
}

func (s Summary) counts() string {
	return fmt.Sprintf("%d to create, %d to update, %d to delete", s.Create, s.Update, s.Delete)
}

// plural counts things in words, as in "1 record" and "3 records".
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
