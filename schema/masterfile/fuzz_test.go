package masterfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"github.com/zonetender/zonetender/schema"
)

// FuzzRead reads any text as a file of any kind: no panic, and what is read validates, or
// something is said against it. A zone that is read is written and read back the same.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.[zj]*")
	if err != nil || len(files) < 6 {
		f.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("@ SOA a. b. 1 2 3 4 5\n"))
	f.Add([]byte("$ORIGIN .\n@ 0 NS a.\n* 0 TXT \\\n"))
	f.Add([]byte("x. SOA a. b. 1 2 3 4 5\nx. TXT \"\\"))
	f.Add([]byte("$ORIGIN x.\n$GENERATE 0-9 ${0,20,x} ${1,9,X}$$ 60 A 1.2.3.4\n"))
	f.Add([]byte(`{"ResourceRecordSets":[{"Name":"x.","Type":"SOA"},{"Name":"\\052.x.","Type":"TXT","ResourceRecords":[{"Value":"\"\\377\" $INCLUDE"}]}]}`))
	f.Add([]byte(`{"domains":[{"name":"x","records":[{"type":"MX","name":"@","target":"."}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, zone := range []schema.Name{{}, schema.MustParseName("example.com")} {
			zones, err := Read("file", data, zone)
			if (len(zones) == 0) != (err != nil) {
				t.Fatalf("got %d zones with the error %v", len(zones), err)
			}
			for _, z := range zones {
				checkFits(t, z)
				checkWrites(t, z)
			}
		}
	})
}

// FuzzFromTransfer takes any message as the answer to a transfer.
func FuzzFromTransfer(f *testing.F) {
	zone := schema.MustParseName("example.com")
	for _, lines := range []string{
		"example.com. 60 SOA a. b. 1 2 3 4 5|example.com. 60 NS a.|www.example.com. 60 A 192.0.2.1|www.example.com. 50 A 192.0.2.1|*.example.com. 60 CNAME .",
		`a\.b.example.com. 60 TXT "\000" "x"|a\@.example.com. 60 MX 5 .|example.com. 60 CAA 128 IODEF "\255"|s.example.com. 60 SRV 1 2 3 a\;b.|x.example.com. 60 AAAA ::ffff:1.2.3.4`,
		"example.com. 60 CNAME example.net.|example.net. 60 A 192.0.2.1|a.example.com. 60 PTR a.|a.example.com. 60 CH TXT x|example.com. 60 RRSIG A 13 2 300 20260101000000 20250101000000 1 example.com. aaaa",
	} {
		m := new(dns.Msg)
		for line := range strings.SplitSeq(lines, "|") {
			rr, err := dns.NewRR(line)
			if err != nil {
				f.Fatal(err)
			}
			m.Answer = append(m.Answer, rr)
		}
		wire, err := m.Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(wire)
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		m := new(dns.Msg)
		if m.Unpack(wire) != nil {
			t.Skip()
		}
		z := FromTransfer("server", zone, m.Answer)
		if len(z.Problems.Errors()) > 0 {
			t.Errorf("got %v", z.Problems.Errors())
		}
		checkFits(t, z)
		checkWrites(t, z)
	})
}

// checkWrites writes the zone as a master file, which must read back the same.
func checkWrites(t *testing.T, z Zone) {
	t.Helper()
	if len(z.Problems.Errors()) > 0 || z.Name.IsRoot() || z.Name.IsWildcard() {
		return
	}
	out := Format(z.Declaration, serviceOptions())
	again, err := Read("again", out, z.Name)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got, want := records(again[0].Declaration), records(z.Declaration); got != want || len(again[0].Problems) > 2 {
		t.Errorf("wrote\n%s\ngot\n%s\nwant\n%s\n%v", out, got, want, again[0].Problems)
	}
}
