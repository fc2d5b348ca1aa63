package vpsorg

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestNewRefuses(t *testing.T) {
	const token = "vps_0123456789abcdef"
	for _, test := range []struct {
		name string
		o    Options
		want []string
	}{
		{"no token", Options{}, []string{"the token", "empty"}},
		{"blank token", Options{Token: " \n"}, []string{"the token", "empty"}},
		{"token of two lines", Options{Token: token + "\n" + token}, []string{"the token", "white space"}},
		{"unreadable token", Options{TokenFunc: func() (string, error) { return "", errors.New("file is gone") }}, []string{"file is gone"}},
		{"http", Options{Token: token, URL: "http://admin.vps.org/api/v1"}, []string{"admin.vps.org", "https"}},
		{"http to what looks local", Options{Token: token, URL: "http://localhost.example/"}, []string{"https"}},
		{"http to an address that looks local", Options{Token: token, URL: "http://127.0.0.1.example/"}, []string{"https"}},
		{"user", Options{Token: token, URL: "https://anna:hunter2@admin.vps.org/api/v1"}, []string{"password"}},
		{"no host", Options{Token: token, URL: "https:///api"}, []string{"host"}},
		{"no scheme", Options{Token: token, URL: "admin.vps.org/api/v1"}, []string{"https"}},
		{"other scheme", Options{Token: token, URL: "ftp://admin.vps.org"}, []string{"https"}},
		{"no URL", Options{Token: token, URL: "https://anna:hunter2@%"}, []string{"not a URL"}},
		{"query", Options{Token: token, URL: "https://admin.vps.org/?a=b"}, []string{"query"}},
		{"rate", Options{Token: token, Rate: -1}, []string{"rate"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := New(test.o)
			if err == nil {
				t.Fatal("got no error")
			}
			for _, w := range test.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("got %q, want %q in it", err, w)
				}
			}
			for _, no := range []string{token, "hunter2", "VPS_API_"} {
				if strings.Contains(err.Error(), no) {
					t.Errorf("got %q, want it without a secret or the name of a setting", err)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("got %q, want one line", err)
			}
		})
	}
}

func TestNewAccepts(t *testing.T) {
	for _, u := range []string{
		"", DefaultURL, DefaultURL + "/", "http://127.0.0.1:8080/api/v1", "http://127.9.9.9", "http://[::1]:80/api/v1",
		"http://localhost:8080", "http://LOCALHOST/api", "https://other.example:8443/a/b",
	} {
		if _, err := New(Options{URL: u, Token: " vps_0123456789abcdef\n"}); err != nil {
			t.Errorf("%s: got %v", u, err)
		}
	}
}

// Every path ends in a slash: without it the service redirects, or answers 404.
func TestPaths(t *testing.T) {
	var got []string
	c := newClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		got = append(got, r.Method+" "+r.URL.EscapedPath())
		if r.Header.Get("Authorization") == "" || r.Header.Get("User-Agent") != "zonetender" {
			t.Errorf("got headers %v", r.Header)
		}
		if wants := r.Method == http.MethodPost || r.Method == http.MethodPatch; wants != (r.Header.Get("Content-Type") == "application/json") {
			t.Errorf("%s: got Content-Type %q", r.Method, r.Header.Get("Content-Type"))
		}
		return reply(r, 200, "", `{"records": []}`), nil
	}))
	ref := ZoneRef{ID: "a/b c", Name: zoneName()}
	ctx := t.Context()
	a := rec(t, "www", "A", 60, "192.0.2.1")
	_, _ = c.Check(ctx)
	_, _ = c.Zones(ctx)
	_, _ = c.Zone(ctx, ref, nil)
	_ = c.DeleteZone(ctx, ref)
	_ = c.CreateRecord(ctx, ref, a)
	_ = c.UpdateRecord(ctx, ref, liveRecord("?x=1", a), rec(t, "www", "A", 61, "192.0.2.1"))
	_ = c.DeleteRecord(ctx, ref, liveRecord("7", a))
	want := []string{
		"GET /api/v1/account/me/", "GET /api/v1/dns-zones/", "GET /api/v1/dns-zones/a%2Fb%20c/",
		"DELETE /api/v1/dns-zones/a%2Fb%20c/", "POST /api/v1/dns-zones/a%2Fb%20c/records/",
		"PATCH /api/v1/dns-records/%3Fx=1/", "DELETE /api/v1/dns-records/7/",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

// An id that would make another path of the path is never sent.
func TestIDsThatAreNone(t *testing.T) {
	c := newClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		t.Errorf("got a call of %s", r.URL)
		return reply(r, 204, "", ""), nil
	}))
	a, b := rec(t, "www", "A", 60, "192.0.2.1"), rec(t, "www", "A", 61, "192.0.2.1")
	for _, id := range []string{"", ".", ".."} {
		ref := ZoneRef{ID: id, Name: zoneName()}
		_, zoneErr := c.Zone(t.Context(), ref, nil)
		for _, err := range []error{
			zoneErr, c.DeleteZone(t.Context(), ref), c.CreateRecord(t.Context(), ref, a),
			c.UpdateRecord(t.Context(), ref, liveRecord(id, a), b), c.DeleteRecord(t.Context(), ref, liveRecord(id, a)),
		} {
			if !errors.Is(err, errNoID) {
				t.Errorf("%q: got %v, want %v", id, err, errNoID)
			}
		}
	}
}

func TestTokenIsReadAgain(t *testing.T) {
	token := "vps_old_0123456789"
	var got []string
	c := newClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		got = append(got, r.Header.Get("Authorization"))
		return reply(r, 200, "", "[]"), nil
	}), func(o *Options) { o.TokenFunc = func() (string, error) { return token, nil } })
	for _, token = range []string{"vps_old_0123456789", "vps_new_0123456789"} {
		if _, err := c.Zones(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(got) != 2 || got[0] != "Bearer vps_old_0123456789" || got[1] != "Bearer vps_new_0123456789" {
		t.Errorf("got %q", got)
	}
	token = ""
	if _, err := c.Zones(t.Context()); err == nil || !strings.Contains(err.Error(), "the token is empty") || len(got) != 2 {
		t.Errorf("got %v and %d calls, want an error and no further call", err, len(got))
	}
}
