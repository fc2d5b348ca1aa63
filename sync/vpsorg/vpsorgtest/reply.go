package vpsorgtest

import (
	"net/http"
	"time"
)

// A reply is an answer before it goes over a wire.
type reply struct {
	status int // 0 where the connection ends without an answer
	header http.Header
	body   []byte
	padTo  int64

	drip      time.Duration
	dripBytes int
}

// newReply returns a reply whose Content-Type is what its body looks like.
func newReply(status int, body []byte) reply {
	h := http.Header{}
	switch {
	case len(body) == 0:
	case body[0] == '<':
		h.Set("Content-Type", "text/html; charset=utf-8")
	default:
		h.Set("Content-Type", "application/json")
	}
	return reply{status: status, header: h, body: body}
}

// size is the length of the body with its padding.
func (r *reply) size() int64 { return max(int64(len(r.body)), r.padTo) }

// alter applies what an action does to an answer.
func (r *reply) alter(a Action) {
	for name, values := range a.Header {
		r.header[http.CanonicalHeaderKey(name)] = values
	}
	if a.Alter != nil {
		r.body = a.Alter(r.body)
	}
	r.padTo = a.PadTo
	r.drip, r.dripBytes = a.Drip, max(a.DripBytes, 1)
}
