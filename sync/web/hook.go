package web

import (
	"errors"
	"io"
	"net/http"
	"os"

	"github.com/zonetender/zonetender/sync/daemon"
)

const (
	// maxBody is how much of a webhook is read, in bytes. A usual push takes some kilobytes.
	// One with thousands of commits may be larger: it is refused, and the schedule pulls it.
	maxBody = 1 << 20
	// maxHooks is how many bodies are read at the same time, so that a flood takes some
	// dozens of megabytes at most. What is turned away meanwhile costs nothing but time: the
	// schedule pulls it.
	maxHooks = 16
)

// A verdict is the answer to a webhook, and why.
type verdict struct {
	outcome hookOutcome
	code    int
	reason  string
}

func refused(code int, reason string) verdict { return verdict{hookRefused, code, reason} }

// hook takes a webhook of a Git service. It says that there is something to pull, never
// what: what is applied comes from the repository, so neither a forged nor a repeated
// delivery can change more than when a pull is made.
func (s *Server) hook(w http.ResponseWriter, r *http.Request) {
	secret, ok := s.gate(w, r, s.options.WebhookSecret)
	if !ok {
		return
	}
	e := readEvent(r.Header)
	v := s.judge(w, r, e, secret)
	s.options.Metrics.hooks.WithLabelValues(string(v.outcome)).Inc()
	args := []any{"remote", r.RemoteAddr, "service", e.service, "code", v.code, "reason", v.reason}
	if v.outcome == hookRefused {
		s.refusals.warn("webhook refused", args...)
	} else {
		s.options.Logger.Info("webhook "+string(v.outcome), args...)
	}
	if v.outcome == hookAccepted {
		s.options.Trigger(daemon.Pull)
	}
	say(w, v.code, string(v.outcome)+": "+v.reason)
}

// judge keeps to an order: nothing is read without the form of a signature, nothing is
// parsed before the signature over the raw body is found right.
func (s *Server) judge(w http.ResponseWriter, r *http.Request, e event, secret string) verdict {
	p, err := readProof(r.Header)
	switch {
	case err != nil:
		return refused(http.StatusUnauthorized, err.Error())
	case r.ContentLength > maxBody:
		return refused(http.StatusRequestEntityTooLarge, tooLarge)
	}
	select {
	case s.hooks <- struct{}{}:
		defer func() { <-s.hooks }()
	default:
		w.Header().Set("Retry-After", "1")
		return refused(http.StatusServiceUnavailable, "too many webhooks at the same time; the schedule pulls anyway")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return unread(err)
	}
	if !p.shows(secret, body) {
		reason := "the signature does not fit the secret"
		if isForm(r.Header) {
			reason += "; set the webhook's content type to application/json, as some services sign a form before they wrap it"
		}
		return refused(http.StatusUnauthorized, reason)
	}
	return s.understood(r.Header, e, body)
}

const tooLarge = "the body is larger than 1 MiB"

// unread says why a body could not be read.
func unread(err error) verdict {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return refused(http.StatusRequestEntityTooLarge, tooLarge)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refused(http.StatusRequestTimeout, "the body took too long")
	}
	return refused(http.StatusBadRequest, "the body broke off")
}

// understood says what a delivery asks for, once it is known to be genuine.
func (s *Server) understood(h http.Header, e event, body []byte) verdict {
	if e.ping() {
		return verdict{hookPinged, http.StatusOK, "the signature fits the secret"}
	}
	if !e.mayPush() {
		return verdict{hookIgnored, http.StatusOK, "only pushes matter here"}
	}
	ref, err := pushedRef(h, body)
	switch {
	case err != nil:
		return refused(http.StatusBadRequest, err.Error())
	case ref == "":
		return verdict{hookIgnored, http.StatusOK, "it names no reference that was pushed"}
	case !follows(ref, s.options.Branch()):
		return verdict{hookIgnored, http.StatusOK, "the push is not to the branch that is followed"}
	}
	return verdict{hookAccepted, http.StatusAccepted, "a pull was asked for"}
}
