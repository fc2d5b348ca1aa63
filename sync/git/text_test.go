package git

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

func TestTextFromElsewhere(t *testing.T) {
	const evil = "a\x1b[31m\u202eb\u2028c\n::warning::\xff\u0085"
	if got, want := escape(evil), `a\x1b[31m\u202eb\u2028c\n::warning::`+"\uFFFD"+`\u0085`; got != want {
		t.Errorf("escape: got %q, want %q", got, want)
	}
	if got, want := clean("\n"+evil), "a [31m b c"; got != want {
		t.Errorf("clean: got %q, want %q", got, want)
	}
	for _, got := range []string{escape(strings.Repeat("ü", 5000)), clean(strings.Repeat("ü", 5000))} {
		if got := len([]rune(got)); got != maxText+1 {
			t.Errorf("length: got %d, want %d", got, maxText+1)
		}
	}
	if got, want := withoutUserInfo("get https://me:s3c@ret@git.example/x: no"), "get https://git.example/x: no"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// unprintable are characters that a terminal, a CI log or a page may obey.
const unprintable = "\x1b\r\x07\u0085\u009b\u202e\u2028\u2066"

func wantPrintable(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: got no error", what)
	} else if strings.ContainsAny(strings.ReplaceAll(err.Error(), "\n", ""), unprintable) || strings.Contains(err.Error(), "\n::") {
		t.Errorf("%s: got %q, want it quoted", what, err)
	}
}

// No error shows text from a commit or a repository's folder raw.
func TestFaultB3TextFromElsewhereIsQuoted(t *testing.T) {
	const evil = "x" + unprintable + "\n::warning::forged"
	name := strings.NewReplacer("\x00", "", "/", "").Replace(evil)
	w := newWork(t)
	w.write("zones/"+name, "version https://git-lfs.github.com/spec/v1\n")
	if err := os.Symlink(evil, filepath.Join(w.dir, "zones", "link"+name)); err != nil {
		t.Fatal(err)
	}
	w.write("zones/folder"+name+"/a", "1")
	w.git("add", "-A")
	w.git("-c", "user.name="+strings.ReplaceAll(evil, "\n", " "), "commit", "-q", "-m", evil, "--author", strings.ReplaceAll(evil, "\n", " ")+" <a@b.example>")
	hash := w.git("rev-parse", "HEAD")
	r := open(t, serve(t, w).url)
	c := pull(t, r)
	for what, text := range map[string]string{"author": c.Author, "subject": c.Subject, "branch": c.Branch} {
		if strings.ContainsAny(text, unprintable+"\n") {
			t.Errorf("%s: got %q", what, text)
		}
	}
	tree := commitFS(t, r, hash).(*Tree)
	for _, file := range []string{name, "link" + name, "folder" + name, "link" + name + "/x", "none" + name} {
		_, err := tree.ReadFile("zones/" + file)
		wantPrintable(t, "read "+file, err)
		_, err = tree.Stat("zones/" + file + "/none")
		wantPrintable(t, "stat "+file, err)
	}
	for _, rev := range []string{evil, evil + ":a"} {
		_, err := r.Resolve(rev)
		wantPrintable(t, "resolve", err)
		_, err = r.Commit(rev)
		wantPrintable(t, "commit", err)
	}
	_, err := Open(t.Context(), Options{URL: w.dir, Ref: evil})
	wantPrintable(t, "ref", err)
	_, err = Open(t.Context(), Options{URL: filepath.Join(w.dir, name)})
	wantPrintable(t, "path", err)

	for _, head := range []string{"ref: refs/heads/" + evil, "ref: " + evil, evil} {
		local := newWork(t)
		local.write(".git/HEAD", head)
		_, err := Head(local.dir)
		if err != nil {
			wantPrintable(t, "HEAD", err)
		}
		if _, err = open(t, local.dir).Pull(t.Context()); err != nil {
			wantPrintable(t, "HEAD", err)
		}
	}
	linked := t.TempDir()
	for _, text := range []string{"gitdir: " + evil, evil} {
		if err := os.WriteFile(filepath.Join(linked, ".git"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err = Open(t.Context(), Options{URL: linked})
		wantPrintable(t, ".git file", err)
	}
}

func TestFaultB3TextFromAServerIsQuoted(t *testing.T) {
	const evil = "x" + unprintable + "\n::warning::forged"
	w := newWork(t)
	w.push("zones/a.yaml", "records")
	for name, fault := range map[string]http.HandlerFunc{
		"error line": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
			_, _ = rw.Write([]byte(pktLine("ERR " + evil)))
		},
		"no list": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
			_, _ = rw.Write([]byte(evil))
		},
		"malformed line": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
			_, _ = rw.Write([]byte(pktLine(evil + strings.Repeat("y", 60))))
		},
		"page": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "text/html")
			_, _ = rw.Write([]byte(evil))
		},
		"title": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "text/html; charset=\x9b")
			_, _ = rw.Write([]byte("<TITLE>" + evil + "&#x202e;&#27;</title>"))
		},
		"status": status(502, evil),
		"redirect": func(rw http.ResponseWriter, req *http.Request) {
			http.Redirect(rw, req, "http://"+"git.example/%1b%5b31m"+"\u202e", http.StatusFound)
		},
	} {
		s := serve(t, w)
		s.fault(onList(fault))
		_, err := open(t, s.url).Pull(t.Context())
		wantPrintable(t, name, err)
	}
	// An error message in the pack's own stream.
	server := newRogue(t)
	server.tip = plumbing.NewHash(fmt.Sprintf("%040x", 1))
	server.caps = " side-band-64k"
	server.pack = []byte(pktLine("\x03" + evil))
	_, err := open(t, server.url).Pull(t.Context())
	wantPrintable(t, "error in the pack", err)
	if !errors.Is(err, ErrPartial) {
		t.Errorf("got %v, want %v", err, ErrPartial)
	}
}
