package web

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	stdsync "sync"
	"testing"
	"time"

	"github.com/zonetender/zonetender/sync/daemon"
)

const (
	testSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	testToken  = "the-api-token-7f3a"
)

// A world is a server with what it is given, and what it did.
type world struct {
	server   *Server
	mu       stdsync.Mutex
	status   daemon.Status
	alive    string // what is wrong with the loop
	branch   string
	secret   string
	token    string
	unread   error // of both secrets
	triggers []daemon.Kind
	log      logBuffer
	metrics  *Metrics
}

var testNow = time.Date(2026, 11, 21, 22, 34, 0, 0, time.UTC)

func newWorld() *world {
	w := &world{
		branch: "main", secret: testSecret, token: testToken, metrics: NewMetrics("1.2.3"),
		status: daemon.Status{Version: "1.2.3", LastGood: testNow.Add(-time.Minute)},
	}
	w.server = New(Options{
		Status:        func() daemon.Status { w.mu.Lock(); defer w.mu.Unlock(); return w.status },
		Trigger:       func(kind daemon.Kind) { w.mu.Lock(); defer w.mu.Unlock(); w.triggers = append(w.triggers, kind) },
		Alive:         func() (bool, string) { return w.alive == "", w.alive },
		Branch:        func() string { return w.branch },
		WebhookSecret: func() (string, error) { w.mu.Lock(); defer w.mu.Unlock(); return w.secret, w.unread },
		APIToken:      func() (string, error) { w.mu.Lock(); defer w.mu.Unlock(); return w.token, w.unread },
		Metrics:       w.metrics,
		Now:           func() time.Time { return testNow },
		Logger:        slog.New(slog.NewJSONHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	return w
}

func (w *world) triggered() int { w.mu.Lock(); defer w.mu.Unlock(); return len(w.triggers) }

func (w *world) do(r *http.Request) *httptest.ResponseRecorder {
	if r.Host == "example.com" { // httptest's
		r.Host = "127.0.0.1:8053"
	}
	rec := httptest.NewRecorder()
	w.server.ServeHTTP(rec, r)
	return rec
}

func (w *world) get(path string) *httptest.ResponseRecorder {
	return w.do(httptest.NewRequest(http.MethodGet, path, nil))
}

// post sends a webhook; headers are pairs of name and value.
func (w *world) post(body string, headers ...string) *httptest.ResponseRecorder {
	return w.do(hookRequest(strings.NewReader(body), headers...))
}

func hookRequest(body io.Reader, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/hooks/git", body)
	setAll(r.Header, headers)
	return r
}

func setAll(h http.Header, pairs []string) {
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
}

// sign returns the hexadecimal HMAC-SHA256 of body.
func sign(secret, body string) string { return hex.EncodeToString(mac([]byte(secret), []byte(body))) }

// signed returns the header that GitHub signs body with.
func signed(body string) []string {
	return []string{"X-GitHub-Event", "push", "X-Hub-Signature-256", "sha256=" + sign(testSecret, body)}
}

// A logBuffer may be written to and read by several goroutines.
type logBuffer struct {
	mu stdsync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

func (l *logBuffer) lines() int { return strings.Count(l.String(), "\n") }

// A pipes is a listener without a network, so that time can be a test's own.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   stdsync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error { p.once.Do(func() { close(p.closed) }); return nil }

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

func (p *pipes) dial(t *testing.T) net.Conn {
	t.Helper()
	client, server := net.Pipe()
	select {
	case p.conns <- server:
	case <-p.closed:
		t.Fatal("the listener is closed")
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// serve runs the server until stop is called, which returns what Serve returned.
func serve(t *testing.T, w *world, l net.Listener) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.server.Serve(ctx, l) }()
	return stdsync.OnceValue(func() error { cancel(); return <-done })
}
