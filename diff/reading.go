package diff

import (
	"cmp"
	"slices"

	"github.com/zonetender/zonetender/schema"
)

// A Reading is one of several records that what the API showed may mean.
type Reading struct {
	Live Live
	// Open are the questions that stay open where this reading is taken.
	Open []OpenQuestion
}

// Compare orders open questions by all that is shown of their records, so that the order in
// which the service lists its records makes no difference.
func (o OpenQuestion) Compare(p OpenQuestion) int {
	return cmp.Or(o.Key.Compare(p.Key), cmp.Compare(o.Shown, p.Shown), cmp.Compare(o.Taken, p.Taken), cmp.Compare(o.Other, p.Other))
}

// Interpret returns the zone with each record that has several readings read in the way for
// which declares returns true, or else in the first one. It changes nothing that z refers
// to. A nil declares declares nothing.
func (z LiveZone) Interpret(declares func(schema.Record) bool) LiveZone {
	if len(z.Readings) == 0 {
		return z
	}
	z.Records = slices.Clone(z.Records)
	first := make(map[string]OpenQuestion)
	for i, readings := range z.Readings {
		taken := readings[0]
		declared := func(r Reading) bool { return r.Live.Unreadable == "" && declares(r.Live.Record) }
		if declares != nil {
			if at := slices.IndexFunc(readings, declared); at >= 0 {
				taken = readings[at]
			}
		}
		z.Records[i] = taken.Live
		for _, o := range taken.Open {
			f, asked := first[o.About]
			n := f.Records
			if !asked || o.Compare(f) < 0 {
				f = o
			}
			f.Records = n + 1
			first[o.About] = f
		}
	}
	z.Open = nil
	for _, o := range first {
		z.Open = append(z.Open, o)
	}
	slices.SortFunc(z.Open, func(a, b OpenQuestion) int { return cmp.Compare(a.About, b.About) })
	return z
}
