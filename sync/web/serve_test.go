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

	"github.com/zonetender/zonetender/sync"
)

// A request under way when the daemon is told to stop is still answered.
func TestServeFinishes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, l := newWorld(), newPipes()
		w.options.Status = func() sync.Status { time.Sleep(3 * time.Second); return w.status }
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
		w.options.Status = func() sync.Status { time.Sleep(time.Hour); return w.status }
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

// No more connections than the limit are served at once, and silent ones make way.
func TestServeConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, l := newWorld(), newPipes()
		stop := serve(t, w, l)
		for range maxConnections {
			l.dial(t)
		}
		extra := make(chan time.Duration)
		began := time.Now()
		go func() {
			client, server := net.Pipe()
			defer client.Close()
			l.conns <- server
			extra <- time.Since(began)
		}()
		if got := <-extra; got != headerTimeout {
			t.Errorf("one more connection was taken after %s, want %s, when silent ones are dropped", got, headerTimeout)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
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
	if err := newWorld().Serve(t.Context(), l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want %v", err, net.ErrClosed)
	}
}
