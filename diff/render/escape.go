package render

import (
	"net/url"
	"strings"
	"unicode"

	"github.com/zonetender/zonetender/schema"
)

// The forges read more into text than CommonMark does: @name notifies people, #1 and hashes
// link, a host becomes a link, /close at the begin of a line is an order (GitLab quick
// actions). None of them looks into code. So what is not a plain word stands in a code span.

// code returns text as a code span. Spans have no "|", which would end the cell of a table
// even within code (GFM section 4.10): it stands between two spans, as an entity.
func code(text string) string {
	text = schema.Printable(text)
	if text == "" {
		return ""
	}
	parts := strings.Split(text, "|")
	for i, p := range parts {
		parts[i] = span(p)
	}
	return strings.Join(parts, "&#124;")
}

// span returns a code span that text cannot end: its fence is longer than any run of
// backticks within (CommonMark section 6.1).
func span(text string) string {
	if text == "" {
		return ""
	}
	fence := strings.Repeat("`", longestRun(text)+1)
	pad := ""
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") ||
		strings.HasPrefix(text, " ") && strings.HasSuffix(text, " ") && strings.Trim(text, " ") != "" {
		pad = " "
	}
	return fence + pad + text + pad + fence
}

// fence returns what begins and ends a code block that none of the lines can end.
func fence(lines []string) string {
	longest := 2
	for _, l := range lines {
		longest = max(longest, longestRun(l))
	}
	return strings.Repeat("`", longest+1)
}

// longestRun returns the length of the longest run of backticks.
func longestRun(text string) int {
	longest, run := 0, 0
	for i := range len(text) {
		if text[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// prose returns a sentence with everything in code spans that is not a plain word. It must
// not begin a line.
func prose(text string) string {
	var out, odd []string
	flush := func() {
		if len(odd) > 0 {
			out = append(out, code(strings.Join(odd, " ")))
			odd = nil
		}
	}
	for _, word := range strings.Fields(schema.Printable(text)) {
		if plainWord(word) {
			flush()
			out = append(out, word)
			continue
		}
		odd = append(odd, word)
	}
	flush()
	return strings.Join(out, " ")
}

// plainWord reports whether a word means nothing but itself, to CommonMark and to a forge:
// letters with hyphens between them, or a number, with the punctuation of a sentence.
func plainWord(word string) bool {
	core := strings.TrimRight(strings.TrimLeft(word, `("`), `").,;:?%`)
	if core == "" {
		return false
	}
	digits, letters, hex, joined := 0, 0, 0, false
	for i, r := range core {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case unicode.IsLetter(r):
			letters++
		case (r == '-' || r == '\'') && i > 0 && i < len(core)-1:
			joined = true
		default:
			return false
		}
		// Seven digits of a hash link to a commit.
		if hex++; !strings.ContainsRune("0123456789abcdefABCDEF", r) {
			hex = 0
		} else if hex == 7 {
			return false
		}
	}
	if letters == 0 {
		return !joined && !strings.ContainsAny(word, ".)")
	}
	return digits == 0 || !joined // GH-1 links to an issue
}

// link returns text, which must be markdown already, as a link; it returns text alone where
// the address is not one of the web.
func link(text, address string) string {
	target := webAddress(address)
	if target == "" {
		return text
	}
	return "[" + text + "](" + target + ")"
}

// webAddress returns an address with everything encoded that could end it, "" where it is
// not one of http or https.
func webAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	const plain = "-._~:/?#@!$&+,;=%"
	var b strings.Builder
	for _, c := range []byte(u.String()) {
		if c < 0x80 && (c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte(plain, c) >= 0) {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte("0123456789ABCDEF"[c>>4])
		b.WriteByte("0123456789ABCDEF"[c&15])
	}
	if b.Len() > mostAddress {
		return ""
	}
	return b.String()
}

// mostAddress is the longest address that becomes a link, in octets.
const mostAddress = 1000
