package daemon

import (
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// A Schedule says when cycles are due. Only ParseSchedule makes one.
type Schedule struct {
	text string
	cron cron.Schedule
}

// ParseSchedule reads a cron expression of five fields, or a descriptor such as
// "@hourly" or "@every 1m". Times are UTC unless it begins with "CRON_TZ=", as a daily
// time is skipped or doubled where clocks are put forward and back. Now is where the
// check begins that it ever fires.
func ParseSchedule(text string, now time.Time) (s Schedule, err error) {
	// The parser panics on some malformed time zones.
	defer func() {
		if p := recover(); p != nil {
			s, err = Schedule{}, fmt.Errorf("schedule %q: malformed", text)
		}
	}()
	c, err := cron.ParseStandard(text)
	if err != nil {
		return Schedule{}, fmt.Errorf("schedule %q: %w", text, err)
	}
	if every, ok := c.(cron.ConstantDelaySchedule); ok && intervalOf(text) != every.Delay {
		return Schedule{}, fmt.Errorf("schedule %q: expected whole seconds, and at least one, between two runs", text)
	}
	s = Schedule{text, c}
	if s.Next(now).IsZero() {
		return Schedule{}, fmt.Errorf("schedule %q: it never fires", text)
	}
	return s, nil
}

// intervalOf returns what "@every" was written with: the parser makes a second of zero and
// of less, and drops parts of a second.
func intervalOf(text string) time.Duration {
	_, interval, _ := strings.Cut(text, "@every ")
	d, err := time.ParseDuration(interval)
	if err != nil {
		return 0
	}
	return d
}

// Next returns the first time after t at which a cycle is due.
func (s Schedule) Next(t time.Time) time.Time { return s.cron.Next(t.UTC()) }

// Upcoming returns the next n times after t.
func (s Schedule) Upcoming(t time.Time, n int) []time.Time {
	var out []time.Time
	for range n {
		if t = s.Next(t); t.IsZero() {
			break
		}
		out = append(out, t)
	}
	return out
}

// Gap is the time between the next two runs after t.
func (s Schedule) Gap(t time.Time) time.Duration {
	first := s.Next(t)
	return s.Next(first).Sub(first)
}

// String returns the schedule as it was written.
func (s Schedule) String() string { return s.text }
