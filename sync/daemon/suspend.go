package daemon

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
	"github.com/zonetender/zonetender/sync"
)

// pushes are what pulls have brought for which a cycle was suspended.
type pushes struct {
	// zones are those that the pulls have looked at, and overtaken those of them that the cycle
	// had planned by then for good: what is remembered of them is newer than what it learns.
	zones, overtaken map[schema.Name]bool
	planned          bool // the cycle has planned its zones
	// invalid are the zones whose files were not valid when the cycle read them.
	invalid map[schema.Name]bool
	// refused is the last commit of which a guard refused everything.
	refused string
	// until is when the cycle may be suspended again.
	until time.Time
}

func (p *pushes) overtook(zone schema.Name) bool { return p.overtaken[zone] }

// pause returns when a cycle is suspended, between two zones, and what is done meanwhile: a
// pull that is due runs to its end, as a cycle of its own. A push does not wait behind a sweep,
// nor behind a change of settings. Ctx is that of the loop: what bounds the cycle does not bound
// the pull. Stop ends the cycle where it cannot go on.
func (d *Daemon) pause(ctx context.Context, c *cycle, stop context.CancelCauseFunc) sync.Pause {
	return sync.Pause{
		Due: func() bool { return ctx.Err() == nil && d.Store.Lost() == nil && d.pullDue(c, time.Now()) },
		Do: func(invalid map[schema.Name]bool) *sync.Renewal {
			c.pushes.invalid = invalid
			d.triggers.takePull()
			pull := d.cycle(ctx, Pull, c)
			d.plan(Pull)
			// A cycle that pushes interrupt over and over has as much time as they take.
			now := time.Now()
			c.pushes.until = now.Add(now.Sub(pull.run.Started))
			renewal, err := d.resume(c, pull)
			if err = cmp.Or(d.Store.Lost(), err); err != nil {
				stop(err)
			}
			return renewal
		},
	}
}

// pullDue reports whether a cycle is to be suspended for a pull: one was asked for, or is due.
// A sweep that was asked for waits until the cycle has ended.
func (d *Daemon) pullDue(c *cycle, now time.Time) bool {
	if now.Before(c.pushes.until) {
		return false
	}
	if d.triggers.wantsPull() && d.pace.Allow() {
		return true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.left(Pull, now) <= 0
}

// within begins a pull for which a cycle is suspended. It knows what that has in force, which
// is not in the memory before it has ended.
func (c *cycle) within(around *cycle) {
	c.before.Progress = around.change.Progress
	c.seen, c.declared.around = around.src.view(), around.declared
	if c.run.Number > 0 {
		// The number of the other comes again, as that is not saved yet.
		c.run.Number = max(c.run.Number, around.run.Number+1)
	}
}

// resume takes in what a pull has done for which the cycle was suspended. The cycle goes on with
// the commit of the pull, unless that could do nothing with it. An error means that the cycle
// must not go on, as what it has planned may be out of date: the commit cannot be read any more,
// or nobody knows what the pull has written.
func (d *Daemon) resume(c, pull *cycle) (*sync.Renewal, error) {
	d.mu.Lock()
	memory := d.memory
	d.mu.Unlock()
	c.before.Zones = memory.Zones
	c.declared.before, c.declared.unsaved = c.before, d.unsaved.Declared
	if pull.src != nil {
		c.change.Progress = pull.change.Progress
	}
	c.change.Progress.LastGood, c.change.Progress.LastChange = memory.Progress.LastGood, memory.Progress.LastChange
	switch {
	case pull.looked && !pull.concluded:
		return nil, fmt.Errorf("the pull in between broke down: %s", pull.run.Error)
	case !pull.concluded:
		return nil, nil
	case pull.blocked:
		c.pushes.refused = pull.src.commit.Hash
		return nil, nil
	}
	touched := pull.touched()
	c.pushes.add(touched)
	for zone := range touched {
		delete(c.left, zone)
		delete(c.learned.of, zone)
		delete(c.declared.failed, zone)
		if z := memory.Zones[zone]; !z.unfinished() {
			delete(c.declared.written, zone) // the memory knows better
		}
	}
	src, err := openSource(d.Repo, pull.src.commit, d.Path)
	if err != nil {
		return nil, err
	}
	src.folder.Now = c.src.folder.Now // all zones of a cycle are of one time
	c.src = src
	c.about(src.commit)
	c.edited, c.applied = c.edited || pull.edited, c.applied || pull.applied
	c.edits = src.edited(c.covers, c.before)
	d.mu.Lock()
	d.waiting = c.edits
	d.mu.Unlock()
	c.bases = d.bases(c)
	return &sync.Renewal{
		Folder: src.folder, Commit: src.commit.Hash, Touched: touched,
		Moved: slices.Concat(pull.run.CreatedZones, pull.run.DeletedZones),
	}, nil
}

// touched returns the zones that a pull has looked at, or of which it has news.
func (c *cycle) touched() map[schema.Name]bool {
	out := maps.Clone(c.chosen)
	for zone := range c.change.Zones {
		out[zone] = true
	}
	for _, zone := range c.change.Forget {
		out[zone] = true
	}
	return out
}

func (p *pushes) add(touched map[schema.Name]bool) {
	if p.zones == nil {
		p.zones, p.overtaken = make(map[schema.Name]bool), make(map[schema.Name]bool)
	}
	maps.Copy(p.zones, touched)
	if p.planned {
		maps.Copy(p.overtaken, touched)
	}
}

// pushed returns the zones that a pull has to look at for which a cycle is suspended: those
// that the commit changes, those that a guard refused where the approvals changed, and those
// that such a pull could not finish. What was to be done before is that cycle's.
func (c *cycle) pushed(approvals bool, now time.Time) map[schema.Name]bool {
	out := make(map[schema.Name]bool)
	moved := c.src.commit.Hash != c.seen.commit
	for _, s := range c.src.folder.Sources {
		z := c.before.Zones[s.Zone]
		if moved && c.around.differs(c.src, s) || approvals && z.State == StateRefused || c.around.pushes.zones[s.Zone] && z.due(now) {
			out[s.Zone] = true
		}
	}
	return out
}

// differs reports whether a zone may be read otherwise from another commit than from the one
// that the cycle works on. Of a zone that the cycle has not read, includes are known by what
// was read before.
func (c *cycle) differs(to *source, s zonefile.Source) bool {
	was, there := c.src.folder.Source(s.Zone)
	// What is wrong with a zone may stand in any file.
	if !there || c.src.settings != to.settings || !slices.Equal(was.Files, s.Files) || c.pushes.invalid[s.Zone] {
		return true
	}
	files := slices.Concat(s.Files, c.learned.of[s.Zone].Files)
	for _, f := range c.before.Zones[s.Zone].Read.Files {
		files = append(files, f.Path)
	}
	return slices.ContainsFunc(files, func(f string) bool {
		hash := to.blobs.of(f)
		return hash == "" || hash != c.src.blobs.of(f)
	})
}
