package snapshot

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// Stale is the age above which a snapshot is warned of.
const Stale = 24 * time.Hour

// A Reader reads the zones of a snapshot as those of an account, at the time Now.
type Reader struct {
	Snapshot *Snapshot
	Now      time.Time
}

// String says what it is, as in "snapshot of 2026-11-21T22:34:00Z".
func (r *Reader) String() string {
	return "snapshot of " + r.Snapshot.Time.UTC().Format(time.RFC3339)
}

// Age is how old the snapshot is, at least 0.
func (r *Reader) Age() time.Duration { return max(0, r.Now.Sub(r.Snapshot.Time)) }

// Zones lists the zones, all of them whichever are asked for, with a warning of a snapshot
// that is older than [Stale].
func (r *Reader) Zones(context.Context, ...schema.Name) (diff.ZoneList, error) {
	list := diff.ZoneList{Partial: r.Snapshot.Partial, Warnings: slices.Clone(r.Snapshot.Warnings)}
	if age := r.Age(); age > Stale {
		list.Warnings = append(list.Warnings, fmt.Sprintf("the live zones are those of a %s, %d hours ago; they may have changed since", r, int(age.Hours())))
	}
	for i := range r.Snapshot.zones {
		list.Zones = append(list.Zones, ref(&r.Snapshot.zones[i].live))
	}
	return list, nil
}

func ref(z *diff.LiveZone) diff.ZoneRef {
	return diff.ZoneRef{ID: z.ID, Name: z.Name, RecordCount: -1}
}

// FindZone looks a zone up by name.
func (r *Reader) FindZone(_ context.Context, name schema.Name) (diff.ZoneRef, bool, error) {
	z := r.find(name)
	if z == nil {
		return diff.ZoneRef{}, false, nil
	}
	return ref(&z.live), true, nil
}

func (r *Reader) find(name schema.Name) *zone {
	zones := r.Snapshot.zones
	i := sort.Search(len(zones), func(i int) bool { return zones[i].live.Name.Compare(name) >= 0 })
	if i == len(zones) || zones[i].live.Name != name {
		return nil
	}
	return &zones[i]
}

// Survey has nothing to learn: whoever wrote the snapshot knew how the account spells.
func (r *Reader) Survey(_ context.Context, zones []diff.ZoneRef, _ int, done func()) {
	for range zones {
		if done != nil {
			done()
		}
	}
}

// Zone returns a zone with its records.
func (r *Reader) Zone(_ context.Context, ref diff.ZoneRef, declares func(schema.Record) bool) (diff.LiveZone, error) {
	z := r.find(ref.Name)
	switch {
	case z == nil:
		return diff.LiveZone{}, fmt.Errorf("the snapshot has no zone %s", ref.Name)
	case z.err != nil:
		return diff.LiveZone{}, fmt.Errorf("the snapshot does not have its records: %w", z.err)
	}
	return z.live.Interpret(declares), nil
}
