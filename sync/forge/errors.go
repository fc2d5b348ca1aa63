package forge

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An Error is a call that failed. Its text holds no secret.
type Error struct {
	Kind   Kind
	Method string
	// Path is the path of the call, with the query.
	Path string
	// Status is the HTTP status of the answer, 0 if there was none.
	Status int
	// Detail is what the answer says, "" for nothing.
	Detail string
	// Attempts is the number of times that the call was sent.
	Attempts int
	// Err is why there was no answer, or why the answer is unusable. Otherwise it is nil.
	Err error

	hint      string        // what to do about it, "" if nothing is known
	sent      bool          // the forge may have performed the call
	permanent bool          // another attempt would fail the same way
	throttled bool          // refused for its rate, so not performed
	after     time.Duration // the wait that the forge asked for, 0 for none
}

// Error returns method, path, status and what the answer says, as in "github: GET /user: 401
// Unauthorized: Bad credentials".
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s %s", e.Kind, e.Method, e.Path)
	if e.Status != 0 {
		b.WriteString(": " + strings.TrimSpace(strconv.Itoa(e.Status)+" "+http.StatusText(e.Status)))
	}
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, ", after %d attempts", e.Attempts)
	}
	if e.hint != "" {
		b.WriteString(": " + e.hint)
	}
	return b.String()
}

// Unwrap returns the cause, which may be that of a context that was cancelled.
func (e *Error) Unwrap() error { return e.Err }

// lost reports whether the call may have been performed.
func (e *Error) lost() bool { return e.sent && (e.Status == 0 || e.Status >= 500) }

// lost reports whether err is a call that may have been performed.
func lost(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.lost()
}

// refused reports whether err is an answer with one of these statuses, and not one that only
// asks to wait.
func refused(err error, statuses ...int) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && !e.throttled && slices.Contains(statuses, e.Status)
}

// withHint adds to an error of certain statuses what to do about it.
func withHint(err error, hint string, statuses ...int) error {
	if e, ok := errors.AsType[*Error](err); ok && refused(err, statuses...) {
		e.hint = hint
	}
	return err
}
