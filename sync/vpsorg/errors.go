package vpsorg

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// An Error is a call that did not do its work. Its text never holds the token.
type Error struct {
	Method string
	// Path is below the base URL, with the query.
	Path string
	// Status is that of the answer, 0 where none came.
	Status int
	// Code, Field and Detail are what the answer says: a name for the mistake such as
	// "validation_error", the field to blame, and a sentence. Each may be "".
	Code, Field, Detail string
	// Attempts is how often the call was sent; 0 where it was not.
	Attempts int
	// Err is the cause where no answer came, or the cause of an answer that cannot be
	// used. It is nil otherwise.
	Err error

	sent       bool          // the service may have performed the call
	permanent  bool          // another attempt would fail alike
	unsettled  bool          // the outcome was looked for and not found out
	throttled  bool          // refused for its rate, so not performed
	retryAfter time.Duration // what the service asked for, 0 where it asked for nothing
}

// Error gives method, path, status and what the answer says, as in "GET /dns-zones/: 401
// Unauthorized: token is missing or invalid (authentication_failed)".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Method + " " + e.Path)
	if e.Status != 0 {
		b.WriteString(": " + strings.TrimSpace(strconv.Itoa(e.Status)+" "+http.StatusText(e.Status)))
	}
	if e.Field != "" {
		b.WriteString(": " + e.Field)
	}
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Code != "" {
		b.WriteString(" (" + e.Code + ")")
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, ", after %d attempts", e.Attempts)
	}
	return b.String()
}

// Unwrap gives the cause, so that a cancelled context can be told from a failure.
func (e *Error) Unwrap() error { return e.Err }

// Denied reports whether the service does not accept the token, or the token lacks a
// permission (401, 403). Further calls would fail alike.
func (e *Error) Denied() bool {
	return e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden
}

// NotFound reports whether the service does not know the zone or record, or does not
// show it to this account (404).
func (e *Error) NotFound() bool { return e.Status == http.StatusNotFound }

// Temporary reports whether the same call may succeed later.
func (e *Error) Temporary() bool {
	switch {
	case e.permanent:
		return false
	case e.Status == 0 || e.throttled || e.Status >= 500:
		return true
	}
	return e.Status == http.StatusRequestTimeout
}

// Unknown reports whether a write may have been performed although it failed: its answer
// was lost, and reading the zone did not tell.
func (e *Error) Unknown() bool { return e.Method != http.MethodGet && (e.unsettled || e.lost()) }

// lost reports whether the call may have been performed.
func (e *Error) lost() bool { return e.sent && (e.Status == 0 || e.Status >= 500) }

// asError gives err as an Error.
func asError(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}
