package diff

import (
	"testing"

	"github.com/zonetender/zonetender/schema"
)

// Only what a deletion takes away counts, in one RRset for each key.
func TestRemoved(t *testing.T) {
	t.Parallel()
	record := func(name, text string) schema.Record {
		n := schema.MustParseName(name + ".example.com")
		return schema.Record{Name: n, Type: schema.TXT, TTL: 60, Data: schema.NewTXT(text)}
	}
	gone := func(r schema.Record) Change {
		return Change{Action: Delete, Name: r.Name, Type: r.Type, Before: Live{Record: r}}
	}
	unreadable := record("b", "x")
	unreadable.Data = schema.RDATA{}
	got := Removed([]Change{
		gone(record("a", "1")), gone(unreadable), gone(record("c", "1")), gone(record("a", "2")),
		{Action: Update, Before: Live{Record: record("d", "1")}, After: record("d", "2")},
		{Action: Create, After: record("e", "1")},
	})
	if len(got) != 2 || got[0].String() != "a.example.com. 60 IN TXT \"1\"\na.example.com. 60 IN TXT \"2\"" || got[1].Name != schema.MustParseName("c.example.com") {
		t.Errorf("got %v", got)
	}
}
