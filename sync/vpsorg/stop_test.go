package vpsorg

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// stopped makes a simulator with the zone and a client that is told to stop after a time,
// while a call hangs that the rule is about.
func stopped(t *testing.T, after time.Duration, rule vpsorgtest.Rule) (*vpsorgtest.Server, *Client, ZoneRef) {
	s, _, ref := simulate(t, vpsorgtest.Options{})
	s.AddRule(rule)
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(after, stop)
	return s, newClient(t, s.Transport(), func(o *Options) { o.Stop = ctx }), ref
}

// A POST that hangs when the client is told to stop is not sent again; a read tells within
// the grace time what came of it.
func TestFaultC6StopDuringAPostThatHangs(t *testing.T) {
	a := rec(t, "www", "A", 60, "192.0.2.1")
	for _, test := range []struct {
		name string
		do   vpsorgtest.Action
		want string // of the error, "" for none
		live int
	}{
		{"it was performed", vpsorgtest.HangAfter(), "", 1},
		{"it was not performed", vpsorgtest.HangBefore(), "cut short", 0},
	} {
		bubble(t, test.name, func(t *testing.T) {
			s, c, ref := stopped(t, 5*time.Second, vpsorgtest.Rule{Kind: vpsorgtest.CreateRecord, Do: test.do})
			begin := time.Now()
			err := c.CreateRecord(t.Context(), ref, a)
			if took := time.Since(begin); took > 5*time.Second+DefaultGrace {
				t.Errorf("it took %v, want at most %v after the stop", took, DefaultGrace)
			}
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if got := calls(s, vpsorgtest.CreateRecord); got != 1 {
				t.Errorf("%d POSTs, want one", got)
			}
			if got := len(mustZone(t, newClient(t, s.Transport()), ref).Records); got != test.live {
				t.Errorf("%d records, want %d", got, test.live)
			}
		})
	}
}

// A record without which its name would have no data is sent again, once two reads show
// that it is absent.
func TestFaultC6RestoreIsSentAgain(t *testing.T) {
	bubble(t, "restore", func(t *testing.T) {
		s, c, ref := stopped(t, 5*time.Second, vpsorgtest.Rule{Kind: vpsorgtest.CreateRecord, Times: 1, Do: vpsorgtest.HangBefore()})
		begin := time.Now()
		if err := c.RestoreRecord(t.Context(), ref, rec(t, "www", "A", 60, "192.0.2.1")); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took > 5*time.Second+DefaultGrace {
			t.Errorf("it took %v, want at most %v after the stop", took, DefaultGrace)
		}
		if got := len(mustZone(t, newClient(t, s.Transport()), ref).Records); got != 1 || calls(s, vpsorgtest.CreateRecord) != 2 {
			t.Errorf("%d records by %d POSTs, want one by two", got, calls(s, vpsorgtest.CreateRecord))
		}
	})
}

// What the grace time cuts short says so, and that its outcome is not known.
func TestFaultC6WhatTheGraceTimeCutsShort(t *testing.T) {
	bubble(t, "everything hangs", func(t *testing.T) {
		s, c, ref := stopped(t, 5*time.Second, vpsorgtest.Rule{Do: vpsorgtest.HangBefore()})
		begin := time.Now()
		err := c.CreateRecord(t.Context(), ref, rec(t, "www", schema.A, 60, "192.0.2.1"))
		if took := time.Since(begin); took > 5*time.Second+DefaultGrace+time.Second {
			t.Errorf("it took %v, want at most %v after the stop", took, DefaultGrace)
		}
		if e := mustError(t, err); !e.Unknown() || !strings.Contains(err.Error(), "grace time") {
			t.Errorf("got %v, want that its outcome is not known", err)
		}
		_ = s
	})
}
