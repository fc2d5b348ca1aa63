package daemon_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	gosync "sync"
	"testing"
	"time"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// nameServers are the name servers of all zones: they answer what was written from a time
// on.
type nameServers struct {
	mu    gosync.Mutex
	from  time.Time
	state daemon.Answering // before that
	hold  time.Duration    // before each answer
	asked []string
}

func (n *nameServers) Ask(ctx context.Context, zone *schema.Zone, removed []schema.RRset) (daemon.Answering, string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked = append(n.asked, fmt.Sprintf("%s -%d", zone, len(removed)))
	if n.hold > 0 {
		timer := time.NewTimer(n.hold)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return daemon.AnsweringUnknown, ctx.Err().Error()
		}
	}
	if time.Now().Before(n.from) {
		return n.state, "ns1.vps.org: not yet"
	}
	return daemon.AnsweringYes, ""
}

func (n *nameServers) questions() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	out := n.asked
	n.asked = nil
	return out
}

// asking returns an installation whose daemon asks these name servers.
func asking(t *testing.T, n *nameServers, domains ...string) *installation {
	h := newInstallation(t, vpsorgtest.Options{})
	for _, d := range domains {
		h.zone(d, "www 300 A 192.0.2.1")
	}
	h.tune = func(d *daemon.Daemon) { d.Asking = func() daemon.Asker { return n } }
	h.origin.push("first")
	return h
}

// answers fails the test unless the daemon says so of the zone's name servers.
func (h *installation) answers(domain string, want daemon.Answering, phrases ...string) {
	h.t.Helper()
	got := h.zoneStatus(domain)
	if got.Answering != want {
		h.t.Errorf("%s: got answering %q (%s), want %q", domain, got.Answering, got.AnsweringReason, want)
	}
	worldtest.Shows(h.t, got.AnsweringReason, phrases...)
}

func TestAnswering(t *testing.T) {
	worldtest.Bubble(t, "at once", func(t *testing.T) {
		n := &nameServers{}
		h := asking(t, n, "example.com", "example.net")
		h.start()
		h.answers("example.com", daemon.AnsweringYes)
		if got, want := n.questions(), []string{"example.com (1 RRset) -0", "example.net (1 RRset) -0"}; !slices.Equal(slices.Sorted(slices.Values(got)), want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := h.daemon.Status().Answering[daemon.AnsweringYes]; got != 2 {
			t.Errorf("got %d zones, want 2", got)
		}
		if got, want := h.store.(*memory).answers, []string{"run 1 true", "run 1 true"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		// Nobody asks again while nothing is written; then only about that, and about what went.
		h.pass(2 * time.Hour)
		h.zone("example.com", "ftp 300 A 192.0.2.2")
		h.text("example.com.yaml", h.origin.files["example.com.yaml"]+"safety: {max_deletes: 100%}\n")
		h.origin.push("second")
		h.ask(daemon.Pull)
		if got, want := n.questions(), []string{"example.com (1 RRset) -1"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	worldtest.Bubble(t, "later", func(t *testing.T) {
		n := &nameServers{from: time.Now().Add(2 * time.Minute), state: daemon.AnsweringNo}
		h := asking(t, n, "example.com")
		h.start()
		h.answers("example.com", daemon.AnsweringWaiting, "not yet")
		h.stands("example.com", daemon.StateInSync)
		h.pass(3 * time.Minute)
		h.answers("example.com", daemon.AnsweringYes)
		if asked := len(n.questions()); asked != 6 { // at 0, 5, 15, 35, 75, 135 seconds
			t.Errorf("got %d questions, want 6", asked)
		}
	})
	for _, state := range []daemon.Answering{daemon.AnsweringNo, daemon.AnsweringUnknown} {
		worldtest.Bubble(t, "never, "+string(state), func(t *testing.T) {
			n := &nameServers{from: time.Now().Add(24 * time.Hour), state: state}
			h := asking(t, n, "example.com")
			h.start()
			h.pass(11 * time.Minute)
			h.answers("example.com", state, "not yet")
			h.stands("example.com", daemon.StateInSync)
			if got := h.store.(*memory).answers; !slices.Equal(got, []string{"run 1 false"}) || !strings.Contains(h.log.String(), "answering="+string(state)) {
				t.Errorf("got %q", got)
			}
			n.questions()
			h.pass(time.Hour)
			if got := n.questions(); len(got) > 0 {
				t.Errorf("got %q after it was given up", got)
			}
		})
	}
}

// Name servers that take their time hold up no cycle and no stop.
func TestAnsweringDelaysNothing(t *testing.T) {
	worldtest.Bubble(t, "slow", func(t *testing.T) {
		n := &nameServers{hold: time.Hour}
		h := asking(t, n, "example.com")
		h.start()
		h.answers("example.com", daemon.AnsweringWaiting)
		h.zone("example.com", "www 300 A 192.0.2.2")
		h.origin.push("second")
		h.ask(daemon.Pull)
		h.follows("example.com")
		h.ended(daemon.OutcomeApplied)
		// What was asked about the first commit says nothing of the second.
		h.pass(time.Hour)
		h.answers("example.com", daemon.AnsweringWaiting)
		h.pass(time.Hour)
		h.answers("example.com", daemon.AnsweringYes)
		if got := h.store.(*memory).answers; !slices.Equal(got, []string{"run 2 true"}) {
			t.Errorf("got %q, want the answer about the second run", got)
		}
	})
}

// A panic among the questions is an event, and a zone that is gone is forgotten.
func TestAnsweringSurvives(t *testing.T) {
	worldtest.Bubble(t, "panic", func(t *testing.T) {
		h := asking(t, nil, "example.com") // to ask no name servers at all panics
		h.start()
		h.pass(11 * time.Minute)
		h.answers("example.com", daemon.AnsweringUnknown, "panic")
	})
	worldtest.Bubble(t, "a tombstone", func(t *testing.T) {
		n := &nameServers{}
		h := asking(t, n, "example.com", "example.net")
		h.start()
		h.text("example.com.yaml", "zone: example.com\nstate: absent\nsafety: {max_deletes: 100%}\n")
		h.origin.push("second")
		n.questions()
		h.ask(daemon.Pull)
		h.answers("example.com", "")
		if got := n.questions(); len(got) > 0 {
			t.Errorf("got %q, want no question about a zone that is deleted", got)
		}
	})
}

// auditors find one thing in each zone.
type auditors struct {
	mu    gosync.Mutex
	zones []string
}

func (a *auditors) Zone(_ context.Context, z *schema.Zone) schema.Problems {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.zones = append(a.zones, z.Name().Undotted())
	return schema.Problems{
		schema.NewProblem(schema.Warning, z.RRsets()[0].Pos(), "audit-target", "%s leads nowhere", z.Name()),
		schema.NewProblem(schema.Warning, z.RRsets()[0].Pos(), "audit-lame", "%s is lame", z.Name()),
	}
}

// An audit looks at the zones of the newest commit, on its own schedule; "checks:" leaves
// out what they say.
func TestAudit(t *testing.T) {
	worldtest.Bubble(t, "on schedule", func(t *testing.T) {
		a := &auditors{}
		h := asking(t, &nameServers{}, "example.com", "example.net")
		h.text("zonetender.yaml", "checks: {audit-lame: off}\n")
		h.text("example.org.yaml", "zone: example.org\nrecords: {www: {A: 192.0.2.300}}\n")
		h.origin.push("more")
		h.tune = func(d *daemon.Daemon) {
			d.Auditing = func() daemon.Auditor { return a }
			d.Audits = schedule(t, "@every 6h")
		}
		h.start()
		if s := h.daemon.Status(); s.Audit != nil || s.NextAudit.IsZero() {
			t.Errorf("got %+v, next %s, want none yet", s.Audit, s.NextAudit)
		}
		h.pass(7 * time.Hour)
		s := h.daemon.Status()
		if s.Audit == nil || s.Audit.Zones != 2 || s.Audit.Codes["audit-target"] != 2 || len(s.Audit.Codes) != 1 || len(s.Audit.Findings) != 2 {
			t.Fatalf("got %+v, want two findings", s.Audit)
		}
		if f := s.Audit.Findings[0]; f.File != "example.com.yaml" || f.Line == 0 || f.Severity != "warning" || f.Message != "example.com. leads nowhere" {
			t.Errorf("got %+v", f)
		}
		h.pass(6 * time.Hour)
		if n := strings.Count(h.log.String(), "code=audit-target"); n != 2 || s.Audit.Commit == "" {
			t.Errorf("got %d lines in the log, want each finding once", n)
		}
	})
}
