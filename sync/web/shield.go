package web

import (
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
)

// secured sets the headers that keep a browser from reading more into an answer than
// it says, and anybody from keeping it: every answer is about this moment.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// recovered answers 500 where a handler panics. The log gets the place; of the panic's
// value only what the runtime says, as any other may carry a part of the request.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			value := recover()
			switch v := value.(type) {
			case nil:
				return
			case runtime.Error:
				s.panicked(r, v.Error())
			default:
				if value == http.ErrAbortHandler {
					panic(value) // the agreed way to drop a connection
				}
				s.panicked(r, fmt.Sprintf("a value of type %T", value))
			}
			say(w, http.StatusInternalServerError, "internal error; the log has the place")
		}()
		next.ServeHTTP(w, r)
	})
}

func (s *Server) panicked(r *http.Request, what string) {
	s.options.Logger.Error("http: a handler panicked", "remote", r.RemoteAddr, "route", r.Pattern, "panic", what, "stack", string(debug.Stack()))
}
