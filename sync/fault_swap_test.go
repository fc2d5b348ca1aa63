package sync_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// A swap is one that a run has to make at www.
type swap struct {
	name        string
	live, files []string
}

func swaps() []swap {
	return []swap{
		{"CNAME to A", []string{"www 300 CNAME web.example.net."}, []string{"www 300 A 192.0.2.7"}},
		{"A and TXT to CNAME", []string{"www 300 A 192.0.2.1", "www 300 A 192.0.2.2", "www 300 TXT hello"},
			[]string{"www 300 CNAME web.example.net."}},
	}
}

// world returns a world in which the swap has to be made, with other changes beside it.
func (s swap) world(t testing.TB, d vpsorgtest.Dialect) *worldtest.World {
	w := worldtest.New(t, vpsorgtest.Options{Dialect: d})
	w.Settings("safety: {max_deletes: 100%}\n")
	w.Live("one.example", append([]string{"@ 300 A 192.0.2.1"}, s.live...)...)
	w.File("one.example", append([]string{"@ 300 A 192.0.2.1", "zebra 300 A 192.0.2.1"}, s.files...)...)
	return w
}

// A successor that is refused, lost or cut leaves the name answering as before.
func TestFaultA10SwapFailsHalfWay(t *testing.T) {
	for _, f := range []struct {
		name string
		do   vpsorgtest.Action
		says string
	}{
		{"refused", vpsorgtest.Answer(http.StatusBadRequest, `{"detail": "value is not allowed", "field": "value"}`), "400 Bad Request: value: value is not allowed"},
		{"not permitted", vpsorgtest.Answer(http.StatusForbidden, `{"detail": "no"}`), "403 Forbidden: no"},
		{"internal error", vpsorgtest.HTMLPage(http.StatusInternalServerError), "500 Internal Server Error"},
		{"cut", vpsorgtest.CutBefore(), "connection cut"},
	} {
		for _, s := range swaps() {
			worldtest.Bubble(t, s.name+" "+f.name, func(t *testing.T) {
				w := s.world(t, copying())
				w.Server.AddRule(vpsorgtest.Rule{When: creates(s.files), Do: f.do})
				_, report := w.Apply()
				text := worldtest.ReportText(t, report)
				worldtest.Shows(t, text, "one.example: ", "failed: create www", f.says, "restored: www", "(its replacement was refused)", "1 zone failed")
				worldtest.Hides(t, text, "LOST", "differs", "1 deleted", "3 deleted")
				if f.name != "not permitted" {
					// Nothing else may be begun after a 403; anything else concerns this name alone.
					w.Holds("one.example", append([]string{"@ 300 A 192.0.2.1", "zebra 300 A 192.0.2.1"}, s.live...)...)
				} else {
					w.Holds("one.example", append([]string{"@ 300 A 192.0.2.1"}, s.live...)...)
				}
				if got := report.Zones[0].PutBack; len(got) != len(s.live) {
					t.Errorf("got %d records put back, want %d", len(got), len(s.live))
				}

				w.Server.ClearRules()
				if _, report = w.Apply(); report.Failed() {
					t.Error(worldtest.ReportText(t, report))
				}
				changed(w, "one.example")
			})
		}
	}
}

// creates chooses the creations of the records that the files have at www.
func creates(files []string) func(vpsorgtest.Call) bool {
	return func(c vpsorgtest.Call) bool {
		return c.Kind == vpsorgtest.CreateRecord && c.RecordName == "www.one.example" &&
			slices.ContainsFunc(files, func(line string) bool { return c.Body["record_type"] == typeOf(line) })
	}
}

// typeOf returns the type of a record that is written as a line.
func typeOf(line string) string {
	var name, typ string
	var ttl int
	if _, err := fmt.Sscan(line, &name, &ttl, &typ); err != nil {
		panic(err)
	}
	return typ
}

// A lost answer is no failed swap: the successor is found.
func TestFaultA10SwapWithALostReply(t *testing.T) {
	for _, s := range swaps() {
		worldtest.Bubble(t, s.name, func(t *testing.T) {
			w := s.world(t, vpsorgtest.Dialect{})
			w.Server.AddRule(vpsorgtest.Rule{When: creates(s.files), Times: 1, Do: vpsorgtest.LostReply()})
			_, report := w.Apply()
			worldtest.Hides(t, worldtest.ReportText(t, report), "restored", "LOST", "failed")
			changed(w, "one.example")
		})
	}
}

// Where even putting back fails, the report cries it out, with the data that is needed
// to mend it by hand, and the next run mends the name.
func TestFaultA10PutBackFails(t *testing.T) {
	for _, status := range []int{http.StatusBadRequest, http.StatusForbidden, http.StatusServiceUnavailable} {
		for _, s := range swaps() {
			worldtest.Bubble(t, s.name+" "+http.StatusText(status), func(t *testing.T) {
				w := s.world(t, vpsorgtest.Dialect{})
				w.Server.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.CreateRecord, When: func(c vpsorgtest.Call) bool { return c.RecordName == "www.one.example" },
					Do: vpsorgtest.Answer(status, `{"detail": "no"}`)})
				_, report := w.Apply()
				text := worldtest.ReportText(t, report)
				for _, line := range s.live {
					r := worldtest.Stored(t, []string{line})[0]
					worldtest.Shows(t, text, "LOST: www "+r.Type+" ", r.Value, "(ttl 300) was deleted and could not be put back: POST /dns-zones/", http.StatusText(status))
				}
				if got := report.Zones[0].Lost; len(got) != len(s.live) {
					t.Errorf("got %d records lost, want %d", len(got), len(s.live))
				}
				if !report.Failed() {
					t.Error("the run counts as good")
				}

				w.Server.ClearRules()
				if _, report = w.Apply(); report.Failed() {
					t.Error(worldtest.ReportText(t, report))
				}
				changed(w, "one.example")
			})
		}
	}
}

// A deletion that is refused leaves the swap undone, and nothing to put back.
func TestFaultA10SwapWhoseDeletionFails(t *testing.T) {
	for _, s := range swaps() {
		worldtest.Bubble(t, s.name, func(t *testing.T) {
			w := s.world(t, copying())
			w.Server.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.DeleteRecord, Skip: len(s.live) - 1, Do: vpsorgtest.Answer(http.StatusBadRequest, `{"detail": "locked"}`)})
			_, report := w.Apply()
			text := worldtest.ReportText(t, report)
			worldtest.Shows(t, text, "failed: delete www", "400 Bad Request: locked", "failed: create www", "not attempted: a change it depends on failed")
			worldtest.Hides(t, text, "LOST", "differs")
			w.Holds("one.example", append([]string{"@ 300 A 192.0.2.1", "zebra 300 A 192.0.2.1"}, s.live...)...)
		})
	}
}

// Half a successor is better than the record that it replaces, beside which it cannot
// stand: the half stays, and is reported.
func TestFaultA10HalfASuccessor(t *testing.T) {
	worldtest.Bubble(t, "CNAME to A and AAAA", func(t *testing.T) {
		s := swap{live: []string{"www 300 CNAME web.example.net."}, files: []string{"www 300 A 192.0.2.7", "www 300 AAAA 2001:db8::7"}}
		w := s.world(t, vpsorgtest.Dialect{})
		w.Server.AddRule(vpsorgtest.Rule{When: creates(s.files[1:]), Do: vpsorgtest.Answer(http.StatusBadRequest, `{"detail": "no"}`)})
		_, report := w.Apply()
		text := worldtest.ReportText(t, report)
		worldtest.Shows(t, text, "failed: create www AAAA 2001:db8::7", "400 Bad Request: no")
		worldtest.Hides(t, text, "restored", "LOST")
		w.Holds("one.example", "@ 300 A 192.0.2.1", "zebra 300 A 192.0.2.1", "www 300 A 192.0.2.7")
	})
}

// A deletion of which nobody heard back is looked for: where the record is gone, and its
// successor held back, it is put back.
func TestFaultA10SwapWhoseDeletionIsUnknown(t *testing.T) {
	for _, s := range swaps() {
		for name, do := range map[string]vpsorgtest.Action{
			"done":   vpsorgtest.PerformThen(http.StatusBadGateway),
			"undone": vpsorgtest.HTMLPage(http.StatusBadGateway),
		} {
			worldtest.Bubble(t, s.name+" "+name, func(t *testing.T) {
				w := s.world(t, copying())
				w.Server.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.DeleteRecord, Do: do})
				_, report := w.Apply()
				text := worldtest.ReportText(t, report)
				worldtest.Shows(t, text, "failed: delete www", "502 Bad Gateway", "after 5 attempts", "it may have been applied anyway",
					"failed: create www", "not attempted: a change it depends on failed")
				worldtest.Hides(t, text, "LOST", "differs")
				if back := strings.Contains(text, "restored: www"); back != (name == "done") {
					t.Errorf("got put back %t, want it where the record was gone:\n%s", back, text)
				}
				w.Holds("one.example", append([]string{"@ 300 A 192.0.2.1", "zebra 300 A 192.0.2.1"}, s.live...)...)
			})
		}
	}
}

// Where the target of the successor was refused, nothing is deleted to make room for it.
func TestFaultA10SwapWhoseTargetFails(t *testing.T) {
	worldtest.Bubble(t, "A to CNAME", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{})
		w.Settings("safety: {max_deletes: 100%}\n")
		w.Live("one.example", "@ 300 A 192.0.2.1", "www 300 A 192.0.2.1")
		w.File("one.example", "@ 300 A 192.0.2.1", "www 300 CNAME web.one.example.", "web 300 A 192.0.2.2")
		w.Server.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.CreateRecord, When: func(c vpsorgtest.Call) bool { return c.RecordName == "web.one.example" },
			Do: vpsorgtest.Answer(http.StatusBadRequest, `{"detail": "no"}`)})
		_, report := w.Apply()
		worldtest.Shows(t, worldtest.ReportText(t, report), "failed: create web", "failed: delete www", "failed: create www", "not attempted: a change it depends on failed")
		if n := w.Count(vpsorgtest.DeleteRecord); n != 0 {
			t.Errorf("got %d deletions, want none", n)
		}
		w.Holds("one.example", "@ 300 A 192.0.2.1", "www 300 A 192.0.2.1")
	})
}
