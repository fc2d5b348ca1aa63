package sync_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// notOurs is what other tools own in the zones of the upheaval: it must never change.
func notOurs() map[string][]string {
	return map[string][]string{
		"alpha.example": {"_acme-challenge 60 TXT token", "ptr 3600 PTR host.example.net", "@ 300 NS ns1.example.net."},
		"beta.example":  {"ext 60 A 203.0.113.9"},
	}
}

// upheaval is a world in which a run has everything to do: swaps in both directions,
// creations, updates, deletions, moved targets, a new zone and one that goes. With so many
// more names in one zone that independent ones are changed at the same time, calls take long
// enough to overlap.
func upheaval(t testing.TB, d vpsorgtest.Dialect, more int) *worldtest.World {
	w := worldtest.New(t, vpsorgtest.Options{Dialect: d})
	if more > 0 {
		w.Transport = &unsteady{next: w.Transport}
	}
	w.Settings("safety: {max_deletes: 100%, max_updates: 100%}\nignore: [{name: _acme-challenge}, {name: ext}]\n")
	w.Live("alpha.example", append(notOurs()["alpha.example"],
		"@ 300 A 192.0.2.1",
		"@ 300 MX 10 mail.alpha.example.",
		"mail 300 A 192.0.2.2",
		"old 300 A 192.0.2.3",
		"shop 300 A 192.0.2.4",
		"shop 300 TXT gone",
		"www 300 CNAME old.alpha.example.")...)
	w.File("alpha.example", append(crowd(more),
		"@ 300 A 192.0.2.1",
		"@ 300 MX 20 mail.alpha.example.",
		"mail 300 A 192.0.2.2",
		"shop 300 CNAME web.alpha.example.",
		"web 300 A 192.0.2.5",
		"www 300 A 192.0.2.6",
		"www 300 AAAA 2001:db8::6")...)
	w.Live("beta.example", append(notOurs()["beta.example"],
		"@ 300 TXT v=spf1 -all",
		"a 300 A 192.0.2.1",
		"a 300 A 192.0.2.2",
		"b 300 CNAME a.beta.example.",
		"c 300 SRV 10 5 5060 a.beta.example.")...)
	w.File("beta.example",
		"@ 300 CAA 0 issue \"ca.example\"",
		"@ 60 TXT v=spf1 -all",
		"a 300 A 192.0.2.2",
		"b 300 CNAME d.beta.example.",
		"d 300 A 192.0.2.7",
		"d 300 A 192.0.2.8")
	w.File("gamma.example",
		"@ 300 A 192.0.2.1",
		"@ 300 MX 10 mx.gamma.example.",
		"mx 300 A 192.0.2.2")
	w.Live("delta.example", "@ 300 A 192.0.2.1")
	w.Files["delta.example.yaml"] = worldtest.Tombstone("delta.example")
	return w
}

// crowd returns records of so many names, before and after others of the zone, some of which
// point at others.
func crowd(names int) []string {
	var lines []string
	for i := range names {
		data := "A 192.0.2.9"
		if i%5 == 4 {
			data = fmt.Sprintf("CNAME %c%03d.alpha.example.", "cnt"[(i+1)%3], i+1-3*(i%2))
		}
		lines = append(lines, fmt.Sprintf("%c%03d 300 %s", "cnt"[i%3], i, data))
	}
	return lines
}

// many is how many names of a crowd make a plan large, and step by how many calls the tests
// go on that break it.
const (
	many = 200
	step = 17
)

// upheaved fails the test unless every zone of the upheaval is as it should be.
func upheaved(w *worldtest.World) {
	w.T.Helper()
	for _, domain := range []string{"alpha.example", "beta.example", "gamma.example"} {
		w.Holds(domain, slices.Concat(w.Declared(domain), notOurs()[domain])...)
	}
	if w.Server.Records("delta.example") != nil {
		w.T.Error("delta.example is still there")
	}
}

// recovers runs fresh cycles, as many as are allowed, and fails the test unless the
// last of them leaves nothing to do.
func recovers(w *worldtest.World) {
	w.T.Helper()
	_, report := w.Apply()
	if report.Failed() || report.Refused() {
		w.T.Errorf("the next run:\n%s", worldtest.ReportText(w.T, report))
	}
	upheaved(w)
	if draft := w.Plan(); !empty(draft.Plan) {
		w.T.Errorf("the plan after the next run:\n%s", worldtest.PlanText(w.T, draft.Plan))
	}
}

// noCopies fails the test where a record stands twice, or what is not ours is gone.
func noCopies(w *worldtest.World) {
	w.T.Helper()
	for _, domain := range []string{"alpha.example", "beta.example", "gamma.example"} {
		lines := w.Records(domain)
		if len(slices.Compact(slices.Clone(lines))) != len(lines) {
			w.T.Errorf("%s holds copies: %q", domain, lines)
		}
		for _, line := range notOurs()[domain] {
			if !slices.Contains(lines, line) {
				w.T.Errorf("%s has lost %q, which is not ours", domain, line)
			}
		}
	}
}

// copying lets copies through, so that a record that is sent twice shows.
func copying() vpsorgtest.Dialect {
	return vpsorgtest.Dialect{Duplicates: vpsorgtest.DuplicateCopied, ChurnIDs: true}
}

// callsOf returns the number of calls that a whole run over the upheaval makes.
func callsOf(t *testing.T, d vpsorgtest.Dialect, more int) int {
	t.Helper()
	w := upheaval(t, d, more)
	w.Transport, w.Concurrency = w.Server.Transport(), 1
	_, report := w.Apply()
	if report.Failed() || report.Refused() {
		t.Fatal(worldtest.ReportText(t, report))
	}
	upheaved(w)
	return len(w.Server.Calls())
}
