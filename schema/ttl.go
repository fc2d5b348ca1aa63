package schema

import (
	"errors"
	"fmt"
	"strconv"
)

// A TTL is a time to live in seconds, 0 to 2147483647 (RFC 2181 section 8).
type TTL uint32

const (
	// MaxTTL is the largest TTL.
	MaxTTL TTL = 1<<31 - 1
	// DefaultTTL holds where neither record, zone nor repository gives one. It is
	// also what the API uses where none is sent.
	DefaultTTL TTL = 3600
)

// ParseTTL reads a TTL in decimal digits without leading zeros. With units, one of
// m, h, d and w may follow (minutes, hours, days, weeks).
func ParseTTL(text string, units bool) (TTL, error) {
	want := "whole seconds from 0 to 2147483647"
	unit := uint64(1)
	digits := text
	if units {
		want += ", or a number with m, h, d or w"
		if n := len(text); n > 1 {
			switch text[n-1] {
			case 'm':
				unit, digits = 60, text[:n-1]
			case 'h':
				unit, digits = 3600, text[:n-1]
			case 'd':
				unit, digits = 86400, text[:n-1]
			case 'w':
				unit, digits = 7*86400, text[:n-1]
			}
		}
	}
	n, err := parseUint(digits, uint64(MaxTTL))
	if err != nil || n*unit > uint64(MaxTTL) {
		return 0, fmt.Errorf("TTL %s, expected %s", clip(text), want)
	}
	return TTL(n * unit), nil
}

// parseUint reads decimal digits without sign, leading zeros, underscores or
// exponent: YAML 1.1 reads 0300 as 192 and 1_000 as 1000, which nobody means.
func parseUint(text string, most uint64) (uint64, error) {
	if text == "" || len(text) > 1 && text[0] == '0' {
		return 0, errors.New("not a decimal number")
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, errors.New("not a decimal number")
		}
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n > most {
		return 0, errors.New("too large")
	}
	return n, nil
}
