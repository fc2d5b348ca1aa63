package main

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

const (
	progressAfter = time.Second            // shorter work needs no bar
	progressEvery = 100 * time.Millisecond // between two drawings
	progressWidth = 30                     // characters
)

// progress shows on a terminal how far the pass is. The caller calls stop when it ends.
func (s *session) progress(a *app, what string) (stop func()) {
	if !terminal(a.stderr) {
		return func() {}
	}
	start := time.Now()
	var mu sync.Mutex
	var drawn time.Time
	s.pass.Progress = func(done, total int) {
		mu.Lock()
		defer mu.Unlock()
		now := time.Now()
		if total == 0 || now.Sub(start) < progressAfter || now.Sub(drawn) < progressEvery {
			return
		}
		drawn = now
		fmt.Fprintf(a.stderr, "\r%s %s", what, bar(done, total))
	}
	return func() {
		mu.Lock()
		defer mu.Unlock()
		if !drawn.IsZero() {
			fmt.Fprintf(a.stderr, "\r%s\r", strings.Repeat(" ", len(what)+progressWidth+40))
		}
		s.pass.Progress = nil
	}
}

// bar draws how many of the zones are done.
func bar(done, total int) string {
	n := progressWidth * done / total
	return fmt.Sprintf("[%s%s] %d of %d zones", strings.Repeat("=", n), strings.Repeat(" ", progressWidth-n), done, total)
}
