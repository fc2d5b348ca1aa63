package state

import (
	"fmt"
	"strconv"
	"strings"
)

// pack writes rows of fields as lines of quoted strings: any octets survive, the same rows
// always give the same text, and people can read it.
func pack(rows [][]string) string {
	var b []byte
	for _, row := range rows {
		for i, field := range row {
			if i > 0 {
				b = append(b, ' ')
			}
			b = strconv.AppendQuoteToASCII(b, field)
		}
		b = append(b, '\n')
	}
	return string(b)
}

// unpack reads what pack wrote, in rows of the given number of fields. No rows give nil.
func unpack(text string, fields int) ([][]string, error) {
	var rows [][]string
	for line := range strings.Lines(text) {
		row := make([]string, 0, fields)
		rest := strings.TrimSuffix(line, "\n")
		for rest != "" {
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, fmt.Errorf("line %.80q: %w", line, err)
			}
			field, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, fmt.Errorf("line %.80q: %w", line, err)
			}
			row = append(row, field)
			rest = strings.TrimPrefix(rest[len(quoted):], " ")
		}
		if len(row) != fields {
			return nil, fmt.Errorf("line %.80q: %d fields, expected %d", line, len(row), fields)
		}
		rows = append(rows, row)
	}
	return rows, nil
}
