package lint

import "testing"

func TestCheckDelegation(t *testing.T) {
	runCheckCases(t, []checkCase{
		{"hidden", `
sub NS ns.sub.~
ns.sub A 192.0.2.1
ns.sub AAAA 2001:db8::1
ns.sub TXT text
sub MX 10 mail.example.net.
sub A 192.0.2.1
www.sub A 192.0.2.1
*.sub A 192.0.2.1`, []string{
			"4:1: warning: TXT of ns.sub.example.com. is never served: sub.example.com. is delegated by NS (line 1); expected it in the delegated zone [below-delegation]",
			"5:1: warning: MX of sub.example.com. is never served: sub.example.com. is delegated by NS (line 1); expected it in the delegated zone [below-delegation]",
			"6:1: warning: A of sub.example.com. is never served: sub.example.com. is delegated by NS (line 1); expected it in the delegated zone [below-delegation]",
			"7:1: warning: A of www.sub.example.com. is never served: sub.example.com. is delegated by NS (line 1); expected it in the delegated zone [below-delegation]",
			"8:1: warning: A of *.sub.example.com. is never served: sub.example.com. is delegated by NS (line 1); expected it in the delegated zone [below-delegation]",
		}},
		{"below another delegation", "sub NS ns.example.net.\na.sub NS ns.example.net.", []string{
			"2:1: warning: NS of a.sub.example.com. is never served: sub.example.com. is delegated by NS (line 1); expected it in the delegated zone [below-delegation]",
		}},
		{"glue for another zone", "sub NS ns.example.net.\nother NS ns.sub.~\nns.sub A 192.0.2.1", nil},
		{"CNAME at the cut", "sub NS ns.example.net.\nsub CNAME www.example.net.", nil},
		{"apex", "@ NS ns.example.net.\nwww A 192.0.2.1", nil},
	})
}
