package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// The question goes to the daemon, not to a proxy that the environment names.
func TestFaultC8HealthIgnoresProxy(t *testing.T) {
	t.Parallel()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("the proxy was asked for %s", r.URL)
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer proxy.Close()
	daemon := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok\n") }))
	defer daemon.Close()
	_, port, err := net.SplitHostPort(daemon.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	// A proxy is never used for "localhost" and 127.0.0.1, but for any other name.
	p := newProcess(t, []string{"HTTP_PROXY=" + proxy.URL, "http_proxy=" + proxy.URL}, "daemon", "--health", "--listen", "LOCALHOST:"+port)
	p.start(t)
	if code := p.code(t); code != exitOK || p.stdout.String() != "ok\n" {
		t.Errorf("got exit code %d and %q, want the answer of the daemon", code, p.output())
	}
}

// A daemon that is not alive, or cannot be asked, fails the check.
func TestHealthFails(t *testing.T) {
	t.Parallel()
	sick := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "the loop is stuck", http.StatusServiceUnavailable)
	}))
	defer sick.Close()
	address := sick.Listener.Addr().String()
	runs(t, []string{"ZONETENDER_LISTEN=" + address}, "daemon", "--health").
		fails(t, exitFailed, "health: 503 Service Unavailable: the loop is stuck")
	runs(t, []string{"ZONETENDER_LISTEN=off"}, "daemon", "--health").
		fails(t, exitFailed, "health: the HTTP server is off", "ZONETENDER_LISTEN", "--listen")
}
