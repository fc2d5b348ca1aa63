package sync

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zonetender/zonetender/schema"
)

// Status says how the daemon stands.
func (d *Daemon) Status() Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := Status{
		Version: d.Version, Mode: d.mode(),
		Commit: d.memory.Progress.Read, AppliedCommit: d.memory.Progress.Applied,
		Schedule: d.Schedule.String(), Sweep: d.Sweeping.String(),
		LastGood: d.memory.Progress.LastGood, NextPull: d.next[Pull], NextSweep: d.next[Sweep],
		Counts: make(map[State]int), Zones: make([]ZoneStatus, 0, len(d.memory.Zones)), Unmanaged: append([]string{}, d.sweep.unmanaged...),
	}
	if d.last != nil {
		last := *d.last
		s.LastCycle = &last
	}
	for _, state := range States() {
		s.Counts[state] = 0
	}
	for name, z := range d.memory.Zones {
		if z.State == "" {
			continue
		}
		s.Counts[z.State]++
		s.Zones = append(s.Zones, ZoneStatus{name.Undotted(), z.State, z.Reason, z.Commit})
	}
	slices.SortFunc(s.Zones, func(a, b ZoneStatus) int { return strings.Compare(a.Zone, b.Zone) })
	s.NotReady = d.notReady(time.Now())
	return s
}

// notReady says why the daemon is not to be relied on. That cycles run does not make it
// ready: only what they reach does.
func (d *Daemon) notReady(now time.Time) string {
	good := d.memory.Progress.LastGood
	// A sweep may take longer than the schedule; that is no reason to look ill meanwhile.
	last := good
	for range 3 {
		last = d.Schedule.Next(last)
	}
	last = last.Add(d.Jitter + 2*d.took)
	switch {
	case d.last == nil:
		return "no cycle has ended yet"
	case good.IsZero():
		return "no cycle has succeeded yet: " + cmp.Or(d.blind, d.last.why())
	case now.After(last):
		return fmt.Sprintf("the last good cycle ended %s ago, expected one in the last %s: %s", now.Sub(good).Round(time.Second),
			last.Sub(good).Round(time.Second), cmp.Or(d.blind, d.last.why()))
	}
	return ""
}

func (c *CycleStatus) why() string {
	if c.Error != "" {
		return c.Error
	}
	return "the last cycle ended as " + string(c.Outcome)
}

// Alive reports whether the loop turns, and if not, since when it does not. It says
// nothing of whether cycles succeed.
func (d *Daemon) Alive() (bool, string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.beat.IsZero() {
		return true, "starting"
	}
	if still := time.Since(d.beat); still > d.deadline()+2*heartbeat {
		return false, fmt.Sprintf("the loop has not turned for %s", still.Round(time.Second))
	}
	return true, "the loop turns"
}

// with gives the memory after a cycle.
func (m Memory) with(run Run) Memory {
	out := Memory{Progress: run.Progress, Zones: m.Zones}
	if len(run.Zones) == 0 && len(run.Forget) == 0 {
		return out
	}
	out.Zones = make(map[schema.Name]ZoneMemory, len(m.Zones)+len(run.Zones))
	for name, z := range m.Zones {
		out.Zones[name] = z
	}
	for name, z := range run.Zones {
		out.Zones[name] = z
	}
	for _, name := range run.Forget {
		delete(out.Zones, name)
	}
	return out
}

// waiting counts the changes that are still to be made, and those of them that a guard
// refuses.
func (m Memory) waiting() (pending, refused int) {
	for _, z := range m.Zones {
		pending += z.Waiting
		if z.State == Refused {
			refused += z.Waiting
		}
	}
	return pending, refused
}
