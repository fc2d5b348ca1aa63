package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// partRecords is how many records a file has at most: a larger zone is a folder of files.
const partRecords = 5000

// settingsText lifts the guards, as the estate's changes are made to be measured.
const settingsText = `ttl: 3600
safety: {max_deletes: 100%, max_updates: 100%, max_fleet_deletes: 100000000, max_fleet_percent: 100%}
`

// write is the program as what writes zone files.
func write(o *options) error {
	if o.first {
		return writeZone(o.dir, o.sizes[0], 0, o.edited)
	}
	return writeEstate(o.dir, o.sizes[0])
}

// writeEstate writes the zone files of an estate into a folder.
func writeEstate(dir string, s size) error {
	if err := writeFile(filepath.Join(dir, "zonetender.yaml"), settingsText); err != nil {
		return err
	}
	for i := range s.zones {
		if err := writeZone(dir, s, i, false); err != nil {
			return err
		}
	}
	return nil
}

// writeZone writes the files of zone number i. Every fourth zone is in the bare form, the
// others in the zone form.
func writeZone(dir string, s size, i int, edited bool) error {
	z := estateZone(s, i, edited)
	if s.records <= partRecords {
		text := bareForm(z.owners)
		if i%4 != 3 {
			text = zoneForm(z.head(), z.owners)
		}
		return writeFile(filepath.Join(dir, z.name+".yaml"), text)
	}
	head := z.head()
	for part, owners := range parts(z.owners) {
		name := filepath.Join(dir, z.name, fmt.Sprintf("part-%03d.yaml", part))
		if part > 0 {
			head = "zone: " + z.name + "\n" // the rest stands in one of the files
		}
		if err := writeFile(name, zoneForm(head, owners)); err != nil {
			return err
		}
	}
	return nil
}

// parts cuts owners into files of at most about partRecords records.
func parts(owners []owner) [][]owner {
	var out [][]owner
	first, n := 0, 0
	for i, o := range owners {
		if n >= partRecords {
			out = append(out, owners[first:i])
			first, n = i, 0
		}
		for _, s := range o.sets {
			n += len(s.values)
		}
	}
	return append(out, owners[first:])
}

func writeFile(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	w.WriteString(text) // an error stays in w
	if err := w.Flush(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// head is the top of a file in the zone form.
func (z zone) head() string { return fmt.Sprintf("zone: %s\nttl: %d\n", z.name, defaultTTL) }

// zoneForm writes owners in the short spelling, one line each, below a head.
func zoneForm(head string, owners []owner) string {
	var b strings.Builder
	b.WriteString(head + "records:\n")
	for _, o := range owners {
		b.WriteString("  " + quoteName(o.name) + ": {")
		for i, set := range o.sets {
			if i > 0 {
				b.WriteString(", ")
			}
			var values []string
			for _, v := range set.values {
				values = append(values, quote(presentation(set.kind, v)))
			}
			b.WriteString(set.kind + ": " + list(values))
		}
		if o.ttl != defaultTTL {
			fmt.Fprintf(&b, ", ttl: %d", o.ttl)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// bareForm writes owners as octoDNS reads them.
func bareForm(owners []owner) string {
	var b strings.Builder
	b.WriteString("---\n")
	for _, o := range owners {
		name := quoteName(o.name)
		if o.name == "@" {
			name = "''"
		}
		b.WriteString(name + ":\n")
		for _, set := range o.sets {
			fmt.Fprintf(&b, "  - type: %s\n", set.kind)
			if o.ttl != defaultTTL {
				fmt.Fprintf(&b, "    ttl: %d\n", o.ttl)
			}
			if len(set.values) == 1 {
				b.WriteString("    value: " + long(set.kind, set.values[0]) + "\n")
				continue
			}
			b.WriteString("    values:\n")
			for _, v := range set.values {
				b.WriteString("      - " + long(set.kind, v) + "\n")
			}
		}
	}
	return b.String()
}

// long is a value with a key for each of its parts, where its type has parts.
func long(kind string, v value) string {
	f := strings.Fields(v.text)
	switch kind {
	case "MX":
		return fmt.Sprintf("{preference: %d, exchange: %s.}", v.priority, v.text)
	case "SRV":
		return fmt.Sprintf("{priority: %d, weight: %s, port: %s, target: %s.}", v.priority, f[0], f[1], f[2])
	case "CAA":
		return fmt.Sprintf("{flags: %s, tag: %s, value: %s}", f[0], f[1], quote(strings.Trim(f[2], `"`)))
	}
	return quote(presentation(kind, v))
}

// presentation is a value as a master file has it, except for TXT, which is the text itself.
func presentation(kind string, v value) string {
	switch kind {
	case "MX", "SRV":
		return strconv.Itoa(v.priority) + " " + v.text + "."
	case "CNAME", "NS":
		return v.text + "."
	}
	return v.text
}

func list(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	return "[" + strings.Join(values, ", ") + "]"
}

func quoteName(name string) string {
	if strings.ContainsAny(name, "@*") {
		return "'" + name + "'"
	}
	return name
}

// quote puts a value into quotes where it would not be one plain scalar in a list.
func quote(text string) string {
	if strings.ContainsAny(text, `"';,:{}[]#`) {
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	return text
}
