package daemon_test

import (
	"strings"
	"testing"
	"time"

	"github.com/zonetender/zonetender/sync/daemon"
)

func TestParseSchedule(t *testing.T) {
	now := time.Date(2026, 11, 22, 1, 2, 3, 0, time.UTC)
	for _, c := range []struct{ text, want string }{
		{"@every 1m", "2026-11-22T01:03:03Z"},
		{"@every 1s", "2026-11-22T01:02:04Z"},
		{"@hourly", "2026-11-22T02:00:00Z"},
		{"30 2 * * *", "2026-11-22T02:30:00Z"},
		{"CRON_TZ=Europe/Berlin 30 2 * * *", "2026-11-22T01:30:00Z"},
		{"TZ=Asia/Kolkata 0 7 * * *", "2026-11-22T01:30:00Z"},
		{"0 0 29 2 *", "2028-02-29T00:00:00Z"},
	} {
		s, err := daemon.ParseSchedule(c.text, now)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := s.Next(now).UTC().Format(time.RFC3339); got != c.want || s.String() != c.text {
			t.Errorf("%s: got %s at %s, want %s", c.text, s, got, c.want)
		}
	}
}

func TestFaultC9ScheduleThatWouldNotDo(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "empty"},
		{"TZ=UTC", "malformed"},
		{"CRON_TZ=", "malformed"},
		{"TZ=Nowhere/Atall * * * * *", "bad location"},
		{"@every 0s", "at least one"},
		{"@every -5m", "at least one"},
		{"@every 500ms", "at least one"},
		{"@every 1500ms", "whole seconds"},
		{"TZ=UTC @every 0s", "at least one"},
		{"@every", "unrecognized"},
		{"@every day", "invalid duration"},
		{"@often", "unrecognized"},
		{"0 0 30 2 *", "it never fires"},
		{"* * * * * *", "5 fields"},
		{"60 * * * *", "above maximum"},
		{"5m", "5 fields"},
	} {
		if _, err := daemon.ParseSchedule(c.text, time.Now()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, want an error with %q", c.text, err, c.want)
		}
	}
}

// A daily time is kept in UTC, where no hour is skipped or doubled, wherever the daemon runs.
func TestFaultG12DailyOverDaylightSaving(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	s, err := daemon.ParseSchedule("30 2 * * *", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, berlin)
	for i := range 365 {
		next := s.Next(at)
		if got := next.UTC().Format("15:04"); got != "02:30" {
			t.Fatalf("got %s, want 02:30 UTC", next)
		}
		if got := next.Sub(at); i > 0 && got != 24*time.Hour {
			t.Fatalf("after %s: got the next in %s, want a day", at, got)
		}
		at = next.In(berlin)
	}
}

func TestUpcomingAndGap(t *testing.T) {
	s, err := daemon.ParseSchedule("0 */6 * * *", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)
	got := s.Upcoming(now, 3)
	if len(got) != 3 || got[2].Sub(got[0]) != 12*time.Hour || s.Gap(now) != 6*time.Hour {
		t.Errorf("got %v and a gap of %s, want three, six hours apart", got, s.Gap(now))
	}
}

// Whatever is accepted fires again and again, at least a second apart; nothing panics.
func FuzzParseSchedule(f *testing.F) {
	for _, text := range []string{
		"@every 1m", "@hourly", "TZ=UTC", "@every 0s", "@every -5m", "0 0 30 2 *", "*/7 1-5,9 * jan mon#2",
		"CRON_TZ=Europe/Berlin 30 2 * * *", "@every 9999999h", "? ? ? ? ?", "0 0 29 2 1", "\x00", "@every 1e9s",
	} {
		f.Add(text)
	}
	now := time.Date(2026, 11, 22, 1, 2, 3, 4, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := daemon.ParseSchedule(text, now)
		if err != nil {
			return
		}
		first := s.Next(now)
		second := s.Next(first)
		if !first.After(now) || second.Sub(first) < time.Second {
			t.Errorf("%q: got %s, then %s, want each at least a second after the one before", text, first, second)
		}
	})
}
