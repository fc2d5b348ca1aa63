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

// verifyWaits returns the waits before each attempt to see what was written: reads may lag
// behind writes. Nothing is ever written again.
func verifyWaits() []time.Duration {
	return []time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second}
}

// verify reads the zone once more and compares it with its file.
func (z *writer) verify(ctx context.Context) {
	if len(z.report.Done) == 0 && !z.report.Created {
		return
	}
	if err := z.brake.check(context.WithoutCancel(ctx)); err != nil {
		z.setErr(fmt.Errorf("verify: %w", err))
		return
	}
	var left []diff.Change
	partial := ""
	for _, wait := range verifyWaits() {
		if !sleep(ctx, wait) {
			break
		}
		live, err := z.read(context.WithoutCancel(ctx))
		if err != nil {
			z.brake.note(err)
			z.setErr(fmt.Errorf("verify: read: %w", err))
			return
		}
		if partial = live.Partial; partial != "" {
			continue
		}
		again := z.desired.plan(live)
		if again.Error != "" {
			z.setErr(fmt.Errorf("verify: %s", again.Error))
			return
		}
		if left = z.unexpected(again.Changes); len(left) == 0 {
			z.report.Verified = true
			return
		}
	}
	if partial != "" {
		z.setErr(fmt.Errorf("verify: the read may be incomplete: %s", partial))
		return
	}
	z.report.Left = left
	for _, c := range left {
		z.report.Differs = append(z.report.Differs, z.differs(c))
	}
}

func (z *writer) setErr(err error) {
	if z.report.Err == nil {
		z.report.Err = err
	}
}

// unexpected returns the changes that are left, without those that are known to be undone.
func (z *writer) unexpected(left []diff.Change) []diff.Change {
	undone := make(map[schema.Key]bool)
	if errors.Is(z.report.Err, ErrStopped) {
		undone = z.outcomes.undone() // what was not begun as well
	}
	for _, f := range slices.Concat(z.report.Failed, z.report.Lost) {
		undone[schema.Key{Name: f.Change.Name, Type: f.Change.Type}] = true
	}
	for _, c := range z.report.PutBack {
		undone[schema.Key{Name: c.Name, Type: c.Type}] = true
	}
	var out []diff.Change
	for _, c := range left {
		if !undone[schema.Key{Name: c.Name, Type: c.Type}] {
			out = append(out, c)
		}
	}
	return out
}

// differs describes how a record differs from what its file says.
func (z *writer) differs(c diff.Change) string {
	written := slices.IndexFunc(z.report.Done, func(d diff.Change) bool {
		return d.Name == c.Name && d.Type == c.Type && d.Action != diff.Delete && d.After == c.After
	})
	want, got := Describe(c.After), Describe(c.Before.Record)
	what := ""
	switch {
	case c.Action == diff.Update && written >= 0 && z.report.Done[written].Before.Record == c.Before.Record:
		what = fmt.Sprintf("written as %s, still reads as %s: the service rewrites it, or its reads lag behind", want, got)
	case c.Action == diff.Update && written >= 0:
		what = fmt.Sprintf("written as %s, reads as %s: the service rewrites it", want, got)
	case c.Action == diff.Update:
		what = fmt.Sprintf("should be %s, reads as %s", want, got)
	case c.Action == diff.Create:
		what = want + " is missing"
	default:
		what = "unexpected " + got + ", not in the file"
	}
	return fmt.Sprintf("%s %s: %s", c.Name.DisplayIn(z.plan.Zone), c.Type, what)
}

// sleep waits for d and reports whether ctx outlasted it. It does not check ctx if d is 0.
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
