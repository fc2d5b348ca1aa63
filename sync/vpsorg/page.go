package vpsorg

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
)

// maxPages is where a list is taken to have no end.
const maxPages = 5000

// A page is one answer of a list: a bare array, or an object with the items in results.
type page[T any] struct {
	items []T
	// count is how many items the whole list has, -1 where that is not said.
	count int64
	next  scalar
}

// A list is what all pages of a list gave, without repetitions.
type list[T any] struct {
	items []T
	// partial says why there may be more, "" for a whole list.
	partial string
}

// envelope is the object around a page.
type envelope[T any] struct {
	Count   number `json:"count"`
	Next    scalar `json:"next"`
	Results *[]T   `json:"results"`
}

// parsePage reads one page. An item that is no object becomes the zero T.
func parsePage[T any](body []byte) (page[T], error) {
	p := page[T]{count: -1}
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return p, errors.New("answer is empty, expected a list")
	}
	if body[0] == '[' {
		return p, decodeJSON(body, &p.items)
	}
	var e envelope[T]
	if err := decodeJSON(body, &e); err != nil {
		return p, err
	}
	if e.Results == nil || *e.Results == nil {
		return p, errors.New("answer is neither a list nor an object with results")
	}
	p.items, p.next = *e.Results, e.Next
	if e.Count.set && e.Count.bad == "" {
		p.count = e.Count.n
	}
	return p, nil
}

// decodeJSON is json.Unmarshal, except that a value of another kind than expected is
// skipped, and that the error is fit for people.
func decodeJSON(body []byte, v any) error {
	err := json.Unmarshal(body, v)
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil || errors.As(err, &kind):
		return nil
	case len(bytes.TrimSpace(body)) > 0 && bytes.TrimSpace(body)[0] == '<':
		return errors.New("answer is " + pageTitle(body) + ", expected JSON")
	}
	return fmt.Errorf("answer is no JSON: %w", err)
}

// gather reads a list to its end. Items with the same key are taken once; items with the
// key "" are all kept. A list that cannot be read to its end is partial.
func gather[T any](ctx context.Context, c *Client, q request, key func(T) string) (list[T], error) {
	var l list[T]
	seen := map[string]bool{}
	visited := map[string]bool{}
	for {
		visited[q.url.String()] = true
		a, err := c.do(ctx, q)
		if e, ok := asError(err); ok && e.NotFound() && len(visited) > 1 {
			// Not the list is gone, but one of its pages, as where an item was deleted meanwhile.
			l.partial = fmt.Sprintf("the list breaks off after %d items: %v", len(l.items), err)
			return l, nil
		}
		if err != nil {
			return list[T]{}, err
		}
		p, err := parsePage[T](a.body)
		if err != nil {
			return list[T]{}, c.unusable(q, a, err)
		}
		added := l.add(p.items, seen, key)
		next, why := nextPage(p.next, a.url, c.base)
		switch {
		case why != "":
			l.partial = c.redact(why)
		case next == nil:
			l.partial = shortfall(p.count, len(l.items))
		case visited[next.String()] || added == 0:
			l.partial = fmt.Sprintf("the list repeats itself after %d items", len(l.items))
		case len(visited) == maxPages:
			l.partial = fmt.Sprintf("the list does not end after %d pages", maxPages)
		default:
			q.url = next
			continue
		}
		return l, nil
	}
}

// add appends the items that are new and returns the number of new keys. Items without a
// key do not count: the same ones may come with each page.
func (l *list[T]) add(items []T, seen map[string]bool, key func(T) string) int {
	before := len(seen)
	for _, item := range items {
		k := key(item)
		if seen[k] {
			continue
		}
		if k != "" {
			seen[k] = true
		}
		l.items = append(l.items, item)
	}
	return len(seen) - before
}

// shortfall says that fewer items arrived than the list has.
func shortfall(count int64, arrived int) string {
	if count > int64(arrived) {
		return fmt.Sprintf("the list counts %d items, %d arrived", count, arrived)
	}
	return ""
}

// nextPage gives the URL of the next page, nil after the last one, or why it is not
// followed: the token goes nowhere but to the API's own scheme and host.
func nextPage(next scalar, from, base *url.URL) (u *url.URL, why string) {
	if !next.set || next.s == "" {
		return nil, ""
	}
	ref, err := url.Parse(next.s)
	if err != nil || next.odd {
		return nil, "the list goes on at what is no URL"
	}
	u = from.ResolveReference(ref)
	u.Fragment = ""
	if !sameOrigin(u, base) || u.User != nil {
		return nil, fmt.Sprintf("the list goes on at another host, %s://%s, which gets no token", u.Scheme, u.Host)
	}
	u.Host = base.Host // in the one spelling, so that a loop is seen
	return u, ""
}

// unusable makes an Error of a good answer that cannot be read.
func (c *Client) unusable(q request, a answer, err error) error {
	return &Error{Method: q.method, Path: c.path(q.url), Status: a.status, Err: errors.New(c.redact(err.Error())), Attempts: 1, permanent: true}
}

// redact takes the token out of a text that was made of an answer.
func (c *Client) redact(text string) string {
	token, err := readToken(c.token)
	if err != nil {
		return text
	}
	return clean(text, token)
}
