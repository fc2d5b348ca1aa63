package schema

import (
	"slices"
	"time"
)

// At returns the declaration as it is from a moment on: RRsets that expire then or before are
// Expired. It changes nothing that d refers to.
func (d Declaration) At(t time.Time) Declaration {
	over := func(s RRset) bool { return !s.Expires.IsZero() && !s.Expires.After(t) }
	if !slices.ContainsFunc(d.RRsets, over) {
		return d
	}
	var left []RRset
	d.Expired = slices.Clone(d.Expired)
	for _, s := range d.RRsets {
		if over(s) {
			d.Expired = append(d.Expired, s)
		} else {
			left = append(left, s)
		}
	}
	d.RRsets = left
	return d
}

// Expiries returns the moments at which RRsets of the declaration expire, sorted, each once.
func (d Declaration) Expiries() []time.Time {
	var out []time.Time
	for _, s := range d.RRsets {
		if !s.Expires.IsZero() {
			out = append(out, s.Expires)
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return slices.CompactFunc(out, time.Time.Equal)
}

// At returns the zone as it is from a moment on; see [Declaration.At]. It is valid, as less
// cannot be in the way of the rest.
func (z *Zone) At(t time.Time) *Zone { return &Zone{z.d.At(t)} }

// NextExpiry returns when the next RRset of the zone expires, the zero Time for never.
func (z *Zone) NextExpiry() time.Time {
	if all := z.d.Expiries(); len(all) > 0 {
		return all[0]
	}
	return time.Time{}
}

// Expired returns the RRset of a key whose time is over. ok is false where there is none.
func (z *Zone) Expired(k Key) (s RRset, ok bool) {
	i := slices.IndexFunc(z.d.Expired, func(s RRset) bool { return s.Key() == k })
	if i < 0 {
		return RRset{}, false
	}
	return z.d.Expired[i], true
}
