package masterfile

import (
	"os"
	"path/filepath"
	"testing"

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
