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
	// DefaultTTL is used where record, zone and repository set none. The API uses the
	// same one where none is sent.
	DefaultTTL TTL = 3600
)

// ParseTTL reads a TTL in seconds, in decimal digits only.
func ParseTTL(text string) (TTL, error) {
	n, err := parseUint(text, uint64(MaxTTL))
	if err != nil {
		return 0, fmt.Errorf("TTL %s, expected whole seconds from 0 to 2147483647", Clip(text))
	}
	return TTL(n), nil
}

// ParseTTLUnit reads a TTL in seconds, or with a unit as in "5m", "2h", "1d" and "1w".
func ParseTTLUnit(text string) (TTL, error) {
	unit := uint64(1)
	digits := text
	if n := len(text) - 1; n > 0 {
		if seconds, ok := ttlUnit(text[n]); ok {
			unit, digits = seconds, text[:n]
		}
	}
	n, err := parseUint(digits, uint64(MaxTTL))
	if err != nil || n*unit > uint64(MaxTTL) {
		return 0, fmt.Errorf("TTL %s, expected whole seconds from 0 to 2147483647, or a number with m, h, d or w", Clip(text))
	}
	return TTL(n * unit), nil
}

func ttlUnit(letter byte) (seconds uint64, ok bool) {
	switch letter {
	case 'm':
		return 60, true
	case 'h':
		return 3600, true
	case 'd':
		return 86400, true
	case 'w':
		return 7 * 86400, true
	}
	return 0, false
}

// parseUint reads decimal digits without sign, leading zeros, underscores or
// exponent: YAML 1.1 reads 0300 as 192 and 1_000 as 1000, which is never meant.
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
