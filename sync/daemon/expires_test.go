package daemon_test

import (
	"testing"
	"time"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// A record that expires goes with the first sweep after its last day, although no commit
// says anything new.
func TestRecordExpiresAtASweep(t *testing.T) {
	worldtest.Bubble(t, "a day later", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		today := time.Now().UTC().Format(time.DateOnly)
		h.text("one.example.yaml", "zone: one.example\nttl: 300\nrecords:\n  www: {A: 192.0.2.1}\n  promo: {A: 192.0.2.2, expires: "+today+"}\n")
		h.origin.push("a promotion")
		h.start()
		h.world.Holds("one.example", "promo 300 A 192.0.2.2", "www 300 A 192.0.2.1")
		h.pass(25 * time.Hour)
		h.world.Holds("one.example", "www 300 A 192.0.2.1")
	})
}
