package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Clip returns text in double quotes for a message, shortened to 60 octets where it is
// longer, with what cannot be printed escaped.
func Clip(text string) string {
	const most = 60
	if len(text) <= most {
		return fmt.Sprintf("%q", text)
	}
	return fmt.Sprintf("%q...", strings.ToValidUTF8(text[:most], ""))
}

// Printable returns text with everything escaped that could do more than be read: control
// characters, what turns the direction of writing, what cannot be seen, and octets that
// are not UTF-8. Text from files, names and services goes through it on its way to a
// terminal or log.
func Printable(text string) string {
	if !strings.ContainsFunc(text, unprintable) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		if !unprintable(r) {
			b.WriteRune(r)
			continue
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		quoted := strconv.Quote(text[i : i+size])
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}

// PrintableJSON returns JSON that means the same, with the characters escaped that
// [Printable] escapes and JSON leaves as they are.
func PrintableJSON(text []byte) []byte {
	if !bytes.ContainsFunc(text, hiddenInJSON) {
		return text
	}
	out := make([]byte, 0, len(text))
	for _, r := range string(text) {
		if !hiddenInJSON(r) {
			out = utf8.AppendRune(out, r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
	}
	return out
}

// IndentedJSON returns v as JSON for people and tools: indented, ending in a line break, and
// printable as [PrintableJSON] is.
func IndentedJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return PrintableJSON(b.Bytes()), nil
}

// hiddenInJSON leaves the line breaks and tabs between the tokens alone; within a string
// JSON has them escaped.
func hiddenInJSON(r rune) bool { return r >= 0x7f && unprintable(r) }

func unprintable(r rune) bool { return !strconv.IsPrint(r) || r == utf8.RuneError }

// DidYouMean returns "; did you mean X?" where X is the word nearest to text and not far
// from it, else "".
func DidYouMean(text string, words ...string) string {
	best, distance := "", 3
	if len(text) < 4 {
		distance = 2
	}
	for _, w := range words {
		if strings.EqualFold(text, w) {
			return "; did you mean " + w + "?"
		}
		if d := EditDistance(text, w); d < distance && d < len(w) {
			best, distance = w, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// EditDistance counts insertions, deletions, replacements and swaps of neighbours
// that make b out of a, as octets. Long texts are far from every word.
func EditDistance(a, b string) int {
	const far = 1 << 10
	if len(a) > 40 || len(b) > 40 {
		return far
	}
	var before, last, row [41]int
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}

// SentenceList joins words as a sentence does: "a, b and c" where
// last is "and".
func SentenceList(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	n := len(words) - 1
	return strings.Join(words[:n], ", ") + " " + last + " " + words[n]
}
