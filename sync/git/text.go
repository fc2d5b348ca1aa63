package git

import (
	"errors"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
)

// maxText bounds a text from elsewhere, in characters.
const maxText = 300

var userInfo = regexp.MustCompile(`://[^\s"']*@`)

// withoutUserInfo removes user names and passwords from the URLs in a text.
func withoutUserInfo(text string) string { return userInfo.ReplaceAllString(text, "://") }

// clean prepares text from elsewhere to be shown as it is: its first line, bounded,
// with a space for whatever does not print.
func clean(text string) string {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	return strings.Map(func(r rune) rune {
		if strconv.IsPrint(r) {
			return r
		}
		return ' '
	}, bound(text))
}

// escape prepares text from elsewhere for an error message. Whatever does not print
// becomes an escape as in Go, so that a name can still be recognized.
func escape(text string) string {
	var b strings.Builder
	for _, r := range bound(text) {
		if strconv.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}

// cause takes the path off an error that names it otherwise, because it is not escaped.
func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

func bound(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if runes := []rune(text); len(runes) > maxText {
		text = string(runes[:maxText]) + "…"
	}
	return text
}
