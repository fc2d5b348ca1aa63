package vpsorg

import (
	"bytes"
	"encoding/json"
	"errors"
	"html"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
)

const (
	maxDetail = 300 // bytes of an error that are shown
	redacted  = "[token]"
)

// errorFrom makes an Error of an answer that is not 2xx. It has no method and path yet.
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
		return "nowhere"
	}
	return u.Redacted()
}

// readErrorBody finds what an error says in whatever shape it comes: the documented
// object, a map from field to messages, a bare list, a page, or plain text.
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
	// What is left is a map from field to what is wrong with it.
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

// messages gives the texts in a string, a list or an object, joined. It looks a few
// levels deep, since each level is read anew.
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

// pageTitle gives the title of an HTML page, in one short line.
func pageTitle(body []byte) string {
	lower := bytes.ToLower(body)
	if _, rest, ok := bytes.Cut(lower, []byte("<title")); ok {
		start := len(lower) - len(rest)
		if i := bytes.IndexByte(rest, '>'); i >= 0 {
			if j := bytes.Index(rest[i:], []byte("</title")); j >= 0 && len(lower) == len(body) {
				if t := strings.TrimSpace(html.UnescapeString(string(body[start+i+1 : start+i+j]))); t != "" {
					return "an HTML page, " + t
				}
			}
		}
	}
	return "an HTML page"
}

// clean makes text from the service fit for one line of an error: without the token,
// control characters and excess length.
func clean(text, token string) string {
	// The token goes first: shortened, it would no longer be recognized.
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

// redact takes the token out of text, also where only its beginning is echoed.
func redact(text, token string) string {
	text = strings.ReplaceAll(text, token, redacted)
	text = strings.ReplaceAll(text, url.QueryEscape(token), redacted)
	const enough = 10 // characters of a token that nobody else needs to see
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

// redactError takes the token out of an error's text. An error without it stays as it
// is, so that its kind can still be told.
func redactError(err error, token string) error {
	if text := err.Error(); redact(text, token) != text {
		return errors.New(redact(text, token))
	}
	return err
}
