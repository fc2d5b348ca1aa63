package forgetest

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// page returns the part of a list that a request asks for by page and a parameter for the
// size, and the headers that lead to the others.
func page[T any](x *exchange, size string, most int, list []T) ([]T, http.Header, error) {
	q := x.r.URL.Query()
	n, err := positive(q, "page", 1)
	if err != nil {
		return nil, nil, err
	}
	per, err := positive(q, size, min(most, 30))
	if err != nil {
		return nil, nil, err
	}
	if per > most {
		return nil, nil, fmt.Errorf("%s %d: at most %d", size, per, most)
	}
	if x.server.opts.PageSize > 0 {
		per = min(per, x.server.opts.PageSize)
	}
	header := http.Header{}
	start := min((n-1)*per, len(list))
	end := min(start+per, len(list))
	links := []string{x.link(1, "first")}
	if end < len(list) {
		links = append([]string{x.link(n+1, "next")}, links...)
	}
	header.Set("Link", strings.Join(links, ", "))
	if x.server.kind == gitlab {
		header.Set("X-Next-Page", "")
		if end < len(list) {
			header.Set("X-Next-Page", itoa(n+1))
		}
	}
	out := list[start:end]
	if out == nil {
		out = []T{}
	}
	return out, header, nil
}

func (x *exchange) link(to int, rel string) string {
	q := x.r.URL.Query()
	q.Set("page", itoa(to))
	return fmt.Sprintf("<%s%s?%s>; rel=%q", x.base, x.r.URL.EscapedPath(), q.Encode(), rel)
}

func positive(q url.Values, name string, otherwise int) (int, error) {
	if !q.Has(name) {
		return otherwise, nil
	}
	n, err := strconv.Atoi(q.Get(name))
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%s: expected a number above 0", name)
	}
	return n, nil
}

func itoa[N int | int64](n N) string { return strconv.FormatInt(int64(n), 10) }
