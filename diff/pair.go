package diff

import (
	"cmp"
	"slices"

	"github.com/zonetender/zonetender/schema"
)

// pair appends the changes of an RRset. What is left of it is paired into updates, the likest
// first, and what remains then is created or deleted. That makes max(missing, extra) calls,
// which no plan can undercut.
func (r *remainder) pair(changes []Change) []Change {
	spare := spares(r.have)
	pairs := r.take(func(d schema.RDATA) schema.RDATA { return d })
	pairs = append(pairs, r.take(func(d schema.RDATA) schema.RDATA { return d.WithPriority(0) })...)
	pairs = append(pairs, r.likest()...)

	for _, m := range pairs {
		changes = append(changes, updateOf(r.want, m))
	}
	for _, v := range r.missing {
		changes = append(changes, creationOf(r.want, v))
	}
	for _, l := range r.extra {
		c := deletionOf(l)
		c.spare = spare[l.Record.Data] > 1
		changes = append(changes, c)
	}
	return changes
}

// A match is a desired value and the live record that is, or is to become, it.
type match struct {
	value schema.Value
	live  *Live
}

// remainder is what of an RRset has no partner yet.
type remainder struct {
	want    *schema.RRset
	have    []*Live        // all of it, sorted by compareLive
	missing []schema.Value // sorted by data
	extra   []*Live        // of have, in its order
}

// calls returns how many calls it takes to close the difference.
func (r *remainder) calls() int { return max(len(r.missing), len(r.extra)) }

// cancel returns what is left when equal records have cancelled, one for one. Both sides are
// sorted, have by compareLive.
func cancel(want *schema.RRset, have []*Live) remainder {
	r := remainder{want: want, have: have}
	for _, v := range want.Values {
		for len(have) > 0 && have[0].Record.Compare(want.Record(v)) < 0 {
			r.extra = append(r.extra, have[0])
			have = have[1:]
		}
		if len(have) > 0 && have[0].Record == want.Record(v) {
			have = have[1:]
		} else {
			r.missing = append(r.missing, v)
		}
	}
	r.extra = append(r.extra, have...)
	return r
}

// compareLive orders live records by what they say; the service's ids only tell
// copies apart.
func compareLive(a, b *Live) int {
	if c := a.Record.Name.Compare(b.Record.Name); c != 0 {
		return c
	}
	if c := a.Record.Compare(b.Record); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.Value, b.Value), cmp.Compare(a.ID, b.ID))
}

// spares counts the copies of each live record's data. It is nil where there can
// be none.
func spares(have []*Live) map[schema.RDATA]int {
	if len(have) < 2 {
		return nil
	}
	count := make(map[schema.RDATA]int, len(have))
	for _, l := range have {
		if !l.Record.Data.IsZero() {
			count[l.Record.Data]++
		}
	}
	return count
}

// take pairs, one for one, the values and live records of equal likeness.
func (r *remainder) take(likeness func(schema.RDATA) schema.RDATA) []match {
	if len(r.missing) == 0 || len(r.extra) == 0 {
		return nil
	}
	waiting := make(map[schema.RDATA][]int, len(r.extra))
	for i, l := range r.extra {
		if !l.Record.Data.IsZero() {
			k := likeness(l.Record.Data)
			waiting[k] = append(waiting[k], i)
		}
	}
	var pairs []match
	var missing []schema.Value
	taken := make([]bool, len(r.extra))
	for _, v := range r.missing {
		k := likeness(v.Data)
		if is := waiting[k]; len(is) > 0 {
			pairs = append(pairs, match{v, r.extra[is[0]]})
			taken[is[0]] = true
			waiting[k] = is[1:]
		} else {
			missing = append(missing, v)
		}
	}
	r.missing = missing
	r.dropTaken(taken)
	return pairs
}

func (r *remainder) dropTaken(taken []bool) {
	var extra []*Live
	for i, l := range r.extra {
		if !taken[i] {
			extra = append(extra, l)
		}
	}
	r.extra = extra
}

// maxCompared bounds the pairs that likest weighs against each other. Beyond it the
// reader has no natural edit to see anyway, and neighbours in order are paired.
const maxCompared = 4096

// likest pairs what is left, as many as there are on the shorter side: first those
// whose text is most alike, so that a reader sees the edit that was made.
func (r *remainder) likest() []match {
	n := min(len(r.missing), len(r.extra))
	if n == 0 {
		return nil
	}
	var pairs []match
	if n == 1 && len(r.missing) == 1 && len(r.extra) == 1 || len(r.missing)*len(r.extra) > maxCompared {
		for i := range n {
			pairs = append(pairs, match{r.missing[i], r.extra[i]})
		}
		r.missing, r.extra = r.missing[n:], r.extra[n:]
		return pairs
	}
	type candidate struct{ score, value, live int }
	var all []candidate
	for i, v := range r.missing {
		for j, l := range r.extra {
			all = append(all, candidate{similarity(r.want.Type, v.Data, l), i, j})
		}
	}
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(-cmp.Compare(a.score, b.score), cmp.Compare(a.value, b.value), cmp.Compare(a.live, b.live))
	})
	used, taken := make([]bool, len(r.missing)), make([]bool, len(r.extra))
	for _, c := range all {
		if !used[c.value] && !taken[c.live] {
			used[c.value], taken[c.live] = true, true
			pairs = append(pairs, match{r.missing[c.value], r.extra[c.live]})
		}
	}
	var missing []schema.Value
	for i, v := range r.missing {
		if !used[i] {
			missing = append(missing, v)
		}
	}
	r.missing = missing
	r.dropTaken(taken)
	return pairs
}

// similarity weighs how much of an edit is left to see: the more characters two
// values share at their ends, the more alike they are; a shared priority breaks ties.
func similarity(t schema.Type, d schema.RDATA, l *Live) int {
	a, b := d.WithPriority(0).String(), l.Value
	if !l.Record.Data.IsZero() {
		b = l.Record.Data.WithPriority(0).String()
	}
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	a, b = a[n:], b[n:]
	m := 0
	for m < len(a) && m < len(b) && a[len(a)-1-m] == b[len(b)-1-m] {
		m++
	}
	score := 2 * (n + m)
	if t.HasPriority() && d.Priority() == l.Record.Data.Priority() {
		score++
	}
	return score
}

func creationOf(s *schema.RRset, v schema.Value) Change {
	return Change{Action: Create, Name: s.Name, Type: s.Type, After: s.Record(v), Pos: v.Pos, Origin: OriginChange}
}

func updateOf(s *schema.RRset, m match) Change {
	return Change{
		Action: Update, Name: s.Name, Type: s.Type, Before: *m.live,
		After: s.Record(m.value), Pos: m.value.Pos, Origin: OriginChange,
	}
}

func deletionOf(l *Live) Change {
	return Change{
		Action: Delete, Name: l.Record.Name, Type: l.Record.Type, Before: *l, Origin: OriginChange,
	}
}
