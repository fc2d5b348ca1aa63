package vpsorg

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/schema"
)

// echoes are what a service may do with a token that it was sent, or that it knows.
func echoes(token string) map[string]func(*http.Request) (*http.Response, error) {
	const part = 14 // characters of the token that are echoed where not all are
	out := map[string]func(*http.Request) (*http.Response, error){
		"connection": func(*http.Request) (*http.Response, error) {
			return nil, errors.New("proxy: bad header Bearer " + token)
		},
		"redirect": func(r *http.Request) (*http.Response, error) {
			return reply(r, 302, "Location: https://other.example/?token="+url.QueryEscape(token), ""), nil
		},
		"next": func(r *http.Request) (*http.Response, error) {
			return reply(r, 200, "", fmt.Sprintf(`{"count": 3, "next": "https://%s.example/", "results": []}`, token)), nil
		},
		"page of JSON's place": func(r *http.Request) (*http.Response, error) {
			return reply(r, 200, "", "<title>"+token+"</title>"), nil
		},
		"other zone": func(r *http.Request) (*http.Response, error) {
			return reply(r, 200, "", `{"uuid": "x", "domain": "`+token+`.example", "records": []}`), nil
		},
	}
	for _, status := range []int{400, 401, 403, 404, 429, 500, 503} {
		for name, body := range map[string]string{
			"detail": `{"detail": "bad token ` + token + `"}`, "field": `{"` + token + `": ["bad"]}`, "code": `{"detail": "x", "error_code": "` + token + `"}`,
			"array": `["` + token + `"]`, "page": "<title>" + token + "</title>", "text": "Bearer " + token, "cut": "Bearer " + token[:part] + "...",
			"long": strings.Repeat("x", maxDetail-part) + token, "twice": token + token,
		} {
			out[fmt.Sprintf("%d %s", status, name)] = func(r *http.Request) (*http.Response, error) {
				return reply(r, status, "", body), nil
			}
		}
	}
	return out
}

// Law: whatever the service does with the token, no error shows it.
func TestTokenIsNeverShown(t *testing.T) {
	const token = "vps_S3cr3t/Tok+en-0123456789"
	a, b := rec(t, "www", schema.A, 60, "192.0.2.1"), rec(t, "www", schema.A, 61, "192.0.2.1")
	for name, answer := range echoes(token) {
		bubble(t, name, func(t *testing.T) {
			c := newClient(t, roundTrip(answer), func(o *Options) { o.Token = token })
			var shown []string
			show := func(v any, err error) {
				shown = append(shown, fmt.Sprintf("%v %+v", v, v))
				for ; err != nil; err = errors.Unwrap(err) {
					shown = append(shown, fmt.Sprintf("%v %+v %#v", err, err, err))
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ref := ZoneRef{ID: "z", Name: zoneName()}
			account, err := c.Check(ctx)
			show(account, err)
			list, err := c.Zones(ctx)
			show(list.Partial, err)
			_, err = c.Zone(ctx, ref, nil)
			show(nil, err)
			_, _, err = c.FindZone(ctx, ref.Name)
			show(nil, err)
			_, _, err = c.CreateZone(ctx, ref.Name)
			show(nil, err)
			show(nil, c.DeleteZone(ctx, ref))
			show(nil, c.CreateRecord(ctx, ref, a))
			show(nil, c.UpdateRecord(ctx, ref, liveRecord("r", a), b))
			show(nil, c.DeleteRecord(ctx, ref, liveRecord("r", a)))
			for _, text := range shown {
				if strings.Contains(text, token[:12]) || strings.Contains(text, url.QueryEscape(token)) {
					t.Errorf("got the token in %s", text)
				}
			}
		})
	}
}
