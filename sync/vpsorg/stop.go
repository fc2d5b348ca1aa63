package vpsorg

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"
)

// DefaultGrace is how long calls may go on after a client was told to stop.
const DefaultGrace = 25 * time.Second

// errGrace is the cause of a call that the grace time cut short.
var errGrace = errors.New("cut short: the grace time after the stop is over")

// A stop is when a client that was told to stop ends what it does. Its contexts end one
// after the other and are not those of any call.
type stop struct {
	// asked ends when the client is told to stop: from then on no POST is sent again, but
	// one without which a name would have no data.
	asked context.Context
	// send ends when half of the grace time is over: what changes something is cut short,
	// which leaves the other half to find out by reading what came of it.
	send context.Context
	// over ends with the grace time, and everything with it.
	over context.Context
}

// newStop returns the stop of a client that is told by the end of ctx.
func newStop(ctx context.Context, grace time.Duration) stop {
	if ctx == nil {
		ctx = context.Background()
	}
	grace = cmp.Or(grace, DefaultGrace)
	send, endSend := context.WithCancelCause(context.WithoutCancel(ctx))
	over, endOver := context.WithCancelCause(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		time.AfterFunc(grace/2, func() { endSend(errGrace) })
		time.AfterFunc(grace, func() { endOver(errGrace) })
	})
	return stop{asked: ctx, send: send, over: over}
}

// bound returns a context that ends with ctx or when the stop ends calls such as q.
func (s stop) bound(ctx context.Context, q request) (context.Context, context.CancelFunc) {
	limit := s.over
	if q.method != http.MethodGet {
		limit = s.send
	}
	return until(ctx, limit)
}

// again reports whether q may be sent once more.
func (s stop) again(q request) bool { return q.replay || q.vital || s.asked.Err() == nil }

// until returns a context that ends with ctx or with limit, and says why.
func until(ctx, limit context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	forget := context.AfterFunc(limit, func() { cancel(context.Cause(limit)) })
	return ctx, func() {
		forget()
		cancel(nil)
	}
}
