package sync

import (
	"fmt"
	"io"

	"golang.org/x/sync/errgroup"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// Save writes the draft's plan with what carrying it out later needs, as [diff.ReadPlan] reads
// it. The pass must have had Keep set. Version is that of this program. The zones are read
// once more for it; one that is declared otherwise than it was planned is an error.
func (p *Pass) Save(w io.Writer, draft *Draft, version string) error {
	r := &rereader{pass: p, draft: draft, left: draft.Plan.Zones()}
	return draft.Plan.SaveJSON(w, version, draft.safety, r.next)
}

// A rereader reads the zones of a draft once more, in order, a few of them ahead.
type rereader struct {
	pass  *Pass
	draft *Draft
	ahead []reread
	left  []diff.ZonePlan // that come after those
}

// reread is what came of reading a zone once more.
type reread struct {
	want      desired
	asPlanned bool
}

// next returns the next zone of the plan. ok is false for one that could not be planned.
func (r *rereader) next(zone schema.Name) (d diff.Desired, ok bool, err error) {
	if len(r.ahead) == 0 {
		if err := r.read(); err != nil {
			return d, false, err
		}
	}
	z := r.ahead[0]
	r.ahead = r.ahead[1:]
	if _, known := r.draft.known[zone]; !known {
		return d, false, nil
	}
	if !z.asPlanned {
		return d, false, fmt.Errorf("zone %s: %s since this plan was made; plan again", zone.Undotted(), fileChanged)
	}
	return diff.Desired{Zone: z.want.zone, Declared: z.want.declared}, true, nil
}

// read reads some zones ahead.
func (r *rereader) read() error {
	n := min(r.pass.concurrency(), len(r.left))
	r.ahead = make([]reread, n)
	var g errgroup.Group
	for i := range r.left[:n] {
		name := r.left[i].Zone
		if _, known := r.draft.known[name]; !known {
			continue
		}
		g.Go(func() error {
			return Catch(func() { r.ahead[i].want, r.ahead[i].asPlanned = r.pass.again(r.draft, name) })
		})
	}
	r.left = r.left[n:]
	return g.Wait()
}
