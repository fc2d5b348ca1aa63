package vpsorgtest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"time"
)

// ServeHTTP answers one request. Where an action ends the connection without an answer it panics with
// [http.ErrAbortHandler], which an http.Server takes as just that.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rep := s.serve(r)
	if rep.status == 0 {
		panic(http.ErrAbortHandler)
	}
	for name, values := range rep.header {
		w.Header()[name] = values
	}
	if bodyAllowed(rep.status, r.Method) {
		w.Header().Set("Content-Length", strconv.FormatInt(rep.size(), 10))
	}
	w.WriteHeader(rep.status)
	if !bodyAllowed(rep.status, r.Method) {
		return
	}
	to := io.Writer(w)
	if rep.drip > 0 {
		to = flusher{w}
	}
	if _, err := io.CopyBuffer(to, struct{ io.Reader }{rep.reader(r.Context())}, make([]byte, 32<<10)); err != nil {
		panic(http.ErrAbortHandler) // the client has gone, or its patience has
	}
}

func bodyAllowed(status int, method string) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified && method != http.MethodHead
}

// A flusher sends each piece as soon as it is written.
type flusher struct{ http.ResponseWriter }

func (f flusher) Write(p []byte) (int, error) {
	n, err := f.ResponseWriter.Write(p)
	if err == nil {
		err = http.NewResponseController(f.ResponseWriter).Flush()
	}
	return n, err
}

// reader returns the body with its padding and pauses. It ends with the context.
func (r *reply) reader(ctx context.Context) io.Reader {
	var body io.Reader = bytes.NewReader(r.body)
	if pad := r.padTo - int64(len(r.body)); pad > 0 {
		body = io.MultiReader(body, io.LimitReader(spaces{}, pad))
	}
	if r.drip > 0 {
		body = &dripping{ctx: ctx, from: body, size: r.dripBytes, pause: r.drip}
	}
	return body
}

// spaces is an endless run of spaces, which JSON allows after a value.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// A dripping reader gives a few bytes after each pause.
type dripping struct {
	ctx   context.Context // of the one request it answers
	from  io.Reader
	size  int
	pause time.Duration
}

func (d *dripping) Read(p []byte) (int, error) {
	if !wait(d.ctx, d.pause) {
		return 0, d.ctx.Err()
	}
	return d.from.Read(p[:min(len(p), d.size)])
}
