package git

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// A line is the network side of one Pull: it dials, watches every connection, and
// remembers whether the network was to blame, because the layers between lose the
// cause of an error on its way up.
type line struct {
	silence time.Duration
	silent  atomic.Bool // a connection was silent for that long
	broken  atomic.Bool // a connection failed in another way
}

// dial connects. That may take no longer than any other silence.
func (l *line) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: l.silence}
	conn, err := dialer.DialContext(ctx, network, addr)
	if err != nil {
		l.note(err)
		return nil, err
	}
	return &watched{Conn: conn, line: l}, nil
}

func (l *line) note(err error) {
	switch {
	case err == nil:
	case errors.Is(err, os.ErrDeadlineExceeded):
		l.silent.Store(true)
	default:
		l.broken.Store(true)
	}
}

// A watched connection has a deadline for each read and each write. One for the whole
// would have to allow for the biggest clone; this notices a dead peer early and leaves
// a slow one alone.
type watched struct {
	net.Conn
	line *line
}

func (c *watched) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.line.silence)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(p)
	// Closing it ourselves is no fault of the network, and only the reader knows
	// whether an end came too early.
	if n == 0 && err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, io.EOF) {
		c.line.note(err)
	}
	return n, err
}

func (c *watched) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.line.silence)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(p)
	if !errors.Is(err, net.ErrClosed) {
		c.line.note(err)
	}
	return n, err
}
