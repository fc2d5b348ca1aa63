package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	stdsync "sync"
	"time"
)

// The bounds of every connection. A request that is slower than these is cut off.
const (
	headerTimeout   = 5 * time.Second  // to send the request's header
	readTimeout     = 10 * time.Second // to send the whole request
	writeTimeout    = 30 * time.Second // to take the answer
	idleTimeout     = time.Minute      // between two requests
	shutdownTimeout = 5 * time.Second  // for requests under way when the daemon stops
	maxHeader       = 16 << 10         // bytes

	// maxConnections keeps a flood from taking the file descriptors that Git, the API and
	// the state need.
	maxConnections = 256
	// silence is how long a new connection may say nothing where others wait for its place,
	// so that whoever asks after our health is answered.
	silence = time.Second
)

// Listen opens the address that Serve is to serve, such as 127.0.0.1:8053.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("http: %w", err)
	}
	return l, nil
}

// Serve answers requests until ctx ends, then lets those under way finish, for five
// seconds at most, and returns nil. It closes l. An error says that l broke.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	limited := limit(l)
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ConnState:         limited.changed,
		// What clients do wrong on the wire is of use only to somebody who looks for it.
		ErrorLog: slog.NewLogLogger(s.options.Logger.Handler(), slog.LevelDebug),
	}
	broken := make(chan error, 1)
	go func() { broken <- server.Serve(limited) }()
	select {
	case err := <-broken:
		return errors.Join(fmt.Errorf("http: serve %s: %w", l.Addr(), err), server.Close())
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(last); err != nil {
		err = errors.Join(err, server.Close())
		s.options.Logger.Warn("http: requests were cut off at the end", "error", err)
	}
	<-broken
	return nil
}

// A limited listener keeps the number of open connections within maxConnections. Where
// there is no room, the next one takes the place of one that is idle.
type limited struct {
	listener net.Listener
	freed    chan struct{} // gets a value when a connection was closed

	mu   stdsync.Mutex
	open map[net.Conn]connection
}

// A connection is what is known of an open one.
type connection struct {
	state http.ConnState
	since time.Time
}

func limit(l net.Listener) *limited {
	return &limited{listener: l, freed: make(chan struct{}, 1), open: make(map[net.Conn]connection)}
}

// Addr returns the address that is listened on.
func (l *limited) Addr() net.Addr { return l.listener.Addr() }

// Close closes the listener.
func (l *limited) Close() error { return l.listener.Close() }

// Accept returns the next connection, once there is room for it.
func (l *limited) Accept() (net.Conn, error) {
	conn, err := l.listener.Accept()
	for err == nil {
		wait, room := l.makeRoom()
		if room {
			break
		}
		select {
		case <-l.freed:
		case <-time.After(wait):
		}
	}
	return conn, err
}

// changed notes the state of a connection.
func (l *limited) changed(conn net.Conn, state http.ConnState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if state != http.StateClosed && state != http.StateHijacked {
		l.open[conn] = connection{state, time.Now()}
		return
	}
	delete(l.open, conn)
	select {
	case l.freed <- struct{}{}:
	default:
	}
}

// makeRoom reports whether there is room for one more connection, if need be after closing
// the one that has been idle for longest. Where there is none, it says when to ask again.
// A connection in the middle of a request is left to the bounds of that.
func (l *limited) makeRoom() (wait time.Duration, room bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) < maxConnections {
		return 0, true
	}
	var oldest net.Conn
	wait = headerTimeout
	for conn, c := range l.open {
		left := headerTimeout
		switch c.state {
		case http.StateIdle:
			left = -time.Since(c.since)
		case http.StateNew:
			left = silence - time.Since(c.since)
		}
		if left < wait {
			oldest, wait = conn, left
		}
	}
	if oldest == nil || wait > 0 {
		return wait, false
	}
	delete(l.open, oldest)
	// An error means that it is closed already.
	_ = oldest.Close()
	return 0, true
}
