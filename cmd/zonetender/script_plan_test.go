package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"regexp"

	"github.com/rogpeppe/go-internal/testscript"
)

// tamper is the script command "tamper FILE PATTERN TEXT": it replaces what matches in a saved
// plan or a snapshot and makes the digest fit, as somebody would who means harm.
func tamper(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: tamper FILE PATTERN TEXT")
	}
	path := ts.MkAbs(args[0])
	text, err := os.ReadFile(path)
	ts.Check(err)
	pattern, err := regexp.Compile(args[1])
	ts.Check(err)
	if !pattern.Match(text) {
		ts.Fatalf("%s does not match in %s", args[1], args[0])
	}
	text = pattern.ReplaceAll(text, []byte(args[2]))
	digest := regexp.MustCompile(`,\n  "digest": "sha256:[0-9a-f]*"`)
	at := digest.FindIndex(text)
	if at == nil {
		ts.Fatalf("%s has no digest", args[0])
	}
	fit := fmt.Appendf(nil, ",\n  \"digest\": \"sha256:%x\"", sha256.Sum256(text[:at[0]]))
	ts.Check(os.WriteFile(path, bytes.Replace(text, text[at[0]:at[1]], fit, 1), 0o644))
}
