package schema

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// bareZone gives a zone file of n records in the bare form, of the usual types.
func bareZone(n int) string {
	var b strings.Builder
	b.WriteString("---\n'':\n  - type: MX\n    values:\n      - preference: 10\n        exchange: mail.example.net.\n  - type: TXT\n    value: v=spf1 include:_spf.example.net -all\n")
	for i := range n - 2 {
		switch i % 3 {
		case 0:
			fmt.Fprintf(&b, "host%d:\n  type: A\n  ttl: 300\n  values:\n    - 192.0.2.%d\n", i, i%250)
		case 1:
			fmt.Fprintf(&b, "host%d:\n  ttl: 3600\n  type: CNAME\n  value: web%d.example.net.\n", i, i)
		default:
			fmt.Fprintf(&b, "host%d:\n  type: TXT\n  value: google-site-verification=%032d\n", i, i)
		}
	}
	return b.String()
}

func BenchmarkZone(b *testing.B) {
	fsys := fstest.MapFS{"example.com.yaml": {Data: []byte(bareZone(50))}}
	f, problems, err := Open(fsys, ".")
	if err != nil || len(problems) > 0 {
		b.Fatal(err, problems)
	}
	b.ReportAllocs()
	for b.Loop() {
		if z, problems := f.Zone(f.Sources[0]); z == nil {
			b.Fatal(problems)
		}
	}
}
