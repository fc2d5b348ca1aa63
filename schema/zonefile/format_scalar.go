package zonefile

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// yamlWord matches what YAML 1.1 or 1.2 takes for something else than text when it
// stands without quotes: null, booleans, numbers in any base, base 60 (1:30, and
// some IPv6 addresses) and dates.
var yamlWord = regexp.MustCompile(`^(?:` +
	`(?i:null|true|false|yes|no|on|off|y|n|[-+]?\.inf|\.nan)` +
	`|[-+]?0[bBoOxX][0-9a-fA-F_]*` +
	`|[-+]?(?:[0-9][0-9_]*)?\.?[0-9_]*(?:[eE][-+]?[0-9]+)?` +
	`|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?` +
	`|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*` +
	`)$`)

// A place says what is around a scalar.
type place int

const (
	inBlock place = iota // a line of its own, or the rest of one
	inFlow               // a list in [ ] or a mapping in { }
)

// scalar returns text as a YAML scalar on one line that every reader takes for that text. It
// is quoted only where it has to be.
func scalar(text string, at place) string {
	switch {
	case strings.ContainsFunc(text, unprintable):
		return doubleQuoted(text)
	case isPlain(text, at):
		return text
	}
	return singleQuoted(text)
}

func singleQuoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// isPlain reports whether text needs no quotes. It is stricter than YAML about the
// first character, and lets through what zone files are full of.
func isPlain(text string, at place) bool {
	if text == "" || yamlWord.MatchString(text) {
		return false
	}
	first, last := text[0], text[len(text)-1]
	begins := 'a' <= first && first <= 'z' || 'A' <= first && first <= 'Z' || '0' <= first && first <= '9' || strings.IndexByte(`_./$+\`, first) >= 0
	return begins && last != ' ' && last != ':' &&
		!strings.HasPrefix(text, "...") &&
		!strings.Contains(text, ": ") && !strings.Contains(text, " #") &&
		!(at == inFlow && strings.ContainsAny(text, ",?[]{}"))
}

// unprintable reports whether r must be escaped in a YAML file.
func unprintable(r rune) bool {
	return r == utf8.RuneError || !unicode.IsPrint(r)
}

// doubleQuoted returns text with the escapes of YAML for what is unprintable.
func doubleQuoted(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case !unprintable(r):
			b.WriteRune(r)
		case r <= 0xff:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// literal escapes what the zone form would take for a variable.
func literal(text string) string { return strings.ReplaceAll(text, "${", "$${") }

// escapeText returns the octets of a TXT as ParseText reads them, without a warning
// where that can be. In the bare form, semicolons are escaped and characters
// outside ASCII are written as octets: octoDNS refuses both otherwise.
func escapeText(octets string, form Form) string {
	octodns := form == BareForm
	// A text that begins with a quote might seem to be wholly in quotes.
	quotes := strings.HasPrefix(strings.TrimSpace(octets), `"`)
	var b strings.Builder
	b.Grow(len(octets))
	for i, size := 0, 0; i < len(octets); i += size {
		var r rune
		r, size = utf8.DecodeRuneInString(octets[i:])
		switch {
		case r == '\\', r == '"' && quotes, r == ';' && octodns:
			b.WriteByte('\\')
			b.WriteRune(r)
		case unprintable(r) || octodns && r >= utf8.RuneSelf:
			for _, o := range []byte(octets[i : i+size]) {
				fmt.Fprintf(&b, `\%03d`, o)
			}
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
