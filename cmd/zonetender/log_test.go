package main

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

// Text from outside is shown in the log, and never obeyed by a terminal.
func TestFaultB3LogIsReadAndNotObeyed(t *testing.T) {
	const hostile = "x\x1b[2J\u202e\u2028\x7f"
	for _, format := range []string{"text", "json"} {
		var stderr bytes.Buffer
		a := newApp(nil, strings.NewReader(""), &bytes.Buffer{}, &stderr)
		log := a.logger(&settings{LogFormat: format})
		log.Warn("zone files", "problem", hostile, "cause", errors.New(hostile), slog.Group("g", "in", hostile), "stack", "one\n\ttwo")
		got := stderr.String()
		if strings.ContainsAny(got, "\x1b\u202e\u2028\x7f") || strings.Count(got, "\n") != 1 {
			t.Errorf("%s: got %q, want nothing in it that is obeyed", format, got)
		}
		if !strings.Contains(got, `one\n\ttwo`) {
			t.Errorf("%s: got %q, want the lines of the stack as they are", format, got)
		}
	}
}
