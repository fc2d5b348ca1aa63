package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/term"

	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/lookup"
)

const (
	progressAfter = time.Second            // shorter work needs no bar
	progressEvery = 200 * time.Millisecond // between two drawings
	progressLine  = 10 * time.Second       // between two lines where there is no terminal
	longestBar    = 30                     // columns
	shortestBar   = 10
)

// progress shows how far the pass is. A terminal also shows what it is doing; elsewhere lines
// begin with the command. The caller calls stop when it ends.
func (s *session) progress(a *app, doing, command string) (stop func()) {
	meter := sync.NewMeter(s.conn.traffic())
	s.pass.Progress = meter.Report
	end := a.follow(meter, func() string { return doing }, command)
	return func() {
		end()
		s.pass.Progress = nil
	}
}

// lookupProgress shows how far the questions are. The caller calls stop when they end.
func (a *app) lookupProgress(command string) (report func(lookup.Progress), stop func()) {
	meter := sync.NewMeter(sync.Traffic{})
	start := time.Now()
	var waiting atomic.Bool
	doing := func() string {
		if waiting.Load() {
			return fmt.Sprintf("waiting for the answers, %s so far", time.Since(start).Round(time.Second))
		}
		return "asking"
	}
	stop = a.follow(meter, doing, command)
	return func(p lookup.Progress) {
		waiting.Store(p.Waiting)
		meter.Report(sync.Progress{Zones: p.Done, ZonesTotal: p.Total})
	}, stop
}

// follow shows on standard error what a meter measures, until the caller calls stop: on a
// terminal as a bar, elsewhere as a line now and then.
func (a *app) follow(meter *sync.Meter, doing func() string, command string) (stop func()) {
	if f, ok := a.stderr.(*os.File); ok && terminal(f) {
		b := &progressBar{w: f, width: func() int {
			columns, _, err := term.GetSize(int(f.Fd()))
			if err != nil {
				return 0
			}
			return columns
		}}
		return every(progressAfter, progressEvery, func() { b.draw(doing(), meter.Measure()) }, b.wipe)
	}
	return every(progressLine, progressLine, func() {
		if m := meter.Measure(); m.ZonesTotal > 0 {
			fmt.Fprintf(a.stderr, "%s: %s\n", command, progressText(m))
		}
	}, func() {})
}

// every calls do once the time first has passed, and then at intervals. The caller calls stop to
// end that; stop waits for do, and then calls last.
func every(first, then time.Duration, do, last func()) (stop func()) {
	enough, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		timer := time.NewTimer(first)
		defer timer.Stop()
		for {
			select {
			case <-enough:
				return
			case <-timer.C:
				do()
				timer.Reset(then)
			}
		}
	}()
	return func() {
		close(enough)
		<-ended
		last()
	}
}

// A progressBar is drawn over and over in the last line of a terminal.
type progressBar struct {
	w     io.Writer
	width func() int // columns of the terminal, 0 where nobody knows
	drawn string     // what stands there
}

// draw draws the bar. It stays within one line, as a longer one could not be drawn over.
func (b *progressBar) draw(doing string, m sync.Measurement) {
	room := cmp.Or(b.width(), 80) - 1
	if m.ZonesTotal == 0 || room < 1 {
		return
	}
	line := doing + " " + progressText(m)
	for _, speed := range []*float64{&m.Allowed, &m.CallsPerSecond} {
		if len(line) > room { // the time left says more
			*speed = 0
			line = doing + " " + progressText(m)
		}
	}
	if n := min(longestBar, room-len(line)-len("[] ")); n >= shortestBar {
		line = doing + " " + bar(m, n) + " " + progressText(m)
	}
	line = line[:min(len(line), room)]
	if line == b.drawn {
		return
	}
	fmt.Fprintf(b.w, "\r%-*s", min(len(b.drawn), room), line)
	b.drawn = line
}

// wipe clears the line.
func (b *progressBar) wipe() {
	if b.drawn != "" {
		fmt.Fprintf(b.w, "\r%s\r", strings.Repeat(" ", len(b.drawn)))
	}
}

// bar draws how much is done, as wide as asked for and a bracket on each side.
func bar(m sync.Measurement, width int) string {
	done, total := m.Zones, m.ZonesTotal
	if m.ChangesTotal > 0 {
		done, total = m.Changes, m.ChangesTotal
	}
	n := width * min(done, total) / total
	return "[" + strings.Repeat("=", n) + strings.Repeat(" ", width-n) + "]"
}

// progressText says how far and how fast the work is, as far as that is known.
func progressText(m sync.Measurement) string {
	text := fmt.Sprintf("%d of %d zones", m.Zones, m.ZonesTotal)
	if m.ChangesTotal > 0 {
		text += fmt.Sprintf(", %d of %d changes", m.Changes, m.ChangesTotal)
	}
	if m.CallsPerSecond > 0 {
		text += fmt.Sprintf(", %v calls/s", m.CallsPerSecond)
		if m.Allowed > 0 {
			text += fmt.Sprintf(" of %v allowed", m.Allowed)
		}
	}
	if m.Left > 0 {
		text += fmt.Sprintf(", %s left", roughly(m.Left))
	}
	return text
}

// roughly rounds a duration to what an estimate is good for.
func roughly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return max(d.Round(time.Second), time.Second).String()
	case d < time.Hour:
		return d.Round(10 * time.Second).String()
	}
	return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
}
