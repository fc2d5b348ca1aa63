package web

import (
	"cmp"
	"net/http"
	"strings"
)

// healthz answers 200 while the loop turns, whether or not its cycles succeed: another
// process would not mend what Git or the API refuse.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	if ok, reason := s.options.Alive(); !ok {
		say(w, http.StatusServiceUnavailable, "the loop stands still: "+oneLine(cmp.Or(reason, "no reason is known")))
		return
	}
	say(w, http.StatusOK, "ok")
}

// readyz answers 200 while the zones are kept as Git says. Health is the age of the
// last good cycle: a daemon that has stopped fetching must not look well.
func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	status := s.options.Status()
	switch {
	case status.NotReady != "":
		say(w, http.StatusServiceUnavailable, "not ready: "+oneLine(status.NotReady))
	case status.LastGood.IsZero():
		say(w, http.StatusServiceUnavailable, "not ready: no cycle has succeeded yet")
	default:
		say(w, http.StatusOK, "ready")
	}
}

// oneLine keeps an answer that is one line by its form on one line.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
