package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// ErrNoBase means that it is not known how a zone was declared before, and that this is
// nothing to warn of.
var ErrNoBase = errors.New("no base to compare with")

// An Edit is an RRset that the zone files declare otherwise than before.
type Edit struct {
	Zone schema.Name
	Key  schema.Key
	// Now is the RRset as it is declared now, without values where it is not.
	Now schema.RRset
	// Commit and Author, "name <address>", are of the commit that made the edit. They are ""
	// where it is not known, or not committed yet.
	Commit, Author string
}

// markOrigins tells edits from drift in a zone that would change. Declared is what its files
// say.
func (p *Pass) markOrigins(z *planned, declared *schema.Zone, live diff.LiveZone) {
	if p.Known.Base == nil || z.plan.Action == diff.None {
		return
	}
	base, err := p.Known.Base(declared.Name())
	switch {
	case err == nil:
		z.plan.MarkOrigins(declared, base, live)
		if p.Known.Attribute != nil {
			z.edits = editsOf(declared, &z.plan)
		}
	case !errors.Is(err, ErrNoBase):
		z.plan.Warnings = append(z.plan.Warnings, fmt.Sprintf("cannot be compared with the base, so that drift counts as edited: %v", err))
	}
}

// attribute says of each edit which commit made it.
func (p *Pass) attribute(ctx context.Context, results []planned) (warnings []string) {
	var edits []Edit
	for i := range results {
		edits = append(edits, results[i].edits...)
	}
	if len(edits) == 0 {
		return nil
	}
	if caught := Catch(func() { warnings = p.Known.Attribute(ctx, edits) }); caught != nil {
		return []string{"the commits that made the edits are not known: " + caught.Error()}
	}
	for i := range results {
		r := &results[i]
		made := make(map[schema.Key]*Edit, len(r.edits))
		for range r.edits {
			made[edits[0].Key], edits = &edits[0], edits[1:]
		}
		for _, c := range changesOf(&r.plan) {
			if e := made[schema.Key{Name: c.Name, Type: c.Type}]; e != nil && c.Origin == diff.OriginChange {
				c.Commit, c.Author = e.Commit, e.Author
			}
		}
	}
	return warnings
}

// editsOf returns the edits behind the changes of a zone.
func editsOf(declared *schema.Zone, plan *diff.ZonePlan) []Edit {
	var edits []Edit
	known := make(map[schema.Key]bool)
	for _, c := range changesOf(plan) {
		k := schema.Key{Name: c.Name, Type: c.Type}
		if c.Origin != diff.OriginChange || known[k] {
			continue
		}
		known[k] = true
		now, _ := declared.RRset(k)
		edits = append(edits, Edit{Zone: plan.Zone, Key: k, Now: now})
	}
	return edits
}

// changesOf returns the changes of a plan, those of a zone that goes among them.
func changesOf(plan *diff.ZonePlan) []*diff.Change {
	out := make([]*diff.Change, 0, len(plan.Changes)+len(plan.Gone))
	for i := range plan.Changes {
		out = append(out, &plan.Changes[i])
	}
	for i := range plan.Gone {
		out = append(out, &plan.Gone[i])
	}
	return out
}

// located returns all problems with their files relative to the repository.
func (p *Pass) located(problems schema.Problems) schema.Problems {
	out := slices.Concat(p.Problems, problems)
	for i := range out {
		out[i].Pos.File = p.Folder.PathOf(out[i].Pos.File)
	}
	return out.Sorted()
}
