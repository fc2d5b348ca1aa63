package main

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// badAPIs are URLs behind which the API is not, or not as it should be, with what is to
// be said of them.
func badAPIs(t *testing.T) map[string]struct {
	url  string
	want []string
} {
	t.Helper()
	start := func(new func(http.Handler) *httptest.Server, h http.HandlerFunc) string {
		server := new(h)
		t.Cleanup(server.Close)
		return server.URL
	}
	plain := func(h http.HandlerFunc) string { return start(httptest.NewServer, h) }
	page := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			w.Write([]byte("<!DOCTYPE html><html><head><title>Welcome</title></head>\n<body>\n<p>Hello</p></body></html>"))
		}
	}
	api := vpsorgtest.New(vpsorgtest.Options{Token: testToken})
	gone := httptest.NewServer(api)
	gone.Close()
	return map[string]struct {
		url  string
		want []string
	}{
		"nobody listens":    {gone.URL, []string{"connection refused"}},
		"an unknown issuer": {start(newTLSServer, api.ServeHTTP), []string{"certificate"}},
		"no TLS":            {strings.Replace(plain(api.ServeHTTP), "http", "https", 1), []string{"HTTPS client"}},
		"a website":         {plain(page(http.StatusOK)), []string{"HTML page", "Welcome", "expected JSON"}},
		"another path":      {plain(page(http.StatusNotFound)), []string{"404 Not Found", "HTML page"}},
		"a broken proxy":    {plain(page(http.StatusInternalServerError)), []string{"500 Internal Server Error", "HTML page"}},
		"another API":       {plain(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"hello": "world"}`)) }), []string{"neither a list nor an object with results"}},
		"a redirect abroad": {plain(http.RedirectHandler("https://evil.example/", http.StatusFound).ServeHTTP), []string{"redirect to https://evil.example/ refused"}},
	}
}

// newTLSServer does not log that its certificate is refused.
func newTLSServer(h http.Handler) *httptest.Server {
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	return server
}

// A wrong URL is one sentence that names it, and nothing is written, neither there nor
// here.
func TestBadAPI(t *testing.T) {
	t.Parallel()
	for name, test := range badAPIs(t) {
		for _, command := range []string{"plan", "apply", "import"} {
			t.Run(name+"/"+command, func(t *testing.T) {
				t.Parallel()
				out := filepath.Join(t.TempDir(), "out")
				args := map[string][]string{
					"plan":   {"plan", oneZone(t)},
					"apply":  {"apply", "--yes", oneZone(t)},
					"import": {"import", "--dir", out},
				}[command]
				got := runs(t, []string{"VPS_API_URL=" + test.url, "VPS_API_TOKEN=" + testToken}, args...)
				got.fails(t, exitFailed, append(test.want, "zonetender: API "+test.url+": ")...)
				if _, err := os.Stat(out); err == nil {
					t.Error("import made its folder")
				}
			})
		}
	}
}

// A token that the service does not accept, or that lacks something, is said to be the
// reason.
func TestBadToken(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			for _, kind := range []vpsorgtest.Kind{vpsorgtest.Account, vpsorgtest.ListZones} {
				server, environ := serve(t, vpsorgtest.Options{})
				server.AddRule(vpsorgtest.Rule{Kind: kind, Do: vpsorgtest.Answer(status, `{"detail": "No such token."}`)})
				got := runs(t, environ, "apply", "--yes", oneZone(t))
				got.fails(t, exitFailed, http.StatusText(status), "No such token")
				unwritten(t, server)
				if n := len(server.Calls()); n > 2 {
					t.Errorf("got %d calls, want none after the token was refused", n)
				}
			}
		})
	}
}

// A 404 for one zone, or an error, leaves the others alone and is not taken for an empty
// zone.
func TestBadZone(t *testing.T) {
	t.Parallel()
	server, environ := serve(t, vpsorgtest.Options{})
	live(t, server, "example.com", "www 300 A 192.0.2.9")
	live(t, server, "example.net", "www 300 A 192.0.2.9")
	server.AddRule(vpsorgtest.Rule{
		When: func(c vpsorgtest.Call) bool { return c.Domain == "example.net" && c.ZoneID != "" },
		Do:   vpsorgtest.Answer(http.StatusNotFound, `{"detail": "Not found."}`),
	})
	dir := writeFiles(t,
		"example.com.yaml", "www: {type: A, ttl: 300, value: 192.0.2.1}\n",
		"example.net.yaml", "www: {type: A, ttl: 300, value: 192.0.2.1}\n")
	got := runs(t, environ, "apply", "--yes", dir)
	if got.code != exitFailed {
		t.Errorf("got exit code %d, want %d", got.code, exitFailed)
	}
	for _, want := range []string{"example.net: cannot be planned", "404 Not Found", "example.com: 1 updated, verified"} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("got\n%s\nwant it to say %q", got.stdout, want)
		}
	}
	if got := recordLines(server, "example.net"); len(got) != 1 || got[0] != "www.example.net 300 A 192.0.2.9" {
		t.Errorf("got %q, want example.net as it was", got)
	}
}
