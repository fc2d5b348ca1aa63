package web

import (
	"errors"
	"io"
	"strings"
	"testing"
)

type closing struct{ io.ReadSeeker }

func (closing) Close() error { return nil }

func TestSnapshot(t *testing.T) {
	w := newWorld()
	const path = "/api/v1/snapshot"
	if rec := w.get(path); rec.Code != 404 || !strings.Contains(rec.Body.String(), "ZONETENDER_SNAPSHOT") {
		t.Errorf("switched off: got %d %q, want 404 and the setting", rec.Code, rec.Body)
	}
	open := func() (io.ReadSeekCloser, error) { return nil, errors.New("no such file") }
	w.server.options.Snapshot = func() (io.ReadSeekCloser, error) { return open() }
	if rec := w.get(path); rec.Code != 503 || !strings.Contains(rec.Body.String(), "no sweep") {
		t.Errorf("before the first sweep: got %d %q, want 503", rec.Code, rec.Body)
	}
	open = func() (io.ReadSeekCloser, error) { return closing{strings.NewReader(`{"snapshot":1}`)}, nil }
	rec := w.get(path)
	if rec.Code != 200 || rec.Body.String() != `{"snapshot":1}` || rec.Header().Get("Content-Type") != "application/json" {
		t.Errorf("got %d %q %v, want the file as JSON", rec.Code, rec.Body, rec.Header())
	}
}
