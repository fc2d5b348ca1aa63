package vpsorg

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// redirecting serves a redirect for every call, over a real connection.
func redirecting(t *testing.T, status int, location string) (*Client, *[]string) {
	t.Helper()
	var got []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Method+" "+r.URL.Path)
		if strings.HasSuffix(r.URL.Path, "/end/") {
			_, _ = w.Write([]byte("[]"))
			return
		}
		w.Header().Set("Location", location)
		w.WriteHeader(status)
	}))
	t.Cleanup(s.Close)
	c, err := New(Options{URL: s.URL, Token: "vps_0123456789abcdef"})
	if err != nil {
		t.Fatal(err)
	}
	return c, &got
}

func TestRedirectOfReads(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		c, got := redirecting(t, status, "/end/")
		if _, err := c.Zones(t.Context()); err != nil || len(*got) != 2 {
			t.Errorf("%d on the same host: got %v, calls %v", status, err, *got)
		}
	}
	c, got := redirecting(t, 302, "/dns-zones/")
	if e := mustError(t, zonesError(t, c)); e.Status != 302 || len(*got) != 1+maxRedirects {
		t.Errorf("loop: got %v after %v", e, *got)
	}
}

func zonesError(t *testing.T, c *Client) error {
	t.Helper()
	_, err := c.Zones(t.Context())
	return err
}

func TestRedirectToAnotherHost(t *testing.T) {
	stranger := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("got a call of another host, with the token %q", r.Header.Get("Authorization"))
	}))
	t.Cleanup(stranger.Close)
	for _, location := range []string{stranger.URL + "/dns-zones/", "https://other.example/", "//other.example/x"} {
		c, got := redirecting(t, 302, location)
		e := mustError(t, zonesError(t, c))
		if e.Status != 302 || len(*got) != 1 || !strings.Contains(e.Error(), "redirect to") || !strings.Contains(e.Error(), "refused") {
			t.Errorf("%s: got %v", location, e)
		}
	}
	c, _ := redirecting(t, 302, "https://anna:hunter2@other.example/")
	if e := mustError(t, zonesError(t, c)); strings.Contains(e.Error(), "hunter2") {
		t.Errorf("got a password in %v", e)
	}
}

// A redirected write is not followed: it would become a GET, or be done twice.
func TestRedirectOfWrites(t *testing.T) {
	a, b := rec(t, "www", "A", 60, "192.0.2.1"), rec(t, "www", "A", 61, "192.0.2.1")
	ref := ZoneRef{ID: "z", Name: zoneName()}
	for _, status := range []int{301, 302, 303, 307, 308} {
		c, got := redirecting(t, status, "/end/")
		for _, err := range []error{
			c.CreateRecord(t.Context(), ref, a), c.UpdateRecord(t.Context(), ref, liveRecord("r", a), b),
			c.DeleteRecord(t.Context(), ref, liveRecord("r", a)), c.DeleteZone(t.Context(), ref),
		} {
			if e := mustError(t, err); e.Status != status || e.Unknown() || e.Temporary() {
				t.Errorf("got %v, want status %d", e, status)
			}
		}
		if len(*got) != 4 {
			t.Errorf("%d: got calls %v, want four", status, *got)
		}
	}
}

// A certificate that is not the service's is not asked again (A12).
func TestTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("got a call over a connection that is not trusted")
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	c, err := New(Options{URL: s.URL, Token: "vps_0123456789abcdef"})
	if err != nil {
		t.Fatal(err)
	}
	e := mustError(t, zonesError(t, c))
	if e.Attempts != 1 || e.Temporary() || !strings.Contains(e.Error(), "certificate") {
		t.Errorf("got %v, Temporary %v", e, e.Temporary())
	}
	err = c.CreateRecord(t.Context(), ZoneRef{ID: "z", Name: zoneName()}, rec(t, "www", "A", 60, "192.0.2.1"))
	if e := mustError(t, err); e.Unknown() || e.Attempts != 1 {
		t.Errorf("got %v, Unknown %v", e, e.Unknown())
	}
}

// A service that speaks plain HTTP where TLS is expected is not asked again (A12).
func TestPlainWhereTLSIsExpected(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	c, err := New(Options{URL: strings.Replace(s.URL, "http:", "https:", 1), Token: "vps_0123456789abcdef"})
	if err != nil {
		t.Fatal(err)
	}
	if e := mustError(t, zonesError(t, c)); e.Attempts != 1 || e.Temporary() {
		t.Errorf("got %v after %d attempts, Temporary %v; want one attempt", e, e.Attempts, e.Temporary())
	}
}

// Somebody who mistyped the address gets an error soon.
func TestCheckGivesUpSoonWhereNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := New(Options{URL: "http://" + l.Addr().String(), Token: "vps_0123456789abcdef"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Check(t.Context())
	if e := mustError(t, err); e.Attempts != 2 {
		t.Errorf("got %d attempts, want 2: %v", e.Attempts, e)
	}
}
