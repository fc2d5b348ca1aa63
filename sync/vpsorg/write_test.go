package vpsorg

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// losses are the ways in which the answer to a POST gets lost; done says whether it was
// performed.
func losses() map[string]struct {
	do   vpsorgtest.Action
	done bool
} {
	type loss = struct {
		do   vpsorgtest.Action
		done bool
	}
	out := map[string]loss{
		"cut after": {vpsorgtest.LostReply(), true}, "cut before": {vpsorgtest.CutBefore(), false},
		"silence after": {vpsorgtest.HangAfter(), true}, "silence before": {vpsorgtest.HangBefore(), false},
	}
	for _, status := range []int{500, 502, 503, 504} {
		out["after, "+vpsorgtest.HTMLPage(status).Body] = loss{vpsorgtest.PerformThen(status), true}
		out["before, "+vpsorgtest.HTMLPage(status).Body] = loss{vpsorgtest.HTMLPage(status), false}
	}
	return out
}

// A POST whose answer is lost is done once, whether or not it had been performed (A5).
func TestLostPost(t *testing.T) {
	r := rec(t, "www", "MX", 60, "0 mail.example.com.")
	for name, loss := range losses() {
		bubble(t, name, func(t *testing.T) {
			s, c, ref := simulate(t, vpsorgtest.Options{Dialect: vpsorgtest.Dialect{Duplicates: vpsorgtest.DuplicateCopied}})
			s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.CreateRecord, Times: 1, Do: loss.do})
			begin := time.Now()
			if err := c.CreateRecord(t.Context(), ref, r); err != nil {
				t.Fatal(err)
			}
			if n := len(s.Records("example.com")); n != 1 {
				t.Errorf("got %d records, want 1", n)
			}
			posts, reads := calls(s, vpsorgtest.CreateRecord), calls(s, vpsorgtest.GetZone)
			switch {
			case loss.done && (posts != 1 || reads != 1):
				t.Errorf("got %d POSTs and %d reads, want 1 and 1", posts, reads)
			case !loss.done && (posts != 2 || reads != 2 || time.Since(begin) < time.Second):
				t.Errorf("got %d POSTs and %d reads in %v, want 2 and 2 and a second between", posts, reads, time.Since(begin))
			}
		})
	}
}

// The outcome is unknown where reading back fails, or may be partial, and then nothing
// is sent again.
func TestLostPostThatCannotBeSettled(t *testing.T) {
	r := rec(t, "www", "A", 60, "192.0.2.1")
	for name, reading := range map[string][]vpsorgtest.Rule{
		"denied":  {{Kind: vpsorgtest.GetZone, Do: vpsorgtest.Answer(403, "")}},
		"down":    {{Kind: vpsorgtest.GetZone, Do: vpsorgtest.HTMLPage(503)}},
		"gone":    {{Kind: vpsorgtest.GetZone, Do: vpsorgtest.Answer(404, "")}},
		"partial": {{Kind: vpsorgtest.GetZone, Do: vpsorgtest.WrongCount(2)}, {Kind: vpsorgtest.ListRecords, Do: vpsorgtest.WrongCount(2)}},
		"second":  {{Kind: vpsorgtest.GetZone, Skip: 1, Do: vpsorgtest.Answer(401, "")}},
	} {
		bubble(t, name, func(t *testing.T) {
			s, c, ref := simulate(t, vpsorgtest.Options{})
			s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.CreateRecord, Do: vpsorgtest.HTMLPage(502)})
			for _, rule := range reading {
				s.AddRule(rule)
			}
			e := mustError(t, c.CreateRecord(t.Context(), ref, r))
			if !e.Unknown() || !strings.Contains(e.Error(), "outcome unknown: read back: ") || !strings.HasPrefix(e.Error(), "POST /dns-zones/") {
				t.Errorf("got %v, Unknown %v", e, e.Unknown())
			}
			if n := calls(s, vpsorgtest.CreateRecord); n != 1 {
				t.Errorf("got %d POSTs, want 1", n)
			}
		})
	}
}

// A service that loses every answer, and does nothing, is given up.
func TestLostPostEveryTime(t *testing.T) {
	bubble(t, "before", func(t *testing.T) {
		s, c, ref := simulate(t, vpsorgtest.Options{})
		s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.CreateRecord, Do: vpsorgtest.HTMLPage(502)})
		e := mustError(t, c.CreateRecord(t.Context(), ref, rec(t, "www", "A", 60, "192.0.2.1")))
		if e.Unknown() || !e.Temporary() || e.Status != 502 || calls(s, vpsorgtest.CreateRecord) != maxPosts {
			t.Errorf("got %v, Unknown %v, after %d POSTs", e, e.Unknown(), calls(s, vpsorgtest.CreateRecord))
		}
	})
}

// A first POST that is performed late makes the second one a duplicate, which some
// services refuse.
func TestLatePost(t *testing.T) {
	bubble(t, "late", func(t *testing.T) {
		s, c, ref := simulate(t, vpsorgtest.Options{})
		r := rec(t, "www", "A", 60, "192.0.2.1")
		s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.CreateRecord, Times: 1, Do: vpsorgtest.CutBefore()})
		n := 0
		s.OnCall(func(call vpsorgtest.Call) {
			if call.Kind != vpsorgtest.CreateRecord {
				return
			}
			if n++; n == 2 {
				if _, err := s.AddRecord("example.com", stored(r)); err != nil {
					t.Error(err)
				}
			}
		})
		if err := c.CreateRecord(t.Context(), ref, r); err != nil || len(s.Records("example.com")) != 1 {
			t.Errorf("got %v and %d records", err, len(s.Records("example.com")))
		}
	})
}

// A read that lags behind does not make a second record, where the pause is enough (A6).
func TestLostPostWithLag(t *testing.T) {
	for _, d := range []vpsorgtest.Dialect{{Name: "reads", LagReads: 1}, {Name: "time", LagTime: 900 * time.Millisecond}} {
		bubble(t, d.Name, func(t *testing.T) {
			d.Duplicates = vpsorgtest.DuplicateCopied
			s, c, ref := simulate(t, vpsorgtest.Options{Dialect: d})
			s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.CreateRecord, Times: 1, Do: vpsorgtest.LostReply()})
			err := c.CreateRecord(t.Context(), ref, rec(t, "www", "A", 60, "192.0.2.1"))
			if err != nil || len(s.Records("example.com")) != 1 {
				t.Errorf("got %v and %d records, want 1", err, len(s.Records("example.com")))
			}
		})
	}
}

// A TTL that the service raises does not hide the record that was made (A7).
func TestLostPostWithTTLFloor(t *testing.T) {
	s, c, ref := simulate(t, vpsorgtest.Options{Dialect: vpsorgtest.Dialect{MinTTL: 300, Duplicates: vpsorgtest.DuplicateCopied}})
	s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.CreateRecord, Times: 1, Do: vpsorgtest.LostReply()})
	if err := c.CreateRecord(t.Context(), ref, rec(t, "www", "A", 60, "192.0.2.1")); err != nil || len(s.Records("example.com")) != 1 {
		t.Errorf("got %v and %d records", err, len(s.Records("example.com")))
	}
}

// A PATCH whose answer is lost, and which gave the record another id, is found done.
func TestLostPatchWithNewID(t *testing.T) {
	bubble(t, "churn", func(t *testing.T) {
		before, after := rec(t, "www", "A", 60, "192.0.2.1"), rec(t, "www", "A", 60, "192.0.2.2")
		s, c, ref := simulate(t, vpsorgtest.Options{Dialect: vpsorgtest.Dialect{ChurnIDs: true}}, stored(before))
		id := s.Records("example.com")[0].ID
		s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.PatchRecord, Times: 1, Do: vpsorgtest.LostReply()})
		if err := c.UpdateRecord(t.Context(), ref, liveRecord(id, before), after); err != nil {
			t.Error(err)
		}
		if e := mustError(t, c.UpdateRecord(t.Context(), ref, liveRecord(id, before), after)); !e.NotFound() {
			t.Errorf("got %v for an id that is gone, want NotFound", e)
		}
	})
}

// Only what differs is sent, and a record that is gone counts as deleted.
func TestUpdateAndDelete(t *testing.T) {
	before, after := rec(t, "@", "MX", 60, "10 mail.example.com."), rec(t, "@", "MX", 60, "0 mail.example.com.")
	s, c, ref := simulate(t, vpsorgtest.Options{}, stored(before))
	id := s.Records("example.com")[0].ID
	if err := c.UpdateRecord(t.Context(), ref, liveRecord(id, before), after); err != nil {
		t.Fatal(err)
	}
	if err := c.UpdateRecord(t.Context(), ref, liveRecord(id, after), after); err != nil || len(s.Calls()) != 1 {
		t.Errorf("got %v and %d calls for an update of nothing", err, len(s.Calls()))
	}
	if body := s.Calls()[0].Body; len(body) != 1 || body["priority"] == nil {
		t.Errorf("got body %v, want the priority alone", body)
	}
	for range 2 {
		if err := c.DeleteRecord(t.Context(), ref, diff.Live{ID: id}); err != nil {
			t.Error(err)
		}
	}
	s.AddRule(vpsorgtest.Rule{Do: vpsorgtest.Answer(403, "")})
	if e := mustError(t, c.DeleteRecord(t.Context(), ref, diff.Live{ID: id})); !e.Denied() {
		t.Errorf("got %v", e)
	}
}

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

// What brings a name its data back is sent before the calls that wait for their turn.
func TestRestoreGoesFirst(t *testing.T) {
	bubble(t, "one call in two seconds", func(t *testing.T) {
		s, _, ref := simulate(t, vpsorgtest.Options{})
		c := newClient(t, s.Transport(), func(o *Options) { o.Rate = 0.5 })
		if _, err := c.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, err := c.Check(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		time.Sleep(time.Second)
		begin := time.Now()
		if err := c.RestoreRecord(t.Context(), ref, rec(t, "www", "A", 60, "192.0.2.1")); err != nil {
			t.Error(err)
		}
		if d := time.Since(begin); d > 1500*time.Millisecond {
			t.Errorf("got it created after %v, want the next turn", d)
		}
		wg.Wait()
	})
}
