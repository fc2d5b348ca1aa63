package web

import (
	"math"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	stdsync "sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"

	"github.com/zonetender/zonetender/sync/daemon"
)

// Metrics counts what the daemon does, for Prometheus. Make it with NewMetrics. Its
// methods may be called by several goroutines at the same time. No label takes its
// values from zones, so the number of series does not grow with them, unless
// [Metrics.ShowZones] is called.
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

	changes    *prometheus.CounterVec
	mirror     prometheus.Gauge
	zoneStates *prometheus.GaugeVec // nil where there are none

	// mu keeps a scrape from seeing half of another one's status.
	mu    stdsync.Mutex
	zones *prometheus.GaugeVec
	age   prometheus.Gauge
	// good and changed are points in time, in seconds since 1970, 0 for never.
	good, changed prometheus.Gauge
	// answering counts zones by what their name servers answer, findings counts what the
	// last audit found, by code, and audited is when that ended.
	answering, findings *prometheus.GaugeVec
	audited             prometheus.Gauge
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
			Name: prefix + "commit_to_live_seconds", Help: "From when a commit was first seen until its zones were read back as it says.",
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
		changes: counters("changes_total", "Calls that changed a record or a zone, by action.", "action"),
		mirror:  gauge("mirror_bytes", "Size of the Git mirror on disk."),
		good:    gauge("last_good_cycle_timestamp_seconds", "When a cycle last did all it could, in seconds since 1970; 0 where none has."),
		changed: gauge("last_change_timestamp_seconds", "When a live zone was last changed, in seconds since 1970; 0 where none was."),
		age:     gauge("last_good_cycle_age_seconds", "Time since a cycle last did all it could; +Inf where none has."),
	}
	m.answering = gauges("answering_zones", "Zones that were written, by whether their name servers answer what was written.", "answering")
	m.findings = gauges("audit_findings", "What the last audit found, by code.", "code")
	m.audited = gauge("last_audit_timestamp_seconds", "When the last audit began, in seconds since 1970; 0 where there was none.")
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

func gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: prefix + name, Help: help}, labels)
}

func (m *Metrics) register(version string) {
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: prefix + "build_info", Help: "Always 1; the labels say what is running.",
	}, []string{"version", "goversion"})
	build.WithLabelValues(version, runtime.Version()).Set(1)
	m.registry.MustRegister(
		m.cycles, m.duration, m.live, m.zones, m.pending, m.refused, m.calls, m.throttle,
		m.fetches, m.hooks, m.age, m.changes, m.mirror, m.good, m.changed, build, m.answering, m.findings, m.audited,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
}

// startAtZero makes every series whose labels are known, so that the first failure is
// an increase and not a series that appears.
func (m *Metrics) startAtZero() {
	for _, o := range daemon.Outcomes() {
		m.cycles.WithLabelValues(string(o))
	}
	for _, k := range []daemon.Kind{daemon.Pull, daemon.Sweep} {
		m.duration.WithLabelValues(string(k))
	}
	for _, r := range FetchResults() {
		m.fetches.WithLabelValues(string(r))
	}
	for _, a := range changeActions() {
		m.changes.WithLabelValues(a)
	}
	for _, o := range []hookOutcome{hookAccepted, hookPinged, hookIgnored, hookRefused} {
		m.hooks.WithLabelValues(string(o))
	}
}

// Cycle counts a cycle that has ended and took that many seconds.
func (m *Metrics) Cycle(kind daemon.Kind, outcome daemon.Outcome, seconds float64) {
	m.cycles.WithLabelValues(string(outcome)).Inc()
	m.duration.WithLabelValues(string(kind)).Observe(notNegative(seconds))
}

// changeActions lists the values of the label action.
func changeActions() []string {
	return []string{"create", "update", "delete", "create_zone", "delete_zone"}
}

// Changed counts a call that changed a record, by one of the actions "create", "update" and
// "delete", or a zone, by "create_zone" or "delete_zone". It counts no other.
func (m *Metrics) Changed(action string) {
	if slices.Contains(changeActions(), action) {
		m.changes.WithLabelValues(action).Inc()
	}
}

// ShowAllowed adds how many API calls a second are allowed, as rate returns for each scrape;
// +Inf means that no limit is known. It is called before the first scrape.
func (m *Metrics) ShowAllowed(rate func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: prefix + "api_allowed_calls_per_second", Help: "API calls a second that the setting or the service allows, as far as known; +Inf where no limit is.",
	}, rate))
}

// Mirror says how many bytes the Git mirror takes on disk.
func (m *Metrics) Mirror(bytes int64) { m.mirror.Set(float64(bytes)) }

// ShowZones adds a series for each zone and its state. It is called before the first
// scrape.
func (m *Metrics) ShowZones() {
	m.zoneStates = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: prefix + "zone_state", Help: "Always 1; the labels say how each zone stands.",
	}, []string{"zone", "state"})
	m.registry.MustRegister(m.zoneStates)
}

// CommitLive says that a commit was live this many seconds after it was first seen. A
// negative time, from a clock that was put back, counts as 0.
func (m *Metrics) CommitLive(seconds float64) { m.live.Observe(notNegative(seconds)) }

// Changes says how many changes wait to be made and how many are refused, over all
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
func (m *Metrics) handler(status func() daemon.Status, now func() time.Time) http.Handler {
	gather := func() ([]*dto.MetricFamily, error) {
		st := status()
		m.mu.Lock()
		defer m.mu.Unlock()
		m.stand(st, now())
		return m.registry.Gather()
	}
	return promhttp.HandlerFor(prometheus.GathererFunc(gather), promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

func (m *Metrics) stand(status daemon.Status, now time.Time) {
	for _, state := range daemon.States() {
		m.zones.WithLabelValues(string(state)).Set(float64(status.Counts[state]))
	}
	// An alert compares with a number of seconds: NaN would never exceed it, and 0 would look
	// well.
	age := math.Inf(1)
	if !status.LastGood.IsZero() {
		age = notNegative(now.Sub(status.LastGood).Seconds())
	}
	m.age.Set(age)
	m.good.Set(timestamp(status.LastGood))
	m.changed.Set(timestamp(status.LastChange))
	m.beside(status)
	if m.zoneStates == nil {
		return
	}
	m.zoneStates.Reset()
	for _, z := range status.Zones {
		m.zoneStates.WithLabelValues(z.Zone, string(z.State)).Set(1)
	}
}

// beside shows what goes on beside the cycles.
func (m *Metrics) beside(status daemon.Status) {
	if status.Answering != nil {
		for _, a := range daemon.Answerings() {
			m.answering.WithLabelValues(string(a)).Set(float64(status.Answering[a]))
		}
	}
	if status.Audit == nil {
		m.audited.Set(0)
		return
	}
	m.audited.Set(timestamp(status.Audit.Started))
	m.findings.Reset()
	for code, n := range status.Audit.Codes {
		m.findings.WithLabelValues(code).Set(float64(n))
	}
}

func timestamp(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}
