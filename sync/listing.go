package sync

import (
	"context"
	"fmt"
	"strings"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
)

// zonesPerCall is how many zones one call is taken to list. A lookup is a call for each zone.
const zonesPerCall = 100

// lookUps returns the zones to be looked up by name, nil where it takes no more calls to list
// the account. How many zones that has is not known before; it is taken to have those of the
// folder.
func (p *Pass) lookUps(sources []zonefile.Source) []schema.Name {
	if !p.ByName || p.Saved != nil || len(sources) > max(1, (len(p.Folder.Sources)+zonesPerCall-1)/zonesPerCall) {
		return nil
	}
	var out []schema.Name
	for _, s := range sources {
		out = append(out, s.Zone)
	}
	return out
}

// index finds live zones by name.
type index struct {
	refs    map[schema.Name][]diff.ZoneRef
	partial string
}

// add takes in a list of the account, or of the zones that were asked for.
func (ix *index) add(list diff.ZoneList, asked []schema.Name) {
	if !list.ByName || ix.refs == nil {
		*ix = index{refs: make(map[schema.Name][]diff.ZoneRef, len(list.Zones)), partial: list.Partial}
	}
	for _, name := range asked {
		delete(ix.refs, name)
	}
	for _, z := range list.Zones {
		ix.refs[z.Name] = append(ix.refs[z.Name], z)
	}
}

// unmanaged returns the live zones without a file, in no order.
func (p *Pass) unmanaged(ix index) []schema.Name {
	named := make(map[schema.Name]bool, len(p.Folder.Sources))
	for _, s := range p.Folder.Sources {
		named[s.Zone] = true
	}
	var out []schema.Name
	for name := range ix.refs {
		if !named[name] && p.selects(name) {
			out = append(out, name)
		}
	}
	return out
}

// read returns the live zone, without an ID if it does not exist. A zone that is missing
// from the list is also looked up by name: the list may be incomplete.
func (p *Pass) read(ctx context.Context, name schema.Name, ix index, declares func(schema.Record) bool) (diff.LiveZone, error) {
	switch refs := ix.refs[name]; len(refs) {
	case 0:
	case 1:
		return p.API.Zone(ctx, refs[0], declares)
	default:
		var ids []string
		for _, r := range refs {
			ids = append(ids, r.ID)
		}
		return diff.LiveZone{}, fmt.Errorf("the service lists this zone %d times (ids %s), expected once", len(refs), strings.Join(ids, ", "))
	}
	ref, found, err := p.API.FindZone(ctx, name)
	switch {
	case err != nil:
		return diff.LiveZone{}, err
	case !found:
		return diff.LiveZone{Name: name, Partial: ix.partial}, nil
	}
	live, err := p.API.Zone(ctx, ref, declares)
	if err == nil {
		live.Warnings = append(live.Warnings, "missing from the list of zones, but found by name")
	}
	return live, err
}
