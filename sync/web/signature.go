package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// A proof is what a webhook's header offers to show that its sender knows the secret.
type proof struct {
	// macs are HMAC-SHA256 of the body; each of them must be right.
	macs [][]byte
	// token is the secret itself, as GitLab sends it; "" where it does not.
	token string
	// standard is a signature after the Standard Webhooks specification; nil for none.
	standard *standard
}

// A standard is a signature over the delivery's number, its time and the body.
// GitLab sends it where a signing token is set.
type standard struct {
	id, timestamp string
	macs          [][]byte // several while keys are changed; one must be right
}

// hexHeaders carry the HMAC-SHA256 of the body in hexadecimal digits, after a prefix.
// Gitea and Forgejo send all that they know at once.
var hexHeaders = [...]struct{ name, prefix string }{
	{"X-Hub-Signature-256", "sha256="}, // GitHub
	{"X-Gitea-Signature", ""},
	{"X-Forgejo-Signature", ""},
}

var (
	errUnsigned  = errors.New("the request is not signed; set the same secret at the Git service")
	errOldHash   = errors.New("the request is signed with SHA-1 alone, expected X-Hub-Signature-256")
	errTwice     = errors.New("the header is sent twice")
	errNoSHA256  = errors.New("the signature is no HMAC-SHA256 in hexadecimal digits")
	errNoV1      = errors.New("the signature holds no HMAC-SHA256 after v1,")
	errNoMessage = errors.New("webhook-id or webhook-timestamp is missing or malformed")
)

// readProof reads the header. An error says that there is nothing in it that could be
// right, whatever the body and the secret are.
func readProof(h http.Header) (proof, error) {
	var p proof
	for _, header := range hexHeaders {
		values := h.Values(header.name)
		if len(values) == 0 {
			continue
		}
		if len(values) > 1 {
			return proof{}, fmt.Errorf("%s: %w", header.name, errTwice)
		}
		digits, ok := strings.CutPrefix(values[0], header.prefix)
		mac, err := hex.DecodeString(digits)
		if !ok || err != nil || len(mac) != sha256.Size {
			return proof{}, fmt.Errorf("%s: %w", header.name, errNoSHA256)
		}
		p.macs = append(p.macs, mac)
	}
	if len(p.macs) > 0 {
		return p, nil
	}
	return readGitLab(h)
}

func readGitLab(h http.Header) (proof, error) {
	p := proof{token: h.Get("X-Gitlab-Token")}
	if signature := h.Get("Webhook-Signature"); signature != "" {
		s, err := readStandard(h, signature)
		if err != nil {
			return proof{}, fmt.Errorf("webhook-signature: %w", err)
		}
		p.standard = s
	}
	switch {
	case p.token != "" || p.standard != nil:
		return p, nil
	case h.Get("X-Hub-Signature") != "":
		return proof{}, errOldHash
	}
	return proof{}, errUnsigned
}

// readStandard reads the three headers. The number must have no dot and the time be
// digits, else the dots between the signed parts could be moved.
func readStandard(h http.Header, signature string) (*standard, error) {
	s := &standard{id: h.Get("Webhook-Id"), timestamp: h.Get("Webhook-Timestamp")}
	if s.id == "" || strings.Contains(s.id, ".") || s.timestamp == "" || strings.Trim(s.timestamp, "0123456789") != "" {
		return nil, errNoMessage
	}
	for part := range strings.FieldsSeq(signature) {
		text, ok := strings.CutPrefix(part, "v1,")
		mac, err := base64.StdEncoding.DecodeString(text)
		if ok && err == nil && len(mac) == sha256.Size {
			s.macs = append(s.macs, mac)
		}
	}
	if len(s.macs) == 0 {
		return nil, errNoV1
	}
	return s, nil
}

// shows reports whether the sender of the body knew the secret. All comparisons take
// constant time.
//
// None of the services but GitLab signs a time, and its time is not looked at: a
// delivery that is played back only causes another pull of what the branch holds by
// then, and a clock that is wrong must not cost a push.
func (p proof) shows(secret string, body []byte) bool {
	if len(p.macs) > 0 {
		want := mac([]byte(secret), body)
		right := true
		for _, got := range p.macs {
			right = hmac.Equal(got, want) && right
		}
		return right
	}
	return p.token != "" && same(p.token, secret) || p.standard != nil && p.standard.shows(secret, body)
}

// shows needs a secret of the form that GitLab makes: whsec_ and a key in base64.
func (s *standard) shows(secret string, body []byte) bool {
	encoded, ok := strings.CutPrefix(secret, "whsec_")
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(key) == 0 {
		return false
	}
	want := mac(key, []byte(s.id+"."+s.timestamp+"."), body)
	right := false
	for _, got := range s.macs {
		right = hmac.Equal(got, want) || right
	}
	return right
}

func mac(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}
