package web

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/daemon"
)

// status answers with how the daemon stands, as JSON. There is no ETag: the document
// is small, and whoever asks wants to know about now.
func (s *Server) status(w http.ResponseWriter, _ *http.Request) {
	// Whole before the first byte is sent, so that an error can still be a 500.
	body, err := json.Marshal(whole(s.options.Status()))
	if err != nil {
		s.options.Logger.Error("http: status: encode", "error", err)
		say(w, http.StatusInternalServerError, "the status cannot be shown; the log says why")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	// An error here means that the client has gone, and nobody is left to tell.
	_, _ = w.Write(append(schema.PrintableJSON(body), '\n'))
}

// whole fills in what is empty, so that a script meets a number for each state and a
// list for each list, never null.
func whole(status daemon.Status) daemon.Status {
	counts := make(map[daemon.State]int)
	for _, state := range daemon.States() {
		counts[state] = status.Counts[state]
	}
	status.Counts = counts
	if status.Zones == nil {
		status.Zones = []daemon.ZoneStatus{}
	}
	if status.Warnings == nil {
		status.Warnings = []string{}
	}
	if status.Unmanaged == nil {
		status.Unmanaged = []string{}
	}
	return status
}

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

// oneLine keeps an answer that is one line by its form on one line, with nothing in it that
// a terminal would obey.
func oneLine(text string) string { return schema.Printable(strings.Join(strings.Fields(text), " ")) }
