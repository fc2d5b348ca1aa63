package sync

import (
	"context"
	"errors"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// A Reader reads live zones. Its methods may be called at the same time.
type Reader interface {
	// Zones lists the zones of the account.
	Zones(ctx context.Context) (diff.ZoneList, error)
	// FindZone looks one zone up by its name; false says that the account has none.
	FindZone(ctx context.Context, name schema.Name) (diff.ZoneRef, bool, error)
	// Zone reads one zone with its records.
	Zone(ctx context.Context, zone diff.ZoneRef) (diff.LiveZone, error)
}

// A Writer changes live zones, a record a call. Its methods may be called at the same
// time for different zones. A call that returns nil was carried out.
type Writer interface {
	// CreateZone creates a zone. Made is false where the zone may have been there before.
	CreateZone(ctx context.Context, name schema.Name) (zone diff.ZoneRef, made bool, err error)
	DeleteZone(ctx context.Context, zone diff.ZoneRef) error
	RecordWriter
}

// A RecordWriter changes the records of live zones.
type RecordWriter interface {
	CreateRecord(ctx context.Context, zone diff.ZoneRef, record schema.Record) error
	// UpdateRecord sends what differs between before and after.
	UpdateRecord(ctx context.Context, zone diff.ZoneRef, id string, before, after schema.Record) error
	DeleteRecord(ctx context.Context, zone diff.ZoneRef, id string) error
}

// An API reads and changes live zones.
type API interface {
	Reader
	Writer
}

// denied reports whether the API refuses the token. Every further call would only be
// refused as well.
func denied(err error) bool {
	var d interface{ Denied() bool }
	return errors.As(err, &d) && d.Denied()
}

// unknown reports whether a call that failed may have been carried out all the same.
func unknown(err error) bool {
	var u interface{ Unknown() bool }
	return errors.As(err, &u) && u.Unknown()
}
