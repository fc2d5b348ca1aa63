package forge

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// maxPages bounds a list that does not end.
const maxPages = 1000

// pages reads a list page by page, as the Link headers lead (RFC 8288), until each says
// that it has enough or there is no next page.
func (a *api) pages(ctx context.Context, first *url.URL, each func(body []byte, u *url.URL) (enough bool, err error)) error {
	seen := map[string]bool{}
	for u := first; u != nil; {
		if seen[u.String()] || len(seen) == maxPages {
			return &Error{Kind: a.kind, Method: http.MethodGet, Path: a.path(u), Err: errors.New("the list of pages does not end")}
		}
		seen[u.String()] = true
		got, err := a.do(ctx, call{method: http.MethodGet, url: u})
		if err != nil {
			return err
		}
		enough, err := each(got.body, u)
		if err != nil || enough {
			return err
		}
		if u, err = a.next(got); err != nil {
			return &Error{Kind: a.kind, Method: http.MethodGet, Path: a.path(first), Err: err}
		}
	}
	return nil
}

var nextLink = regexp.MustCompile(`<([^<>]*)>([^<]*)`)

// next returns the URL of the next page, nil after the last.
func (a *api) next(got answer) (*url.URL, error) {
	for _, header := range got.header.Values("Link") {
		for _, m := range nextLink.FindAllStringSubmatch(header, -1) {
			if !isNext(m[2]) {
				continue
			}
			u, err := got.url.Parse(m[1])
			if err != nil {
				return nil, errors.New("the link to the next page is not a URL")
			}
			u.User = nil
			// Behind a proxy a forge may write links with http, or with a name of its own.
			// The path is what counts; the token stays with the API's host.
			if !sameOrigin(u, a.base) {
				u.Scheme, u.Host = a.base.Scheme, a.base.Host
			}
			if !strings.HasPrefix(u.EscapedPath(), a.base.EscapedPath()+"/") {
				return nil, errors.New("the link to the next page leads out of the API")
			}
			return u, nil
		}
	}
	return nil, nil
}

// isNext reports whether the parameters of a link say rel="next".
func isNext(parameters string) bool {
	for p := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(strings.Trim(p, " ,\t"), "=")
		if !strings.EqualFold(strings.TrimSpace(name), "rel") {
			continue
		}
		for rel := range strings.FieldsSeq(strings.Trim(strings.TrimSpace(value), `"`)) {
			if strings.EqualFold(rel, "next") {
				return true
			}
		}
	}
	return false
}
