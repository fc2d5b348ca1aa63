package schema

import (
	"testing"
)

func TestParseTTL(t *testing.T) {
	for _, c := range []struct {
		text        string
		plain, unit int // -1 for an error
	}{
		{"0", 0, 0}, {"60", 60, 60}, {"2147483647", 2147483647, 2147483647}, {"2147483648", -1, -1},
		{"5m", -1, 300}, {"2h", -1, 7200}, {"1d", -1, 86400}, {"1w", -1, 604800}, {"0w", -1, 0},
		{"3551w", -1, -1}, {"99999999999999999999w", -1, -1}, {"", -1, -1}, {"m", -1, -1}, {"0300", -1, -1}, {"05m", -1, -1},
		{"1_000", -1, -1}, {"0x10", -1, -1}, {"1e3", -1, -1}, {"1:00", -1, -1}, {"-1", -1, -1}, {"+1", -1, -1}, {" 1", -1, -1},
		{"1s", -1, -1}, {"1h30m", -1, -1}, {"1 m", -1, -1}, {"٣", -1, -1},
	} {
		if got, err := ParseTTL(c.text); (err != nil) != (c.plain < 0) || err == nil && got != TTL(c.plain) {
			t.Errorf("ParseTTL(%q) = %d, %v, want %d", c.text, got, err, c.plain)
		}
		if got, err := ParseTTLUnit(c.text); (err != nil) != (c.unit < 0) || err == nil && got != TTL(c.unit) {
			t.Errorf("ParseTTLUnit(%q) = %d, %v, want %d", c.text, got, err, c.unit)
		}
	}
}
