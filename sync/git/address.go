package git

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
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
	user string // ssh only
	url  string // what messages show; for http and https also what is called
}

// String is the address as it may be shown to anybody.
func (a address) String() string { return a.url }

var (
	scheme  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]+:`) // two letters or more: C:\ is a path
	scpLike = regexp.MustCompile(`^(?:([^@/\\:\s]+)@)?([^@/\\:\s]{2,}|\[[0-9a-fA-F:.]+\]):([^\s]+)$`)
)

var errUserInfo = errors.New(
	"repository: open: user info in the URL would end up in logs: use the settings for user name and password")

// parseAddress reads a repository's address. Its errors never repeat the text
// they are about, because a password may stand anywhere in a mistyped one.
func parseAddress(text string) (address, error) {
	switch {
	case text == "":
		return address{}, errors.New("repository: open: no URL or path")
	case strings.Contains(text, "://"):
		return parseURL(text)
	case strings.HasPrefix(text, "file:"), strings.Contains(text, "::"):
		return address{}, errors.New("repository: open: neither a path nor an https, ssh or file URL")
	}
	if isPath(text) {
		return localAddress(text)
	}
	if m := scpLike.FindStringSubmatch(text); m != nil {
		return sshAddress(m[1], strings.Trim(m[2], "[]"), "", m[3])
	}
	if scheme.MatchString(text) {
		return address{}, errors.New("repository: open: neither a path nor an https, ssh or file URL")
	}
	return localAddress(text)
}

// isPath tells a path from the short ssh form host:path by the first separator.
func isPath(text string) bool {
	i := strings.IndexAny(text, `/\:`)
	return i < 0 || text[i] != ':' || (i == 1 && filepath.VolumeName(text) != "")
}

func localAddress(path string) (address, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return address{}, fmt.Errorf("%s: open: %w", path, err)
	}
	return address{kind: kindLocal, path: abs, url: abs}, nil
}

func parseURL(text string) (address, error) {
	u, err := url.Parse(text)
	if err != nil {
		return address{}, errors.New("repository: open: the URL does not parse")
	}
	if _, secret := u.User.Password(); secret {
		return address{}, errUserInfo
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return address{}, errors.New("repository: open: the URL has a query or a fragment, where tokens hide: leave it out")
	}
	if u.Scheme != "file" && (u.Hostname() == "" || strings.Trim(u.Path, "/") == "") {
		return address{}, errors.New("repository: open: the URL lacks a host or a path")
	}
	switch u.Scheme {
	case "http", "https":
		return httpAddress(u)
	case "ssh":
		path := u.Path
		if strings.HasPrefix(path, "/~") {
			path = path[1:] // somebody's home folder, as Git has it
		}
		return sshAddress(u.User.Username(), u.Hostname(), u.Port(), path)
	case "file":
		if u.Host != "" && u.Host != "localhost" {
			return address{}, errors.New("repository: open: a file URL names no host: file:///path")
		}
		return localAddress(filepath.FromSlash(u.Path))
	}
	return address{}, errors.New("repository: open: the scheme is none of https, ssh, file, and http on loopback")
}

func httpAddress(u *url.URL) (address, error) {
	if u.User != nil {
		return address{}, errUserInfo
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return address{}, errors.New("repository: open: http is for loopback only: use https")
	}
	u.Path = strings.TrimRight(u.Path, "/")
	return address{kind: kindHTTP, host: u.Hostname(), port: u.Port(), path: u.Path, url: u.String()}, nil
}

func sshAddress(user, host, port, path string) (address, error) {
	if strings.HasPrefix(host, "-") || strings.HasPrefix(path, "-") || strings.ContainsAny(path, "\x00\n") {
		return address{}, errors.New("repository: open: the ssh host or path is malformed")
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

// isLoopback tells whether host can only mean this machine. A name is not
// looked up: an answer can change.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && ip.IsLoopback())
}

// endpoint is the address in go-git's words.
func (a address) endpoint() (*transport.Endpoint, error) {
	ep, err := transport.NewEndpoint(a.url)
	if err != nil {
		return nil, fmt.Errorf("%s: open: %w", a, err)
	}
	return ep, nil
}

// wantsMultiAck tells the one service that refuses clients without multi_ack,
// which go-git otherwise leaves out because it speaks it only half.
func (a address) wantsMultiAck() bool {
	return a.host == "dev.azure.com" || strings.HasSuffix(a.host, ".dev.azure.com") ||
		strings.HasSuffix(a.host, ".visualstudio.com")
}
