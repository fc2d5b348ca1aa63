package vpsorg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/zonetender/zonetender/diff"
)

// DefaultMaxZoneBytes is how many bytes the answers of one zone may have when
// [Options.MaxZoneBytes] is 0: those of some 700,000 records.
const DefaultMaxZoneBytes = 128 << 20

// MaxZoneVariable is the setting that errors name where a zone has more bytes.
const MaxZoneVariable = "ZONETENDER_MAX_ZONE_BYTES"

// DefaultURL is where the API is when [Options.URL] is empty.
const DefaultURL = "https://admin.vps.org/api/v1"

// Options configure a [Client]. Only a token is required.
type Options struct {
	// URL is the base of the API; "" means [DefaultURL]. Plain http is refused unless the
	// host is localhost.
	URL string
	// Token is sent with every call. White space around it is ignored.
	Token string
	// TokenFunc, if not nil, is called for the token before every call instead, so that a
	// rotated token is picked up. It must be safe for concurrent use.
	TokenFunc func() (string, error)
	// Rate is the maximum number of calls per second; 0 means no limit until the service
	// asks for one.
	Rate float64
	// MaxZoneBytes is how many bytes the answers of one zone may have; 0 means
	// [DefaultMaxZoneBytes]. A zone that has more cannot be read.
	MaxZoneBytes int64
	// Transport performs the calls; nil means one that suits many small calls to one host.
	Transport http.RoundTripper
	// UserAgent names the program to the service; "" means "zonetender".
	UserAgent string
	// Observe, if not nil, is called after every attempt of every call. It must be quick and
	// safe for concurrent use.
	Observe func(Call)
	// Readings has Zone return all that the records of a zone may mean.
	Readings bool
	// Read and Listed, where they are not nil, are called with each zone, and each whole list
	// of zones, that was read. They must be safe for concurrent use and change nothing of it.
	Read   func(diff.LiveZone)
	Listed func(diff.ZoneList)
	// Stop, if not nil, is done when the program is told to stop. Calls in flight may then go
	// on for Grace; 0 means [DefaultGrace].
	Stop  context.Context
	Grace time.Duration
	// Jitter is the source of the random part of waits between attempts; nil means the
	// source of math/rand/v2.
	Jitter rand.Source
}

// A Call is one attempt of one call, for statistics.
type Call struct {
	Method string
	// Path is the template of the path below the base URL, as in "/dns-zones/{id}/".
	Path string
	// Status is the HTTP status of the answer, 0 if there was none.
	Status int
	// Duration is the time from sending the call to the end of the answer.
	Duration time.Duration
	// Throttled is the time that the call was held back before it was sent.
	Throttled time.Duration
}

// A Client calls the API. Use [New] to make one; the zero Client is not usable.
type Client struct {
	base    *url.URL // its path without a final slash
	token   func() (string, error)
	agent   string
	http    *http.Client
	limiter *limiter
	jitter  func() float64 // from [0,1)
	observe func(Call)
	// readings, read and listed are as in Options, but never nil.
	readings bool
	read     func(diff.LiveZone)
	listed   func(diff.ZoneList)
	learner  *learner // how the account spells
	stop     stop
	maxZone  int64 // bytes of the answers of one zone
	// settling and conflicts are about the writes to each zone.
	settling  settling
	conflicts conflicts
}

// ErrUserInfo is the error of [New] for a base URL with a user name or password.
var ErrUserInfo = errors.New("the URL holds a user name or password, expected none")

// New returns a client without calling the API. It refuses a base URL over which the token
// would travel in the clear, a URL with a user name or password, and an empty or malformed
// token. Its errors never contain the URL or the token.
func New(o Options) (*Client, error) {
	base, err := parseBase(cmp.Or(o.URL, DefaultURL))
	if err != nil {
		return nil, err
	}
	token := o.TokenFunc
	if token == nil {
		token = func() (string, error) { return o.Token, nil }
	}
	if _, err := readToken(token); err != nil {
		return nil, err
	}
	if o.Rate < 0 {
		return nil, fmt.Errorf("rate of %v calls a second, expected 0 or more", o.Rate)
	}
	transport := o.Transport
	if transport == nil {
		transport = newTransport()
	}
	observe := o.Observe
	if observe == nil {
		observe = func(Call) {}
	}
	read, listed := o.Read, o.Listed
	if read == nil {
		read = func(diff.LiveZone) {}
	}
	if listed == nil {
		listed = func(diff.ZoneList) {}
	}
	return &Client{
		readings: o.Readings, read: read, listed: listed,
		base:    base,
		token:   token,
		agent:   cmp.Or(o.UserAgent, "zonetender"),
		http:    &http.Client{Transport: transport, CheckRedirect: checkRedirect},
		limiter: newLimiter(o.Rate),
		jitter:  newJitter(o.Jitter),
		observe: observe,
		learner: &learner{},
		stop:    newStop(o.Stop, o.Grace),
		maxZone: cmp.Or(o.MaxZoneBytes, DefaultMaxZoneBytes),
	}, nil
}

// Rate returns how many calls a second the service allows: [Options.Rate], or less where
// calls were refused; +Inf where nothing is known. A little less than that is used.
func (c *Client) Rate() float64 { return c.limiter.rate() }

// parseBase parses the base URL. Its errors never contain the whole URL, as people put
// passwords there.
func parseBase(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	switch {
	case err != nil:
		return nil, fmt.Errorf("not a URL, expected one such as %s", DefaultURL)
	case u.User != nil:
		return nil, ErrUserInfo
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return nil, fmt.Errorf("expected a URL with https and a host, such as %s", DefaultURL)
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("the URL holds a query or a fragment, expected a base such as %s", DefaultURL)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, fmt.Errorf("http to %s would send the token in the clear, expected https (http is for 127.0.0.1, ::1 and localhost only)", u.Hostname())
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = strings.TrimRight(u.RawPath, "/")
	return u, nil
}

// loopback reports whether host is this machine.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// readToken returns a token that is valid in a header.
func readToken(read func() (string, error)) (string, error) {
	token, err := read()
	if err != nil {
		return "", err
	}
	token = strings.TrimSpace(token)
	if token == "" {
		return "", errors.New("the token is empty, expected one from https://admin.vps.org/account/developers/ that begins with vps_")
	}
	if i := strings.IndexFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }); i >= 0 {
		return "", errors.New("the token holds white space or other characters that no token has")
	}
	return token, nil
}

// newTransport returns a transport that keeps its connections to the one host that it calls.
func newTransport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t = t.Clone()
	t.MaxIdleConns = 0
	t.MaxIdleConnsPerHost = 64
	t.ForceAttemptHTTP2 = true
	return t
}

// newJitter returns a function that draws numbers from [0,1) and is safe for concurrent use.
func newJitter(src rand.Source) func() float64 {
	if src == nil {
		return rand.Float64
	}
	var mu sync.Mutex
	r := rand.New(src)
	return func() float64 {
		mu.Lock()
		defer mu.Unlock()
		return r.Float64()
	}
}
