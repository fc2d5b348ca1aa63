package forge

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// apiURL returns the base of the REST API for an address that people give: the base itself,
// or the address of the forge's pages. Its errors never hold the whole address, as people
// put passwords there.
func apiURL(kind Kind, text string) (*url.URL, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		switch kind {
		case GitHub:
			text = "https://api.github.com"
		case GitLab:
			text = "https://gitlab.com"
		default:
			return nil, fmt.Errorf("forge URL: not known: pass --forge-url, such as https://%s.example", kind)
		}
	}
	u, err := parseURL(text)
	if err != nil {
		return nil, fmt.Errorf("forge URL: %w", err)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	host := strings.ToLower(u.Hostname())
	switch kind {
	case GitHub:
		switch {
		case host == "github.com":
			u.Host, u.Path = "api.github.com", ""
		case host == "api.github.com", strings.HasPrefix(host, "api.") && strings.HasSuffix(host, ".ghe.com"):
		case strings.HasSuffix(host, ".ghe.com"):
			u.Host = "api." + u.Host
		default:
			u.Path = withSuffix(u.Path, "/api/v3")
		}
	case GitLab:
		u.Path = withSuffix(u.Path, "/api/v4")
	default:
		u.Path = withSuffix(u.Path, "/api/v1")
	}
	u.RawPath = ""
	return u, nil
}

func withSuffix(path, suffix string) string {
	if strings.HasSuffix(path, suffix) {
		return path
	}
	return path + suffix
}

// graphQL returns the address of the GraphQL API beside a REST API, "" where the kind of
// forge has none that is used here.
func graphQL(kind Kind, api string) string {
	if kind != GitHub {
		return ""
	}
	if base, enterprise := strings.CutSuffix(api, "/api/v3"); enterprise {
		return base + "/api/graphql"
	}
	return api + "/graphql"
}

// parseURL parses an address that a token may be sent to.
func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("not a URL, expected one such as https://gitea.example")
	case u.User != nil:
		return nil, errors.New("the URL holds a user name or password, expected none")
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return nil, errors.New("expected a URL with https and a host, such as https://gitea.example")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the URL holds a query or a fragment, expected none")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, fmt.Errorf("http to %s would send the token in the clear, expected https (http is for 127.0.0.1, ::1 and localhost only)", quote(u.Hostname()))
	}
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
