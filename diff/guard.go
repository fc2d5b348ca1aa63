package diff

import (
	"fmt"

	"github.com/zonetender/zonetender/schema"
)

// A Guard refuses a plan that looks like an accident.
type Guard string

// The guards. Those of the second group need history, which only a daemon has.
const (
	GuardEmpty      Guard = "empty"      // a zone, or a whole folder, that would keep nothing
	GuardDeletes    Guard = "deletes"    // too many deletions in a zone
	GuardUpdates    Guard = "updates"    // too many changed values in a zone
	GuardFleet      Guard = "fleet"      // too many deletions in one run
	GuardProtected  Guard = "protected"  // an apex NS or MX RRset without a successor
	GuardIncomplete Guard = "incomplete" // a live read that may be partial
	GuardStale      Guard = "stale"      // live records that changed since the plan was made

	GuardRewind   Guard = "rewind"   // a commit that does not contain the last applied one
	GuardUnsigned Guard = "unsigned" // a commit without a signature by a trusted key
	GuardUpgrade  Guard = "upgrade"  // another version that reads an applied commit otherwise
)

// Liftable reports whether an approval code can lift the guard's refusal.
func (g Guard) Liftable() bool {
	switch g {
	case GuardIncomplete, GuardStale, GuardRewind, GuardUnsigned:
		return false
	}
	return true
}

// A Refusal says that a guard refuses, with the number, the limit and how to go on.
type Refusal struct {
	Guard   Guard
	Message string
}

// The guards' own limits, which "safety:" raises.
const (
	smallZone       = 10 // live records below which the per cent rules make no sense
	smallZoneDelete = 2  // deletions that a small zone may always have
	smallZoneShare  = 50 // per cent
	zoneShare       = 30 // per cent
	fleetDeletes    = 100
	fleetShare      = 10 // per cent
	// fleetShareFrom is the number of deletions from which their share of the fleet
	// counts: below it, a clean-up in a small fleet would always be refused.
	fleetShareFrom = 20
)

// guard fills in who refuses the zone's plan, and the code that lifts it.
func (p *ZonePlan) guard(w *work, live LiveZone) {
	if live.Partial != "" {
		if p.Action == None {
			p.Warnings = append(p.Warnings, "the live zone may not have been read completely: "+live.Partial)
			return
		}
		p.refuse(GuardIncomplete, fmt.Sprintf("the live zone may not have been read completely: %s; nothing is written until it can be read in full", live.Partial))
	}
	if p.Action == Update {
		p.guardEmpty(w)
		p.guardDeletes(w.desired.Safety())
		p.guardUpdates(w.desired.Safety())
		p.guardProtected(w)
	}
	p.Approval = approval(p)
}

func (p *ZonePlan) refuse(g Guard, message string) {
	p.Blocked = append(p.Blocked, Refusal{g, message})
}

// guardEmpty refuses a plan that takes the last record out of a live zone. Apex NS
// do not count, as they answer for no service; what other tools own does.
func (p *ZonePlan) guardEmpty(w *work) {
	apexNS := schema.Key{Name: p.Zone, Type: schema.NS}
	counts := func(k schema.Key) bool { return k != apexNS && k.Type != schema.SOA }
	for _, l := range w.kept {
		if counts(l.Record.Key()) {
			return
		}
	}
	for _, s := range w.desired.RRsets() {
		if counts(s.Key()) {
			return
		}
	}
	gone := 0
	for _, l := range w.have {
		if counts(l.Record.Key()) {
			gone++
		}
	}
	if gone > 0 {
		p.refuse(GuardEmpty, fmt.Sprintf("the last %s would be deleted and the zone would be empty; if this is intended, approve it", plural(gone, "record")))
	}
}

func (p *ZonePlan) guardDeletes(safety schema.Safety) {
	n := 0
	for _, c := range p.Changes {
		if c.Action == Delete && !c.spare {
			n++
		}
	}
	limit, free := p.deleteLimit(safety)
	if n > free && limit.Exceeded(n, p.Live) {
		p.refuse(GuardDeletes, overLimit("deleted", n, p.Live, limit, "max_deletes"))
	}
}

// deleteLimit returns the limit for deletions, and how many are free. A share is
// widened for a small zone, where one record is a large one, unless somebody has
// set it below the guard's own.
func (p *ZonePlan) deleteLimit(safety schema.Safety) (limit schema.Limit, free int) {
	limit = safety.MaxDeletes.Or(schema.Percent(zoneShare))
	if p.Live >= smallZone || !limit.IsPercent() || limit.N() < zoneShare {
		return limit, 0
	}
	return schema.Percent(max(limit.N(), smallZoneShare)), smallZoneDelete
}

func (p *ZonePlan) guardUpdates(safety schema.Safety) {
	if p.Live < smallZone {
		return
	}
	n := 0
	for _, c := range p.Changes {
		if c.ValueChanges() {
			n++
		}
	}
	limit := safety.MaxUpdates.Or(schema.Percent(zoneShare))
	if limit.Exceeded(n, p.Live) {
		p.refuse(GuardUpdates, overLimit("changed", n, p.Live, limit, "max_updates"))
	}
}

func overLimit(what string, n, live int, limit schema.Limit, setting string) string {
	return fmt.Sprintf("%d of %d records would be %s, the limit is %s; if this is intended, approve it, or raise safety: {%s: ...}",
		n, live, what, limit, setting)
}

// guardProtected refuses to take away what a whole domain hangs on.
func (p *ZonePlan) guardProtected(w *work) {
	for _, t := range []schema.Type{schema.MX, schema.NS} {
		k := schema.Key{Name: p.Zone, Type: t}
		if n := len(w.haveOf(k)); n > 0 && !w.wants(k) {
			p.refuse(GuardProtected, fmt.Sprintf("the %s RRset at the apex (%s) would disappear without a replacement; if this is intended, approve it",
				t, plural(n, "record")))
		}
	}
}

// guardFleet counts only what would be done: a zone that is refused by itself must
// not stop the others.
func (p *Plan) guardFleet(safety schema.Safety) {
	deletes, live := 0, 0
	for i := range p.zones {
		z := &p.zones[i]
		live += z.Live
		if len(z.Blocked) > 0 {
			continue
		}
		if z.Action == Delete {
			deletes += z.Live
		}
		for _, c := range z.Changes {
			if c.Action == Delete && !c.spare {
				deletes++
			}
		}
	}
	if limit := safety.MaxFleetDeletes.Or(schema.Count(fleetDeletes)); limit.Exceeded(deletes, live) {
		p.Blocked = append(p.Blocked, Refusal{GuardFleet, overLimit("deleted in this run", deletes, live, limit, "max_fleet_deletes")})
		return
	}
	limit := safety.MaxFleetPercent.Or(schema.Percent(fleetShare))
	if deletes >= fleetShareFrom && limit.Exceeded(deletes, live) {
		p.Blocked = append(p.Blocked, Refusal{GuardFleet, overLimit("deleted in this run", deletes, live, limit, "max_fleet_percent")})
	}
}
