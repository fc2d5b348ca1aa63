package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/sync/daemon"
)

func syncRequest(headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/api/v1/sync", nil)
	setAll(r.Header, headers)
	return r
}

func TestSync(t *testing.T) {
	for _, tt := range []struct {
		name    string
		headers []string
		code    int
	}{
		{"right", []string{"Authorization", "Bearer " + testToken}, 202},
		{"scheme in lower case", []string{"Authorization", "bearer " + testToken}, 202},
		{"absent", nil, 401},
		{"empty", []string{"Authorization", ""}, 401},
		{"no token", []string{"Authorization", "Bearer"}, 401},
		{"empty token", []string{"Authorization", "Bearer "}, 401},
		{"wrong", []string{"Authorization", "Bearer guess"}, 401},
		{"prefix", []string{"Authorization", "Bearer " + testToken[:5]}, 401},
		{"longer", []string{"Authorization", "Bearer " + testToken + "x"}, 401},
		{"other scheme", []string{"Authorization", "Basic " + testToken}, 401},
		{"no scheme", []string{"Authorization", testToken}, 401},
		{"the webhook's secret", []string{"Authorization", "Bearer " + testSecret}, 401},
		{"twice, right first", []string{"Authorization", "Bearer " + testToken, "Authorization", "Bearer guess"}, 401},
		{"twice", []string{"Authorization", "Bearer guess", "Authorization", "Bearer " + testToken}, 401},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			rec := w.do(syncRequest(tt.headers...))
			if got, want := rec.Code, tt.code; got != want {
				t.Errorf("code: got %d, want %d", got, want)
			}
			if got, want := rec.Header().Get("WWW-Authenticate") != "", tt.code == 401; got != want {
				t.Errorf("WWW-Authenticate: got %t, want %t", got, want)
			}
			if got, want := w.triggered() == 1, tt.code == 202; got != want {
				t.Errorf("triggered: got %t, want %t", got, want)
			}
			if got, want := w.log.lines(), 1; got != want {
				t.Errorf("log lines: got %d, want %d", got, want)
			}
		})
	}
}

func TestSyncGate(t *testing.T) {
	w := newWorld()
	r := syncRequest("Authorization", "Bearer "+testToken)
	r.Method = http.MethodGet
	if rec := w.do(r); rec.Code != 405 || rec.Header().Get("Allow") != "POST" {
		t.Errorf("GET: got %d, Allow %q, want 405, POST", rec.Code, rec.Header().Get("Allow"))
	}
	w.token = ""
	for _, token := range []string{"", testToken} {
		if got, want := w.do(syncRequest("Authorization", "Bearer "+token)).Code, 404; got != want {
			t.Errorf("no token set, sent %q: got %d, want %d", token, got, want)
		}
	}
	if got := w.triggered(); got != 0 {
		t.Errorf("triggers: got %d, want 0", got)
	}
}

// Without functions for the secrets both paths are switched off.
func TestNoSecretsAtAll(t *testing.T) {
	s := New(Options{Status: newWorld().server.options.Status, Trigger: func(daemon.Kind) { t.Error("triggered") }})
	for _, path := range []string{"/api/v1/sync", "/hooks/git"} {
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, path, strings.NewReader("{}")))
		if got, want := rec.Code, 404; got != want {
			t.Errorf("%s: got %d, want %d", path, got, want)
		}
	}
}
