package vpsorg

import (
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// readTXT reads the text of a TXT record, which the service may show as it is, quoted,
// split or escaped. The text as it stands is always one of the readings.
func readTXT(s string) []schema.RDATA {
	literal := schema.NewTXT(s)
	if !quotedRun(s) && !escaped(s) {
		return []schema.RDATA{literal}
	}
	octets, _ := schema.ParseText(s)
	if octets == s {
		return []schema.RDATA{literal}
	}
	return []schema.RDATA{schema.NewTXT(octets), literal}
}

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
