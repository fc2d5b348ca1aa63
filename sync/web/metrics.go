package web

import (
	"math"
	"net/http"
	"runtime"
	"strconv"
	stdsync "sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"

	"github.com/zonetender/zonetender/sync"
)

// Metrics counts what the daemon does, for Prometheus. Make it with NewMetrics. Its
// methods may be called by several goroutines at the same time. No label takes its
// values from zones, so the number of series does not grow with them.
type Metrics struct {
	registry *prometheus.Registry

	cycles   *prometheus.CounterVec
	duration *prometheus.HistogramVec
	live     prometheus.Histogram
	pending  prometheus.Gauge
	refused  prometheus.Gauge
	calls    *prometheus.CounterVec
	throttle prometheus.Counter
	fetches  *prometheus.CounterVec
	hooks    *prometheus.CounterVec

	// mu keeps a scrape from seeing half of another one's status.
	mu    stdsync.Mutex
	zones *prometheus.GaugeVec
	age   prometheus.Gauge
}

// FetchResult is what came of asking the Git repository for its newest commit.
type FetchResult string

// The results of a fetch.
const (
	FetchNew       FetchResult = "new"       // a commit that had not been read before
	FetchUnchanged FetchResult = "unchanged" // the commit that was read last
	FetchFailed    FetchResult = "failed"    // no answer, or one that cannot be trusted
)

// FetchResults lists the results of a fetch in a fixed order.
func FetchResults() []FetchResult {
	return []FetchResult{FetchNew, FetchUnchanged, FetchFailed}
}

// hookOutcome is what came of a webhook.
type hookOutcome string

const (
	hookAccepted hookOutcome = "accepted" // it asked for a cycle
	hookPinged   hookOutcome = "pinged"   // genuine, and only a trial
	hookIgnored  hookOutcome = "ignored"  // genuine, but about something else
	hookRefused  hookOutcome = "refused"  // not genuine, malformed, too large or too many
)

// NewMetrics makes metrics that are all zero. version is zonetender's own.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		cycles:   counters("cycles_total", "Cycles that have ended, by outcome.", "outcome"),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: prefix + "cycle_duration_seconds", Help: "How long cycles took, by kind.",
			Buckets: []float64{.1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800},
		}, []string{"kind"}),
		live: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: prefix + "commit_to_live_seconds", Help: "From the time of a commit until its zones were read back as it says.",
			Buckets: []float64{1, 2, 5, 10, 20, 30, 60, 90, 120, 300, 600, 1800, 3600, 21600},
		}),
		pending:  gauge("pending_changes", "Changes that a commit or drift asks for and that are not made yet."),
		refused:  gauge("refused_changes", "Changes that a guard refuses."),
		calls:    counters("api_calls_total", "Calls of the VPS.org API, each try counted, by method and status code; error where no answer came.", "method", "code"),
		throttle: prometheus.NewCounter(prometheus.CounterOpts{Name: prefix + "api_throttle_seconds_total", Help: "Time that API calls were held back to keep to a rate."}),
		fetches:  counters("git_fetches_total", "Fetches from the Git repository, by result.", "result"),
		hooks:    counters("webhooks_total", "Webhooks with a secret to check against, by what came of them.", "result"),
		zones: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: prefix + "zones", Help: "Zones by state.",
		}, []string{"state"}),
		age: gauge("last_good_cycle_age_seconds", "Time since a cycle last did all it could; +Inf where none has."),
	}
	m.register(version)
	m.startAtZero()
	return m
}

const prefix = "zonetender_"

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: prefix + name, Help: help}, labels)
}

func gauge(name, help string) prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Name: prefix + name, Help: help})
}

func (m *Metrics) register(version string) {
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: prefix + "build_info", Help: "Always 1; the labels say what is running.",
	}, []string{"version", "goversion"})
	build.WithLabelValues(version, runtime.Version()).Set(1)
	m.registry.MustRegister(
		m.cycles, m.duration, m.live, m.zones, m.pending, m.refused, m.calls, m.throttle,
		m.fetches, m.hooks, m.age, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
}

// startAtZero makes every series whose labels are known, so that the first failure is
// an increase and not a series that appears.
func (m *Metrics) startAtZero() {
	for _, o := range sync.Outcomes() {
		m.cycles.WithLabelValues(string(o))
	}
	for _, k := range []sync.Kind{sync.Pull, sync.Sweep} {
		m.duration.WithLabelValues(string(k))
	}
	for _, r := range FetchResults() {
		m.fetches.WithLabelValues(string(r))
	}
	for _, o := range []hookOutcome{hookAccepted, hookPinged, hookIgnored, hookRefused} {
		m.hooks.WithLabelValues(string(o))
	}
}

// Cycle counts a cycle that has ended and took that many seconds.
func (m *Metrics) Cycle(kind sync.Kind, outcome sync.Outcome, seconds float64) {
	m.cycles.WithLabelValues(string(outcome)).Inc()
	m.duration.WithLabelValues(string(kind)).Observe(notNegative(seconds))
}

// CommitLive says that a commit was live so many seconds after it was made. A negative
// time, from a committer's clock that is ahead, counts as 0.
func (m *Metrics) CommitLive(seconds float64) { m.live.Observe(notNegative(seconds)) }

// Changes says how many changes are to be made and how many are refused, over all
// zones, as of now.
func (m *Metrics) Changes(pending, refused int) {
	m.pending.Set(float64(pending))
	m.refused.Set(float64(refused))
}

// APICall counts one try of an API call. A status outside of 100 to 599, such as 0, says
// that no answer came. throttled is how long the call was held back before.
func (m *Metrics) APICall(method string, status int, throttled time.Duration) {
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete:
	default:
		method = "other"
	}
	code := "error"
	if status >= 100 && status <= 599 {
		code = strconv.Itoa(status)
	}
	m.calls.WithLabelValues(method, code).Inc()
	m.throttle.Add(notNegative(throttled.Seconds()))
}

// Fetch counts a fetch from the Git repository.
func (m *Metrics) Fetch(result FetchResult) { m.fetches.WithLabelValues(string(result)).Inc() }

// notNegative guards the sums: a counter panics on less than 0, and one NaN would stay
// in a histogram for good.
func notNegative(seconds float64) float64 {
	if seconds > 0 {
		return seconds
	}
	return 0
}

// handler shows the metrics. What the status says is read for each scrape, so the two
// cannot disagree and an old number cannot linger.
func (m *Metrics) handler(status func() sync.Status, now func() time.Time) http.Handler {
	gather := func() ([]*dto.MetricFamily, error) {
		st := status()
		m.mu.Lock()
		defer m.mu.Unlock()
		m.stand(st, now())
		return m.registry.Gather()
	}
	return promhttp.HandlerFor(prometheus.GathererFunc(gather), promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

func (m *Metrics) stand(status sync.Status, now time.Time) {
	for _, state := range sync.States() {
		m.zones.WithLabelValues(string(state)).Set(float64(status.Counts[state]))
	}
	// An alert compares with a number of seconds: NaN would never exceed it, and 0 would look
	// well.
	age := math.Inf(1)
	if !status.LastGood.IsZero() {
		age = notNegative(now.Sub(status.LastGood).Seconds())
	}
	m.age.Set(age)
}
