package vpsorg

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
)

// The limits of a list. Without them a service could make a client read for ever, or run out
// of memory.
const (
	maxPages    = 5000
	maxListSize = 32 << 20 // bytes of all pages; maxBody is the limit of each
	maxItems    = 200_000  // of all pages
)

// A page is one answer of a list: a bare array, or an object with the items in results.
type page[T any] struct {
	items []T
	// count is the number of items in the whole list, -1 if the page does not say.
	count int64
	next  scalar
}

// A list is what all pages of a list contain, without repetitions.
type list[T any] struct {
	items []T
	// partial is why items may be missing, "" for a complete list.
	partial string
}

// envelope is the object around a page.
type envelope struct {
	Count   number          `json:"count"`
	Next    scalar          `json:"next"`
	Results json.RawMessage `json:"results"`
}

// parsePage parses one page.
func parsePage[T any](body []byte) (page[T], error) {
	p := page[T]{count: -1}
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return p, errors.New("answer is empty, expected a list")
	}
	var err error
	if body[0] == '[' {
		p.items, err = decodeItems[T](body)
		return p, err
	}
	var e envelope
	if err := decodeJSON(body, &e); err != nil {
		return p, err
	}
	if len(e.Results) == 0 || e.Results[0] != '[' {
		return p, errors.New("answer is neither a list nor an object with results")
	}
	p.next = e.Next
	if e.Count.set && e.Count.bad == "" {
		p.count = e.Count.n
	}
	p.items, err = decodeItems[T](e.Results)
	return p, err
}

// decodeItems decodes a JSON array. An item that is not an object becomes the zero T. The
// number of items is limited: an item takes much more memory than its shortest JSON.
func decodeItems[T any](body []byte) ([]T, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	if _, err := d.Token(); err != nil {
		return nil, notJSON(err)
	}
	items := []T{}
	for d.More() {
		if len(items) == maxItems {
			return nil, fmt.Errorf("answer has more than %d items", maxItems)
		}
		var item T
		var kind *json.UnmarshalTypeError
		if err := d.Decode(&item); err != nil && !errors.As(err, &kind) {
			return nil, notJSON(err)
		}
		items = append(items, item)
	}
	if _, err := d.Token(); err != nil {
		return nil, notJSON(err)
	}
	if rest := body[d.InputOffset():]; len(bytes.TrimSpace(rest)) > 0 {
		return nil, notJSON(errors.New("text after the end of the list"))
	}
	return items, nil
}

// decodeJSON is json.Unmarshal, except that it skips a value of another kind than expected,
// and that its error is fit for people.
func decodeJSON(body []byte, v any) error {
	err := json.Unmarshal(body, v)
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil || errors.As(err, &kind):
		return nil
	case len(bytes.TrimSpace(body)) > 0 && bytes.TrimSpace(body)[0] == '<':
		return errors.New("answer is " + pageTitle(body) + ", expected JSON")
	}
	return notJSON(err)
}

func notJSON(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("answer is not JSON: %w", err)
}

// gather reads a list to its end. Of items with the same key it takes the first; items with
// the key "" are all kept. A list that cannot be read to its end is partial.
func gather[T any](ctx context.Context, c *Client, q request, key func(T) string) (list[T], error) {
	var l list[T]
	seen := map[string]bool{}
	visited := map[string]bool{}
	size := 0
	for {
		visited[q.url.String()] = true
		a, err := c.do(ctx, q)
		if e, ok := asError(err); ok && e.NotFound() && len(visited) > 1 {
			// Not the list is gone but one of its pages, perhaps because items were deleted.
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
		size += len(a.body)
		added := l.add(p.items, seen, key)
		next, why := nextPage(p.next, a.url, c.base)
		switch {
		case why != "":
			l.partial = c.redact(why)
		case next == nil:
			l.partial = shortfall(p.count, len(l.items))
		case visited[next.String()] || added == 0:
			l.partial = fmt.Sprintf("the list repeats itself after %d items", len(l.items))
		case len(visited) == maxPages || size >= maxListSize || len(l.items) >= maxItems:
			l.partial = fmt.Sprintf("the list does not end within %d pages, %d items and %d MiB", maxPages, maxItems, maxListSize>>20)
		default:
			q.url = next
			continue
		}
		return l, nil
	}
}

// add appends the items that are new and returns the number of new keys. Items without a
// key do not count, as every page could repeat them.
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

// shortfall returns why a list is partial if fewer items arrived than it has, or "".
func shortfall(count int64, arrived int) string {
	if count > int64(arrived) {
		return fmt.Sprintf("the list counts %d items, %d arrived", count, arrived)
	}
	return ""
}

// nextPage returns the URL of the next page, nil after the last page. Why is the reason not
// to follow it: the token is only sent to the API's own scheme and host.
func nextPage(next scalar, from, base *url.URL) (u *url.URL, why string) {
	if !next.set || next.s == "" {
		return nil, ""
	}
	ref, err := url.Parse(next.s)
	if err != nil || next.odd {
		return nil, "the list continues at what is not a URL"
	}
	u = from.ResolveReference(ref)
	u.Fragment = ""
	if !sameOrigin(u, base) || u.User != nil {
		return nil, fmt.Sprintf("the list continues at another host, %s://%s, which must not get the token", u.Scheme, u.Host)
	}
	u.Host = base.Host // always spelled the same way, so that a loop is noticed
	return u, ""
}

// unusable returns the Error for a successful answer that cannot be used.
func (c *Client) unusable(q request, a answer, err error) error {
	return &Error{Method: q.method, Path: c.path(q.url), Status: a.status, Err: errors.New(c.redact(err.Error())), Attempts: 1, permanent: true}
}

// redact removes the token from text that contains parts of an answer.
func (c *Client) redact(text string) string {
	token, err := readToken(c.token)
	if err != nil {
		return text
	}
	return clean(text, token)
}
