package diff

import (
	"cmp"
	"slices"

	"github.com/zonetender/zonetender/schema"
)

// pair finds the changes of one RRset. Equal records cancel, one for one; the rest
// is paired into updates, the likest first, and what is left over is created or
// deleted. That makes max(missing, extra) calls, which no plan can undercut.
func pair(want *schema.RRset, have []Live) (changes []Change, unchanged int) {
	rest := newRemainder(want, have)
	spare := rest.spares()
	unchanged = len(rest.take(func(d schema.RDATA, ttl schema.TTL) likeness { return likeness{d, ttl} }))

	pairs := rest.take(func(d schema.RDATA, _ schema.TTL) likeness { return likeness{data: d} })
	pairs = append(pairs, rest.take(func(d schema.RDATA, _ schema.TTL) likeness {
		return likeness{data: d.WithPriority(0)}
	})...)
	pairs = append(pairs, rest.likest()...)

	for _, m := range pairs {
		changes = append(changes, updateOf(want, m))
	}
	for _, v := range rest.missing {
		changes = append(changes, creationOf(want, v))
	}
	for _, l := range rest.extra {
		c := deletionOf(l)
		c.spare = spare[l.Record.Data] > 1
		changes = append(changes, c)
	}
	return changes, unchanged
}

// A match is a desired value and the live record that is, or is to become, it.
type match struct {
	value schema.Value
	live  Live
}

// A likeness is what two records must share to be matched.
type likeness struct {
	data schema.RDATA
	ttl  schema.TTL
}

// remainder is what of an RRset has no partner yet.
type remainder struct {
	want    *schema.RRset
	missing []schema.Value // sorted by data
	extra   []Live         // sorted by compareLive
}

func newRemainder(want *schema.RRset, have []Live) *remainder {
	r := &remainder{want: want, missing: want.Values, extra: slices.Clone(have)}
	slices.SortFunc(r.extra, compareLive)
	return r
}

// compareLive orders live records by what they say; the service's ids only tell
// copies apart.
func compareLive(a, b Live) int {
	return cmp.Or(a.Record.Compare(b.Record), cmp.Compare(a.Value, b.Value), cmp.Compare(a.ID, b.ID))
}

// spares counts the copies of each live record's data. It is nil where there can
// be none.
func (r *remainder) spares() map[schema.RDATA]int {
	if len(r.extra) < 2 {
		return nil
	}
	count := make(map[schema.RDATA]int, len(r.extra))
	for _, l := range r.extra {
		if !l.Record.Data.IsZero() {
			count[l.Record.Data]++
		}
	}
	return count
}

// take pairs, one for one, the values and live records of equal likeness.
func (r *remainder) take(like func(schema.RDATA, schema.TTL) likeness) []match {
	if len(r.missing) == 0 || len(r.extra) == 0 {
		return nil
	}
	waiting := make(map[likeness][]int, len(r.extra))
	for i, l := range r.extra {
		if !l.Record.Data.IsZero() {
			k := like(l.Record.Data, l.Record.TTL)
			waiting[k] = append(waiting[k], i)
		}
	}
	var pairs []match
	var missing []schema.Value
	taken := make([]bool, len(r.extra))
	for _, v := range r.missing {
		k := like(v.Data, r.want.TTL)
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
	var extra []Live
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
func similarity(t schema.Type, d schema.RDATA, l Live) int {
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
		Action: Update, Name: s.Name, Type: s.Type, Before: m.live,
		After: s.Record(m.value), Pos: m.value.Pos, Origin: OriginChange,
	}
}

func deletionOf(l Live) Change {
	return Change{
		Action: Delete, Name: l.Record.Name, Type: l.Record.Type, Before: l, Origin: OriginChange,
	}
}
