package lookup

import (
	"cmp"
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zonetender/zonetender/schema"
)

const (
	firstWait = time.Second // between the first two rounds; each next wait is twice as long
	mostWait  = 8 * time.Second
)

// A Run says how [Verifier.All] goes through many zones.
type Run struct {
	// Zone reads a zone; it is called for each round, so that not all zones are in memory. A
	// zone that it returns nil for is left out.
	Zone func(schema.Name) *schema.Zone
	// Removed returns what was removed from a zone and must not be answered any more; nil
	// means nothing was.
	Removed func(schema.Name) []schema.RRset
	// Concurrency is the number of zones at the same time, at least 1.
	Concurrency int
	// Wait is how long servers are asked again that do not answer what the files say; 0 asks
	// once.
	Wait time.Duration
	// Progress, if not nil, is called when something has changed, possibly concurrently.
	Progress func(Progress)
}

func (r *Run) removed(zone schema.Name) []schema.RRset {
	if r.Removed == nil {
		return nil
	}
	return r.Removed(zone)
}

// Progress is how far a run is.
type Progress struct {
	Done, Total int
	// Waiting is true once every zone has been asked about. Done counts those that answer
	// then.
	Waiting bool
}

// All asks about zones. Those that do not answer what their files say are asked about again,
// until they do or time is up. The results are in the order of the zones.
func (v *Verifier) All(ctx context.Context, zones []schema.Name, run Run) ([]*Result, Waited) {
	start := time.Now()
	results := make([]*Result, len(zones))
	todo := make([]int, len(zones))
	for i := range zones {
		todo[i] = i
	}
	rounds := waitRounds(ctx, run.Wait, func(round int) (pending int) {
		v.parents.forget()
		v.silent.forget()
		v.round(ctx, zones, todo, results, run, round)
		todo = todo[:0]
		for i, r := range results {
			if r != nil && r.State() != Answers {
				todo = append(todo, i)
			}
		}
		return len(todo)
	})
	return results, Waited{Rounds: rounds, For: time.Since(start)}
}

// round asks about some of the zones once.
func (v *Verifier) round(ctx context.Context, zones []schema.Name, todo []int, results []*Result, run Run, round int) {
	done := make(chan bool, len(todo))
	report := func(n int) {
		if run.Progress != nil {
			run.Progress(Progress{Done: n, Total: len(zones), Waiting: round > 0})
		}
	}
	report(len(zones) - len(todo))
	var g errgroup.Group
	g.SetLimit(max(1, run.Concurrency))
	for _, i := range todo {
		g.Go(func() error {
			z := run.Zone(zones[i])
			if z == nil {
				results[i] = nil
			} else {
				results[i] = v.again(ctx, z, run.removed(zones[i]), cmp.Or(results[i], &Result{Zone: zones[i]}))
			}
			if round == 0 || z != nil && results[i].State() == Answers {
				done <- true
				report(len(zones) - len(todo) + len(done))
			}
			return nil
		})
	}
	_ = g.Wait() // no function returns an error
}

// waitRounds calls round until nothing is pending, the time is up or the context is done,
// with waits in between. It returns the number of rounds.
func waitRounds(ctx context.Context, wait time.Duration, round func(int) (pending int)) int {
	end := time.Now().Add(wait)
	pause := firstWait
	for n := 0; ; n++ {
		if round(n) == 0 {
			return n + 1
		}
		left := time.Until(end)
		if left <= 0 || ctx.Err() != nil {
			return n + 1
		}
		timer := time.NewTimer(min(pause, left))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return n + 1
		}
		pause = min(2*pause, mostWait)
	}
}
