package diff

import "github.com/zonetender/zonetender/schema"

// Removed returns the RRsets of which changes delete records, each with the data that goes.
// What could not be read is left out.
func Removed(changes []Change) []schema.RRset {
	var out []schema.RRset
	place := make(map[schema.Key]int)
	for _, c := range changes {
		if c.Action != Delete || c.Before.Record.Data.IsZero() {
			continue
		}
		k := c.Before.Record.Key()
		i, known := place[k]
		if !known {
			i = len(out)
			place[k] = i
			out = append(out, schema.RRset{Name: k.Name, Type: k.Type, TTL: c.Before.Record.TTL})
		}
		out[i].Values = append(out[i].Values, schema.Value{Data: c.Before.Record.Data})
	}
	return out
}
