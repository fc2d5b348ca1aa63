package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/zonetender/zonetender/sync/daemon"
)

// gate answers a request that its path cannot take: 503 where the secret cannot be
// read, 404 where none is set, so that the path does not exist for anybody, 405 for
// another method than POST. Else it returns the secret.
func (s *Server) gate(w http.ResponseWriter, r *http.Request, read func() (string, error)) (string, bool) {
	secret, err := read()
	switch {
	case err != nil:
		s.refusals.warn("http: read the secret", "path", r.URL.Path, "remote", r.RemoteAddr, "error", err)
		say(w, http.StatusServiceUnavailable, "the secret cannot be read; the log says why")
	case secret == "":
		say(w, http.StatusNotFound, "not found: no secret is set for this path")
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		say(w, http.StatusMethodNotAllowed, "method not allowed, expected POST")
	default:
		return secret, true
	}
	return "", false
}

// sync takes a request for a cycle now. Its body does not matter and is not read.
func (s *Server) sync(w http.ResponseWriter, r *http.Request) {
	want, ok := s.gate(w, r, s.options.APIToken)
	if !ok {
		return
	}
	got, ok := bearer(r.Header)
	if !ok || !same(got, want) {
		s.refusals.warn("sync request refused", "remote", r.RemoteAddr, "code", http.StatusUnauthorized)
		w.Header().Set("WWW-Authenticate", `Bearer realm="zonetender"`)
		say(w, http.StatusUnauthorized, "refused: expected the API token, as Authorization: Bearer TOKEN")
		return
	}
	s.options.Logger.Info("sync request accepted", "remote", r.RemoteAddr)
	s.options.Trigger(daemon.Sweep)
	say(w, http.StatusAccepted, "accepted: a sweep was asked for")
}

// bearer returns the token of an Authorization header (RFC 6750, section 2.1). Two such
// headers are none: which of them counts would depend on who reads them.
func bearer(h http.Header) (string, bool) {
	values := h.Values("Authorization")
	if len(values) != 1 {
		return "", false
	}
	scheme, token, ok := strings.Cut(values[0], " ")
	return strings.TrimLeft(token, " "), ok && strings.EqualFold(scheme, "Bearer")
}

// same compares in constant time. The hashes are compared, so that the time does not
// tell the length of the secret either.
func same(got, want string) bool {
	a, b := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
