package git

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

// Git can read a mirror, and would write the same indexes.
func TestMirrorAgreesWithGit(t *testing.T) {
	w := newWork(t)
	for i := range 40 {
		w.push(fmt.Sprintf("zones/%d.yaml", i%3), strings.Repeat("a line of text\n", 200+i))
	}
	w.git("gc", "-q")
	w.git("tag", "-m", "annotated", "v1")
	s := serve(t, w)
	r := open(t, s.url)
	pull(t, r)
	wantHash(t, r, w.push("zones/0.yaml", "last"))
	mirror := &work{t: t, dir: r.mirror.dir}
	if got, want := mirror.git("rev-list", "--objects", "HEAD"), w.git("rev-list", "--objects", "HEAD"); got != want {
		t.Errorf("objects: got %s, want %s", got, want)
	}
	if got, want := mirror.git("log", "--format=%H"), w.git("log", "--format=%H"); got != want {
		t.Errorf("log: got %s, want %s", got, want)
	}
	packs, err := filepath.Glob(filepath.Join(r.mirror.packDir(), "*.pack"))
	if err != nil || len(packs) != 2 {
		t.Fatalf("packs: got %v, %v, want two", packs, err)
	}
	for _, pack := range packs {
		index := filepath.Join(t.TempDir(), "index")
		mirror.git("index-pack", "-o", index, pack)
		if err := exec.Command("cmp", index, strings.TrimSuffix(pack, ".pack")+".idx").Run(); err != nil {
			t.Errorf("%s: the index differs from Git's: %v", pack, err)
		}
	}
}

// Deltas may name their base by hash, and come before it.
func TestDeltasThatComeBeforeTheirBase(t *testing.T) {
	content := func(i int) []byte { return bytes.Repeat([]byte{byte('a' + i)}, 100+i) }
	// Each replaces all of its base: no copy, one insertion.
	delta := func(from, to int) []byte {
		return append([]byte{byte(len(content(from))), byte(len(content(to))), byte(len(content(to)))}, content(to)...)
	}
	p := new(packMaker)
	for i := 9; i > 0; i-- {
		base := plumbing.ComputeHash(plumbing.BlobObject, content(i-1))
		d := delta(i-1, i)
		p.entry(plumbing.REFDeltaObject, int64(len(d)), base[:], d)
	}
	first, at := p.add(plumbing.BlobObject, content(0))
	p.addDelta(at, delta(0, 1)) // the same object twice
	server := newRogue(t)
	server.push(p, "x", "")
	r := open(t, server.url)
	wantHash(t, r, server.tip.String())
	for i := range 10 {
		got, err := r.store().blob(plumbing.ComputeHash(plumbing.BlobObject, content(i)))
		if err != nil || !bytes.Equal(got, content(i)) {
			t.Errorf("object %d: got %q, %v", i, got, err)
		}
	}
	if !r.store().has(first) {
		t.Error("the base is missing")
	}
}

func TestMalformedPacks(t *testing.T) {
	var missing plumbing.Hash
	missing[0] = 1
	good := new(packMaker)
	_, blob := good.add(plumbing.BlobObject, []byte("content"))
	for name, do := range map[string]func(p *packMaker){
		"delta without a base":      func(p *packMaker) { p.entry(plumbing.REFDeltaObject, 3, missing[:], []byte{1, 1, 0}) },
		"delta of a later object":   func(p *packMaker) { p.addDelta(11, []byte{7, 7, 0x90, 7}) },
		"delta of itself":           func(p *packMaker) { p.entry(plumbing.OFSDeltaObject, 3, []byte{0}, []byte{1, 1, 0}) },
		"delta of another size":     func(p *packMaker) { p.addDelta(blob, []byte{9, 7, 0x90, 7}) },
		"delta that copies too far": func(p *packMaker) { p.addDelta(blob, []byte{7, 9, 0x90, 9}) },
		"delta of nothing":          func(p *packMaker) { p.addDelta(blob, nil) },
		"delta with endless sizes":  func(p *packMaker) { p.addDelta(blob, bytes.Repeat([]byte{0x80}, 30)) },
		"object shorter than said":  func(p *packMaker) { p.entry(plumbing.BlobObject, 9, nil, []byte("content")) },
		"object longer than said":   func(p *packMaker) { p.entry(plumbing.BlobObject, 5, nil, []byte("content")) },
		"unknown type":              func(p *packMaker) { p.entry(5, 7, nil, []byte("content")) },
	} {
		p := new(packMaker)
		p.add(plumbing.BlobObject, []byte("content"))
		do(p)
		o := Options{}.withDefaults()
		dir := t.TempDir()
		if _, err := receivePack(t.Context(), dir, bytes.NewReader(p.pack(p.count)), o); err == nil {
			t.Errorf("%s: got no error", name)
		}
		noLeftovers(t, dir)
	}
}

func FuzzReceivePack(f *testing.F) {
	p := new(packMaker)
	_, base := p.add(plumbing.BlobObject, []byte("some content"))
	p.addDelta(base, []byte{12, 4, 4, 1, 2, 3, 4})
	p.addDelta(base, repeat(12, 3))
	p.commit("x", "")
	f.Add(p.pack(p.count))
	f.Fuzz(func(t *testing.T, pack []byte) {
		m := mirror{dir: filepath.Join(t.TempDir(), "m.git")}
		if err := m.create(address{url: "https://git.example/z"}); err != nil {
			t.Fatal(err)
		}
		o := Options{MaxBytes: 1 << 20, MaxFileBytes: 1 << 16}.withDefaults()
		if _, err := receivePack(t.Context(), m.packDir(), bytes.NewReader(pack), o); err == nil {
			if _, err := openStore(m.dir, o); err != nil {
				t.Errorf("a stored pack cannot be opened: %v", err)
			}
		}
		noLeftovers(t, m.dir)
	})
}
