package schema

import "testing"

func TestCheckNullMX(t *testing.T) {
	runCheckCases(t, []checkCase{
		{"alone", "@ MX 0 .", nil},
		{"beside", "@ MX 10 mail.example.net.\n@ MX 20 mail2.example.net.\n@ MX 0 .", []string{
			"3:1: null MX of example.com. stands beside 2 other MX, expected it alone (RFC 7505) [mx-null]",
		}},
	})
}
