package web

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// hostChecked answers only where the request names a host that is ours. Without this, a
// page of somebody else's could have a browser read the answer, by a name that leads to
// this address (DNS rebinding). Health, metrics and what carries a signature or a token
// need no such check, and are asked by all kinds of names.
func (s *Server) hostChecked(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.allows(r.Host) {
			say(w, http.StatusMisdirectedRequest, "unknown host name: use localhost or an IP address, or add the name to the allowed hosts")
			return
		}
		next(w, r)
	}
}

func (s *Server) allows(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil || host == "localhost" {
		return true
	}
	return slices.ContainsFunc(s.options.AllowedHosts, func(allowed string) bool {
		return strings.EqualFold(strings.TrimSuffix(allowed, "."), host)
	})
}

// A throttledLog bounds how many lines strangers can cause.
type throttledLog struct {
	logger  *slog.Logger
	now     func() time.Time
	pace    *rate.Limiter
	skipped atomic.Int64
}

// Of requests that are refused, this many are logged at once, and then one every ten
// seconds.
const refusalBurst = 20

func newThrottledLog(l *slog.Logger, now func() time.Time) *throttledLog {
	return &throttledLog{logger: l, now: now, pace: rate.NewLimiter(rate.Every(10*time.Second), refusalBurst)}
}

// warn writes the line, with the number of lines that were left out before it, or leaves
// it out.
func (t *throttledLog) warn(message string, args ...any) {
	if !t.pace.AllowN(t.now(), 1) {
		t.skipped.Add(1)
		return
	}
	if n := t.skipped.Swap(0); n > 0 {
		args = append(args, "left_out", n)
	}
	t.logger.Warn(message, args...)
}

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
