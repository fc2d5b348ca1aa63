package vpsorg

import (
	"net/http"
	"net/url"
	"strings"
)

// maxRedirects is how many redirects a read follows on its own host.
const maxRedirects = 3

// checkRedirect lets reads be redirected within their host. A redirected write would
// become a GET without its body (301, 302) or be sent twice, and another host would get
// the token: the answer itself is shown as an error then.
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
