package git

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/transport"
)

type kind int

const (
	kindLocal kind = iota
	kindHTTP
	kindSSH
)

// An address is where a repository is, free of secrets. The zero value is invalid.
type address struct {
	kind kind
	path string // on this machine, or on the host
	host string // without port
	port string // "" is the scheme's own
	user string // SSH only
	url  string // for http and https also what is requested
}

// String is the address as it may be shown to anybody.
func (a address) String() string { return escape(a.url) }

var (
	scheme  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]+:`) // two letters or more: C:\ is a path
	scpLike = regexp.MustCompile(`^(?:([^@/\\:\s]+)@)?([^@/\\:\s]{2,}|\[[0-9a-fA-F:.]+\]):([^\s]+)$`)
)

// The characters that separate user info from a host. The wide ones are what some
// keyboards and editors make of @.
const atSigns = "@\uFE6B\uFF20"

var (
	errUserInfo = errors.New(
		"repository: open: user info in the URL would end up in logs: use the settings for user name and password")
	errMaybeUserInfo = errors.New("repository: open: the address is not valid and may hold a password, so it is not shown: " +
		"expected https://host/path, ssh://user@host/path, user@host:path or the path of a folder " +
		"(an @ in a URL's path is written %40), and the password in its own setting")
	errScheme = errors.New("repository: open: expected a path or an https, ssh or file URL")
)

// parseAddress parses a repository's address. Its errors never repeat the text: a
// mistyped address may hold a password anywhere.
func parseAddress(text string) (address, error) {
	switch {
	case text == "":
		return address{}, errors.New("repository: open: no URL or path")
	case strings.Contains(text, "://") && scheme.MatchString(text):
		return parseURL(text)
	case strings.HasPrefix(text, "file:"), strings.Contains(text, "::"):
		return address{}, errScheme
	}
	if isPath(text) {
		return localAddress(text)
	}
	if m := scpLike.FindStringSubmatch(text); m != nil {
		// The short form has no password, so what precedes another @ could be one.
		if strings.ContainsAny(m[1], "%"+atSigns) || strings.ContainsAny(m[3], "?#%"+atSigns) {
			return address{}, errMaybeUserInfo
		}
		return sshAddress(m[1], strings.Trim(m[2], "[]"), "", m[3])
	}
	if scheme.MatchString(text) {
		return address{}, errScheme
	}
	return localAddress(text)
}

// isPath tells a path from the short form host:path by the first separator.
func isPath(text string) bool {
	i := strings.IndexAny(text, `/\:`)
	return i < 0 || text[i] != ':' || (i == 1 && filepath.VolumeName(text) != "")
}

// localAddress accepts a path with the marks of user info, a query or an escape only
// where there is such a folder: otherwise it may be a URL with a typing mistake in
// its scheme.
func localAddress(path string) (address, error) {
	abs, err := filepath.Abs(path)
	if err == nil && strings.ContainsAny(path, "?#=%"+atSigns) {
		_, err = os.Stat(abs)
	}
	if err != nil {
		return address{}, errMaybeUserInfo
	}
	return address{kind: kindLocal, path: abs, url: abs}, nil
}

func parseURL(text string) (address, error) {
	u, err := url.Parse(text)
	if err != nil {
		return address{}, errors.New("repository: open: malformed URL")
	}
	if _, secret := u.User.Password(); secret || strings.Contains(u.User.Username(), ":") {
		return address{}, errUserInfo
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return address{}, errors.New("repository: open: the URL has a query or fragment, which may hold a token: remove it")
	}
	if u.Scheme != "file" && (u.Hostname() == "" || strings.Trim(u.Path, "/") == "") {
		return address{}, errors.New("repository: open: the URL lacks a host or a path")
	}
	// A password with a slash in it ends the host early, and its rest is path.
	if strings.ContainsAny(u.Host, atSigns) || (u.Scheme != "file" && strings.ContainsAny(u.EscapedPath(), atSigns)) {
		return address{}, errMaybeUserInfo
	}
	switch u.Scheme {
	case "http", "https":
		return httpAddress(u)
	case "ssh":
		path := u.Path
		if strings.HasPrefix(path, "/~") {
			path = path[1:] // somebody's home folder, as in Git
		}
		return sshAddress(u.User.Username(), u.Hostname(), u.Port(), path)
	case "file":
		if u.Host != "" && u.Host != "localhost" {
			return address{}, errors.New("repository: open: a file URL has no host: file:///path")
		}
		return localAddress(filepath.FromSlash(u.Path))
	}
	return address{}, errors.New("repository: open: expected the scheme https, ssh or file, or http on loopback")
}

func httpAddress(u *url.URL) (address, error) {
	if u.User != nil {
		return address{}, errUserInfo
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return address{}, errors.New("repository: open: http is for loopback only: use https")
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	return address{kind: kindHTTP, host: u.Hostname(), port: u.Port(), path: u.Path, url: u.String()}, nil
}

func sshAddress(user, host, port, path string) (address, error) {
	if strings.HasPrefix(host, "-") || strings.HasPrefix(path, "-") || strings.ContainsAny(path, "\x00\n") {
		return address{}, errors.New("repository: open: malformed SSH host or path")
	}
	shown := url.URL{Scheme: "ssh", Host: host, Path: "/" + strings.TrimPrefix(path, "/")}
	if strings.Contains(host, ":") {
		shown.Host = "[" + host + "]"
	}
	if port != "" {
		shown.Host = net.JoinHostPort(host, port)
	}
	if user != "" {
		shown.User = url.User(user)
	}
	return address{kind: kindSSH, user: user, host: host, port: port, path: path, url: shown.String()}, nil
}

// isLoopback reports whether host can only mean this machine. Names are not looked
// up: the answer can change.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && ip.IsLoopback())
}

// endpoint is the address in the form that go-git wants.
func (a address) endpoint() (*transport.Endpoint, error) {
	ep, err := transport.NewEndpoint(a.url)
	if err != nil {
		return nil, fmt.Errorf("%s: open: %w", a, err)
	}
	return ep, nil
}

// wantsMultiAck reports whether the host is the one service that refuses clients
// without multi_ack. go-git leaves it out elsewhere, because it only half speaks it.
func (a address) wantsMultiAck() bool {
	return a.host == "dev.azure.com" || strings.HasSuffix(a.host, ".dev.azure.com") ||
		strings.HasSuffix(a.host, ".visualstudio.com")
}
