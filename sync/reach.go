package sync

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
)

// reach joins what the planned zones show of names and pointers. Of the zones that the pass
// does not cover it reads the files where WholeReach asks for it, and keeps only what they
// show; otherwise nothing is known of them.
func (p *Pass) reach(ctx context.Context, results []planned) (*diff.Reach, error) {
	all := p.allSources()
	parts := make([]diff.ZoneReach, 0, len(all))
	for i := range results {
		parts = append(parts, results[i].reach)
		results[i].reach = diff.ZoneReach{} // NewReach frees it part by part
	}
	var others []zonefile.Source
	for _, s := range all {
		if !p.selects(s.Zone) {
			others = append(others, s)
		}
	}
	rest := make([]diff.ZoneReach, len(others))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(p.concurrency())
	for i, s := range others {
		if p.Saved != nil {
			rest[i] = reachOf(s, p.Saved.Desired[s.Zone].Zone)
			continue
		}
		rest[i] = diff.UnknownReach(s.Zone)
		if !p.WholeReach {
			continue
		}
		g.Go(func() error {
			// Who broke a file of a zone that is not planned is for the plan of that zone to say.
			_ = Catch(func() {
				zone, _ := p.Folder.Zone(s)
				rest[i] = reachOf(s, zone)
			})
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return diff.NewReach(append(parts, rest...)), nil
}

// allSources returns the zones that there are, whether or not the pass covers them.
func (p *Pass) allSources() []zonefile.Source {
	if p.Saved == nil {
		return p.Folder.Sources
	}
	var out []zonefile.Source
	for _, z := range p.Saved.Plan.Zones() {
		out = append(out, zonefile.Source{Zone: z.Zone})
	}
	return out
}

// reachOf returns what a zone shows of names and pointers; a nil zone is one whose files are
// not valid.
func reachOf(s zonefile.Source, zone *schema.Zone) diff.ZoneReach {
	if zone == nil {
		return diff.UnknownReach(s.Zone)
	}
	return diff.ReachOf(zone)
}
