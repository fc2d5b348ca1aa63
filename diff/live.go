package diff

import "github.com/zonetender/zonetender/schema"

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
	// Partial says why there may be more zones, "" for a whole list. A zone that a partial
	// list does not hold may exist all the same.
	Partial string
	// Warnings say what was odd about the list, a sentence each.
	Warnings []string
}

// A LiveZone is one zone as the API shows it.
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
}

// A Live is one record as the API shows it.
type Live struct {
	// ID is the service's own name for the record, opaque.
	ID string
	// Record is the canonical form of the record: the likeliest where the API's
	// spelling has several readings. A record that could not be read, or whose type
	// is not managed, has the zero Data.
	Record schema.Record
	// Readings are what else the API's spelling may mean, likeliest first.
	Readings []schema.Record
	// Value and Priority are what the API showed, for people to see. A nil Priority is
	// null or absent.
	Value    string
	Priority *int
	// Unreadable says why a record of a managed type could not be read; it is "" for
	// every other one.
	Unreadable string
}
