package daemon_test

import (
	"testing"
	"time"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// A record that expires goes with the first pull after its end, although no commit says
// anything new.
func TestRecordExpires(t *testing.T) {
	worldtest.Bubble(t, "a day later", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		today := time.Now().UTC().Format(time.DateOnly)
		h.text("one.example.yaml", "zone: one.example\nttl: 300\nrecords:\n  www: {A: 192.0.2.1}\n  promo: {A: 192.0.2.2, expires: "+today+"}\n")
		h.origin.push("a promotion")
		h.start()
		h.world.Holds("one.example", "promo 300 A 192.0.2.2", "www 300 A 192.0.2.1")
		h.pass(time.Until(time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 1)) + 2*time.Minute)
		h.world.Holds("one.example", "www 300 A 192.0.2.1")
	})
}

// It does not wait for the next sweep, also after a restart.
func TestRecordExpiresWithAPull(t *testing.T) {
	worldtest.Bubble(t, "minutes later", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		// The sweep of the hour is over.
		time.Sleep(time.Until(time.Now().Truncate(time.Hour).Add(time.Hour + 5*time.Minute)))
		first := time.Now().UTC().Add(10 * time.Minute).Format(time.RFC3339)
		second := time.Now().UTC().Add(20 * time.Minute).Format(time.RFC3339)
		h.text("one.example.yaml", "zone: one.example\nttl: 300\nrecords:\n  www: {A: 192.0.2.1}\n"+
			"  a: {A: 192.0.2.2, expires: '"+first+"'}\n  b: {A: 192.0.2.3, expires: '"+second+"'}\n")
		h.origin.push("two ends")
		h.start()
		h.pass(9 * time.Minute)
		h.world.Holds("one.example", "a 300 A 192.0.2.2", "b 300 A 192.0.2.3", "www 300 A 192.0.2.1")
		h.pass(3 * time.Minute)
		h.world.Holds("one.example", "b 300 A 192.0.2.3", "www 300 A 192.0.2.1")
		h.restart()
		h.pass(10 * time.Minute)
		h.world.Holds("one.example", "www 300 A 192.0.2.1")
	})
}

// What a guard refuses of records that expire holds back no push, and a push takes along none
// of it.
func TestExpiryRunsApartFromAPush(t *testing.T) {
	worldtest.Bubble(t, "expiry and push", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		end := time.Now().UTC().Add(90 * time.Second).Format(time.RFC3339)
		h.text("one.example.yaml", "zone: one.example\nttl: 300\nrecords:\n  only: {A: 192.0.2.2, expires: "+end+"}\n")
		h.text("two.example.yaml", "zone: two.example\nttl: 300\nrecords:\n  www: {A: 192.0.2.1}\n")
		h.origin.push("an end")
		h.start()
		h.world.Holds("one.example", "only 300 A 192.0.2.2")
		h.pass(85 * time.Second)
		h.text("two.example.yaml", "zone: two.example\nttl: 300\nrecords:\n  www: {A: 192.0.2.9}\n")
		h.origin.push("a push")
		h.pass(2 * time.Minute)
		h.world.Holds("two.example", "www 300 A 192.0.2.9")
		h.world.Holds("one.example", "only 300 A 192.0.2.2") // the guard "empty" refuses
	})
}

// Nor does it hold back what a sweep finds, when both fall together: here the guard over the
// whole run refuses what expires.
func TestExpiryRunsApartFromASweep(t *testing.T) {
	worldtest.Bubble(t, "expiry and sweep", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		sweep := time.Now().UTC().Truncate(time.Hour).Add(time.Hour)
		h.text("zonetender.yaml", "safety: {max_deletes: 100%, max_fleet_deletes: 1}\n")
		h.text("one.example.yaml", "zone: one.example\nttl: 300\nrecords:\n  www: {A: 192.0.2.1}\n"+
			"  a: {A: [192.0.2.2, 192.0.2.3, 192.0.2.4], expires: '"+sweep.Format(time.RFC3339)+"'}\n")
		h.text("two.example.yaml", "zone: two.example\nttl: 300\nrecords:\n  www: {A: 192.0.2.1}\n")
		h.origin.push("an end")
		h.start()
		h.pass(time.Until(sweep) - 30*time.Second)
		h.edit("two.example", "www", "192.0.2.66")
		h.pass(2 * time.Minute)
		h.world.Holds("two.example", "www 300 A 192.0.2.1")
		h.world.Holds("one.example", "a 300 A 192.0.2.2", "a 300 A 192.0.2.3", "a 300 A 192.0.2.4", "www 300 A 192.0.2.1")
	})
}

// Nor is a push held back that falls together with the end while no daemon runs.
func TestExpiryRunsApartAfterARestart(t *testing.T) {
	worldtest.Bubble(t, "expiry and restart", func(t *testing.T) {
		h := newInstallation(t, vpsorgtest.Options{})
		end := time.Now().UTC().Add(10 * time.Minute).Format(time.RFC3339)
		h.text("zonetender.yaml", "safety: {max_deletes: 100%, max_fleet_deletes: 1}\n")
		h.text("one.example.yaml", "zone: one.example\nttl: 300\nrecords:\n  www: {A: 192.0.2.1}\n"+
			"  a: {A: [192.0.2.2, 192.0.2.3, 192.0.2.4], expires: '"+end+"'}\n")
		h.text("two.example.yaml", "zone: two.example\nttl: 300\nrecords:\n  www: {A: 192.0.2.1}\n")
		h.origin.push("an end")
		h.start()
		h.halt()
		time.Sleep(11 * time.Minute)
		h.text("two.example.yaml", "zone: two.example\nttl: 300\nrecords:\n  www: {A: 192.0.2.9}\n")
		h.origin.push("a push")
		h.begin()
		h.pass(2 * time.Minute)
		h.world.Holds("two.example", "www 300 A 192.0.2.9")
		h.world.Holds("one.example", "a 300 A 192.0.2.2", "a 300 A 192.0.2.3", "a 300 A 192.0.2.4", "www 300 A 192.0.2.1")
	})
}
