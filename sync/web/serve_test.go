package web

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zonetender/zonetender/sync/daemon"
)

// A request under way when the daemon is told to stop is still answered.
func TestServeFinishes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, l := newWorld(), newPipes()
		w.server.options.Status = func() daemon.Status { time.Sleep(3 * time.Second); return w.status }
		stop := serve(t, w, l)
		conn := l.dial(t)
		fmt.Fprint(conn, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
		synctest.Wait()
		stopped := make(chan error, 1)
		go func() { stopped <- stop() }()
		synctest.Wait()
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := resp.StatusCode, 200; got != want {
			t.Errorf("got %d, want %d", got, want)
		}
		if err := <-stopped; err != nil {
			t.Error(err)
		}
		if strings.Contains(w.log.String(), "cut off") {
			t.Errorf("log: got %s, want nothing cut off", w.log.String())
		}
	})
}

// One that does not end is cut off after the bound.
func TestServeStopsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, l := newWorld(), newPipes()
		w.server.options.Status = func() daemon.Status { time.Sleep(time.Hour); return w.status }
		stop := serve(t, w, l)
		conn := l.dial(t)
		fmt.Fprint(conn, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
		synctest.Wait()
		began := time.Now()
		if err := stop(); err != nil {
			t.Error(err)
		}
		if got, want := time.Since(began), shutdownTimeout; got != want {
			t.Errorf("stopped after %s, want %s", got, want)
		}
		if !strings.Contains(w.log.String(), "cut off") {
			t.Errorf("log: got %s, want what was cut off", w.log.String())
		}
		time.Sleep(time.Hour) // lets the handler end before the bubble does
	})
}

// A connection between two requests, and an answer that nobody takes, end as well.
func TestServeTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, l := newWorld(), newPipes()
		stop := serve(t, w, l)
		began := time.Now()
		conn := l.dial(t)
		fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		if _, err := io.ReadAll(conn); err != nil {
			t.Fatal(err)
		}
		if got, want := time.Since(began), idleTimeout; got != want {
			t.Errorf("idle: closed after %s, want %s", got, want)
		}

		conn = l.dial(t)
		fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		time.Sleep(writeTimeout + time.Second)
		if rest, err := io.ReadAll(conn); err != nil || len(rest) > 0 {
			t.Errorf("answer not taken: got %d bytes and %v, want the connection closed", len(rest), err)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestServeLargeHeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, l := newWorld(), newPipes()
		stop := serve(t, w, l)
		conn := l.dial(t)
		go fmt.Fprintf(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n", strings.Repeat("x", 2*maxHeader))
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := resp.StatusCode, http.StatusRequestHeaderFieldsTooLarge; got != want {
			t.Errorf("got %d, want %d", got, want)
		}
		conn.Close()
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// However many connections are open and say nothing, whoever asks after our health is
// answered soon, in place of the one that has been idle for longest.
func TestFaultB5IdleConnectionsMakeWay(t *testing.T) {
	for _, c := range []struct {
		name, send string
		within     time.Duration
	}{
		{"silent", "", silence},
		{"between requests", "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 0},
		{"in half of a header", "GET /healthz HTTP/1.1\r\nHost", headerTimeout},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, l := newWorld(), newPipes()
				stop := serve(t, w, l)
				for range maxConnections {
					conn := l.dial(t)
					fmt.Fprint(conn, c.send)
					if strings.HasSuffix(c.send, "\r\n\r\n") {
						if _, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil {
							t.Fatal(err)
						}
					}
				}
				synctest.Wait()
				began := time.Now()
				for range 3 {
					conn := l.dial(t)
					fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
					resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
					if err != nil || resp.StatusCode != http.StatusOK {
						t.Fatalf("got %v, %v, want 200", resp, err)
					}
				}
				if got := time.Since(began); got > c.within {
					t.Errorf("answered after %s, want it within %s", got, c.within)
				}
				if err := stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestListenFails(t *testing.T) {
	l, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err = Listen(t.Context(), l.Addr().String()); err == nil || !strings.Contains(err.Error(), l.Addr().String()) {
		t.Errorf("address in use: got %v, want an error that names it", err)
	}
	if _, err = Listen(t.Context(), "no port"); err == nil {
		t.Error("no port: got no error")
	}
}

// A listener that breaks ends Serve with its error: the daemon must not run on deaf.
func TestServeBroken(t *testing.T) {
	l := newPipes()
	l.Close()
	if err := newWorld().server.Serve(t.Context(), l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want %v", err, net.ErrClosed)
	}
}
