package vpsorg

import (
	"bytes"
	"cmp"
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
	maxRedirects   = 3        // that a read follows on its own host
	maxBody        = 10 << 20 // bytes of an answer that is no zone
	maxErrorBody   = 64 << 10 // bytes of an error, and of an answer whose body does not matter
)

// The templates of the paths below the base URL.
const (
	accountLabel     = "/account/me/"
	zonesLabel       = "/dns-zones/"
	zoneLabel        = "/dns-zones/{id}/"
	zoneRecordsLabel = "/dns-zones/{id}/records/"
	recordLabel      = "/dns-records/{id}/"
)

// A request is one call, however often it is attempted.
type request struct {
	method string
	url    *url.URL
	label  string // the template of the path
	zone   string // the id of the zone whose records are written, "" for any other call
	body   []byte // JSON, nil for none
	// replay is true if performing the call twice has the same effect as performing it once.
	replay bool
	// read reads the body of a successful answer while it arrives; nil if it does not matter.
	// What it made of the answer to an earlier attempt does not count.
	read func(*jsonReader) error
	// limit is how many bytes that body may have, and raise says how to raise it: "" if it is
	// fixed. A limit of 0 is maxBody.
	limit int64
	raise string
	// vital is true if a name has no data without this call: it may be sent again even after
	// the client was told to stop.
	vital bool
	// brief is true if somebody who may have mistyped the address is waiting: a refused
	// connection is retried only once.
	brief bool
}

// An answer is a successful one: its status is 2xx.
type answer struct {
	status int
	url    *url.URL // where it came from, after redirects
	size   int64    // bytes of its body, if somebody reads that
	// again is true if an earlier attempt may have been performed as well.
	again bool
}

// endpoint returns the URL of a path below the base. Parts are escaped and joined by
// slashes. The path ends in a slash, without which the service redirects or fails.
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

// path returns a URL as it appears in errors: the path below the base, with the query.
func (c *Client) path(u *url.URL) string {
	p := u.EscapedPath()
	if u.RawQuery != "" {
		p += "?" + u.RawQuery
	}
	return strings.TrimPrefix(p, c.base.EscapedPath())
}

// attempt waits until the rate allows it and sends a request once.
func (c *Client) attempt(ctx context.Context, q request) (answer, *Error) {
	fail := &Error{Method: q.method, Path: c.path(q.url)}
	token, err := readToken(c.token)
	if err != nil {
		fail.Err, fail.permanent = err, true
		return answer{}, fail
	}
	ctx, unbound := c.stop.bound(ctx, q)
	defer unbound()
	queued := time.Now()
	sent, err := c.limiter.wait(ctx, q.vital)
	if err != nil {
		fail.Err = err
		return answer{}, fail
	}
	timed, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	a, bad := c.send(timed, q, token)
	status := a.status
	if bad != nil {
		status = bad.Status
		bad.Method, bad.Path = fail.Method, redact(fail.Path, token)
		if bad.Status == http.StatusForbidden {
			bad.hint = forbidden(q, bad.Detail)
		}
		switch {
		case bad.Err == nil:
		case ctx.Err() == nil && timed.Err() != nil:
			bad.Err = fmt.Errorf("no complete answer within %v", requestTimeout)
		case errors.Is(context.Cause(ctx), errGrace):
			bad.Err = errGrace
		}
	}
	c.observe(Call{q.method, q.label, status, time.Since(sent.at), sent.at.Sub(queued)})
	if bad != nil {
		c.limiter.failed(sent, bad)
		return answer{}, bad
	}
	return a, nil
}

// send performs one HTTP exchange. Its error is without method and path.
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
		// The body is optional: the status says enough.
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
		e := errorFrom(resp, body, token)
		e.sent = true
		return answer{}, e
	}
	c.limiter.served()
	a := answer{status: resp.StatusCode, url: q.url}
	if resp.Request != nil { // a transport need not set it
		a.url = resp.Request.URL
	}
	if q.read == nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxErrorBody))
		return a, nil
	}
	size, bad := readBody(resp, q, token)
	a.size = size
	return a, bad
}

// readBody has q read a body. It reads to the end whatever q makes of the beginning: a broken
// body is like no answer at all, and the connection can be used again.
func readBody(resp *http.Response, q request, token string) (size int64, _ *Error) {
	b := &body{from: resp.Body, limit: cmp.Or(q.limit, maxBody)}
	err := q.read(newJSONReader(b, min(resp.ContentLength, b.limit)))
	_, broken := io.Copy(io.Discard, b)
	switch {
	case errors.Is(broken, errTooLarge):
		return 0, &Error{Err: fmt.Errorf("%w %s%s", errTooLarge, sizeText(b.limit), q.raise), sent: true, permanent: true}
	case broken != nil:
		return 0, &Error{Err: redactError(broken, token), sent: true}
	case err != nil:
		return 0, &Error{Status: resp.StatusCode, Err: errors.New(clean(err.Error(), token)), permanent: true}
	}
	return b.size, nil
}

var errTooLarge = errors.New("answer is larger than")

// A body is that of an answer, up to a limit.
type body struct {
	from  io.Reader
	limit int64 // bytes
	size  int64 // bytes read so far
	err   error // why there are no more
}

// Read reads on. Its error stays the same, io.EOF at the end of the body.
func (b *body) Read(p []byte) (n int, err error) {
	if b.err != nil {
		return 0, b.err
	}
	// One byte more than the limit shows that there is more.
	n, b.err = b.from.Read(p[:min(int64(len(p)), b.limit-b.size+1)])
	b.size += int64(n)
	if b.size > b.limit {
		n, b.err = n-1, errTooLarge
	}
	return n, b.err
}

// sizeText returns a number of bytes for people.
func sizeText(n int64) string {
	if n>>20<<20 == n {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}

// connectionError returns the Error for a call without an answer.
func connectionError(err error, token string) *Error {
	// The Error already names the URL.
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

// badPeer reports whether the other side is not who it should be. Retrying is of no use.
func badPeer(err error) bool {
	var cert *tls.CertificateVerificationError
	var header tls.RecordHeaderError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var address *net.AddrError
	return errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, &address) || errors.As(err, &cert) ||
		errors.As(err, &header) || errors.As(err, &unknown) || errors.As(err, &host) || errors.As(err, &invalid)
}

// checkRedirect follows redirects of reads within their host only. A redirected write would
// become a GET without its body (301, 302) or be sent twice, and another host would get the
// token. A redirect that is not followed becomes an error.
func checkRedirect(next *http.Request, via []*http.Request) error {
	if via[0].Method != http.MethodGet || len(via) > maxRedirects || !sameOrigin(next.URL, via[0].URL) {
		return http.ErrUseLastResponse
	}
	return nil
}

// sameOrigin reports whether two URLs have the same scheme, host and port.
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}
