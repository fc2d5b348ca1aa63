package vpsorg

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

const (
	maxDetail = 300 // bytes of the service's own words that are shown
	redacted  = "[token]"
)

// An Error is a call that failed. Its text never contains the token.
type Error struct {
	Method string
	// Path is the path below the base URL, with the query.
	Path string
	// Status is the HTTP status of the answer, 0 if there was none.
	Status int
	// Code, Field and Detail are from the answer: a name for the error such as
	// "validation_error", the field at fault, and a sentence. Each may be "".
	Code, Field, Detail string
	// Attempts is the number of times that the call was sent.
	Attempts int
	// Err is why there was no answer, or why the answer is unusable. Otherwise it is nil.
	Err error

	hint       string        // what to do about it, "" if nothing is known
	sent       bool          // the service may have performed the call
	permanent  bool          // another attempt would fail the same way
	unsettled  bool          // reading back did not show whether the call was performed
	throttled  bool          // refused for its rate, so not performed
	retryAfter time.Duration // the wait that the service asked for, 0 for none
}

// Error returns method, path, status and what the answer says, as in "GET /dns-zones/: 401
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
	if e.hint != "" {
		b.WriteString(": " + e.hint)
	}
	return b.String()
}

// Unwrap returns the cause, which may be that of a context that was cancelled.
func (e *Error) Unwrap() error { return e.Err }

// Denied reports whether the service rejected the token, or the token lacks a permission
// (401, 403). Further calls would fail the same way.
func (e *Error) Denied() bool {
	return e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden
}

// NotFound reports whether the zone or record does not exist, or belongs to another account
// (404).
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
// was lost, and reading the zone did not show the outcome.
func (e *Error) Unknown() bool { return e.Method != http.MethodGet && (e.unsettled || e.lost()) }

// lost reports whether the call may have been performed.
func (e *Error) lost() bool { return e.sent && (e.Status == 0 || e.Status >= 500) }

// asError returns the [Error] in err, if there is one.
func asError(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// errorFrom returns the Error for an answer that is not 2xx, without method and path.
func errorFrom(resp *http.Response, body []byte, token string) *Error {
	e := &Error{Status: resp.StatusCode, throttled: resp.StatusCode == http.StatusTooManyRequests}
	if e.throttled || e.Status >= 500 {
		e.retryAfter = retryAfter(resp.Header.Get("Retry-After"), time.Now())
	}
	if e.Status >= 300 && e.Status < 400 {
		e.Detail = clean("redirect to "+location(resp)+" refused", token)
		return e
	}
	code, field, detail := readErrorBody(body)
	e.Code, e.Field, e.Detail = clean(code, token), clean(field, token), clean(detail, token)
	return e
}

func location(resp *http.Response) string {
	u, err := resp.Location()
	if err != nil {
		return "no valid location"
	}
	return u.Redacted()
}

// readErrorBody reads the body of an error in any shape: the documented object, a map from
// field to messages, a bare list, an HTML page, or plain text.
func readErrorBody(body []byte) (code, field, detail string) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return "", "", ""
	}
	if body[0] == '<' {
		return "", "", pageTitle(body)
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) == nil {
		return readErrorObject(object)
	}
	if texts := messages(body, 0); texts != "" {
		return "", "", texts
	}
	if body[0] == '[' || body[0] == '{' {
		return "", "", "unreadable answer"
	}
	return "", "", string(body)
}

func readErrorObject(object map[string]json.RawMessage) (code, field, detail string) {
	code = messages(object["error_code"], 0)
	field = messages(object["field"], 0)
	for _, key := range []string{"detail", "message", "error", "non_field_errors"} {
		if detail = messages(object[key], 0); detail != "" {
			return code, field, detail
		}
	}
	// What remains is a map from field to messages.
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if key == "error_code" || key == "field" {
			continue
		}
		if m := messages(object[key], 0); m != "" {
			parts = append(parts, key+": "+m)
		}
	}
	return code, field, strings.Join(parts, "; ")
}

// messages returns the texts in a string, list or object, joined. It looks a few levels deep
// only, as every level is parsed again.
func messages(raw json.RawMessage, depth int) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	if depth > 3 {
		return ""
	}
	var parts []string
	var list []json.RawMessage
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &list) == nil {
		for _, item := range list {
			if m := messages(item, depth+1); m != "" {
				parts = append(parts, m)
			}
		}
	} else if json.Unmarshal(raw, &object) == nil {
		for _, key := range slices.Sorted(maps.Keys(object)) {
			if m := messages(object[key], depth+1); m != "" {
				parts = append(parts, key+": "+m)
			}
		}
	}
	return strings.Join(parts, "; ")
}

// pageTitle describes an HTML page by its title, in one line.
func pageTitle(body []byte) string {
	lower := bytes.ToLower(body)
	if _, rest, ok := bytes.Cut(lower, []byte("<title")); ok {
		start := len(lower) - len(rest)
		if i := bytes.IndexByte(rest, '>'); i >= 0 {
			if j := bytes.Index(rest[i:], []byte("</title")); j >= 0 && len(lower) == len(body) {
				title := html.UnescapeString(string(body[start+i+1 : start+i+j]))
				if words := strings.Fields(title); len(words) > 0 {
					return "an HTML page, " + strings.Join(words, " ")
				}
			}
		}
	}
	return "an HTML page"
}

// clean makes text from the service fit for one line of an error: without the token and
// control characters, and not too long.
func clean(text, token string) string {
	// The token is removed first, as a truncated one would not be recognized.
	text = redact(text, token)
	text = strings.ToValidUTF8(text, "?")
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	text = strings.TrimSuffix(strings.Join(strings.Fields(text), " "), ".")
	if len(text) > maxDetail {
		text = strings.ToValidUTF8(text[:maxDetail], "") + "..."
	}
	return text
}

// redact removes the token from text, even if only its beginning is there.
func redact(text, token string) string {
	text = strings.ReplaceAll(text, token, redacted)
	text = strings.ReplaceAll(text, url.QueryEscape(token), redacted)
	const enough = 10 // first characters of a token by which it is recognized
	if len(token) <= enough {
		return text
	}
	var b strings.Builder
	for {
		i := strings.Index(text, token[:enough])
		if i < 0 {
			break
		}
		b.WriteString(text[:i] + redacted)
		n := 0
		for n < len(token) && i+n < len(text) && text[i+n] == token[n] {
			n++
		}
		text = text[i+n:]
	}
	return b.String() + text
}

// redactError removes the token from the text of an error. An error without the token is
// returned as it is, so that errors.As still works.
func redactError(err error, token string) error {
	if text := err.Error(); redact(text, token) != text {
		return errors.New(redact(text, token))
	}
	return err
}
