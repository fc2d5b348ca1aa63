package schema

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxString is the longest character-string, in octets (RFC 1035 section 3.3).
const maxString = 255

// ParseText reads the text of a TXT record as it is written in a zone file: the
// escapes \\, \", \; and \DDD stand for one octet each, any other backslash for
// itself, and a text wholly in double quotes, or a run of quoted strings, is
// joined. The warnings say what was read otherwise than it may look.
func ParseText(text string) (octets string, warnings []string) {
	if text == "" {
		return "", []string{"empty TXT"}
	}
	if joined, ok := joinQuoted(text); ok {
		warnings = append(warnings, "TXT in double quotes is read without them; write the text alone")
		text = joined
	}
	octets, stray := unescape(text)
	if stray {
		warnings = append(warnings, `backslash without an escape is read as itself; write it as \\`)
	}
	switch {
	case !utf8.ValidString(octets):
		warnings = append(warnings, "TXT has octets that are not UTF-8")
	case strings.IndexFunc(octets, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0:
		warnings = append(warnings, "TXT has characters outside ASCII, which mean their UTF-8 octets")
	}
	if octets == "" {
		warnings = append(warnings, "empty TXT")
	} else if strings.TrimSpace(octets) != octets {
		warnings = append(warnings, "TXT begins or ends with white space")
	}
	return octets, warnings
}

// isControl reports whether r is a control character or breaks a line.
func isControl(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

// joinQuoted removes the quotes from a text that is nothing but quoted strings, and keeps
// the escapes inside.
func joinQuoted(text string) (string, bool) {
	var b strings.Builder
	rest := strings.TrimSpace(text)
	if rest == "" {
		return "", false
	}
	for rest != "" {
		if rest[0] != '"' {
			return "", false
		}
		end := closingQuote(rest)
		if end < 0 {
			return "", false
		}
		b.WriteString(rest[1:end])
		rest = strings.TrimLeft(rest[end+1:], " \t\r\n")
	}
	return b.String(), true
}

// closingQuote finds the quote that ends the string which begins at text[0].
func closingQuote(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// unescape replaces the escapes that zone files have. Stray is true where a
// backslash began none of them and was kept.
func unescape(text string) (octets string, stray bool) {
	if !strings.Contains(text, `\`) {
		return text, false
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			b.WriteByte(text[i])
			continue
		}
		if i+1 < len(text) && strings.IndexByte(`\";`, text[i+1]) >= 0 {
			b.WriteByte(text[i+1])
			i++
			continue
		}
		if o, ok := decimalOctet(text[i+1:]); ok {
			b.WriteByte(o)
			i += 3
			continue
		}
		b.WriteByte('\\')
		stray = true
	}
	return b.String(), stray
}

// decimalOctet reads the DDD of an escape \DDD.
func decimalOctet(text string) (byte, bool) {
	if len(text) < 3 {
		return 0, false
	}
	n := 0
	for i := range 3 {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
		n = n*10 + int(text[i]-'0')
	}
	return byte(n), n < 256
}

// Quote returns octets as one quoted string of a zone file (RFC 1035 section 5.1):
// quotes and backslashes escaped, octets outside printable ASCII as \DDD.
func Quote(octets string) string {
	var b strings.Builder
	b.Grow(len(octets) + 2)
	b.WriteByte('"')
	for i := range len(octets) {
		switch c := octets[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%03d`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// quoteText returns octets as quoted strings of at most 255 octets each.
func quoteText(octets string) string {
	if len(octets) <= maxString {
		return Quote(octets)
	}
	var parts []string
	for len(octets) > maxString {
		parts = append(parts, Quote(octets[:maxString]))
		octets = octets[maxString:]
	}
	return strings.Join(append(parts, Quote(octets)), " ")
}

// Unquote reads what Quote wrote, or any one quoted string of a zone file.
func Unquote(text string) (string, error) {
	if len(text) < 2 || text[0] != '"' || closingQuote(text) != len(text)-1 {
		return "", errors.New("expected one string in double quotes")
	}
	octets, _ := unescape(text[1 : len(text)-1])
	return octets, nil
}
