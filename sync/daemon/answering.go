package daemon

import (
	"context"
	"fmt"
	"maps"
	"slices"
	stdsync "sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
	"github.com/zonetender/zonetender/sync"
)

// Answering says whether the name servers of a zone answer what was last written to it.
type Answering string

// The values of Answering; it is "" where nobody has asked.
const (
	AnsweringYes     Answering = "yes"
	AnsweringWaiting Answering = "waiting" // not yet; they are asked again
	AnsweringNo      Answering = "no"      // not in time
	AnsweringUnknown Answering = "unknown" // they could not be asked in time
)

// Answerings lists the values of Answering in a fixed order.
func Answerings() []Answering {
	return []Answering{AnsweringYes, AnsweringWaiting, AnsweringNo, AnsweringUnknown}
}

// An Asker asks the name servers of zones whether they answer what files say, once.
type Asker interface {
	// Ask returns AnsweringYes, AnsweringNo or AnsweringUnknown, and why it is not yes.
	// Removed is what must not be answered any more. It is called concurrently.
	Ask(ctx context.Context, zone *schema.Zone, removed []schema.RRset) (Answering, string)
}

const (
	firstAsk = 5 * time.Second // until the name servers are asked again; then twice as long each time
	lastAsk  = time.Minute
	// askFor is how long they are asked about what a cycle wrote.
	askFor = 10 * time.Minute
)

// An answer is what is known of a zone's name servers, and what is still to be asked.
type answer struct {
	state  Answering
	reason string

	// What follows is set while the state is waiting.
	run     int64 // that wrote to the zone
	folder  *zonefile.Folder
	source  zonefile.Source
	alone   []schema.Key // RRsets that the run left alone
	removed []schema.RRset
	since   time.Time
	next    time.Time
	pause   time.Duration
}

// answers are the answers of all zones. The zero answers are ready for use.
type answers struct {
	mu    stdsync.Mutex
	zones map[schema.Name]*answer
	wake  chan struct{}
}

func (a *answers) channel() chan struct{} {
	if a.wake == nil {
		a.wake = make(chan struct{}, 1)
	}
	return a.wake
}

// ready returns a channel that delivers when there is a new zone to ask about.
func (a *answers) ready() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.channel()
}

// add has the name servers of zones asked. What was asked about them before is out of date.
func (a *answers) add(zones map[schema.Name]*answer) {
	if len(zones) == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.zones == nil {
		a.zones = make(map[schema.Name]*answer)
	}
	maps.Copy(a.zones, zones)
	select {
	case a.channel() <- struct{}{}:
	default:
	}
}

// forget drops what is known of zones that are gone.
func (a *answers) forget(zones []schema.Name) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, z := range zones {
		delete(a.zones, z)
	}
}

// of returns what is known of a zone.
func (a *answers) of(zone schema.Name) (Answering, string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if z := a.zones[zone]; z != nil {
		return z.state, z.reason
	}
	return "", ""
}

// due returns the zones to ask about now, sorted, and how long it is until the next one.
func (a *answers) due(now time.Time) (zones []schema.Name, wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	wait = heartbeat
	for name, z := range a.zones {
		switch {
		case z.state != AnsweringWaiting:
		case z.next.After(now):
			wait = min(wait, z.next.Sub(now))
		default:
			zones = append(zones, name)
		}
	}
	slices.SortFunc(zones, schema.Name.Compare)
	return zones, wait
}

// get returns what is to be asked about a zone.
func (a *answers) get(zone schema.Name) *answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.zones[zone]
}

// settle notes what came of asking, and reports whether that is the end of it. A zone that
// was written meanwhile is asked about anew.
func (a *answers) settle(zone schema.Name, asked *answer, state Answering, reason string, now time.Time) (last bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.zones[zone] != asked {
		return false
	}
	if state != AnsweringYes && now.Sub(asked.since)+asked.pause <= askFor {
		again := *asked
		again.reason, again.next, again.pause = reason, now.Add(asked.pause), min(2*asked.pause, lastAsk)
		a.zones[zone] = &again
		return false
	}
	a.zones[zone] = &answer{state: state, reason: reason}
	return true
}

// toAsk returns what is to be asked about the zones that a report says were written.
func toAsk(src *source, learned *facts, report *sync.Report, overtook func(schema.Name) bool, run int64, now time.Time) map[schema.Name]*answer {
	written := make(map[schema.Name]*sync.ZoneReport)
	for i := range report.Zones {
		if z := &report.Zones[i]; z.OK() && !z.Deleted && (z.Created || len(z.Done) > 0) {
			written[z.Zone] = z
		}
	}
	out := make(map[schema.Name]*answer)
	for _, s := range src.folder.Sources {
		if z := written[s.Zone]; z != nil && !overtook(s.Zone) {
			out[s.Zone] = &answer{
				state: AnsweringWaiting, run: run, folder: src.folder, source: s, alone: learned.of[s.Zone].Quarantined,
				removed: diff.Removed(z.Done), since: now, next: now, pause: firstAsk,
			}
		}
	}
	return out
}

// answer asks name servers about what cycles write, until ctx ends. Cycles go on meanwhile.
func (d *Daemon) answer(ctx context.Context) {
	for ctx.Err() == nil {
		zones, wait := d.answers.due(time.Now())
		if len(zones) > 0 {
			d.askRound(ctx, zones)
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-d.answers.ready():
		case <-timer.C:
		}
		timer.Stop()
	}
}

// askRound asks about each of the zones once.
func (d *Daemon) askRound(ctx context.Context, zones []schema.Name) {
	asker := d.Asking()
	var g errgroup.Group
	g.SetLimit(d.concurrency())
	for _, name := range zones {
		g.Go(func() error {
			asked := d.answers.get(name)
			if asked == nil || asked.state != AnsweringWaiting {
				return nil
			}
			var state Answering
			var reason string
			if err := sync.Catch(func() { state, reason = askOne(ctx, asker, asked) }); err != nil {
				d.logPanic(err)
				state, reason = AnsweringUnknown, err.Error()
			}
			if ctx.Err() == nil && d.answers.settle(name, asked, state, reason, time.Now()) {
				d.answered(ctx, name, asked, state, reason)
			}
			return nil
		})
	}
	_ = g.Wait() // no function returns an error
}

// askOne reads the zone as it was written, and asks about it.
func askOne(ctx context.Context, asker Asker, asked *answer) (Answering, string) {
	zone, problems := asked.folder.Zone(asked.source)
	if zone == nil {
		// The files of the commit were there when it was written.
		return AnsweringUnknown, fmt.Sprintf("the zone file can no longer be read: %v", problems.Errors()[0])
	}
	return asker.Ask(ctx, zone.LeaveAlone(asked.alone), asked.removed)
}

// answered writes down how it ended.
func (d *Daemon) answered(ctx context.Context, zone schema.Name, asked *answer, state Answering, reason string) {
	args := attributes("zone", zone.Undotted(), "answering", string(state), "seconds", time.Since(asked.since).Seconds(), "reason", reason, "run", asked.run)
	if state == AnsweringYes {
		d.Log.Info("name servers", args...)
	} else {
		d.Log.Warn("name servers", args...)
	}
	if asked.run == 0 {
		return // the cycle is not in the history
	}
	if err := d.Store.Answered(ctx, asked.run, state == AnsweringYes); err != nil {
		d.Log.Error("state not saved", "error", err.Error())
	}
}
