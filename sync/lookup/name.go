package lookup

import (
	"fmt"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// wireName spells a name as the DNS library reads it: a backslash begins an escape there.
func wireName(n schema.Name) string { return strings.ReplaceAll(n.String(), `\`, `\\`) }

// parseWireName reads a name as the DNS library spells it. A name that package schema cannot
// express, such as one with a dot in a label, is an error.
func parseWireName(text string) (schema.Name, error) {
	if strings.Contains(text, `\.`) {
		return schema.Name{}, fmt.Errorf("name %s has a dot in a label", schema.Clip(text))
	}
	return schema.ParseName(unescape(text))
}

// unescape undoes the escapes \X and \DDD, with which the library spells octets (RFC 1035
// section 5.1).
func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		if octet, ok := decimal(text[i+1:]); ok {
			b.WriteByte(octet)
			i += 3
			continue
		}
		i++
		b.WriteByte(text[i])
	}
	return b.String()
}

// decimal reads the DDD of an escape.
func decimal(text string) (byte, bool) {
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
