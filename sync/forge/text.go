package forge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxDetail = 300 // characters of a forge's own words that are shown
	maxQuoted = 60  // characters of a value that is shown
	redacted  = "[token]"
)

// quote shows a value from outside in an error.
func quote(text string) string { return fmt.Sprintf("%q", clip(text, maxQuoted)) }

// clip shortens a text to a number of characters. A text that is cut ends in "…".
func clip(text string, most int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

// clipBytes shortens a text to a number of bytes, without cutting a character. A text that
// is cut ends in "…".
func clipBytes(text string, most int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	const mark = "…"
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most-len(mark)], "") + mark
}

// oneLine replaces what does not print, line ends among it, by spaces, and runs of spaces
// by one.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	return strings.Join(strings.Fields(text), " ")
}

// clean makes text from a forge fit for one line of an error: without secrets and control
// characters, and not too long. The secrets go first, as one that is cut short would not be
// recognized.
func clean(text string, secrets []string) string {
	return clip(strings.TrimSuffix(oneLine(redact(text, secrets)), "."), maxDetail)
}

// redact removes secrets from a text, even if only the beginning of one is there.
func redact(text string, secrets []string) string {
	const enough = 10 // first characters of a secret by which it is recognized
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		text = strings.ReplaceAll(text, secret, redacted)
		text = strings.ReplaceAll(text, url.QueryEscape(secret), redacted)
		if len(secret) <= enough {
			continue
		}
		var b strings.Builder
		for {
			before, rest, found := strings.Cut(text, secret[:enough])
			b.WriteString(before)
			if !found {
				break
			}
			b.WriteString(redacted)
			n := 0
			for n < len(rest) && enough+n < len(secret) && rest[n] == secret[enough+n] {
				n++
			}
			text = rest[n:]
		}
		text = b.String()
	}
	return text
}

// detail returns what the body of an error says: GitHub's and Gitea's message with the
// errors below it, GitLab's message or error, the title of an HTML page, or plain text.
func detail(body []byte) string {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return ""
	}
	if body[0] == '<' {
		return pageTitle(body)
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil {
		if body[0] == '{' || body[0] == '[' {
			return "unreadable answer"
		}
		return string(body)
	}
	var parts []string
	for _, key := range []string{"message", "error", "error_description", "errors"} {
		if text := words(object[key], 0); text != "" && !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, ": ")
}

// words returns the texts in a string, list or object, joined. It looks a few levels deep
// only, as every level is parsed again.
func words(raw json.RawMessage, depth int) string {
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
			if w := words(item, depth+1); w != "" {
				parts = append(parts, w)
			}
		}
	} else if json.Unmarshal(raw, &object) == nil {
		for _, key := range slices.Sorted(maps.Keys(object)) {
			if w := words(object[key], depth+1); w != "" {
				parts = append(parts, key+" "+w)
			}
		}
	}
	return strings.Join(parts, "; ")
}

var title = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title`)

// pageTitle describes an HTML page by its title.
func pageTitle(body []byte) string {
	m := title.FindSubmatch(body)
	if m == nil || len(bytes.TrimSpace(m[1])) == 0 {
		return "an HTML page"
	}
	return "an HTML page, " + html.UnescapeString(string(m[1]))
}
