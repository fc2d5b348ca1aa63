package sync

import (
	"context"
	"errors"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// A Reader reads live zones. Its methods may be called concurrently, except Survey, which
// is called before any zone is read.
type Reader interface {
	// Zones lists the zones of the account. With names, it may look up only the zones that
	// have them, and then says so in the list.
	Zones(ctx context.Context, names ...schema.Name) (diff.ZoneList, error)
	// FindZone looks a zone up by name. It returns false if the account does not have it.
	FindZone(ctx context.Context, name schema.Name) (diff.ZoneRef, bool, error)
	// Survey reads zones ahead, up to atOnce of them concurrently, to learn how the account
	// spells what its documentation leaves open. The first call of Zone for one of them
	// returns what Survey read, or its error. Done is called after each zone, possibly
	// concurrently; it may be nil.
	Survey(ctx context.Context, zones []diff.ZoneRef, atOnce int, done func())
	// Zone reads one zone with its records. A record that can be read in several ways is
	// read in the way for which declares returns true, if there is one. A nil declares
	// declares nothing.
	Zone(ctx context.Context, zone diff.ZoneRef, declares func(schema.Record) bool) (diff.LiveZone, error)
}

// A Writer changes live zones, one record per call. Its methods may be called concurrently,
// also for different records of one zone. A nil error means that the change was made.
type Writer interface {
	// CreateZone creates a zone. Made is false if the zone may have existed before.
	CreateZone(ctx context.Context, name schema.Name) (zone diff.ZoneRef, made bool, err error)
	DeleteZone(ctx context.Context, zone diff.ZoneRef) error
	CreateRecord(ctx context.Context, zone diff.ZoneRef, record schema.Record) error
	// RestoreRecord is CreateRecord for a record without which its name would have no data.
	RestoreRecord(ctx context.Context, zone diff.ZoneRef, record schema.Record) error
	// UpdateRecord sends what differs between the live record and after.
	UpdateRecord(ctx context.Context, zone diff.ZoneRef, live diff.Live, after schema.Record) error
	DeleteRecord(ctx context.Context, zone diff.ZoneRef, live diff.Live) error
	// Conflicts returns how many answers to changes of a zone's records have said so far that
	// the service could not make them at that moment, as it may where several are made at the
	// same time. Changes that succeeded in the end count as well.
	Conflicts(zone diff.ZoneRef) int
}

// An API reads and changes live zones.
type API interface {
	Reader
	Writer
}

// denied reports whether the API rejected the token, or the token lacks a permission. All
// further calls would fail the same way.
func denied(err error) bool {
	var d interface{ Denied() bool }
	return errors.As(err, &d) && d.Denied()
}

// unknown reports whether a call that failed may have been carried out anyway.
func unknown(err error) bool {
	var u interface{ Unknown() bool }
	return errors.As(err, &u) && u.Unknown()
}

// notFound reports whether the API says that the zone or record does not exist.
func notFound(err error) bool {
	var n interface{ NotFound() bool }
	return errors.As(err, &n) && n.NotFound()
}
