package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/zonetender/zonetender/schema/zonefile"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// The program starts itself again: here that is the test binary.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && slices.Contains(roles(), os.Args[1]) {
		os.Exit(start(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// content is every file of a folder, by path.
func content(t *testing.T, dir string) []byte {
	t.Helper()
	var all bytes.Buffer
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		fmt.Fprintf(&all, "== %s ==\n%s", path, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.Bytes()
}

// The same size makes the same estate, today and on every machine: else what was measured
// before could not be compared with what is measured now.
func TestEstateIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := writeEstate(dir, size{8, 100}); err != nil {
		t.Fatal(err)
	}
	files := content(t, dir)
	got := sha256.Sum256(fmt.Append(files, liveRecords(size{8, 100}, 3, 50)))
	const want = "77f7d055c2682642887a4d54ed499a39acb74f65fbd17fb43fa9f785b3cdccc3"
	if hex.EncodeToString(got[:]) != want {
		t.Errorf("got an estate with the hash %x, want %s", got, want)
	}
}

// Zones have as many records as their size says, and no name server would refuse one. They
// give no warning either, as those would be a part of what is measured.
func TestZonesValidate(t *testing.T) {
	t.Parallel()
	for _, s := range []size{{4, 1}, {4, 19}, {4, 20}, {40, 100}, {1, 5001}, {1, 60_000}} {
		dir := t.TempDir()
		if err := writeEstate(dir, s); err != nil {
			t.Fatal(err)
		}
		folder, problems, err := zonefile.Open(os.DirFS(dir), ".")
		if err != nil || len(problems) > 0 || len(folder.Sources) != s.zones {
			t.Fatalf("%s: got %d zones, %v, %v", s, len(folder.Sources), problems, err)
		}
		for _, source := range folder.Sources {
			z, problems := folder.Zone(source)
			if len(problems) > 0 {
				t.Fatalf("%s: %v", s, problems[0])
			}
			n := 0
			for _, set := range z.RRsets() {
				n += len(set.InFileOrder())
			}
			if n != s.records {
				t.Errorf("%s: zone %s has %d records", s, z.Name(), n)
			}
		}
	}
}

// The service takes every record that it begins with, and one call puts each difference
// right.
func TestLiveDiffersInItsShare(t *testing.T) {
	t.Parallel()
	const zones, records = 10, 100
	s := size{zones, records}
	for percent, want := range map[float64]int{0: 0, 1: 10, 12.5: 125, 100: 1000} {
		server := vpsorgtest.New(vpsorgtest.Options{})
		differences := 0
		for i := range zones {
			if _, err := server.AddZone(zoneName(i), liveRecords(s, i, percent)...); err != nil {
				t.Fatal(err)
			}
			differences += unlike(liveRecords(s, i, 0), liveRecords(s, i, percent))
		}
		if differences != want {
			t.Errorf("%v %%: got %d differences, want %d", percent, differences, want)
		}
	}
}

// unlike counts the calls that make live as desired: per RRset as many as are missing or too
// many, whichever is more.
func unlike(desired, live []vpsorgtest.Record) int {
	type rrset struct{ name, kind string }
	missing, extra := map[rrset]int{}, map[rrset]int{}
	count := func(in map[rrset]int, all, others []vpsorgtest.Record) {
		for _, r := range all {
			if !slices.Contains(others, r) {
				in[rrset{r.Name, r.Type}]++
			}
		}
	}
	count(missing, desired, live)
	count(extra, live, desired)
	n := 0
	for key, m := range missing {
		n += max(m, extra[key])
		delete(extra, key)
	}
	for _, e := range extra {
		n += e
	}
	return n
}

func TestSizes(t *testing.T) {
	t.Parallel()
	if got, err := parseSize("1000x50"); err != nil || got != (size{1000, 50}) || got.total() != 50_000 {
		t.Errorf("got %v, %v", got, err)
	}
	for _, text := range []string{"", "x", "1x", "x1", "0x1", "1x0", "-1x5", "1x1x1", "1000001x1", "1 x 1", "1.5x2"} {
		if got, err := parseSize(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}
