package diff

import (
	"fmt"

	"github.com/zonetender/zonetender/schema"
)

// A ZoneRef is a live zone by name and by the service's own id for it.
type ZoneRef struct {
	// ID is opaque. It is "" where the service shows none; such a zone exists, but cannot
	// be read.
	ID   string
	Name schema.Name
	// RecordCount is how many records the service says the zone has, -1 where it says
	// nothing. It may count records that are not shown.
	RecordCount int
}

// A ZoneList is the live zones of an account.
type ZoneList struct {
	Zones []ZoneRef
	// ByName is true where only the zones that were asked for were looked up, and found. Of the
	// others nothing is known.
	ByName bool
	// Partial says why there may be more zones, "" for a whole list. A zone that a partial
	// list does not hold may exist all the same.
	Partial string
	// Warnings say what was odd about the list, a sentence each.
	Warnings []string
}

// A LiveZone is one zone as the API shows it, in canonical form.
type LiveZone struct {
	// ID is the service's own name for the zone, opaque. It is "" for a zone that does
	// not exist.
	ID      string
	Name    schema.Name
	Records []Live
	// Partial says why the read may not show the whole zone, as in "count says 12
	// records, 10 arrived". It is "" for a whole read.
	Partial string
	// Warnings say what was odd about the read, a sentence each.
	Warnings []string
	// Open are the questions about the account's spelling on which the reading of some of
	// these records depends, and to which nothing that was read gives an answer.
	Open []OpenQuestion
	// Readings are all that a record may mean, for those that may mean several things, by index
	// in Records. It is nil where nobody asked for it.
	Readings map[int][]Reading
}

// An OpenQuestion is one of which the API's spelling leaves the answer open: what it
// showed for a record means one thing or another. It holds the first such record of a
// zone.
type OpenQuestion struct {
	// About is the question in words, the same for every record that it concerns.
	About string
	Key   schema.Key
	// Shown is what the API showed, Taken how it was read, and Other what else it may mean.
	Shown, Taken, Other string
	// Records counts the records of the zone that depend on the answer.
	Records int
}

// A Live is one record as the API shows it.
type Live struct {
	// ID is the service's own name for the record: opaque, to be handed back in calls.
	ID string
	// Record is the record in canonical form. Its Data is zero where the record could not
	// be read, or its type is not managed; its Name is zero where the owner name could not
	// be read.
	Record schema.Record
	// Owner, Value and Priority are what the API showed, for people to see. A nil Priority
	// is null or absent.
	Owner, Value string
	Priority     *int
	// Unreadable says why a record of a managed type could not be read; it is "" for every
	// other one.
	Unreadable string
}

// name is the owner name as people see it: relative to the zone, or as the API showed it
// where it could not be read.
func (l *Live) name(zone schema.Name) string {
	if l.Record.Name.IsZero() {
		return schema.Clip(l.Owner)
	}
	return l.Record.Name.DisplayIn(zone)
}

// text is the record's data as people see it: what the API showed where it could not be
// read.
func (l *Live) text() string {
	switch {
	case !l.Record.Data.IsZero():
		return l.Record.Data.String()
	case l.Priority != nil:
		return fmt.Sprintf("%d %s", *l.Priority, schema.Quote(l.Value))
	}
	return schema.Quote(l.Value)
}

// Display returns the record's data as people see it, internationalized hosts in Unicode as
// well. Of a record that could not be read it is what the API showed, quoted.
func (l *Live) Display() string {
	if l.Record.Data.IsZero() {
		return l.text()
	}
	return l.Record.Data.Display()
}

// unreadable says what is wrong with the record and what a plan does about it.
func (l *Live) unreadable(zone schema.Name) string {
	if l.Record.Name.IsZero() {
		return fmt.Sprintf("%s record with the owner name %s: %s; it is left alone, as its name cannot be written in a zone file",
			l.Record.Type, l.name(zone), l.Unreadable)
	}
	return fmt.Sprintf("%s %s: live value %s cannot be read: %s", l.name(zone), l.Record.Type, schema.Clip(l.Value), l.Unreadable)
}
