package lookup

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/schematest"
)

// Waiting asks less and less often, ends as soon as nothing is pending, and when the time is
// up.
func TestWaitRounds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		wait, pending time.Duration // how long something is pending
		rounds        int
		took          time.Duration
	}{
		{0, 0, 1, 0},
		{0, time.Hour, 1, 0},
		{time.Minute, 0, 1, 0},
		{time.Minute, 2 * time.Second, 3, 3 * time.Second},
		{20 * time.Second, time.Hour, 6, 20 * time.Second}, // at 0, 1, 3, 7, 15, 20
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s of %s", test.pending, test.wait), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				rounds := waitRounds(t.Context(), test.wait, func(int) int {
					if time.Since(start) < test.pending {
						return 1
					}
					return 0
				})
				if took := time.Since(start); rounds != test.rounds || took != test.took {
					t.Errorf("got %d rounds in %s, want %d in %s", rounds, took, test.rounds, test.took)
				}
			})
		})
	}
}

func TestWaitEndsWithContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		waitRounds(ctx, time.Hour, func(int) int { return 1 })
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("got %s, want the end of the context", took)
		}
	})
}

// A second round asks only for what differed, of the servers that could be asked, and
// everything of the others; what a zone's servers answer in the end is what counts.
func TestSecondRoundAsksForTheRest(t *testing.T) {
	t.Parallel()
	z := schematest.Zone(t, "www A 192.0.2.1\nmail A 192.0.2.2\nftp A 192.0.2.3\n")
	good := sandbox(t, z)
	var mu sync.Mutex
	var asked []string
	late := true
	server := serve(t, behind(good, func(_ string, m *dns.Msg) *dns.Msg {
		mu.Lock()
		defer mu.Unlock()
		q := m.Question[0]
		asked = append(asked, dns.TypeToString[q.Qtype]+" "+q.Name)
		if late && q.Name == "mail.example.com." {
			m.Answer, m.Rcode = nil, dns.RcodeNameError
		}
		return m
	}))
	c := patient()
	c.inFlight = make(chan struct{}, 1)
	v := NewVerifier(c, VerifyOptions{Servers: []Server{{Addr: server}}})
	first := v.Zone(t.Context(), z, nil)
	mu.Lock()
	if first.State() != Differs || len(asked) != 4 {
		t.Fatalf("got %s after %q", first.State(), asked)
	}
	late, asked = false, nil
	mu.Unlock()
	second := v.again(t.Context(), z, nil, first)
	mu.Lock()
	defer mu.Unlock()
	if want := []string{"SOA example.com.", "A mail.example.com."}; second.State() != Answers || !slices.Equal(asked, want) {
		t.Errorf("got %s after %q, want %q", second.State(), asked, want)
	}
}

// All goes through zones in order, leaves out those that are not there, and says how far it
// is.
func TestAllZones(t *testing.T) {
	t.Parallel()
	z := schematest.Zone(t, "www A 192.0.2.1\n")
	addr := sandbox(t, z)
	v := NewVerifier(patient(), VerifyOptions{Servers: []Server{{Addr: addr}}})
	names := []schema.Name{z.Name(), schema.MustParseName("absent.example"), schema.MustParseName("refused.example")}
	var last Progress
	results, _ := v.All(t.Context(), names, Run{
		Concurrency: 1,
		Progress:    func(p Progress) { last = p },
		Zone: func(n schema.Name) *schema.Zone {
			switch n {
			case names[0]:
				return z
			case names[2]:
				return schematest.Valid(t, renamed(t, "refused.example"))
			}
			return nil
		},
	})
	if results[0].State() != Answers || results[1] != nil || results[2].State() != Unknown || last.Done != 3 || last.Total != 3 {
		t.Errorf("got %v and %+v", results, last)
	}
	r := Report{Results: results}
	if got := r.Summary(); got != "1 zone answers as declared; 1 zone could not be asked completely" || !r.Incomplete() {
		t.Errorf("got %q", got)
	}
}

// A server that answers nothing costs the time of a few zones, not of all.
func TestSilentServerCostsLittle(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	addr := serve(t, func(string, *dns.Msg) *dns.Msg { asked.Add(1); return nil })
	v := NewVerifier(hasty(), VerifyOptions{Servers: []Server{{Addr: addr}}})
	names := make([]schema.Name, 50)
	results, _ := v.All(t.Context(), names, Run{
		Concurrency: 1,
		Zone:        func(schema.Name) *schema.Zone { return schematest.Zone(t, "www A 192.0.2.1\n") },
	})
	if last := results[49].Servers[0].Trouble; asked.Load() != silentZones*attempts || last != "no answer for other zones either" {
		t.Errorf("got %d questions and %q, want %d", asked.Load(), last, silentZones*attempts)
	}
}
