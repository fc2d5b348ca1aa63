package vpsorg

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// Law: whatever the service's spelling, the same zone is read.
func TestDialectsRead(t *testing.T) {
	want := sample(t)
	for _, d := range vpsorgtest.Dialects() {
		t.Run(d.Name, func(t *testing.T) {
			_, c, ref := simulate(t, vpsorgtest.Options{Dialect: d}, allStored(want)...)
			refs, err := c.Zones(t.Context())
			if err != nil || refs.Partial != "" || len(refs.Zones) != 1 || refs.Zones[0].ID != ref.ID || refs.Zones[0].Name != ref.Name {
				t.Fatalf("zones: got %+v, %v", refs, err)
			}
			live := mustZone(t, c, ref, want...)
			if live.Partial != "" {
				t.Errorf("got a partial read: %s", live.Partial)
			}
			holds(t, live, want)
		})
	}
}

// Law: what is created, changed and deleted is what is read back, in every dialect that
// stores what it is sent.
func TestDialectsWrite(t *testing.T) {
	want := sample(t)
	for _, d := range vpsorgtest.Dialects() {
		if d.Rewrite != nil || d.MinTTL > 0 || d.MaxTTL > 0 {
			continue
		}
		bubble(t, d.Name, func(t *testing.T) {
			s := vpsorgtest.New(vpsorgtest.Options{Dialect: d})
			c := newClient(t, s.Transport())
			ref, _, err := c.CreateZone(t.Context(), zoneName())
			if err != nil {
				t.Fatal(err)
			}
			extra := rec(t, "extra", schema.A, 60, "192.0.2.99")
			for _, r := range append(slices.Clone(want), extra) {
				before := r
				before.TTL++
				if err := c.CreateRecord(t.Context(), ref, before); err != nil {
					t.Fatal(err)
				}
			}
			settled(t, c, ref)
			live := mustZone(t, c, ref, want...)
			for _, l := range live.Records {
				for _, r := range want {
					if l.Record.Key() == r.Key() && l.Record.Data == r.Data {
						if err := c.UpdateRecord(t.Context(), ref, l, r); err != nil {
							t.Fatal(err)
						}
					}
				}
				if l.Record.Key() == extra.Key() {
					if err := c.DeleteRecord(t.Context(), ref, l); err != nil {
						t.Fatal(err)
					}
				}
			}
			settled(t, c, ref)
			live = mustZone(t, c, ref, want...)
			holds(t, live, want)
			if err := c.DeleteZone(t.Context(), ref); err != nil {
				t.Fatal(err)
			}
			if len(s.Zones()) != 0 {
				t.Error("the zone is still there")
			}
		})
	}
}

// settled makes the reads that follow show all writes: in the bubble's time, and after
// the reads that a dialect lets lag behind.
func settled(t *testing.T, c *Client, ref ZoneRef) {
	t.Helper()
	time.Sleep(2 * time.Second)
	mustZone(t, c, ref)
}

// Law: a random record of any type, in any dialect, is one of the readings of what the
// service shows of it.
func TestRoundTrip(t *testing.T) {
	for _, d := range vpsorgtest.Dialects() {
		if d.Rewrite != nil || d.MinTTL > 0 || d.MaxTTL > 0 || d.LagReads > 0 || d.LagTime > 0 {
			continue
		}
		bubble(t, d.Name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(7, 11))
			d.Duplicates, d.LaxConflicts = vpsorgtest.DuplicateCopied, true
			_, c, ref := simulate(t, vpsorgtest.Options{Dialect: d})
			var want []schema.Record
			for range 150 {
				record := randomRecord(t, r)
				if err := c.CreateRecord(t.Context(), ref, record); err != nil {
					t.Fatalf("%+v: %v", record, err)
				}
				want = append(want, record)
			}
			holds(t, mustZone(t, c, ref, want...), want)
		})
	}
}

// randomRecord returns a record that the simulator takes.
func randomRecord(t testing.TB, r *rand.Rand) schema.Record {
	label := func() string { return fmt.Sprintf("%c%d", 'a'+rune(r.IntN(26)), r.IntN(10)) }
	host := func() schema.Name {
		tail := []string{".example.com", ".sub.example.com", ".example.net", ".example.com.example.com", ".xn--bcher-kva.example"}
		return schema.MustParseName(label() + tail[r.IntN(len(tail))])
	}
	types := schema.Types()
	typ := types[r.IntN(len(types))]
	var d schema.RDATA
	var err error
	switch typ {
	case schema.A:
		d, err = schema.NewA(netip.AddrFrom4([4]byte{192, 0, 2, byte(r.IntN(256))}))
	case schema.AAAA:
		var a [16]byte
		for i := range a {
			a[i] = byte(r.IntN(4) * 64)
		}
		d, err = schema.NewAAAA(netip.AddrFrom16(a))
	case schema.CNAME:
		d = schema.NewCNAME(host())
	case schema.NS:
		d = schema.NewNS(host())
	case schema.MX:
		d = schema.NewMX(uint16(r.IntN(3)*32767), host())
	case schema.SRV:
		d = schema.NewSRV(uint16(r.IntN(3)), uint16(r.IntN(3)), uint16(r.IntN(65536)), host())
	case schema.CAA:
		d, err = schema.NewCAA(uint8(r.IntN(2)*128), "issue", randomText(r, ` ab;"\`, 6))
	case schema.TXT:
		d = schema.NewTXT("x" + randomText(r, " aB;\"\\065ü", 8) + randomText(r, "long ", 1+r.IntN(2)*600))
	}
	if err != nil {
		t.Fatal(err)
	}
	name := schema.MustParseName(label() + "." + label() + ".example.com")
	return schema.Record{Name: name, Type: typ, TTL: schema.TTL(r.IntN(100000)), Data: d}
}

func randomText(r *rand.Rand, alphabet string, most int) string {
	runes := []rune(alphabet)
	var b strings.Builder
	for range r.IntN(most + 1) {
		b.WriteRune(runes[r.IntN(len(runes))])
	}
	return b.String()
}
