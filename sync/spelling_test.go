package sync_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// A text with a stray backslash, or with quotes, that was applied and is then corrected in
// the file is corrected in the live zone where the account shows how it spells. Where
// nothing shows it the record is left alone, and the plan says so.
func TestCorrectedTextIsNeverInSyncSilently(t *testing.T) {
	// In a zone file, a backslash before a backslash or a quote stands for that character.
	for _, test := range []struct{ name, wrong, right, about string }{
		{"backslash", `v=STSv1\\; id=1`, `v=STSv1; id=1`, "backslashes in TXT: the service shows `v=STSv1\\; id=1` for t.one.example. TXT"},
		{"quotes", `\"thing\"`, `thing`, "TXT in double quotes: the service shows `\"thing\"` for t.one.example. TXT"},
	} {
		worldtest.Bubble(t, test.name+", proven", func(t *testing.T) {
			w := worldtest.New(t, vpsorgtest.Options{})
			others := []string{"_dmarc 300 TXT v=DMARC1; p=none", "plain 300 TXT plain text"}
			w.File("one.example", append(others, "t 300 TXT "+test.wrong)...)
			w.Apply()
			w.File("one.example", append(others, "t 300 TXT "+test.right)...)
			draft, report := w.Apply()
			if s := draft.Plan.Summary(); s.Update != 1 || report.Failed() || len(draft.Plan.Warnings) > 0 {
				t.Errorf("plan %v with warnings %q, want one update", s, draft.Plan.Warnings)
			}
			w.Holds("one.example", append(others, "t 300 TXT "+test.right)...)
			if again := w.Plan(); !empty(again.Plan) {
				t.Errorf("the second plan is not empty:\n%s", worldtest.PlanText(t, again.Plan))
			}
		})
		worldtest.Bubble(t, test.name+", open", func(t *testing.T) {
			w := worldtest.New(t, vpsorgtest.Options{})
			w.File("one.example", "t 300 TXT "+test.wrong)
			w.Apply()
			w.File("one.example", "t 300 TXT "+test.right)
			draft := w.Plan()
			if !empty(draft.Plan) {
				t.Errorf("the plan is not empty:\n%s", worldtest.PlanText(t, draft.Plan))
			}
			worldtest.Shows(t, worldtest.PlanText(t, draft.Plan), "warning: "+test.about, "which could mean", "(1 record in 1 zone)")
		})
	}
}

// A host without a final dot is not taken for the relative one that a file declares where
// the account shows absolute hosts.
func TestAbsoluteHostIsNotARelativeOne(t *testing.T) {
	worldtest.Bubble(t, "proven", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{})
		w.Live("one.example", "www 300 CNAME foo.net", "foo.net 300 A 192.0.2.1", "@ 300 MX 10 mx.example.org")
		w.File("one.example", "www 300 CNAME foo.net.one.example.", "foo.net 300 A 192.0.2.1", "@ 300 MX 10 mx.example.org.")
		draft, _ := w.Apply()
		if s := draft.Plan.Summary(); s.Update != 1 || s.Create+s.Delete != 0 {
			t.Errorf("plan %v, want one update", s)
		}
		w.Holds("one.example", "www 300 CNAME foo.net.one.example.", "foo.net 300 A 192.0.2.1", "@ 300 MX 10 mx.example.org.")
	})
	worldtest.Bubble(t, "open", func(t *testing.T) {
		w := worldtest.New(t, vpsorgtest.Options{})
		w.Live("one.example", "www 300 CNAME foo.net", "foo.net 300 A 192.0.2.1")
		w.File("one.example", "www 300 CNAME foo.net.one.example.", "foo.net 300 A 192.0.2.1")
		draft := w.Plan()
		if !empty(draft.Plan) || len(draft.Plan.Warnings) != 1 {
			t.Errorf("plan and warnings:\n%s", worldtest.PlanText(t, draft.Plan))
		}
		worldtest.Shows(t, worldtest.PlanText(t, draft.Plan), "warning: hosts without a final dot: the service shows `foo.net` for www.one.example. CNAME", "`foo.net.one.example.` or `foo.net.`")
	})
}

// What one zone proves holds for the others of the account, the first by name among them;
// it takes no read beyond those that the plan makes.
func TestProofHoldsForTheAccount(t *testing.T) {
	w := worldtest.New(t, vpsorgtest.Options{})
	w.Live("a.example", `t 300 TXT "thing"`)
	w.Live("b.example", "t 300 TXT plain; text")
	w.File("a.example", "t 300 TXT thing")
	w.File("b.example", "t 300 TXT plain; text")
	draft := w.Plan()
	if s := draft.Plan.Summary(); s.Update != 1 || len(draft.Plan.Warnings) != 0 {
		t.Errorf("plan:\n%s", worldtest.PlanText(t, draft.Plan))
	}
	if got := w.Count(vpsorgtest.GetZone); got != 2 {
		t.Errorf("%d zones were read, want each once", got)
	}
	if text := worldtest.PlanText(t, draft.Plan); !strings.Contains(text, `"\"thing\"" -> "thing"`) {
		t.Errorf("got:\n%s", text)
	}
}

// An update sends only what differs, unless the service shows the priority inside the value:
// then one cannot be changed without the other.
func TestUpdateSendsWhatDiffers(t *testing.T) {
	ttl := map[string]any{"ttl": json.Number("600")}
	for _, c := range []struct {
		name string
		d    vpsorgtest.Dialect
		want map[string]any
	}{
		{"priority apart", vpsorgtest.Dialect{}, ttl},
		{"priority in both", vpsorgtest.Dialect{Priority: vpsorgtest.PriorityBoth}, ttl},
		{"priority inside", vpsorgtest.Dialect{Priority: vpsorgtest.PriorityInValue},
			map[string]any{"ttl": json.Number("600"), "priority": json.Number("10"), "value": "mx.one.example"}},
	} {
		worldtest.Bubble(t, c.name, func(t *testing.T) {
			w := worldtest.New(t, vpsorgtest.Options{Dialect: c.d})
			w.Live("one.example", "mx 300 A 192.0.2.1", "@ 300 MX 10 mx.one.example.")
			w.File("one.example", "mx 300 A 192.0.2.1", "@ 600 MX 10 mx.one.example.")
			w.Apply()
			calls := w.Server.Calls()
			i := slices.IndexFunc(calls, func(c vpsorgtest.Call) bool { return c.Kind == vpsorgtest.PatchRecord })
			if i < 0 {
				t.Fatalf("got no update in %v", calls)
			}
			if d := gocmp.Diff(c.want, calls[i].Body); d != "" {
				t.Errorf("sent (-want +got):\n%s", d)
			}
			w.Holds("one.example", "mx 300 A 192.0.2.1", "@ 600 MX 10 mx.one.example.")
		})
	}
}
