package forgetest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
)

// ServeHTTP answers one request. Where a fault ends the connection without an answer it
// panics with [http.ErrAbortHandler], by which an http.Server does so.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rec := s.serve(r)
	if rec == nil {
		panic(http.ErrAbortHandler)
	}
	for name, values := range rec.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(rec.Code)
	if _, err := w.Write(rec.Body.Bytes()); err != nil {
		panic(http.ErrAbortHandler) // the client has gone
	}
}

// Transport returns a transport that calls the server in the caller's goroutine, whatever
// host is asked for. It uses no network, so it works inside a testing/synctest bubble. A
// connection that is cut is an error that wraps [io.ErrUnexpectedEOF].
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ server *Server }

// RoundTrip answers one request.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	rec := t.server.serve(in)
	if rec == nil {
		return nil, fmt.Errorf("connection cut: %w", io.ErrUnexpectedEOF)
	}
	resp := rec.Result()
	resp.Request = r
	return resp, nil
}

// serve takes a request through faults and its handler. It returns nil where the connection
// ends without an answer.
func (s *Server) serve(r *http.Request) *httptest.ResponseRecorder {
	path := s.below(r.URL.EscapedPath())
	call := Call{Method: r.Method, Path: path}
	if r.URL.RawQuery != "" {
		call.Path += "?" + r.URL.RawQuery
	}
	s.mu.Lock()
	fault := s.fault(r.Method, path)
	s.mu.Unlock()
	rec := httptest.NewRecorder()
	if fault == nil || fault.Perform {
		s.route(rec, r, path)
	}
	if fault != nil {
		rec = fault.answer(tokenOf(r))
	}
	if rec != nil {
		call.Status = rec.Code
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.calls = append(s.store.calls, call)
	return rec
}

// below returns a path below the prefix, "" for one that is not.
func (s *Server) below(path string) string {
	if s.kind == github && path == "/api/graphql" {
		return graphQLPath
	}
	rest, found := strings.CutPrefix(path, s.prefix+"/")
	switch {
	case found:
		return "/" + rest
	case s.kind == github:
		return path
	}
	return ""
}

// route runs the handler for a path below the prefix.
func (s *Server) route(rec *httptest.ResponseRecorder, r *http.Request, path string) {
	prefix := s.prefix
	if !strings.HasPrefix(r.URL.EscapedPath(), prefix+"/") {
		prefix = ""
	}
	in := r.Clone(context.WithValue(r.Context(), baseKey{}, origin(r)+prefix))
	u, err := in.URL.Parse(path)
	if err != nil || path == "" {
		write(rec, refuse(http.StatusNotFound, "Not Found"))
		return
	}
	u.RawQuery = r.URL.RawQuery
	in.URL = u
	if _, pattern := s.mux.Handler(in); pattern == "" {
		// The mux itself would answer in text.
		write(rec, refuse(http.StatusNotFound, "Not Found"))
		return
	}
	s.mux.ServeHTTP(rec, in)
}

// answer returns what a fault answers, nil for nothing.
func (f *Fault) answer(token string) *httptest.ResponseRecorder {
	if f.Cut {
		return nil
	}
	rec := httptest.NewRecorder()
	for name, values := range f.Header {
		rec.Header()[http.CanonicalHeaderKey(name)] = values
	}
	rec.WriteHeader(f.Status)
	rec.Body.WriteString(strings.ReplaceAll(f.Body, "$TOKEN", token))
	return rec
}
