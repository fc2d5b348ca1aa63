package git

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

// BenchmarkFleet is ten thousand zone files of 25 records: the first clone, one
// push, and reading them all.
func BenchmarkFleet(b *testing.B) {
	w := newWork(b)
	for i := range 10_000 {
		w.write(fmt.Sprintf("zones/zone%d.example.yaml", i), strings.Repeat(fmt.Sprintf("www%d: {A: 192.0.2.1}\n", i), 25))
	}
	hash := w.commit("x")
	s := serve(b, w)
	b.Run("clone", func(b *testing.B) {
		for b.Loop() {
			wantHash(b, open(b, s.url), hash)
		}
	})
	r := open(b, s.url)
	wantHash(b, r, hash)
	b.Run("nothing new", func(b *testing.B) {
		for b.Loop() {
			wantHash(b, r, hash)
		}
	})
	b.Run("read all", func(b *testing.B) {
		for b.Loop() {
			fsys := commitFS(b, r, hash)
			names, err := fs.Glob(fsys, "zones/*.yaml")
			if err != nil || len(names) != 10_000 {
				b.Fatalf("got %d names, %v", len(names), err)
			}
			for _, name := range names {
				if _, err := fs.ReadFile(fsys, name); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("one push", func(b *testing.B) {
		for b.Loop() {
			wantHash(b, r, w.push("zones/zone1.example.yaml", fmt.Sprint(b.N, b.Elapsed())))
		}
	})
}
