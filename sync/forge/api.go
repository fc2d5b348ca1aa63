package forge

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
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
	maxBody        = 64 << 20 // bytes of an answer: Gitea lists all comments in one
	maxErrorBody   = 64 << 10 // bytes of an error
)

// An api makes calls to one forge.
type api struct {
	kind  Kind
	base  *url.URL // its path without a final slash
	http  *http.Client
	agent string
	// authorize puts a token into the header of a call.
	authorize func(h http.Header, token string)
	// token returns what calls are authorized with.
	token func(ctx context.Context) (string, error)
	// secrets returns everything that must not be shown.
	secrets func() []string
}

// A call is one call, however often it is attempted.
type call struct {
	method string
	url    *url.URL
	body   []byte // JSON, nil for none
	// once is true if performing the call twice has another effect than performing it once.
	once bool
	// token, if not "", is sent instead of the client's.
	token string
}

// An answer is a successful one: its status is 2xx.
type answer struct {
	header http.Header
	url    *url.URL // where it came from, after redirects
	body   []byte
}

// endpoint returns the URL of a path below the base. Parts are escaped and joined by
// slashes.
func (a *api) endpoint(parts ...string) *url.URL {
	u := *a.base
	for _, p := range parts {
		u.RawPath = u.EscapedPath() + "/" + url.PathEscape(p)
		u.Path += "/" + p
	}
	return &u
}

// get reads an object.
func (a *api) get(ctx context.Context, u *url.URL, into any) error {
	got, err := a.do(ctx, call{method: http.MethodGet, url: u})
	if err != nil {
		return err
	}
	return a.decode(http.MethodGet, u, got.body, into)
}

// send writes an object and reads the answer. A call that is once is not repeated where it
// may have been performed.
func (a *api) send(ctx context.Context, method string, u *url.URL, body, into any, once bool) error {
	data, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("%s: %s %s: %w", a.kind, method, a.path(u), err)
	}
	got, err := a.do(ctx, call{method: method, url: u, body: data, once: once})
	if err != nil {
		return err
	}
	return a.decode(method, u, got.body, into)
}

func (a *api) decode(method string, u *url.URL, body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return &Error{Kind: a.kind, Method: method, Path: a.path(u), Err: fmt.Errorf("unexpected answer: %s", clean(err.Error(), a.secrets()))}
	}
	return nil
}

// path returns a URL as it appears in errors: the path below the base, with the query.
func (a *api) path(u *url.URL) string {
	return redact(strings.TrimPrefix(u.RequestURI(), a.base.EscapedPath()), a.secrets())
}

// attempt makes a call once.
func (a *api) attempt(ctx context.Context, q call) (answer, *Error) {
	got, bad := a.exchange(ctx, q)
	if bad == nil {
		return got, nil
	}
	bad.Kind, bad.Method, bad.Path = a.kind, q.method, a.path(q.url)
	return answer{}, bad
}

// exchange performs one HTTP exchange. Its error is without method and path.
func (a *api) exchange(ctx context.Context, q call) (answer, *Error) {
	if !sameOrigin(q.url, a.base) {
		return answer{}, &Error{Err: errors.New("not the API's host, so the token is not sent there"), permanent: true}
	}
	token := q.token
	if token == "" {
		var err error
		if token, err = a.token(ctx); err != nil {
			return answer{}, &Error{Err: err, permanent: true}
		}
	}
	timed, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	r, err := a.request(timed, q, token)
	if err != nil {
		return answer{}, &Error{Err: err, permanent: true}
	}
	resp, err := a.http.Do(r)
	if err != nil {
		return answer{}, a.connectionError(ctx, timed, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		body, _ := readBody(resp.Body, maxErrorBody) // the status says enough
		return answer{}, a.refusal(resp, body)
	}
	body, err := readBody(resp.Body, maxBody)
	if err != nil {
		// A broken body is like no answer at all.
		bad := a.connectionError(ctx, timed, err)
		bad.permanent = errors.Is(err, errTooLarge)
		return answer{}, bad
	}
	from := q.url
	if resp.Request != nil { // a transport need not set it
		from = resp.Request.URL
	}
	return answer{header: resp.Header, url: from, body: body}, nil
}

func (a *api) request(ctx context.Context, q call, token string) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, q.method, q.url.String(), bytes.NewReader(q.body))
	if err != nil {
		return nil, errors.New("not a URL")
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", a.agent)
	if q.body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	a.authorize(r.Header, token)
	return r, nil
}

// refusal returns the Error for an answer that is not 2xx.
func (a *api) refusal(resp *http.Response, body []byte) *Error {
	e := &Error{Status: resp.StatusCode, sent: true, Detail: clean(detail(body), a.secrets())}
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		to := "no valid location"
		if u, err := resp.Location(); err == nil {
			to = u.Redacted()
		}
		e.Detail, e.permanent = clean("redirect to "+to+" refused (was the repository renamed?)", a.secrets()), true
	}
	e.throttled, e.after = throttling(resp, e.Detail, time.Now())
	return e
}

// connectionError returns the Error for a call without a whole answer.
func (a *api) connectionError(ctx, timed context.Context, err error) *Error {
	// The Error already names the URL.
	if ue, ok := errors.AsType[*url.Error](err); ok {
		err = ue.Err
	}
	e := &Error{Err: err, sent: true}
	op, isOp := errors.AsType[*net.OpError](err)
	if _, isDNS := errors.AsType[*net.DNSError](err); isDNS || isOp && op.Op == "dial" {
		e.sent = false
	}
	if _, isPeer := errors.AsType[*tls.CertificateVerificationError](err); isPeer || errors.Is(err, http.ErrSchemeMismatch) {
		e.sent, e.permanent = false, true // another attempt would meet the same server
	}
	switch {
	case ctx.Err() == nil && timed.Err() != nil:
		e.Err = fmt.Errorf("no complete answer within %v", requestTimeout)
	case redact(err.Error(), a.secrets()) != err.Error():
		e.Err = errors.New(clean(err.Error(), a.secrets()))
	}
	return e
}

var errTooLarge = errors.New("the answer is larger than 64 MiB")

// readBody reads a body of at most limit bytes.
func readBody(from io.Reader, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(from, limit+1))
	if int64(len(body)) > limit {
		return body[:limit], errTooLarge
	}
	return body, err
}

// checkRedirect follows redirects of reads within their host only: another host would get
// the token, and a redirected write would be sent twice or lose its body. A redirect that
// is not followed becomes an error.
func checkRedirect(next *http.Request, via []*http.Request) error {
	if via[0].Method != http.MethodGet || len(via) > maxRedirects || !sameOrigin(next.URL, via[0].URL) {
		return http.ErrUseLastResponse
	}
	return nil
}
