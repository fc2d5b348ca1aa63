package vpsorg

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	requestTimeout = 30 * time.Second
	maxBody        = 10 << 20 // bytes of an answer
	maxErrorBody   = 64 << 10 // bytes of an answer that tells of an error, or whose body does not matter
)

// A request is one call, however often it is attempted.
type request struct {
	method string
	url    *url.URL
	label  string // the path's template, for statistics
	body   []byte // JSON, nil for none
	// replay says that performing the call twice is the same as performing it once.
	replay bool
	// bodiless says that the body of a good answer does not matter.
	bodiless bool
	// vital says that without this call a name has no data: it may be sent again although
	// the client was told to stop.
	vital bool
	// brief says that somebody waits who may have mistyped the address: a connection that
	// is refused is tried once more, and not for long.
	brief bool
}

// An answer is a good one: its status is 2xx.
type answer struct {
	status int
	url    *url.URL // where it came from, after redirects
	body   []byte
	// again says that an earlier attempt may have been performed already.
	again bool
}

// endpoint gives the URL of a path below the base; parts are escaped and joined by
// slashes, with one at the end, without which the service redirects or fails.
func (c *Client) endpoint(parts ...string) *url.URL {
	u := *c.base
	for _, p := range parts {
		u.RawPath = u.EscapedPath() + "/" + url.PathEscape(p)
		u.Path += "/" + p
	}
	u.RawPath = u.EscapedPath() + "/"
	u.Path += "/"
	return &u
}

// path gives a URL as it stands in errors: below the base, with its query.
func (c *Client) path(u *url.URL) string {
	p := u.EscapedPath()
	if u.RawQuery != "" {
		p += "?" + u.RawQuery
	}
	return strings.TrimPrefix(p, c.base.EscapedPath())
}

// attempt sends a request once. It waits for its turn first.
func (c *Client) attempt(ctx context.Context, q request) (answer, *Error) {
	fail := &Error{Method: q.method, Path: c.path(q.url)}
	token, err := readToken(c.token)
	if err != nil {
		fail.Err, fail.permanent = err, true
		return answer{}, fail
	}
	ctx, unbound := c.stop.bound(ctx, q)
	defer unbound()
	throttled, err := c.limiter.wait(ctx)
	if err != nil {
		fail.Err = err
		return answer{}, fail
	}
	timed, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	begin := time.Now()
	a, bad := c.send(timed, q, token)
	status := a.status
	if bad != nil {
		status = bad.Status
		bad.Method, bad.Path = fail.Method, redact(fail.Path, token)
		switch {
		case bad.Err == nil:
		case ctx.Err() == nil && timed.Err() != nil:
			bad.Err = fmt.Errorf("no complete answer within %v", requestTimeout)
		case errors.Is(context.Cause(ctx), errGrace):
			bad.Err = errGrace
		}
	}
	c.observe(Call{q.method, q.label, status, time.Since(begin), throttled})
	if bad != nil {
		return answer{}, bad
	}
	return a, nil
}

// send performs one HTTP exchange. The error has no method and path yet.
func (c *Client) send(ctx context.Context, q request, token string) (answer, *Error) {
	r, err := http.NewRequestWithContext(ctx, q.method, q.url.String(), bytes.NewReader(q.body))
	if err != nil {
		return answer{}, &Error{Err: redactError(err, token), permanent: true}
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", c.agent)
	if q.body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return answer{}, connectionError(err, token)
	}
	defer resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		// What could be read of the body is shown; the status alone says enough.
		body, _ := readBody(resp, maxErrorBody)
		e := errorFrom(resp, body, token)
		e.sent = true
		return answer{}, e
	}
	c.limiter.served()
	a := answer{status: resp.StatusCode, url: q.url}
	if resp.Request != nil { // a transport need not set it
		a.url = resp.Request.URL
	}
	if q.bodiless {
		_, _ = readBody(resp, maxErrorBody)
		return a, nil
	}
	if a.body, err = readBody(resp, maxBody); err != nil {
		// A broken body is as if no answer had come: the status tells nothing that helps.
		return answer{}, &Error{Err: redactError(err, token), sent: true, permanent: errors.Is(err, errTooLarge)}
	}
	return a, nil
}

var errTooLarge = errors.New("answer is larger than 10 MiB")

// readBody reads a body of at most limit bytes. With an error it gives what came before.
func readBody(resp *http.Response, limit int64) ([]byte, error) {
	var b bytes.Buffer
	if n := resp.ContentLength; n > 0 && n <= limit {
		b.Grow(int(n) + bytes.MinRead)
	}
	n, err := b.ReadFrom(io.LimitReader(resp.Body, limit+1))
	if n > limit {
		return b.Bytes()[:limit], errTooLarge
	}
	return b.Bytes(), err
}

// connectionError says why no answer came, and whether the call may have been performed.
func connectionError(err error, token string) *Error {
	// The URL that url.Error would show stands in the Error already.
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err
	}
	e := &Error{Err: redactError(err, token), sent: true}
	var op *net.OpError
	var dns *net.DNSError
	if errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns) {
		e.sent = false
	}
	if badPeer(err) {
		e.sent, e.permanent = false, true
	}
	return e
}

// badPeer reports whether the other side is not who it should be: no use in asking again.
func badPeer(err error) bool {
	var cert *tls.CertificateVerificationError
	var header tls.RecordHeaderError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var address *net.AddrError
	return errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, &address) || errors.As(err, &cert) || errors.As(err, &header) || errors.As(err, &unknown) ||
		errors.As(err, &host) || errors.As(err, &invalid)
}
