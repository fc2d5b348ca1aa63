package git

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/transport"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"
)

// maxErrorBody bounds, in bytes, what is read of a page that says no.
const maxErrorBody = 4096

// dialHTTP prepares a conversation over http or https. Connections live as long
// as one Pull, so that nothing idles, or goes stale, until the next.
func (v *visit) dialHTTP(o Options) error {
	base := &http.Transport{
		Proxy:             http.ProxyFromEnvironment,
		DialContext:       v.line.dial,
		TLSClientConfig:   &tls.Config{RootCAs: o.roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2: true,
	}
	v.hangUp = base.CloseIdleConnections
	client := &http.Client{
		Transport:     &listener{next: base, opening: v.opening},
		CheckRedirect: checkRedirect,
	}
	ep, err := v.addr.endpoint()
	if err != nil {
		return err
	}
	auth, err := basicAuth(o)
	if err != nil {
		return err
	}
	v.session, err = githttp.NewClient(client).NewUploadPackSession(ep, auth)
	return err
}

// basicAuth is nil where there is nothing to authenticate with.
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
	// A token needs some user name at every host seen, and any will do.
	return &githttp.BasicAuth{Username: cmp.Or(o.Username, "git"), Password: password}, nil
}

// checkRedirect keeps a redirect from leading off loopback in clear text. go-git
// itself refuses the way from https to http, and keeps credentials on the
// origin that they are for.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if req.URL.Scheme == "http" && !isLoopback(req.URL.Hostname()) {
		return errors.New("redirected to http, off loopback")
	}
	return nil
}

// A listener keeps the beginning of the listing and bounds pages of error.
type listener struct {
	next    http.RoundTripper
	opening *head
}

func (l *listener) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := l.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	switch {
	case res.StatusCode >= 300:
		res.Body = teeBody{io.LimitReader(res.Body, maxErrorBody), res.Body}
	case strings.HasSuffix(req.URL.Path, "/info/refs"):
		res.Body = teeBody{io.TeeReader(res.Body, l.opening), res.Body}
	}
	return res, nil
}
