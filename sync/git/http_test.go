package git

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// A server that asks to wait is left alone until then. Pull itself waits for a minute at
// most; after that it is up to a later Pull, within an hour.
func TestFaultC8RetryAfterIsHonoured(t *testing.T) {
	w := newWork(t)
	hash := w.push("a", "1")
	s := serve(t, w)
	now := time.Unix(1_800_000_000, 0)
	var slept []time.Duration
	var canSleep error
	r := open(t, s.url, func(o *Options) {
		o.Now = func() time.Time { return now }
		o.sleep = func(_ context.Context, d time.Duration) error { slept = append(slept, d); return canSleep }
	})
	refusals, asked := 0, 0
	refuse := func(code int, after string) {
		asked = 0
		s.fault(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
				asked++
				if refusals--; refusals >= 0 {
					rw.Header().Set("Retry-After", after)
					rw.WriteHeader(code)
					return
				}
				next.ServeHTTP(rw, req)
			})
		})
	}

	refusals = 2
	refuse(429, "7")
	wantHash(t, r, hash)
	if want := []time.Duration{7 * time.Second, 7 * time.Second}; !slices.Equal(slept, want) {
		t.Errorf("a short wait: slept %v, want %v", slept, want)
	}

	for _, c := range []struct {
		code  int
		after string // "" is a date
		wait  time.Duration
	}{
		{503, "600", 10 * time.Minute}, {403, "120", 2 * time.Minute},
		{429, "", 90 * time.Second},
		{429, "2000000000", time.Hour}, {429, "59", 59 * time.Second},
	} {
		start := now
		refusals = 1000
		refuse(c.code, cmp.Or(c.after, now.Add(c.wait).UTC().Format(http.TimeFormat)))
		_, err := r.Pull(t.Context())
		if !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), fmt.Sprint(c.code)) || r.Head().Hash != hash {
			t.Fatalf("%d, %s: got %v, want %v and the commit before", c.code, c.after, err, ErrBusy)
		}
		before := asked
		now = start.Add(c.wait - time.Second)
		if _, err := r.Pull(t.Context()); !errors.Is(err, ErrBusy) || asked != before {
			t.Errorf("%d, %s: too early: got %v after %d questions, want %v after none", c.code, c.after, err, asked-before, ErrBusy)
		}
		refusals = 0
		now = start.Add(c.wait)
		wantHash(t, r, hash)
	}

	// Setting the clock back does not prolong the wait.
	refusals = 1
	refuse(503, "3600")
	if _, err := r.Pull(t.Context()); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v, want %v", err, ErrBusy)
	}
	now = now.Add(-24 * time.Hour)
	wantHash(t, r, hash)
	now = now.Add(48 * time.Hour)

	canSleep, refusals = context.Canceled, 1
	refuse(503, "5")
	if _, err := r.Pull(t.Context()); !errors.Is(err, context.Canceled) || !errors.Is(err, ErrBusy) {
		t.Errorf("cancelled: got %v, want both causes", err)
	}
}

// The error says what came instead of Git.
func TestFaultC8WhatCameInPlaceOfGit(t *testing.T) {
	w := newWork(t)
	w.push("a", "1")
	page := func(kind, text string) http.HandlerFunc {
		return func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", kind)
			_, _ = io.WriteString(rw, text)
		}
	}
	const list = "application/x-git-upload-pack-advertisement"
	for _, c := range []struct {
		name  string
		fault middleware
		want  string
	}{
		{"log-in page", onList(page("text/html; charset=utf-8", "<!doctype html><html><head>\n<title lang=en>Sign in\n &middot; GitLab</title>")), `title "Sign in · GitLab"`},
		{"page without a title", onList(page("text/html", "<html>Blocked by your company")), `"text/html" came instead, which begins with "<html>Blocked by your company"`},
		{"JSON", onList(page("application/json", `{"message":"no"}`)), `"application/json"`},
		{"dumb server", onList(page("text/plain", "1234\trefs/heads/main\n")), `"text/plain"`},
		{"nothing", onList(page("text/plain", "")), "an empty page"},
		{"the right type", onList(page(list, "<html>Sign in")), `begins with "<html>Sign in"`},
		{"redirect to a log-in page", func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
				if isList(req) {
					http.Redirect(rw, req, "/login", http.StatusFound)
					return
				}
				page("text/html", "<title>Log in</title>")(rw, req)
			})
		}, `title "Log in"`},
		{"in place of the pack", func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
				if isList(req) {
					next.ServeHTTP(rw, req)
					return
				}
				page("text/html", "<title>Session expired</title>")(rw, req)
			})
		}, `title "Session expired"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, w)
			s.fault(c.fault)
			_, err := open(t, s.url).Pull(t.Context())
			if !errors.Is(err, ErrNotGit) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "pkt-len") {
				t.Errorf("got %v, want %v with %q", err, ErrNotGit, c.want)
			}
		})
	}
}
