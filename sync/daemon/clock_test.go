package daemon

import (
	"testing"
	"time"
)

// The clock may jump either way: the next cycle is never further away than its schedule
// says, and one that was missed is made up for.
func TestFaultG12ClockJumps(t *testing.T) {
	start := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	parse := func(text string) Schedule {
		s, err := ParseSchedule(text, start)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, c := range []struct {
		name string
		now  time.Time
		kind Kind
		nap  time.Duration
	}{
		{"no jump", start, "", 30 * time.Second},
		{"due", start.Add(30 * time.Second), Pull, 0},
		{"a year ahead", start.AddDate(1, 0, 0), Sweep, 0},
		{"a year back", start.AddDate(-1, 0, 0), "", heartbeat},
		{"an hour back", start.Add(-time.Hour), "", heartbeat},
	} {
		d := &Daemon{
			Schedule: parse("@every 1m"), Sweeping: parse("@hourly"), Jitter: time.Second,
			next: map[Kind]time.Time{Pull: start.Add(30 * time.Second), Sweep: start.Add(time.Hour)},
		}
		kind, nap := d.due(c.now)
		if kind != c.kind || nap != c.nap {
			t.Errorf("%s: got %q in %s, want %q in %s", c.name, kind, nap, c.kind, c.nap)
		}
		if latest := c.now.Add(time.Minute + d.Jitter); kind == "" && d.next[Pull].After(latest) {
			t.Errorf("%s: got the next pull at %s, want it by %s", c.name, d.next[Pull], latest)
		}
	}
	z := ZoneMemory{RetryAt: start.Add(30 * time.Minute)}
	for _, c := range []struct {
		now  time.Time
		want bool
	}{{start, false}, {start.Add(time.Hour), true}, {start.AddDate(0, 0, -7), true}} {
		if got := z.due(c.now); got != c.want {
			t.Errorf("a zone to be tried at %s, at %s: got %v, want %v", z.RetryAt, c.now, got, c.want)
		}
	}
	if (&ZoneMemory{}).due(start) {
		t.Error("a zone without a time to be tried at: got due, want not")
	}
}

func TestBackoff(t *testing.T) {
	for failures, want := range map[int]time.Duration{
		0: time.Minute, 1: time.Minute, 2: 2 * time.Minute, 3: 4 * time.Minute, 6: 32 * time.Minute, 7: time.Hour, 1 << 30: time.Hour,
	} {
		if got := backoff(failures); got != want {
			t.Errorf("after %d failures: got %s, want %s", failures, got, want)
		}
	}
}
