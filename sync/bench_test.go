package sync_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
	"github.com/zonetender/zonetender/sync/worldtest"
)

// settled is a world of many zones in which there is nothing to change.
func settled(t testing.TB, zones, records int) *worldtest.World {
	w := worldtest.New(t, vpsorgtest.Options{KeepCalls: -1})
	for i := range zones {
		domain := fmt.Sprintf("zone-%04d.example", i)
		var lines []string
		for j := range records {
			switch name := fmt.Sprintf("host-%04d", j); j % 5 {
			case 0:
				lines = append(lines, fmt.Sprintf("%s 300 A 192.0.2.%d", name, j%250))
			case 1:
				lines = append(lines, fmt.Sprintf("%s 300 AAAA 2001:db8::%x", name, j+1))
			case 2:
				lines = append(lines, fmt.Sprintf("%s 300 CNAME host-%04d.%s.", name, j-2, domain))
			case 3:
				lines = append(lines, fmt.Sprintf("%s 300 TXT v=spf1 include:_spf-%d.example.net -all", name, j))
			case 4:
				lines = append(lines, fmt.Sprintf("%s 300 MX 10 host-%04d.%s.", name, j-4, domain))
			}
		}
		w.Live(domain, lines...)
		w.File(domain, lines...)
	}
	return w
}

// planSettled plans and fails the test if anything would change.
func planSettled(w *worldtest.World) {
	w.T.Helper()
	if p := w.Plan().Plan; !empty(p) {
		w.T.Fatal(p.Summary())
	}
}

// overLoopback puts a real connection between the world's client and its service.
func overLoopback(w *worldtest.World) (done func()) {
	front := httptest.NewServer(w.Server)
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	w.Transport = redirected{plain{transport}, front.Listener.Addr().String()}
	return func() {
		transport.CloseIdleConnections()
		front.Close()
	}
}

// plain speaks HTTP without TLS.
type plain struct{ next http.RoundTripper }

func (p plain) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme = "http"
	return p.next.RoundTrip(r)
}

// BenchmarkPlan1000x50 plans 1,000 zones of 50 records with nothing to change, over
// loopback, client and service in one process: reading the files is part of it.
func BenchmarkPlan1000x50(b *testing.B) { benchmarkPlan(b, 1000, 50) }

// BenchmarkPlan shows by ns/record that planning grows with the zones and with their
// records, and no faster.
func BenchmarkPlan(b *testing.B) {
	for _, size := range [][2]int{{125, 50}, {250, 50}, {500, 50}, {100, 100}, {100, 400}, {100, 1600}} {
		b.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(b *testing.B) { benchmarkPlan(b, size[0], size[1]) })
	}
}

func benchmarkPlan(b *testing.B, zones, records int) {
	w := settled(b, zones, records)
	defer overLoopback(w)()
	planSettled(w) // connections are made, tables are filled
	b.ReportAllocs()
	for b.Loop() {
		planSettled(w)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*zones*records), "ns/record")
}

// Four times the zones, or four times the records in each, make four times the work:
// allocations show it, as they do not depend on how busy the machine is.
func TestPlanGrowsLinearly(t *testing.T) {
	small := allocated(t, 40, 50)
	for _, size := range [][2]int{{160, 50}, {40, 200}} {
		if large := allocated(t, size[0], size[1]); large > 4.6*small {
			t.Errorf("%d zones of %d records take %.1f MB, 40 of 50 take %.1f MB: %.1f times as much, want about 4",
				size[0], size[1], large/1e6, small/1e6, large/small)
		}
	}
}

// allocated returns the bytes that one plan allocates.
func allocated(t *testing.T, zones, records int) float64 {
	t.Helper()
	w := settled(t, zones, records)
	planSettled(w)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	planSettled(w)
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc - before.TotalAlloc)
}
