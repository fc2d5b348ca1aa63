package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zonetender/zonetender/schema/zonefile"
)

// A message is one of the Language Server Protocol (JSON-RPC 2.0).
type message struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
}

// An editor speaks with a language server as editors do.
type editor struct {
	t        *testing.T
	in       io.Writer
	messages chan message
	ids      int
	found    map[string]string // what diagnostics said last, by the URI of a file
}

// newEditor starts yaml-language-server, and skips the test where there is none.
func newEditor(t *testing.T, root string) *editor {
	t.Helper()
	path, err := exec.LookPath("yaml-language-server")
	if err != nil {
		t.Skip("no yaml-language-server here; npm install --global yaml-language-server brings it")
	}
	cmd := exec.Command(path, "--stdio")
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil || err1 != nil || err2 != nil {
		t.Fatal(err, err1, err2)
	}
	stop := time.AfterFunc(5*time.Minute, func() { cmd.Process.Kill() })
	t.Cleanup(func() {
		stop.Stop()
		cmd.Process.Kill()
		cmd.Wait()
	})
	e := &editor{t: t, in: in, messages: make(chan message, 100), found: make(map[string]string)}
	go e.listen(bufio.NewReader(out))
	e.call("initialize", map[string]any{"processId": os.Getpid(), "rootUri": "file://" + root, "capabilities": map[string]any{}})
	e.send(message{Method: "initialized", Params: params(map[string]any{})})
	return e
}

// listen reads messages until the server ends.
func (e *editor) listen(r *bufio.Reader) {
	defer close(e.messages)
	for {
		head, err := textproto.NewReader(r).ReadMIMEHeader()
		n, convErr := strconv.Atoi(head.Get("Content-Length"))
		if err != nil || convErr != nil {
			return
		}
		body := make([]byte, n)
		if _, err := io.ReadFull(r, body); err != nil {
			return
		}
		var m message
		if json.Unmarshal(body, &m) != nil {
			return
		}
		e.messages <- m
	}
}

func params(v any) json.RawMessage {
	out, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return out
}

func (e *editor) send(m message) {
	e.t.Helper()
	m.Version = "2.0"
	body := params(m)
	if _, err := fmt.Fprintf(e.in, "Content-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		e.t.Fatal(err)
	}
}

// next takes in one message of the server, and answers its questions with nothing.
func (e *editor) next() message {
	e.t.Helper()
	m, ok := <-e.messages
	if !ok {
		e.t.Fatal("the language server has ended, or was too slow")
	}
	switch {
	case m.Method == "workspace/configuration":
		e.send(message{ID: m.ID, Result: params([]any{nil, nil, nil, nil, nil})})
	case m.Method != "" && m.ID != nil:
		e.send(message{ID: m.ID, Result: json.RawMessage("null")})
	case m.Method == "textDocument/publishDiagnostics":
		var p struct {
			URI         string
			Diagnostics []struct{ Message string }
		}
		if err := json.Unmarshal(m.Params, &p); err != nil {
			e.t.Fatal(err)
		}
		e.found[p.URI] = fmt.Sprint(p.Diagnostics)
	}
	return m
}

// call makes a request and returns its result.
func (e *editor) call(method string, v any) json.RawMessage {
	e.t.Helper()
	e.ids++
	id := strconv.Itoa(e.ids)
	e.send(message{ID: json.RawMessage(id), Method: method, Params: params(v)})
	for {
		if m := e.next(); string(m.ID) == id && m.Method == "" {
			return m.Result
		}
	}
}

// open shows the server a file, and returns what it finds in it.
func (e *editor) open(path, text string) (uri, diagnostics string) {
	e.t.Helper()
	uri = "file://" + path
	e.send(message{Method: "textDocument/didOpen", Params: params(map[string]any{
		"textDocument": map[string]any{"uri": uri, "languageId": "yaml", "version": 1, "text": text},
	})})
	for {
		e.next()
		if found, ok := e.found[uri]; ok {
			return uri, found
		}
	}
}

// complete returns the labels that the server offers at a place, from 0.
func (e *editor) complete(uri string, line, character int) (labels []string) {
	e.t.Helper()
	result := e.call("textDocument/completion", map[string]any{
		"textDocument": map[string]any{"uri": uri}, "position": map[string]any{"line": line, "character": character},
	})
	var list struct{ Items []struct{ Label string } }
	if err := json.Unmarshal(result, &list); err != nil {
		e.t.Fatal(err)
	}
	for _, i := range list.Items {
		labels = append(labels, i.Label)
	}
	return labels
}

// Editors complete keys and mark mistakes, with the comment at the top that the README shows.
func TestEditorsKnowZoneFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, k := range zonefile.FileKinds() {
		if err := os.WriteFile(filepath.Join(dir, string(k)+".schema.json"), zonefile.JSONSchema(k), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	e := newEditor(t, dir)
	for _, c := range []struct {
		kind, text      string
		line, character int
		offers, says    string
	}{
		{"zone", "zone: example.com\n\nrecords: {}\n", 2, 0, "manage", ""},
		{"zone", "zone: example.com\nrecrods: {}\n", 2, 0, "", "recrods"},
		{"zone", "zone: example.com\nrecords:\n  www:\n    \n", 4, 4, "CNAME", ""},
		{"zone", "www:\n  type: A\n  v\n", 3, 3, "values", ""},
		{"zone", "www:\n  type: CNAM\n  value: a.\n", 2, 0, "", "CNAM"},
		{"zone", "zone: example.com\nrecords:\n  www: {A: 192.0.2.1, TXT: 012, CAA: [0 issue \"x\"], ttl: 5m}\n", 1, 0, "", ""},
		{"settings", "\nttl: 5m\n", 1, 0, "unsupported_types", ""},
		{"settings", "checks: {ttl-low: of}\n", 2, 0, "", "of"},
		{"template", "www:\n  \n", 2, 2, "CNAME", ""},
	} {
		name := fmt.Sprintf("%s-%d.yaml", c.kind, len(e.found))
		text := fmt.Sprintf("# yaml-language-server: $schema=%s.schema.json\n%s", c.kind, c.text)
		uri, found := e.open(filepath.Join(dir, name), text)
		if c.says != "" && !strings.Contains(found, c.says) || c.says == "" && c.offers == "" && found != "[]" {
			t.Errorf("%s: found %s, want %q", text, found, c.says)
		}
		if c.offers == "" {
			continue
		}
		if offered := e.complete(uri, c.line, c.character); !slices.Contains(offered, c.offers) {
			t.Errorf("%s: offered %q, want %q among them", text, offered, c.offers)
		}
	}
}
