package vpsorgtest

import (
	"fmt"
	"io"
	"net/http"
)

// Client returns a client whose requests, to whatever host, reach the server in the same process.
func (s *Server) Client() *http.Client { return &http.Client{Transport: s.Transport()} }

// Transport returns a transport that calls the server in the caller's goroutine, without a network. It starts no
// goroutine, so it works inside a testing/synctest bubble, where latency, drip and hanging take the bubble's
// time. A connection that is cut is an error that wraps [io.ErrUnexpectedEOF]. A call that hangs lasts until the
// request's context ends: for ever where it has no end.
//
// Unlike [http.Transport] it never sends a request twice. [Call.Host] tells which host was meant.
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
