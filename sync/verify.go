package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// readAgain holds the waits before a zone is read again that does not show what was
// written: a read may lag behind. Nothing is ever written again for it.
func readAgain() []time.Duration {
	return []time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second}
}

// verify reads the zone once more and compares: applied means that the zone reads as
// its file says.
func (z *zoneRun) verify(ctx context.Context) {
	if len(z.report.Done) == 0 && !z.report.Created {
		return
	}
	if err := z.stopped(context.WithoutCancel(ctx)); err != nil {
		z.setErr(fmt.Errorf("not read again: %w", err))
		return
	}
	var left []diff.Change
	partial := ""
	for _, wait := range readAgain() {
		if !sleep(ctx, wait) {
			break
		}
		live, err := z.api.Zone(context.WithoutCancel(ctx), z.ref)
		if err != nil {
			z.saw(err)
			z.setErr(fmt.Errorf("read again: %w", err))
			return
		}
		if partial = live.Partial; partial != "" {
			continue
		}
		again := diff.Zone(z.desired, live)
		if again.Error != "" {
			z.setErr(fmt.Errorf("read again: %s", again.Error))
			return
		}
		if left = z.unexpected(again.Changes); len(left) == 0 {
			z.report.Verified = true
			return
		}
	}
	if partial != "" {
		z.setErr(fmt.Errorf("read again: the read may be partial: %s", partial))
		return
	}
	z.report.Left = left
	for _, c := range left {
		z.report.Differs = append(z.report.Differs, z.differs(c))
	}
}

func (z *zoneRun) setErr(err error) {
	if z.report.Err == nil {
		z.report.Err = err
	}
}

// unexpected gives what is left to change beside what is known to be undone.
func (z *zoneRun) unexpected(left []diff.Change) []diff.Change {
	undone := make(map[schema.Key]bool)
	for _, f := range slices.Concat(z.report.Failed, z.report.Lost) {
		undone[schema.Key{Name: f.Change.Name, Type: f.Change.Type}] = true
	}
	for _, c := range z.report.PutBack {
		undone[schema.Key{Name: c.Name, Type: c.Type}] = true
	}
	if errors.Is(z.report.Err, ErrStopped) {
		// What was not begun is undone as well; only what was written is compared.
		done := make(map[schema.Key]bool)
		for _, c := range z.report.Done {
			done[schema.Key{Name: c.Name, Type: c.Type}] = true
		}
		for _, c := range z.plan.Changes {
			if k := (schema.Key{Name: c.Name, Type: c.Type}); !done[k] {
				undone[k] = true
			}
		}
	}
	var out []diff.Change
	for _, c := range left {
		if !undone[schema.Key{Name: c.Name, Type: c.Type}] {
			out = append(out, c)
		}
	}
	return out
}

// differs says how a record reads otherwise than it was written.
func (z *zoneRun) differs(c diff.Change) string {
	name := c.Name.Relative(z.plan.Zone)
	written := slices.IndexFunc(z.report.Done, func(d diff.Change) bool {
		return d.Name == c.Name && d.Type == c.Type && d.Action != diff.Delete && d.After == c.After
	})
	switch {
	case c.Action == diff.Update && written >= 0 && z.report.Done[written].Before == c.Before:
		return fmt.Sprintf("%s %s: written as %s, still reads as %s: the service rewrites it, or its reads lag behind", name, c.Type, show(c.After), show(c.Before))
	case c.Action == diff.Update && written >= 0:
		return fmt.Sprintf("%s %s: written as %s, reads as %s: the service rewrites it", name, c.Type, show(c.After), show(c.Before))
	case c.Action == diff.Update:
		return fmt.Sprintf("%s %s: should be %s, reads as %s", name, c.Type, show(c.After), show(c.Before))
	case c.Action == diff.Create:
		return fmt.Sprintf("%s %s: %s is missing", name, c.Type, show(c.After))
	}
	return fmt.Sprintf("%s %s: %s is there beside what the file says", name, c.Type, show(c.Before))
}

// sleep waits for d and reports whether ctx lasted. No wait is none at all.
func sleep(ctx context.Context, d time.Duration) bool {
	if d == 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
