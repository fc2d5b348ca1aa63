package diff

import (
	"slices"

	"github.com/zonetender/zonetender/schema"
)

// MarkOrigins tells, for each change of a planned zone, an edit of its files from drift. The
// plan was made of desired and live; base is the zone as the files declared it before, nil
// where they did not.
//
// An edit is a change of an RRset that base declares otherwise than desired does, or that
// base leaves alone. A deletion also gets the place at which base declares what goes. What
// expires without an edit stays expired.
func (p *ZonePlan) MarkOrigins(desired, base *schema.Zone, live LiveZone) {
	o := origins{desired: desired, base: base, live: make(map[schema.Key][]schema.Record)}
	for _, l := range live.Records {
		if !o.leavesAlone(l.Record) {
			o.live[l.Record.Key()] = append(o.live[l.Record.Key()], l.Record)
		}
	}
	for i := range p.Changes {
		o.mark(&p.Changes[i])
	}
	for i := range p.Gone {
		p.Gone[i].Origin = OriginChange
		if base != nil && base.Absent() {
			p.Gone[i].Origin = OriginDrift
		}
	}
}

// SameRRset reports whether two zones declare an RRset alike, or neither declares it. A nil
// zone declares nothing.
func SameRRset(a, b *schema.Zone, k schema.Key) bool {
	s, inA := rrset(a, k)
	t, inB := rrset(b, k)
	return inA == inB && (!inA || s.Same(t))
}

func rrset(z *schema.Zone, k schema.Key) (schema.RRset, bool) {
	if z == nil {
		return schema.RRset{}, false
	}
	return z.RRset(k)
}

// origins compares a zone with what was declared before.
type origins struct {
	desired, base *schema.Zone
	live          map[schema.Key][]schema.Record // that were base's to change
}

func (o *origins) mark(c *Change) {
	k := schema.Key{Name: c.Name, Type: c.Type}
	taken := c.Action != Create && o.leavesAlone(c.Before.Record)
	if SameRRset(o.desired, o.base, k) && !taken {
		c.OverwritesDrift = false
		if c.Origin != OriginExpired {
			c.Origin = OriginDrift
		}
		return
	}
	c.Origin, c.OverwritesDrift = OriginChange, o.drifted(k)
	if c.Action == Delete && c.Pos.Line == 0 {
		o.place(c, k)
	}
}

// leavesAlone reports whether a live record was none of base's to change.
func (o *origins) leavesAlone(r schema.Record) bool {
	if o.base == nil || o.base.Absent() || r.Name.IsZero() {
		return true
	}
	_, declared := o.base.RRset(r.Key())
	_, expired := o.base.Expired(r.Key())
	undeclared := o.base.Manage() == schema.ManageDeclared || r.Key() == schema.Key{Name: o.base.Name(), Type: schema.NS}
	return !declared && !expired && undeclared || o.base.Ignored(r)
}

// drifted reports whether the live RRset is not as base declares it. One whose time is over
// only waits to be deleted.
func (o *origins) drifted(k schema.Key) bool {
	if o.base == nil || o.base.Absent() {
		return false
	}
	if _, expired := o.base.Expired(k); expired {
		return false
	}
	s, _ := o.base.RRset(k)
	var want []schema.Record
	for _, v := range s.Values {
		want = append(want, s.Record(v))
	}
	have := slices.SortedFunc(slices.Values(o.live[k]), schema.Record.Compare)
	slices.SortFunc(want, schema.Record.Compare)
	return !slices.Equal(want, have)
}

// place points a deletion to the declaration that is gone.
func (o *origins) place(c *Change, k schema.Key) {
	s, declared := rrset(o.base, k)
	if !declared {
		return
	}
	for _, v := range s.Values {
		if v.Data == c.Before.Record.Data {
			c.Pos = v.Pos
			return
		}
	}
	if _, stays := o.desired.RRset(k); !stays {
		c.Pos = s.Pos()
	}
}
