package web

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	stdsync "sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zonetender/zonetender/sync/daemon"
)

// An endless body never ends, and counts what is read of it.
type endless struct{ read atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	clear(p)
	e.read.Add(int64(len(p)))
	return len(p), nil
}

func TestHookBodyIsBounded(t *testing.T) {
	w := newWorld()
	var body endless
	r := hookRequest(&body, signed(mainPush)...)
	r.ContentLength = -1
	if got, want := w.do(r).Code, http.StatusRequestEntityTooLarge; got != want {
		t.Errorf("endless: got %d, want %d", got, want)
	}
	if got := body.read.Load(); got > maxBody+64<<10 {
		t.Errorf("endless: %d bytes were read, want about %d", got, maxBody)
	}

	body.read.Store(0)
	r = hookRequest(&body, signed(mainPush)...)
	r.ContentLength = maxBody + 1
	if got, want := w.do(r).Code, http.StatusRequestEntityTooLarge; got != want {
		t.Errorf("announced: got %d, want %d", got, want)
	}
	r = hookRequest(&body, "X-GitHub-Event", "push")
	if got, want := w.do(r).Code, http.StatusUnauthorized; got != want {
		t.Errorf("not signed: got %d, want %d", got, want)
	}
	if got := body.read.Load(); got != 0 {
		t.Errorf("announced or not signed: %d bytes were read, want 0", got)
	}

	full := `{"ref":"refs/heads/main","pad":"` + strings.Repeat("x", maxBody-len(`{"ref":"refs/heads/main","pad":""}`)) + `"}`
	if got, want := w.post(full, signed(full)...).Code, 202; len(full) != maxBody || got != want {
		t.Errorf("%d bytes: got %d, want %d", len(full), got, want)
	}
	full += " "
	if got, want := w.post(full, signed(full)...).Code, 413; got != want {
		t.Errorf("%d bytes: got %d, want %d", len(full), got, want)
	}
}

// Over a real connection the sender of an endless body is answered and cut off.
func TestHookEndlessOverNetwork(t *testing.T) {
	w := newWorld()
	l, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stop := serve(t, w, l)
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /hooks/git HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nX-Hub-Signature-256: sha256=%s\r\n\r\n", sign("guess", ""))
	go func() {
		chunk := fmt.Appendf(nil, "10000\r\n%s\r\n", bytes.Repeat([]byte("x"), 1<<16))
		for {
			if _, err := conn.Write(chunk); err != nil {
				return
			}
		}
	}()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := resp.StatusCode, http.StatusRequestEntityTooLarge; got != want || !resp.Close {
		t.Errorf("got %d, close %t, want %d and the connection closed", got, resp.Close, want)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// Bodies that take their time hold a place for ten seconds, no longer, and no more
// than maxHooks of them at once.
func TestHookSlowBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, l := newWorld(), newPipes()
		stop := serve(t, w, l)
		began := time.Now()
		var slow []net.Conn
		for range maxHooks {
			conn := l.dial(t)
			fmt.Fprintf(conn, "POST /hooks/git HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nX-Hub-Signature-256: sha256=%s\r\n\r\n{", sign("guess", ""))
			slow = append(slow, conn)
		}
		synctest.Wait()
		rec := w.post(mainPush, signed(mainPush)...)
		if got, want := rec.Code, http.StatusServiceUnavailable; got != want || rec.Header().Get("Retry-After") != "1" {
			t.Errorf("while all places are taken: got %d, want %d and Retry-After", got, want)
		}
		if got, want := w.get("/healthz").Code, 200; got != want {
			t.Errorf("healthz meanwhile: got %d, want %d", got, want)
		}
		for _, conn := range slow {
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := resp.StatusCode, http.StatusRequestTimeout; got != want {
				t.Errorf("slow body: got %d, want %d", got, want)
			}
		}
		if got, want := time.Since(began), readTimeout; got != want {
			t.Errorf("cut off after %s, want %s", got, want)
		}
		if got, want := w.post(mainPush, signed(mainPush)...).Code, 202; got != want {
			t.Errorf("afterwards: got %d, want %d", got, want)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// A slow header does not even become a request.
func TestSlowHeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, l := newWorld(), newPipes()
		stop := serve(t, w, l)
		began := time.Now()
		conn := l.dial(t)
		fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n")
		if _, err := io.ReadAll(conn); err != nil {
			t.Fatal(err)
		}
		if got, want := time.Since(began), headerTimeout; got != want {
			t.Errorf("cut off after %s, want %s", got, want)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// A thousand deliveries at once, all genuine: each is answered, and a loop that
// coalesces is left with one cycle to do.
func TestHookFlood(t *testing.T) {
	const posts = 1000
	again := make(chan struct{}, 1)
	var triggers, accepted atomic.Int64
	w := newWorld()
	w.server = New(Options{
		Status: func() daemon.Status { return daemon.Status{} },
		Trigger: func(daemon.Kind) {
			triggers.Add(1)
			select {
			case again <- struct{}{}:
			default:
			}
		},
		WebhookSecret: func() (string, error) { return testSecret, nil },
	})
	l, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stop := serve(t, w, l)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	var all stdsync.WaitGroup
	for range posts {
		all.Go(func() {
			r, _ := http.NewRequest(http.MethodPost, "http://"+l.Addr().String()+"/hooks/git", strings.NewReader(mainPush))
			setAll(r.Header, signed(mainPush))
			resp, err := client.Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			switch resp.StatusCode {
			case http.StatusAccepted:
				accepted.Add(1)
			case http.StatusServiceUnavailable:
			default:
				t.Errorf("got %d, want 202 or 503", resp.StatusCode)
			}
		})
	}
	all.Wait()
	client.CloseIdleConnections()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if got := accepted.Load(); got == 0 || got != triggers.Load() {
		t.Errorf("accepted %d, triggered %d, want as many and some", got, triggers.Load())
	}
	if got, want := len(again), 1; got != want {
		t.Errorf("cycles to do: got %d, want %d", got, want)
	}
}

// A counted body is the part of a flood that this process holds in memory.
type counted struct {
	io.Reader
	began     stdsync.Once
	now, most *atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	c.began.Do(func() {
		n := c.now.Add(1)
		for m := c.most.Load(); n > m && !c.most.CompareAndSwap(m, n); m = c.most.Load() {
		}
	})
	n, err := c.Reader.Read(p)
	if err != nil {
		c.now.Add(-1)
	}
	return n, err
}

// However many large bodies come at once, few of them are in memory.
func TestHookFloodMemory(t *testing.T) {
	w := newWorld()
	large := strings.Repeat("x", maxBody/2)
	var now, most, refused atomic.Int64
	var all stdsync.WaitGroup
	for range 1000 {
		all.Go(func() {
			r := hookRequest(&counted{Reader: strings.NewReader(large), now: &now, most: &most}, "X-Hub-Signature-256", "sha256="+sign("guess", ""))
			rec := httptest.NewRecorder()
			w.server.ServeHTTP(rec, r)
			if rec.Code == http.StatusUnauthorized || rec.Code == http.StatusServiceUnavailable {
				refused.Add(1)
			}
		})
	}
	all.Wait()
	if got := most.Load(); got > maxHooks {
		t.Errorf("bodies in memory at once: got %d, want at most %d", got, maxHooks)
	}
	if got, want := refused.Load(), int64(1000); got != want || w.triggered() != 0 {
		t.Errorf("refused %d, triggered %d, want %d and 0", got, w.triggered(), want)
	}
}
