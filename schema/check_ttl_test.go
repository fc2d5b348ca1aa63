package schema

import (
	"slices"
	"testing"
)

func TestCheckTTL(t *testing.T) {
	runCheckCases(t, []checkCase{
		{"bounds", "a 60 A 192.0.2.1\nb 604800 A 192.0.2.1", nil},
		{"odd", "a 59 A 192.0.2.1\nb 604801 A 192.0.2.1\nc 0 A 192.0.2.1", []string{
			"1:1: warning: TTL 59 of a.example.com. A is very short, expected 60 to 604800 seconds [ttl-low]",
			"2:1: warning: TTL 604801 of b.example.com. A is longer than a week, expected 60 to 604800 seconds [ttl-high]",
			"3:1: warning: TTL 0 of c.example.com. A is very short, expected 60 to 604800 seconds [ttl-low]",
		}},
	})
	z := zoneOf(t, "a 30 A 192.0.2.1\nb 30 A 192.0.2.1\nc 20 A 192.0.2.1")
	z.TTL = 30
	want := []string{
		"1:1: warning: default TTL 30 of a.example.com. A is very short, expected 60 to 604800 seconds [ttl-low]",
		"3:1: warning: TTL 20 of c.example.com. A is very short, expected 60 to 604800 seconds [ttl-low]",
	}
	if got := say(checkZone(z)); !slices.Equal(got, want) {
		t.Errorf("problems %q, want %q", got, want)
	}
}
