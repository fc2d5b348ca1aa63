package vpsorg

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
)

// The limits of a list. Without them a service could make a client read for ever, or run out
// of memory.
const (
	maxPages    = 5000
	maxListSize = 32 << 20 // bytes of all pages of zones; maxBody is the limit of each
	maxItems    = 200_000  // zones of all pages
	// minRecord is the number of bytes that a record with its documented fields takes at
	// least. What takes less as JSON takes many times as much in memory.
	minRecord = 64
)

// bounds are the limits of a list.
type bounds struct {
	page, sum int64 // bytes of each page, and of all
	items     int   // of all pages
	// raise says how to raise them, "" if they are fixed.
	raise string
}

func listBounds() bounds { return bounds{page: maxBody, sum: maxListSize, items: maxItems} }

// zoneBounds are the limits of a list of records.
func (c *Client) zoneBounds() bounds {
	return bounds{
		page: c.maxZone, sum: c.maxZone, items: int(c.maxZone/minRecord) + 1,
		raise: fmt.Sprintf("; to read it, raise %s, which is %d", MaxZoneVariable, c.maxZone),
	}
}

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

// readPage reads one page: a bare array, or an object with the items in results. Item reads
// an item.
func readPage[T any](r *jsonReader, b bounds, item func(*jsonReader) (T, error)) (p page[T], err error) {
	err = r.whole(func(begin byte) (err error) {
		if p, err = readEnvelope(r, b, item); err == nil && p.items == nil {
			err = errors.New("answer is neither a list nor an object with results")
		}
		return err
	})
	return p, err
}

// readEnvelope reads a page that may be none: then its items are nil.
func readEnvelope[T any](r *jsonReader, b bounds, item func(*jsonReader) (T, error)) (page[T], error) {
	p := page[T]{count: -1}
	c, err := r.next()
	if err != nil {
		return p, err
	}
	if c == '[' {
		p.items, err = readList(r, b, item)
		return p, err
	}
	var count number
	err = r.fields([]string{"count", "next", "results"}, func(name string) (err error) {
		if name == "results" {
			p.items, err = readList(r, b, item)
			return err
		}
		value, err := r.raw()
		switch {
		case err != nil:
			return err
		case name == "next":
			p.next = scalarOf(value)
		default:
			count = numberOf(value)
		}
		return nil
	})
	if count.set && count.bad == "" {
		p.count = count.n
	}
	return p, err
}

// readList reads a list of items. It returns nil for what is none.
func readList[T any](r *jsonReader, b bounds, item func(*jsonReader) (T, error)) ([]T, error) {
	c, err := r.next()
	switch {
	case err != nil:
		return nil, err
	case c != '[':
		return nil, r.skip()
	}
	items := []T{}
	err = r.list(func() error {
		if len(items) == b.items {
			return fmt.Errorf("answer has more than %d items%s", b.items, b.raise)
		}
		if n := len(items); n == cap(items) {
			items = slices.Grow(items, min(max(8, r.moreLike(n)), b.items-n))
		}
		v, err := item(r)
		items = append(items, v)
		return err
	})
	return items, err
}

// gather reads a list to its end. Of items with the same key it takes the first; items with
// the key "" are all kept. A list that cannot be read to its end is partial.
func gather[T any](ctx context.Context, c *Client, q request, b bounds, item func(*jsonReader) (T, error), key func(T) string) (list[T], error) {
	var l list[T]
	seen := map[string]bool{}
	visited := map[string]bool{}
	size := int64(0)
	for {
		visited[q.url.String()] = true
		var p page[T]
		q.limit, q.raise = min(b.page, b.sum-size), b.raise
		q.read = func(r *jsonReader) (err error) {
			p, err = readPage(r, b, item)
			return err
		}
		a, err := c.do(ctx, q)
		if e, ok := asError(err); ok && len(visited) > 1 {
			switch {
			case e.NotFound():
				// Not the list is gone but one of its pages, perhaps because items were deleted.
				l.partial = fmt.Sprintf("the list breaks off after %d items: %v", len(l.items), err)
				return l, nil
			case errors.Is(err, errTooLarge) && q.limit < b.page:
				l.partial = b.endless()
				return l, nil
			}
		}
		if err != nil {
			return list[T]{}, err
		}
		size += a.size
		added := l.add(p.items, seen, key)
		next, why := nextPage(p.next, a.url, c.base)
		switch {
		case why != "":
			l.partial = c.redact(why)
		case next == nil:
			l.partial = shortfall(p.count, len(l.items))
		case visited[next.String()] || added == 0:
			l.partial = fmt.Sprintf("the list repeats itself after %d items", len(l.items))
		case len(visited) == maxPages || size >= b.sum || len(l.items) >= b.items:
			l.partial = b.endless()
		default:
			q.url = next
			continue
		}
		return l, nil
	}
}

// endless says that a list goes beyond its limits.
func (b bounds) endless() string {
	return fmt.Sprintf("the list does not end within %d pages, %d items and %s%s", maxPages, b.items, sizeText(b.sum), b.raise)
}

// add appends the items that are new and returns the number of new keys. Items without a
// key do not count, as every page could repeat them.
func (l *list[T]) add(items []T, seen map[string]bool, key func(T) string) int {
	before := len(seen)
	if l.items == nil {
		l.items = items[:0]
	}
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

// redact removes the token from text that contains parts of an answer.
func (c *Client) redact(text string) string {
	token, err := readToken(c.token)
	if err != nil {
		return text
	}
	return clean(text, token)
}
