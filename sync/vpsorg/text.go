package vpsorg

import (
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// readTXT reads the text of a TXT, which stands as it is where the account neither
// quotes nor escapes.
func readTXT(s string, quoted, escapes verdict) schema.RDATA {
	if quotedRun(s) && quoted == yes || !quotedRun(s) && escapes == yes && escaped(s) {
		octets, _ := schema.ParseText(s)
		return schema.NewTXT(octets)
	}
	return schema.NewTXT(s)
}

// unescaped reports whether s holds a character that an account which escapes would have
// escaped: a bare semicolon or quote, or a backslash that begins no escape.
func unescaped(s string) bool { return strings.ContainsAny(s, `;"\`) && !escaped(s) }

// quotedRun reports whether s is one string in double quotes, or several with nothing
// but white space between them.
func quotedRun(s string) bool {
	rest := strings.TrimSpace(s)
	if rest == "" {
		return false
	}
	for rest != "" {
		end := -1
		for i := 1; i < len(rest) && end < 0; i++ {
			switch rest[i] {
			case '\\':
				i++
			case '"':
				end = i
			}
		}
		if rest[0] != '"' || end < 0 {
			return false
		}
		rest = strings.TrimLeft(rest[end+1:], " \t\r\n")
	}
	return true
}

// escaped reports whether s was escaped by a server that escapes everything it has to:
// each backslash begins an escape, and no semicolon or quote stands without one.
func escaped(s string) bool {
	found := false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ';', '"':
			return false
		case '\\':
			n := escape(s[i+1:])
			if n == 0 {
				return false
			}
			found = true
			i += n
		}
	}
	return found
}

// escape gives the length of the escape whose backslash stands before s, 0 for none.
func escape(s string) int {
	switch {
	case s == "":
		return 0
	case strings.IndexByte(`\";`, s[0]) >= 0:
		return 1
	case len(s) < 3:
		return 0
	}
	n := 0
	for _, c := range []byte(s[:3]) {
		if c < '0' || c > '9' {
			return 0
		}
		n = 10*n + int(c-'0')
	}
	if n > 255 {
		return 0
	}
	return 3
}
