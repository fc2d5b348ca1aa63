package vpsorg

import (
	"strings"
	"testing"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// A zone is created once, whatever becomes of the answer.
func TestCreateZone(t *testing.T) {
	rules := losses()
	for name, loss := range rules {
		bubble(t, name, func(t *testing.T) {
			s := vpsorgtest.New(vpsorgtest.Options{})
			c := newClient(t, s.Transport())
			s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.CreateZone, Times: 1, Do: loss.do})
			ref, _, err := c.CreateZone(t.Context(), zoneName())
			if err != nil || len(s.Zones()) != 1 || ref.ID != s.Zones()[0].ID || ref.Name != zoneName() {
				t.Errorf("got %+v, %v", ref, err)
			}
		})
	}
	for name, do := range map[string]vpsorgtest.Action{
		"half an answer": vpsorgtest.InvalidJSON(), "large answer": vpsorgtest.Oversize(maxBody + 10), "slow answer": vpsorgtest.Drip(1, 1e9),
	} {
		bubble(t, name, func(t *testing.T) {
			s := vpsorgtest.New(vpsorgtest.Options{})
			c := newClient(t, s.Transport())
			s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.CreateZone, Do: do})
			ref, _, err := c.CreateZone(t.Context(), zoneName())
			if err != nil || len(s.Zones()) != 1 || ref.ID != s.Zones()[0].ID {
				t.Errorf("got %+v, %v", ref, err)
			}
		})
	}
}

// Only an answer that says so shows that the zone was not there before.
func TestCreateZoneSaysWhetherItMadeIt(t *testing.T) {
	s := vpsorgtest.New(vpsorgtest.Options{})
	c := newClient(t, s.Transport())
	for _, want := range []bool{true, false} {
		if _, made, err := c.CreateZone(t.Context(), zoneName()); err != nil || made != want {
			t.Errorf("got made %t, %v; want %t", made, err, want)
		}
	}
}

// That a zone exists is a 400 in whatever words: it is looked up.
func TestCreateZoneThatExists(t *testing.T) {
	for _, d := range vpsorgtest.Dialects() {
		s := vpsorgtest.New(vpsorgtest.Options{Dialect: d, OtherZones: []string{"taken.example"}})
		id, err := s.AddZone("example.com")
		if err != nil {
			t.Fatal(err)
		}
		c := newClient(t, s.Transport())
		if ref, made, err := c.CreateZone(t.Context(), zoneName()); err != nil || made || ref.ID != id {
			t.Errorf("%s: got %+v, %v", d.Name, ref, err)
		}
		_, _, err = c.CreateZone(t.Context(), schema.MustParseName("taken.example"))
		if err == nil || !strings.Contains(err.Error(), "another account may own it") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v", d.Name, err)
		}
		if e := mustError(t, err); e.Status != 400 || e.Unknown() {
			t.Errorf("%s: got %v", d.Name, e)
		}
	}
}

func TestCreateZoneErrors(t *testing.T) {
	bubble(t, "denied", func(t *testing.T) {
		c := newClient(t, vpsorgtest.New(vpsorgtest.Options{Permissions: []string{"dns:list"}}).Transport())
		_, _, err := c.CreateZone(t.Context(), zoneName())
		if e := mustError(t, err); !e.Denied() {
			t.Errorf("got %v", e)
		}
	})
	bubble(t, "unknown", func(t *testing.T) {
		s := vpsorgtest.New(vpsorgtest.Options{})
		c := newClient(t, s.Transport())
		s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.CreateZone, Do: vpsorgtest.LostReply()})
		s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.ListZones, Do: vpsorgtest.HTMLPage(503)})
		_, _, err := c.CreateZone(t.Context(), zoneName())
		if e := mustError(t, err); !e.Unknown() {
			t.Errorf("got %v", e)
		}
	})
	bubble(t, "never listed", func(t *testing.T) {
		s := vpsorgtest.New(vpsorgtest.Options{Dialect: vpsorgtest.Dialect{Post: vpsorgtest.AnswerEmpty}})
		c := newClient(t, s.Transport())
		s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.ListZones, Do: vpsorgtest.EmptyList()})
		if _, _, err := c.CreateZone(t.Context(), zoneName()); err == nil || !strings.Contains(err.Error(), "created, but not listed yet") {
			t.Errorf("got %v", err)
		}
	})
}

func TestDeleteZone(t *testing.T) {
	for name, do := range map[string]vpsorgtest.Action{
		"cut after": vpsorgtest.LostReply(), "502 after": vpsorgtest.PerformThen(502), "502": vpsorgtest.HTMLPage(502), "429": vpsorgtest.RetryAfter(429, "1"),
	} {
		bubble(t, name, func(t *testing.T) {
			s, c, ref := simulate(t, vpsorgtest.Options{})
			s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.DeleteZone, Times: 1, Do: do})
			if err := c.DeleteZone(t.Context(), ref); err != nil || len(s.Zones()) != 0 {
				t.Errorf("got %v and %d zones", err, len(s.Zones()))
			}
			if err := c.DeleteZone(t.Context(), ref); err != nil {
				t.Errorf("got %v for a zone that is gone", err)
			}
		})
	}
	// A 404 for a zone that is listed all the same is no deletion.
	s, c, ref := simulate(t, vpsorgtest.Options{})
	s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.DeleteZone, Do: vpsorgtest.Answer(404, "")})
	if e := mustError(t, c.DeleteZone(t.Context(), ref)); !e.NotFound() {
		t.Errorf("got %v", e)
	}
}
