package sync

import (
	"hash/maphash"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// desired is a zone as its file declares it, with what an earlier commit declared.
type desired struct {
	zone     *schema.Zone
	declared []schema.Key
}

// plan compares the desired zone with the live one.
func (d desired) plan(live diff.LiveZone) diff.ZonePlan { return diff.Zone(d.zone, live, d.declared) }

// leaveAlone returns the zone without some RRsets, which stay as they are.
func (d desired) leaveAlone(keys []schema.Key) desired {
	if len(keys) > 0 {
		d.zone = d.zone.LeaveAlone(keys)
	}
	return d
}

// again reads a zone of a draft once more. ok is false where it is no longer declared as it
// was when it was planned: somebody may have edited the files of a work tree since.
func (p *Pass) again(draft *Draft, name schema.Name) (want desired, ok bool) {
	var z planned
	s, _ := p.source(name)
	z.declare(p, s, draft.Plan.GeneratedAt)
	if z.desired.zone == nil {
		return desired{}, false
	}
	known := draft.known[name]
	want = z.desired.leaveAlone(known.alone)
	return want, want.fingerprint(draft.seed) == known.print
}

// A fingerprint is a hash of a desired zone: of all that a plan of it depends on, and not of
// the files and lines in which that stands. Who edits a file cannot know the seed, so that two
// zones share one by an accident of 1 in 2^64.
type fingerprint uint64

func (d desired) fingerprint(seed maphash.Seed) fingerprint {
	var h maphash.Hash
	h.SetSeed(seed)
	z := d.zone.Declaration()
	maphash.WriteComparable(&h, z.Name)
	maphash.WriteComparable(&h, z.Absent)
	maphash.WriteComparable(&h, z.Manage)
	maphash.WriteComparable(&h, z.TTL)
	maphash.WriteComparable(&h, z.Safety)
	hashRRsets(&h, z.RRsets)
	hashRRsets(&h, z.Expired)
	maphash.WriteComparable(&h, len(z.Ignore))
	for _, r := range z.Ignore {
		name, types, value, exact := r.Parts()
		maphash.WriteComparable(&h, [2]string{name, value})
		maphash.WriteComparable(&h, exact)
		hashAll(&h, types)
	}
	maphash.WriteComparable(&h, len(z.Children))
	for _, c := range z.Children {
		maphash.WriteComparable(&h, c.Name)
	}
	hashAll(&h, d.declared)
	return fingerprint(h.Sum64())
}

func hashRRsets(h *maphash.Hash, sets []schema.RRset) {
	maphash.WriteComparable(h, len(sets))
	for _, s := range sets {
		maphash.WriteComparable(h, s.Key())
		maphash.WriteComparable(h, s.TTL)
		maphash.WriteComparable(h, s.Lenient)
		maphash.WriteComparable(h, unixOf(s.Expires))
		maphash.WriteComparable(h, len(s.Values))
		for _, v := range s.Values {
			maphash.WriteComparable(h, v.Data)
		}
	}
}

func hashAll[T comparable](h *maphash.Hash, values []T) {
	maphash.WriteComparable(h, len(values))
	for _, v := range values {
		maphash.WriteComparable(h, v)
	}
}

// unixOf returns a moment that compares with ==, as a time.Time does not.
func unixOf(t time.Time) [2]int64 { return [2]int64{t.Unix(), int64(t.Nanosecond())} }
