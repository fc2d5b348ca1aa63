package web

import (
	"encoding/json"
	"net/http"

	"github.com/zonetender/zonetender/sync"
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
	_, _ = w.Write(append(body, '\n'))
}

// whole fills in what is empty, so that a script meets a number for each state and a
// list for each list, never null.
func whole(status sync.Status) sync.Status {
	counts := make(map[sync.State]int)
	for _, state := range sync.States() {
		counts[state] = status.Counts[state]
	}
	status.Counts = counts
	if status.Zones == nil {
		status.Zones = []sync.ZoneStatus{}
	}
	if status.Unmanaged == nil {
		status.Unmanaged = []string{}
	}
	return status
}
