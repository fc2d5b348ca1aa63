package vpsorgtest

import (
	"net/http"
	"net/url"
	"strconv"
)

// list answers with n items in an envelope, falsified as the action wants it. item returns one of them as JSON;
// it is asked for those that are shown only.
func (s *Server) list(x *exchange, env Envelope, n int, item func(i int) []byte) (reply, *refusal) {
	fault := x.act.List
	if fault.Loop || fault.NextHost != "" {
		env = EnvelopePaged
	}
	if (fault.Told && fault.Drop != 0 || fault.Extra != 0) && env != EnvelopePaged {
		env = EnvelopeCount
	}
	if env == EnvelopePaged {
		page, no := s.page(x, n, item)
		if no != nil {
			return reply{}, no
		}
		return newReply(http.StatusOK, page.encode()), nil
	}
	shown, count := fault.cut(n)
	results := array(between(0, shown, item))
	switch env {
	case EnvelopeCount:
		return newReply(http.StatusOK, object{{"count", s.opts.Dialect.number(count)}, {"results", results}}.encode()), nil
	case EnvelopeResults:
		return newReply(http.StatusOK, object{{"results", results}}.encode()), nil
	}
	return newReply(http.StatusOK, results), nil
}

func between(first, last int, item func(i int) []byte) [][]byte {
	items := make([][]byte, 0, last-first)
	for i := first; i < last; i++ {
		items = append(items, item(i))
	}
	return items
}

// cut returns how many of n items are left, at the beginning, and the count that is told.
func (f ListFault) cut(n int) (shown, count int) {
	missing := min(f.Drop, n)
	if f.Drop < 0 {
		missing = n
	}
	count = n + f.Extra
	if !f.Told {
		count -= missing
	}
	return n - missing, count
}

// page returns the page of n items that the query asks for, with links to its neighbours.
func (s *Server) page(x *exchange, n int, item func(i int) []byte) (object, *refusal) {
	number, size := 1, s.opts.Dialect.PageSize
	if asked := x.url.Query().Get("page"); asked != "" {
		var err error
		if number, err = strconv.Atoi(asked); err != nil || number < 1 || number > 1 && number > (n+size-1)/size {
			return nil, refuse(http.StatusNotFound, "", "Invalid page.")
		}
	}
	fault := x.act.List
	first := (number - 1) * size
	last := min(first+size, n)
	shown, _ := fault.cut(last - first)
	_, count := fault.cut(n)
	var next, previous any
	switch {
	case fault.Loop:
		next = x.base + x.url.RequestURI()
	case fault.NextHost != "":
		other := *x
		other.base = "https://" + fault.NextHost
		next = other.pageURL(number + 1)
	case last < n && fault.Drop >= 0:
		next = x.pageURL(number + 1)
	}
	if number > 1 {
		previous = x.pageURL(number - 1)
	}
	results := array(between(first, first+shown, item))
	return object{
		{"count", s.opts.Dialect.number(count)}, {"next", next}, {"previous", previous}, {"results", results},
	}, nil
}

// pageURL returns the absolute URL of another page of the same list; the first has no number.
func (x *exchange) pageURL(number int) string {
	query := url.Values{}
	for name, values := range x.url.Query() {
		query[name] = values
	}
	query.Set("page", strconv.Itoa(number))
	if number == 1 {
		query.Del("page")
	}
	u := url.URL{Path: x.url.Path, RawQuery: query.Encode()}
	return x.base + u.RequestURI()
}
