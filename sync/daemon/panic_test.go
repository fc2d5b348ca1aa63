package daemon_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// A panicky API panics at one zone.
type panicky struct {
	sync.API
	zone  string
	armed atomic.Bool
	write bool // panics at a write, else at a read
}

func (p *panicky) Zone(ctx context.Context, z diff.ZoneRef, declares func(schema.Record) bool) (diff.LiveZone, error) {
	if p.armed.Load() && !p.write && z.Name.Undotted() == p.zone {
		panic("index out of range [7]")
	}
	return p.API.Zone(ctx, z, declares)
}

func (p *panicky) CreateRecord(ctx context.Context, z diff.ZoneRef, r schema.Record) error {
	if p.armed.Load() && p.write && z.Name.Undotted() == p.zone {
		panic("index out of range [7]")
	}
	return p.API.CreateRecord(ctx, z, r)
}

func TestFaultC9PanicInAZoneStopsThatZoneOnly(t *testing.T) {
	for name, write := range map[string]bool{"reading": false, "writing": true} {
		worldtest.Bubble(t, name, func(t *testing.T) {
			h := newInstallation(t, vpsorgtest.Options{})
			p := &panicky{zone: "a.example", write: write}
			h.tune = func(d *daemon.Daemon) { p.API = d.Writer; d.API, d.Writer = p, p }
			h.zone("a.example", "www 300 A 192.0.2.1")
			h.zone("b.example", "www 300 A 192.0.2.1")
			h.origin.push("first")
			h.start()
			p.armed.Store(true)
			h.zone("a.example", "www 300 A 192.0.2.1", "api 300 A 192.0.2.2")
			h.zone("b.example", "www 300 A 192.0.2.1", "api 300 A 192.0.2.2")
			h.origin.push("second")
			h.pass(time.Minute)
			h.follows("b.example")
			h.stands("a.example", daemon.StateFailed, "internal error, please report it", "panicky", "index out of range [7]")
			h.ended(daemon.OutcomePartly)
			p.armed.Store(false)
			h.pass(2 * time.Minute)
			h.follows("a.example")
			h.stands("a.example", daemon.StateInSync)
		})
	}
}

func TestFaultC9PanicInACycleFailsThatCycleOnly(t *testing.T) {
	worldtest.Bubble(t, "cycle", func(t *testing.T) {
		h := running(t, "a.example")
		h.branch.breaks(func() error { panic("nil map") })
		h.pass(time.Minute)
		h.ended(daemon.OutcomeFailed, "internal error", "nil map")
		worldtest.Shows(t, h.log.String(), "level=ERROR msg=panic", "nil map", "stack=", "panic_test.go")
		h.branch.breaks(nil)
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.origin.push("second")
		h.pass(time.Minute)
		h.follows("a.example")
	})
}

// Who is told of the cycles may break; the cycles go on.
func TestFaultC11PanicOfAnObserverStopsNothing(t *testing.T) {
	worldtest.Bubble(t, "observer", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		h.tune = func(d *daemon.Daemon) { d.Observe = func(daemon.CycleMetrics) { panic("sink is down") } }
		h.zone("a.example", "www 300 A 192.0.2.1")
		h.origin.push("first")
		h.start()
		h.zone("a.example", "www 300 A 192.0.2.2")
		h.origin.push("second")
		h.pass(time.Minute)
		h.follows("a.example")
		worldtest.Shows(t, h.log.String(), "msg=panic", "sink is down")
	})
}
