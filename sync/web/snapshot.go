package web

import (
	"net/http"
	"time"
)

// snapshot answers with the live zones as a file, as the daemon read them last.
func (s *Server) snapshot(w http.ResponseWriter, r *http.Request) {
	if s.options.Snapshot == nil {
		say(w, http.StatusNotFound, "no snapshot: ZONETENDER_SNAPSHOT is not true")
		return
	}
	file, err := s.options.Snapshot()
	if err != nil {
		say(w, http.StatusServiceUnavailable, "no snapshot yet: no sweep has read the zones since the daemon was started")
		return
	}
	defer file.Close()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	// Without a time of change: the snapshot itself says how old it is.
	http.ServeContent(w, r, "", time.Time{}, file)
}
