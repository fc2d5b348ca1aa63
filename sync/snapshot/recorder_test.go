package snapshot_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/snapshot"
)

func listOf(names ...string) diff.ZoneList {
	var list diff.ZoneList
	for _, n := range names {
		list.Zones = append(list.Zones, diff.ZoneRef{ID: "id-" + n, Name: schema.MustParseName(n)})
	}
	return list
}

func liveOf(t testing.TB, domain, addr string) diff.LiveZone {
	t.Helper()
	name := schema.MustParseName(domain)
	data, _, err := schema.ParseRDATA(schema.A, addr, schema.Origin{})
	if err != nil {
		t.Fatal(err)
	}
	return diff.LiveZone{ID: "id", Name: name, Records: []diff.Live{{ID: "rec", Record: schema.Record{Name: name, Type: schema.A, TTL: 60, Data: data}}}}
}

// shown is what a recorder serves: the address in each zone, or why there is none.
func shown(t testing.TB, r *snapshot.Recorder) (map[string]string, time.Time) {
	t.Helper()
	file, err := r.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s, err := snapshot.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	reader := &snapshot.Reader{Snapshot: s, Now: s.Time}
	list, _ := reader.Zones(context.Background())
	out := map[string]string{}
	for _, ref := range list.Zones {
		z, err := reader.Zone(context.Background(), ref, nil)
		if err != nil {
			out[ref.Name.Undotted()] = "not read"
			continue
		}
		out[ref.Name.Undotted()] = z.Records[0].Record.Data.String()
	}
	return out, s.Time
}

func publish(t testing.TB, r *snapshot.Recorder, want map[string]string) time.Time {
	t.Helper()
	if err := r.Publish(); err != nil {
		t.Fatal(err)
	}
	got, at := shown(t, r)
	if d := gocmp.Diff(want, got); d != "" {
		t.Errorf("the snapshot shows (-want +got):\n%s", d)
	}
	return at
}

// The snapshot follows what is read, and is as old as the first of its reads.
func TestRecorder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r, err := snapshot.NewRecorder(filepath.Join(dir, "snapshot"))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		r.Listed(listOf("b.example", "a.example", "parked.example"))
		r.Read(liveOf(t, "b.example", "192.0.2.2"))
		if err := r.Publish(); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Open(); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("before the first sweep has ended: got %v, want no snapshot", err)
		}
		began := time.Now()
		time.Sleep(time.Minute)
		r.Read(liveOf(t, "a.example", "192.0.2.1"))
		r.Swept()
		at := publish(t, r, map[string]string{"a.example": "192.0.2.1", "b.example": "192.0.2.2", "parked.example": "not read"})
		if want := began.Truncate(time.Second); !at.Equal(want) {
			t.Errorf("got the time %v, want %v, when the first zone was read", at, want)
		}

		// A cycle reads some zones, deletes one, and makes another.
		time.Sleep(time.Hour)
		r.Listed(listOf("a.example", "b.example", "parked.example"))
		r.Read(liveOf(t, "a.example", "192.0.2.9"))
		r.Read(liveOf(t, "a.example", "192.0.2.10"))
		r.Read(liveOf(t, "new.example", "192.0.2.3"))
		r.Deleted(schema.MustParseName("parked.example"))
		publish(t, r, map[string]string{"a.example": "192.0.2.10", "b.example": "192.0.2.2", "new.example": "192.0.2.3"})

		// A sweep in which nobody reads b any more forgets its records.
		time.Sleep(time.Hour)
		r.Listed(listOf("a.example", "b.example"))
		r.Read(liveOf(t, "a.example", "192.0.2.11"))
		r.Swept()
		publish(t, r, map[string]string{"a.example": "192.0.2.11", "b.example": "not read"})
	})
	// What an earlier process left is not served.
	r, err := snapshot.NewRecorder(filepath.Join(dir, "snapshot"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Open(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after a restart: got %v, want no snapshot", err)
	}
	left, err := os.ReadDir(filepath.Join(dir, "snapshot"))
	if err != nil || len(left) != 1 {
		t.Errorf("got the files %v and %v, want the spool alone", left, err)
	}
}
