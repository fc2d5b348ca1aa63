package daemon

import (
	"bytes"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zonetender/zonetender/sync"
)

// The log says every ten seconds how far a cycle is, and is silent about a short one.
func TestProgressLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		var calls atomic.Int64
		d := &Daemon{
			Log:     slog.New(slog.NewTextHandler(&out, nil)),
			Traffic: sync.Traffic{Calls: func() int { return int(calls.Load()) }, Allowed: func() float64 { return 20 }},
		}
		for _, seconds := range []int{9, 25} {
			pass := &sync.Pass{}
			stop := d.follow(Run{Number: 7, Kind: Sweep}, pass)
			for i := range seconds {
				pass.Progress(sync.Progress{Zones: 10 * i, ZonesTotal: 1000})
				calls.Add(20)
				time.Sleep(time.Second)
				synctest.Wait()
			}
			stop()
			time.Sleep(time.Minute)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != 2 {
			t.Fatalf("got\n%swant two lines", out.String())
		}
		if want := `msg="in progress" run=7 kind=sweep zones=190 zones_total=1000 calls=400 calls_per_second=20 allowed_per_second=20 left=1m25s`; !strings.HasSuffix(lines[1], want) {
			t.Errorf("got %s, want %s", lines[1], want)
		}
	})
}
