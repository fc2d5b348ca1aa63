package zonefile

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zonetender/zonetender/schema"
)

func TestWhatIsNoText(t *testing.T) {
	for text, want := range map[string]string{
		"a: {type: TXT, value: \"\xff\"}\n":     "example.com.yaml:1:24: octets that are not UTF-8",
		"# é\na: {type: TXT, value: 'é\xc3'}\n": "example.com.yaml:2:25: octets that are not UTF-8",
		"a: b\x00\n": "example.com.yaml:1:5: control character",
		"# ok\nwww: {type: TXT, value: a\x1bb}\n": "example.com.yaml:2:26: control character",
		"\xff\xfea\x00": "example.com.yaml:1:1: file is UTF-16",
		"\xfe\xff\x00a": "example.com.yaml:1:1: file is UTF-16",
		"version https://git-lfs.github.com/spec/v1\noid x": "example.com.yaml:1:1: file is a Git LFS pointer",
		"a: !<tag:yaml.org,2002:int b\n":                    "example.com.yaml:1",
		"a: %x\n":                                           "unquoted % cannot begin",
		"a: 'x' @b\n":                                       "example.com.yaml:1",
		"a: &\n":                                            "unquoted & cannot begin",
	} {
		wantPart(t, refused(t, "example.com.yaml", text), want)
	}
}

func TestByteOrderMark(t *testing.T) {
	z, problems := readOne(t, fstest.MapFS{"example.com.yaml": {Data: []byte("\ufeffwww: {type: A, value: 192.0.2.1}\r\n")}})
	if z == nil || len(z.RRsets()) != 1 {
		t.Fatal(problems)
	}
	wantPart(t, problems.Error(), "example.com.yaml:1:1: warning: file begins with a byte order mark")
	if got, want := z.RRsets()[0].Values[0].Pos, (schema.Position{File: "example.com.yaml", Line: 1, Col: 23}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestConflictMarkersInText holds what only looks like a marker to being text.
func TestConflictMarkersInText(t *testing.T) {
	z, problems := readOne(t, fstest.MapFS{"example.com.yaml": {Data: []byte("www:\n  type: TXT\n  value: |-\n    <<<<<<< HEAD\n")}})
	if z == nil {
		t.Error(problems)
	}
}

func TestDepth(t *testing.T) {
	nest := func(n int, inner string) string { return strings.Repeat("[", n) + inner + strings.Repeat("]", n) }
	wantPart(t, refused(t, "example.com.yaml", "a: &a "+nest(60, "")+"\nb: "+nest(60, "*a")+"\n"), "nesting deeper than 100")
	fsys := make(fstest.MapFS)
	for i := range 150 {
		fsys[fmt.Sprintf("templates/%d.yaml", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "- !include %d.yaml\n", i+1)}
	}
	fsys["example.com.yaml"] = &fstest.MapFile{Data: []byte("a: !include templates/0.yaml\n")}
	z, problems := readOne(t, fsys)
	if z != nil {
		t.Fatal("got a zone, want it refused")
	}
	wantPart(t, problems.Error(), "files include each other")
}
