package diff

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
)

// approvalLength is the length of an approval code in hexadecimal digits.
const approvalLength = 12

// approval returns the code that approves exactly this plan of this zone: "" where
// nothing is refused, or something is that no code lifts. The service's ids are left
// out, as they may change while the plan does not.
func approval(p *ZonePlan) string {
	if !liftable(p.Blocked) {
		return ""
	}
	h := sha256.New()
	p.digest(h)
	return hex.EncodeToString(h.Sum(nil))[:approvalLength]
}

func liftable(refusals []Refusal) bool {
	return len(refusals) > 0 && !slices.ContainsFunc(refusals, func(r Refusal) bool { return !r.Guard.Liftable() })
}

// digest writes the zone and its changes, each field quoted so that no two plans
// write the same. A zone that goes has no changes, but its records.
func (p *ZonePlan) digest(h hash.Hash) {
	fmt.Fprintf(h, "%q %q\n", p.Zone, p.Action)
	for _, changes := range [][]Change{p.Changes, p.Gone} {
		for i := range changes {
			c := &changes[i]
			fmt.Fprintf(h, "%q %q %q %d %q %d %q\n", c.Action, c.Name, c.Type,
				c.Before.Record.TTL, c.Before.text(), c.After.TTL, c.After.Data)
		}
	}
}

// RefuseTogether refuses zones of a plan for one reason. They share one code, which
// stands for what all of them would change.
func RefuseTogether(r Refusal, zones []*ZonePlan) {
	h := sha256.New()
	for _, z := range zones {
		z.digest(h)
	}
	code := hex.EncodeToString(h.Sum(nil))[:approvalLength]
	for _, z := range zones {
		z.Blocked = append(z.Blocked, r)
		if z.Approval = ""; liftable(z.Blocked) {
			z.Approval = code
		}
	}
}

// approve lifts the zone's refusals where codes has its code.
func (p *ZonePlan) approve(codes []string) {
	if p.Approval == "" || !slices.Contains(codes, p.Approval) {
		return
	}
	for _, r := range p.Blocked {
		p.Warnings = append(p.Warnings, fmt.Sprintf("approved by code %s: %s: %s", p.Approval, r.Guard, r.Message))
	}
	p.Blocked, p.Approval = nil, ""
}

// approve lifts the run's refusals where codes has the run's code, which stands for
// every change that would be made.
func (p *Plan) approve(codes []string) {
	// A commit without a zone file has no changes that a code could stand for.
	empty := func(r Refusal) bool { return r.Guard == GuardEmpty }
	if !liftable(p.Blocked) || slices.ContainsFunc(p.Blocked, empty) {
		return
	}
	h := sha256.New()
	for i := range p.zones {
		if z := &p.zones[i]; z.Action != None && len(z.Blocked) == 0 {
			z.digest(h)
		}
	}
	p.Approval = hex.EncodeToString(h.Sum(nil))[:approvalLength]
	if slices.Contains(codes, p.Approval) {
		p.Blocked, p.Approval = nil, ""
	}
}

// Same reports whether two plans of a zone make the same changes to the same records.
func (p *ZonePlan) Same(q *ZonePlan) bool {
	return p.Zone == q.Zone && p.ID == q.ID && p.Action == q.Action && p.Live == q.Live && p.Error == q.Error &&
		slices.EqualFunc(p.Changes, q.Changes, func(a, b Change) bool {
			return a.Action == b.Action && a.Before.ID == b.Before.ID && a.Before.Record == b.Before.Record && a.Before.Value == b.Before.Value && a.After == b.After
		})
}

// SameChanges reports whether two plans of a zone make the same changes. Other ids of the
// same records make no difference, and neither do records that no change touches.
func (p *ZonePlan) SameChanges(q *ZonePlan) bool {
	same := func(a, b Change) bool {
		return a.Action == b.Action && a.Name == b.Name && a.Type == b.Type && a.After == b.After &&
			a.Before.Record == b.Before.Record && (!a.Before.Record.Data.IsZero() || a.Before.text() == b.Before.text())
	}
	return p.Zone == q.Zone && p.ID == q.ID && p.Action == q.Action && p.Error == q.Error &&
		slices.EqualFunc(p.Changes, q.Changes, same) && slices.EqualFunc(p.Gone, q.Gone, same)
}

// Annotate takes over what only whoever made the plan knows of its changes: the commits that
// introduced them and where they stand. The plans must make the same changes.
func (p *ZonePlan) Annotate(made *ZonePlan) {
	annotate := func(c *Change, made Change) {
		c.Origin, c.OverwritesDrift, c.Commit, c.Author, c.Pos = made.Origin, made.OverwritesDrift, made.Commit, made.Author, made.Pos
	}
	for i := range p.Changes {
		annotate(&p.Changes[i], made.Changes[i])
	}
	for i := range p.Gone {
		annotate(&p.Gone[i], made.Gone[i])
	}
}
