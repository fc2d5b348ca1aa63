package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"
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
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		// What clients do wrong on the wire is of use only to somebody who looks for it.
		ErrorLog: slog.NewLogLogger(s.options.Logger.Handler(), slog.LevelDebug),
	}
	broken := make(chan error, 1)
	go func() { broken <- server.Serve(netutil.LimitListener(l, maxConnections)) }()
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
