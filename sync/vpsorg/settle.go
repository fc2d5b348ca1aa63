package vpsorg

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

const (
	settlePause = time.Second // between two reads that look for what a POST made
	maxPosts    = 3           // a POST whose answer is lost each time is sent so often
)

// post sends a POST, which nobody says may be performed twice. Where its answer is lost,
// present is asked whether it was performed. It is sent again only after two reads a
// second apart say that it was not, and after a stop only where it is vital. The answer is
// empty where a read was the proof.
func (c *Client) post(ctx context.Context, q request, present func(context.Context) (bool, error)) (answer, error) {
	for n := 1; ; n++ {
		a, err := c.do(ctx, q)
		e, ok := asError(err)
		if !ok {
			return a, err
		}
		// A refusal of a repeated POST may be because the first one was performed late.
		late := n > 1 && (e.Status == http.StatusBadRequest || e.Status == http.StatusConflict)
		if !e.lost() && !late {
			return a, err
		}
		there, err := c.settle(ctx, present)
		switch {
		case err != nil:
			return answer{}, unknown(e, err)
		case there:
			return answer{}, nil
		case late || n == maxPosts || !c.stop.again(q):
			e.sent = false // two reads say that it was not performed
			return answer{}, e
		}
	}
}

// settle reads until it finds what was posted, twice at the most.
func (c *Client) settle(ctx context.Context, present func(context.Context) (bool, error)) (bool, error) {
	ctx, cancel := until(ctx, c.stop.over)
	defer cancel()
	there, err := present(ctx)
	if there || err != nil {
		return there, err
	}
	if err := sleep(ctx, settlePause); err != nil {
		return false, err
	}
	return present(ctx)
}

// unknown says that neither the answer nor a read told the outcome.
func unknown(e *Error, read error) *Error {
	e.unsettled = true
	cause := e.Err
	e.Err = fmt.Errorf("the outcome is unknown, since reading back failed: %w", read)
	if cause != nil {
		e.Err = fmt.Errorf("%w; %w", cause, e.Err)
	}
	return e
}
