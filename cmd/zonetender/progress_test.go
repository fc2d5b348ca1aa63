package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zonetender/zonetender/sync"
)

func TestProgressText(t *testing.T) {
	zones := sync.Progress{Zones: 1200, ZonesTotal: 10000}
	for _, test := range []struct {
		m    sync.Measurement
		want string
	}{
		{sync.Measurement{Progress: zones}, "1200 of 10000 zones"},
		{sync.Measurement{Progress: zones, CallsPerSecond: 61.5}, "1200 of 10000 zones, 61.5 calls/s"},
		{sync.Measurement{Progress: zones, CallsPerSecond: 19.8, Allowed: 20, Left: 7*time.Minute + 18*time.Second},
			"1200 of 10000 zones, 19.8 calls/s of 20 allowed, 7m20s left"},
		{sync.Measurement{Progress: zones, CallsPerSecond: 970, Allowed: 1000, Left: 200 * time.Millisecond},
			"1200 of 10000 zones, 970 calls/s of 1000 allowed, 1s left"},
		{sync.Measurement{Progress: zones, CallsPerSecond: 0.5, Allowed: 0.52, Left: 5*time.Hour + 90*time.Second},
			"1200 of 10000 zones, 0.5 calls/s of 0.52 allowed, 5h2m left"},
		{sync.Measurement{Progress: sync.Progress{ZonesTotal: 1, Changes: 300, ChangesTotal: 27000}, CallsPerSecond: 100, Left: 267 * time.Second},
			"0 of 1 zones, 300 of 27000 changes, 100 calls/s, 4m30s left"},
	} {
		if got := progressText(test.m); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

// However narrow the terminal, the bar stays in its line, and nothing is left of it.
func TestProgressBarWidth(t *testing.T) {
	m := sync.Measurement{Progress: sync.Progress{Zones: 5, ZonesTotal: 10}, CallsPerSecond: 19.8, Allowed: 20, Left: time.Minute}
	for width, want := range map[int]string{
		0:   "reading [========        ] 5 of 10 zones, 19.8 calls/s of 20 allowed, 1m0s left",
		20:  "reading 5 of 10 zon",
		40:  "reading 5 of 10 zones, 1m0s left",
		50:  "reading 5 of 10 zones, 19.8 calls/s, 1m0s left",
		61:  "reading 5 of 10 zones, 19.8 calls/s of 20 allowed, 1m0s left",
		70:  "reading 5 of 10 zones, 19.8 calls/s of 20 allowed, 1m0s left",
		200: "reading [===============               ] 5 of 10 zones, 19.8 calls/s of 20 allowed, 1m0s left",
		1:   "",
	} {
		var out bytes.Buffer
		b := &progressBar{w: &out, width: func() int { return width }}
		b.draw("reading", m)
		got := strings.TrimPrefix(out.String(), "\r")
		if got != want || width > 0 && len(got) >= width {
			t.Errorf("%d columns: got %q, want %q", width, got, want)
		}
		before := out.Len()
		b.draw("reading", m)
		if out.Len() != before {
			t.Errorf("%d columns: got it drawn twice, want only what differs", width)
		}
		b.draw("reading", sync.Measurement{Progress: m.Progress})
		b.wipe()
		if lines := strings.Split(out.String(), "\r"); len(lines) > 1 && strings.TrimSpace(lines[len(lines)-2]) != "" || lines[len(lines)-1] != "" {
			t.Errorf("%d columns: got %q, want it wiped", width, out.String())
		}
	}
}

// Where there is no terminal, long work says how far it is every ten seconds.
func TestProgressLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		a := &app{stderr: &out}
		calls := 0
		meter := sync.NewMeter(sync.Traffic{Calls: func() int { return calls }, Allowed: func() float64 { return 20 }})
		stop := a.follow(meter, func() string { return "reading" }, "plan")
		for i := range 35 {
			calls = 20 * i // before Report, whose lock shows it to the other goroutine
			meter.Report(sync.Progress{Zones: 20 * i, ZonesTotal: 1000})
			time.Sleep(time.Second)
			synctest.Wait()
		}
		stop()
		time.Sleep(time.Minute)
		want := "plan: 180 of 1000 zones, 18 calls/s of 20 allowed, 46s left\n" +
			"plan: 380 of 1000 zones, 19 calls/s of 20 allowed, 33s left\n" +
			"plan: 580 of 1000 zones, 19.3 calls/s of 20 allowed, 22s left\n"
		if got := out.String(); got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
	})
}

// Short work says nothing.
func TestProgressShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		meter := sync.NewMeter(sync.Traffic{})
		stop := (&app{stderr: &out}).follow(meter, func() string { return "reading" }, "plan")
		meter.Report(sync.Progress{Zones: 1, ZonesTotal: 2})
		time.Sleep(9 * time.Second)
		stop()
		if out.Len() > 0 {
			t.Errorf("got %q, want nothing", out.String())
		}
	})
}
