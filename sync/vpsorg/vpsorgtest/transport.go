package vpsorgtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// ServeHTTP answers one request. Where an action ends the connection without an answer it
// panics with [http.ErrAbortHandler], by which an http.Server does so.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rep := s.serve(r)
	if rep.status == 0 {
		panic(http.ErrAbortHandler)
	}
	for name, values := range rep.header {
		w.Header()[name] = values
	}
	if !bodyAllowed(rep.status, r.Method) {
		w.WriteHeader(rep.status)
		return
	}
	w.Header().Set("Content-Length", strconv.FormatInt(rep.size(), 10))
	w.WriteHeader(rep.status)
	if _, err := io.Copy(flusher{w}, rep.reader(r.Context())); err != nil {
		panic(http.ErrAbortHandler) // the client has gone or no longer waits
	}
}

// Transport returns a transport that calls the server in the caller's goroutine, whatever
// host is asked for. It uses no network and starts no goroutine, so it works inside a
// testing/synctest bubble. A connection that is cut is an error that wraps
// [io.ErrUnexpectedEOF]. A call that hangs lasts until the request's context ends: for ever
// where it has no end.
//
// Unlike [http.Transport] it never sends a request twice.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ server *Server }

// RoundTrip answers one request.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	ctx := r.Context()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	rep := t.server.serve(r)
	if rep.status == 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("connection cut: %w", io.ErrUnexpectedEOF)
	}
	resp := &http.Response{
		Status:     fmt.Sprintf("%d %s", rep.status, http.StatusText(rep.status)),
		StatusCode: rep.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: rep.header, Body: http.NoBody, Request: r,
	}
	if bodyAllowed(rep.status, r.Method) && rep.size() > 0 {
		resp.ContentLength = rep.size()
		resp.Body = io.NopCloser(rep.reader(ctx))
	}
	return resp, nil
}

func bodyAllowed(status int, method string) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified && method != http.MethodHead
}

// A flusher sends each piece as soon as it is written.
type flusher struct{ to http.ResponseWriter }

func (f flusher) Write(p []byte) (int, error) {
	n, err := f.to.Write(p)
	if err == nil {
		err = http.NewResponseController(f.to).Flush()
	}
	return n, err
}

// A reply is an answer before it goes over a wire.
type reply struct {
	status int // 0 where the connection ends without an answer
	header http.Header
	body   []byte
	padTo  int64 // bytes

	drip     time.Duration
	dripSize int // bytes
}

// newReply returns a reply whose Content-Type follows from its body.
func newReply(status int, body []byte) reply {
	h := http.Header{}
	switch {
	case len(body) == 0:
	case body[0] == '<':
		h.Set("Content-Type", "text/html; charset=utf-8")
	default:
		h.Set("Content-Type", "application/json")
	}
	return reply{status: status, header: h, body: body}
}

// apply changes the reply as an action wants it.
func (r *reply) apply(a Action) {
	for name, values := range a.header {
		r.header[http.CanonicalHeaderKey(name)] = values
	}
	if a.Alter != nil {
		r.body = a.Alter(r.body)
	}
	r.padTo, r.drip, r.dripSize = a.padTo, a.drip, a.dripSize
}

// size is the length of the body with its padding.
func (r *reply) size() int64 { return max(int64(len(r.body)), r.padTo) }

// reader returns the body with its padding and pauses. It ends with the context.
func (r *reply) reader(ctx context.Context) io.Reader {
	var body io.Reader = bytes.NewReader(r.body)
	if padding := r.size() - int64(len(r.body)); padding > 0 {
		body = io.MultiReader(body, io.LimitReader(spaces{}, padding))
	}
	if r.drip > 0 {
		body = &drippingReader{ctx: ctx, from: body, size: r.dripSize, pause: r.drip}
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

// A drippingReader returns a few bytes after each pause.
type drippingReader struct {
	ctx   context.Context // of the one request that it answers
	from  io.Reader
	size  int
	pause time.Duration
}

func (d *drippingReader) Read(p []byte) (int, error) {
	if !wait(d.ctx, d.pause) {
		return 0, d.ctx.Err()
	}
	return d.from.Read(p[:min(len(p), d.size)])
}
