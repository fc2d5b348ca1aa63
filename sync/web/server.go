package web

import (
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/zonetender/zonetender/sync/daemon"
)

// Options say what a Server shows and whom it calls. Status and Trigger must be set.
// All functions may be called by several goroutines at the same time.
type Options struct {
	// Status says how the daemon stands. The server does not change what it returns.
	Status func() daemon.Status
	// Trigger asks for one more cycle: a pull after a push, and a sweep where somebody asks
	// for a cycle by hand. It must return at once:
	// many calls during a cycle are to cause one more.
	Trigger func(kind daemon.Kind)
	// Alive reports whether the loop turns, and what is wrong where it does not. nil counts
	// as turning.
	Alive func() (ok bool, reason string)
	// Branch is the branch that is followed, as main or refs/heads/main. Where it is nil or
	// returns "", the branch is not known yet and a push to any branch triggers.
	Branch func() string
	// WebhookSecret and APIToken are asked on each request, so that a secret rotated on
	// disk counts at once. nil or "" switches the path off: it answers 404.
	WebhookSecret func() (string, error)
	APIToken      func() (string, error)
	// AllowedHosts are the names under which the status and the pages are served, without a
	// port, beside localhost and IP addresses. A browser that was led here by a name of
	// somebody else's sends that name.
	AllowedHosts []string
	// Snapshot opens the snapshot of the live zones, or returns an error while there is none.
	// nil switches the path off: it answers 404.
	Snapshot func() (io.ReadSeekCloser, error)
	// Metrics is what /metrics shows besides the status; nil shows the status alone.
	Metrics *Metrics
	// Now tells the time; nil is time.Now.
	Now func() time.Time
	// Logger gets one line for each hook and sync request, of those that are refused only
	// some; nil logs nothing.
	Logger *slog.Logger
}

// A Server answers the daemon's HTTP requests. Make it with New.
type Server struct {
	options Options
	handler http.Handler
	// pageTemplate is what the page on / is made from.
	pageTemplate *template.Template
	// hooks holds a place for each webhook whose body is being read.
	hooks chan struct{}
	// refusals bounds the log lines for requests that anybody can send.
	refusals *throttledLog
}

// New makes a server.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Alive == nil {
		o.Alive = func() (bool, string) { return true, "" }
	}
	if o.Branch == nil {
		o.Branch = func() string { return "" }
	}
	if o.WebhookSecret == nil {
		o.WebhookSecret = unset
	}
	if o.APIToken == nil {
		o.APIToken = unset
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics(o.Status().Version)
	}
	s := &Server{options: o, pageTemplate: newPage(), hooks: make(chan struct{}, maxHooks), refusals: newThrottledLog(o.Logger, o.Now)}
	s.handler = s.recovered(secured(s.routes()))
	return s
}

func unset() (string, error) { return "", nil }

// ServeHTTP answers one request. The bounds on time and connections are Serve's.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.hostChecked(s.page))
	mux.HandleFunc("GET /page.css", style)
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("GET /metrics", s.options.Metrics.handler(s.options.Status, s.options.Now))
	mux.HandleFunc("GET /api/v1/status", s.hostChecked(s.status))
	mux.HandleFunc("GET /api/v1/snapshot", s.hostChecked(s.snapshot))
	// Without a method, as these answer 404 to every method where no secret is set.
	mux.HandleFunc("/api/v1/sync", s.sync)
	mux.HandleFunc("/hooks/git", s.hook)
	return mux
}

// say answers with one line of plain text.
func say(w http.ResponseWriter, code int, line string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	// An error here means that the client has gone, and nobody is left to tell.
	_, _ = w.Write([]byte(line + "\n"))
}
