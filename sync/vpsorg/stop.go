package vpsorg

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"
)

// DefaultGrace is the time that calls may go on after a client was told to stop.
const DefaultGrace = 25 * time.Second

// errGrace is the error of a call that was cut short at the end of the grace time.
var errGrace = errors.New("cut short: the grace time after the stop is over")

// A stop holds the stages in which a client stops. Its contexts are done one after the other
// and do not belong to any call.
type stop struct {
	// asked is done when the client is told to stop. From then on no POST is sent again,
	// except one without which a name would have no data.
	asked context.Context
	// send is done after half of the grace time. It cuts writes short, which leaves the
	// other half to find out their outcome by reading, and to send again what is vital.
	send context.Context
	// over is done at the end of the grace time. It cuts everything short.
	over context.Context
}

// newStop returns the stop of a client that is told to stop when ctx is done.
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

// bound returns a context that is done with ctx, or when the stop cuts calls such as q short.
// A vital call whose first try was cut short has the rest of the grace time for the next.
func (s stop) bound(ctx context.Context, q request) (context.Context, context.CancelFunc) {
	limit := s.over
	if q.method != http.MethodGet && !(q.vital && s.send.Err() != nil) {
		limit = s.send
	}
	return until(ctx, limit)
}

// again reports whether q may be sent once more.
func (s stop) again(q request) bool { return q.replay || q.vital || s.asked.Err() == nil }

// until returns a context that is done with ctx or with limit, with the cause of either.
func until(ctx, limit context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	if limit.Err() != nil {
		cancel(context.Cause(limit)) // at once, where AfterFunc would take its time
	}
	forget := context.AfterFunc(limit, func() { cancel(context.Cause(limit)) })
	return ctx, func() {
		forget()
		cancel(nil)
	}
}
