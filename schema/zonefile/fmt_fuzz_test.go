package zonefile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// FuzzFormatFile formats any text as a zone file beside a template and settings: what the
// folder declares stays the same, and formatting again changes nothing.
func FuzzFormatFile(f *testing.F) {
	archives, err := filepath.Glob(filepath.Join("testdata", "reading", "*.txt"))
	if err != nil || len(archives) == 0 {
		f.Fatal(archives, err)
	}
	for _, archive := range archives {
		data, err := os.ReadFile(archive)
		if err != nil {
			f.Fatal(err)
		}
		fsys, _ := unpack(data)
		for name, file := range fsys {
			if strings.HasSuffix(name, ".yaml") && len(file.Data) < 1000 {
				f.Add(file.Data)
			}
		}
	}
	for _, text := range []string{
		"h: &h mail.example.net\nzone: example.com\nvars: {h: *h}\nrecords: {a: {CNAME: *h}, b: {TXT: '${h}'}}\n",
		"a: &a {type: CNAME, value: b.example.net}\nb: {<<: *a, type: TXT}\nc: *a\n",
		"a: {type: MX, value: {priority: 10, value: no}}\nno: {type: TXT, value: 012}\n",
		"zone: example.com\nrecords:\n  a: {AAAA: 1:2:3:4:5:6:0:08, NS: [NS1.x.net, \"ns2.x.net\", 'NS3.x.NET.']}\n",
		"zone: example.com\ninclude: [x.yaml]\nrecords:\n  a.b: {NS: c.d}\n  '@': {MX: 10   mail.example.org}\n",
		"<<: !include x.yaml\na:\r\n  type: TXT\r\n  value: |\r\n    b\r\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		fsys := fstest.MapFS{
			"example.com.yaml": {Data: data},
			"x.yaml":           {Data: []byte("c: {type: CNAME, value: d.example.net}\n")},
			settingsFile:       {Data: []byte("exclude: [x.yaml]\nvars: {a: b}\n")},
		}
		checkFormatting(t, fsys, ".")
		for _, form := range bothForms {
			f := convertedFile(t, "example.com.yaml", data, form)
			if len(f.Problems) > 0 {
				continue
			}
			if diff := cmp.Diff(commentsOf(t, data), commentsOf(t, f.Formatted)); diff != "" {
				t.Errorf("comments in the %s form (-want +got):\n%s\n%s", form, diff, f.Formatted)
			}
		}
	})
}
