package vpsorg

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// fill returns n records of the usual kinds.
func fill(tb testing.TB, n int) []vpsorgtest.Record {
	var out []vpsorgtest.Record
	for i := range n {
		name := fmt.Sprintf("h%d", i)
		switch i % 5 {
		case 0:
			out = append(out, stored(rec(tb, name, schema.CNAME, 300, "www.example.com.")))
		case 1:
			out = append(out, stored(rec(tb, name, schema.TXT, 300, "v=spf1 include:_spf.example.net -all")))
		case 2:
			out = append(out, stored(rec(tb, name, schema.MX, 300, "10 mail.example.com.")))
		default:
			out = append(out, stored(rec(tb, name, schema.A, 300, "192.0.2.1")))
		}
	}
	return out
}

// BenchmarkZone measures what it costs to read a zone, the simulator's part included,
// which has the answer at hand.
func BenchmarkZone(b *testing.B) {
	for _, n := range []int{50, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			_, c, ref := simulate(b, vpsorgtest.Options{KeepCalls: -1}, fill(b, n)...)
			b.ReportAllocs()
			for b.Loop() {
				if live := mustZone(b, c, ref); len(live.Records) != n {
					b.Fatalf("got %d records, want %d", len(live.Records), n)
				}
			}
		})
	}
}

// BenchmarkReadZone measures what it costs to decode the detail of a zone.
func BenchmarkReadZone(b *testing.B) {
	for _, n := range []int{50, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, _, ref := simulate(b, vpsorgtest.Options{KeepCalls: -1}, fill(b, n)...)
			detail := detailOf(b, s, ref)
			b.SetBytes(int64(len(detail)))
			b.ReportAllocs()
			for b.Loop() {
				_, p, err := readDetail(newJSONReader(bytes.NewReader(detail), int64(len(detail))), listBounds())
				if err != nil || len(p.items) != n {
					b.Fatalf("got %d records, %v", len(p.items), err)
				}
			}
		})
	}
}

// detailOf returns the answer of a simulator to the call for a zone.
func detailOf(tb testing.TB, s *vpsorgtest.Server, ref ZoneRef) []byte {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, testURL+"/dns-zones/"+ref.ID+"/", nil)
	if err != nil {
		tb.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.Token())
	resp, err := s.Transport().RoundTrip(r)
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		tb.Fatalf("got status %d, %v", resp.StatusCode, err)
	}
	return body
}

// BenchmarkReadBack measures what it costs to learn from a zone of which every record was
// just written.
func BenchmarkReadBack(b *testing.B) {
	for _, n := range []int{50, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			z := rawZone{ref: ZoneRef{Name: schema.MustParseName("example.com")}}
			var written []schema.Record
			for i := range n {
				r := rec(b, fmt.Sprintf("h%d", i), schema.TXT, 300, "v=spf1 include:_spf.example.net -all")
				written = append(written, r)
				z.records = append(z.records, wireRecord{
					Type:  scalar{s: string(r.Type), set: true},
					Name:  scalar{s: ownerName(r.Name, z.ref.Name), set: true},
					Value: scalar{s: carriedValue(r.Data), set: true},
				})
			}
			for b.Loop() {
				readBack(z, written)
			}
		})
	}
}

// BenchmarkSweep reads 1,000 zones of 50 records over real connections.
func BenchmarkSweep(b *testing.B) {
	s := vpsorgtest.New(vpsorgtest.Options{KeepCalls: -1})
	for i := range 1000 {
		var records []vpsorgtest.Record
		domain := fmt.Sprintf("z%d.example", i)
		for j := range 50 {
			records = append(records, vpsorgtest.Record{Type: "A", Name: fmt.Sprintf("h%d", j), Value: "192.0.2.1", TTL: 300})
		}
		if _, err := s.AddZone(domain, records...); err != nil {
			b.Fatal(err)
		}
	}
	server := httptest.NewServer(s)
	b.Cleanup(server.Close)
	c, err := New(Options{URL: server.URL + s.Prefix(), Token: s.Token()})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		list, err := c.Zones(b.Context())
		if err != nil || len(list.Zones) != 1000 {
			b.Fatalf("got %d zones, %v", len(list.Zones), err)
		}
		next := make(chan ZoneRef)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for ref := range next {
					if _, err := c.Zone(b.Context(), ref, nil); err != nil {
						b.Error(err)
					}
				}
			})
		}
		for _, ref := range list.Zones {
			next <- ref
		}
		close(next)
		wg.Wait()
	}
}
