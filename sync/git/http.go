package git

import (
	"bufio"
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"html"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing/transport"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"
)

// maxPage bounds, in bytes, how much of a page that is not Git is read.
const maxPage = 4096

// dialHTTP prepares a conversation over http or https. Its connections last for one
// Pull, so that none idles, or goes stale, until the next.
func (r *remote) dialHTTP(o Options) error {
	base := &http.Transport{
		Proxy:             http.ProxyFromEnvironment,
		DialContext:       r.line.dial,
		TLSClientConfig:   &tls.Config{RootCAs: o.roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2: true,

		MaxResponseHeaderBytes: 64 << 10,
	}
	r.hangUp = base.CloseIdleConnections
	client := &http.Client{Transport: &inspector{next: base, remote: r}, CheckRedirect: checkRedirect}
	ep, err := r.addr.endpoint()
	if err != nil {
		return err
	}
	auth, err := basicAuth(o)
	if err != nil {
		return err
	}
	r.session, err = githttp.NewClient(client).NewUploadPackSession(ep, auth)
	return err
}

// basicAuth returns nil where there is nothing to authenticate with.
func basicAuth(o Options) (transport.AuthMethod, error) {
	if o.Password == nil {
		return nil, nil
	}
	password, err := o.Password()
	if err != nil {
		return nil, fmt.Errorf("%w: read password: %w", ErrAuth, err)
	}
	if password == "" {
		return nil, nil
	}
	// With a token all known hosts require some user name, and accept any.
	return &githttp.BasicAuth{Username: cmp.Or(o.Username, "git"), Password: password}, nil
}

// checkRedirect refuses to leave loopback in clear text. go-git itself refuses to go
// from https to http, and sends credentials only to the origin they were given for.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if req.URL.Scheme == "http" && !isLoopback(req.URL.Hostname()) {
		return errors.New("redirected to http, off loopback")
	}
	return nil
}

// An inspector lets only answers of a Git server pass, and bounds them. go-git would
// try to parse whatever comes, and read a page of error to its end.
type inspector struct {
	next   http.RoundTripper
	remote *remote
}

func (i *inspector) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := i.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	switch {
	case res.StatusCode == http.StatusOK:
		if err := checkContent(req, res); err != nil {
			_ = res.Body.Close()
			return nil, i.remote.blame(err)
		}
		// go-git reads four bytes at first, which would not tell what came instead.
		res.Body = body{bufio.NewReaderSize(i.remote.intake.reader(res.Body), 32<<10), res.Body}
	case res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden && res.Header.Get("Retry-After") == "",
		res.StatusCode == http.StatusNotFound, res.StatusCode < 400:
		res.Body = body{io.LimitReader(res.Body, maxPage), res.Body} // go-git knows these
	default:
		_ = res.Body.Close()
		return nil, i.remote.blame(statusError(res, i.remote.opts.Now()))
	}
	return res, nil
}

// body is a response body that is read through something else.
type body struct {
	io.Reader
	io.Closer
}

// checkContent returns an error for an answer of a kind that no Git server sends.
func checkContent(req *http.Request, res *http.Response) error {
	want := "application/x-git-upload-pack-result"
	if req.Method == http.MethodGet {
		want = "application/x-git-upload-pack-advertisement"
	}
	kind, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err == nil && kind == want {
		return nil
	}
	page, _ := io.ReadAll(io.LimitReader(res.Body, maxPage)) // what came of it will do
	if len(page) == 0 {
		return fmt.Errorf("%w: an empty page of the type %q came instead", ErrNotGit, clean(kind))
	}
	if title := pageTitle.FindSubmatch(page); title != nil {
		text := strings.Join(strings.Fields(html.UnescapeString(string(title[1]))), " ")
		return fmt.Errorf("%w: a web page with the title %q came instead (wrong URL, or a page to log in?)", ErrNotGit, clean(text))
	}
	return fmt.Errorf("%w: a page of the type %q came instead, which begins with %.80q", ErrNotGit, clean(kind), clean(string(page)))
}

var pageTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// A busyError is a refusal with the time to come back.
type busyError struct {
	status string
	wait   time.Duration // as the server said
}

func (e *busyError) Error() string {
	return fmt.Sprintf("%s: %v for %v", e.status, ErrBusy, e.wait)
}

func (e *busyError) Unwrap() error { return ErrBusy }

// statusError explains a status that says no.
func statusError(res *http.Response, now time.Time) error {
	status := strings.TrimSpace(fmt.Sprint(res.StatusCode, " ", http.StatusText(res.StatusCode)))
	if wait := retryAfter(res.Header.Get("Retry-After"), now); wait > 0 {
		return &busyError{status, wait}
	}
	return errors.New(status)
}

// retryAfter parses seconds or a date (RFC 9110, section 10.2.3); 0 is neither.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now).Round(time.Second))
	}
	return 0
}
