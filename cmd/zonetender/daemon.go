package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/snapshot"
	"github.com/zonetender/zonetender/sync/state"
	"github.com/zonetender/zonetender/sync/web"
)

func (a *app) daemon() *cobra.Command {
	var api apiFlags
	var check, health bool
	cmd := &cobra.Command{
		Use:   "daemon",
		Short: "Pull, plan and apply on a schedule, until stopped",
		Long: `Pull a branch, compare its zone files with the live zones, and apply the difference.
Zones whose files changed are applied on one schedule, and every zone is compared on
another. The status, metrics and webhooks are served over HTTP.

Every flag that names a variable in brackets can be set in the environment instead; the
flag takes precedence. Schedules are cron expressions of five fields, @hourly and the
like, or @every 1m; times are UTC unless the expression begins with a time zone, as in
"CRON_TZ=Europe/Berlin 0 5 * * *".

SIGTERM and Ctrl-C finish the owner name that is being changed, then stop. SIGHUP
compares every zone at once.`,
		Example: `  ZONETENDER_REPO=https://git.example.org/dns.git zonetender daemon
  zonetender daemon --check
  zonetender daemon --sandbox --path zones.example`,
		Args: noArgs,
	}
	api.add(cmd)
	cmd.Flags().BoolVar(&check, "check", false, "check the settings, Git and the API, print the next runs, and exit")
	cmd.Flags().BoolVar(&health, "health", false, "check that the running daemon is alive, and exit")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if health {
			s, err := a.settings(cmd)
			if err != nil {
				return err
			}
			return a.askHealth(cmd.Context(), s.Listen)
		}
		// A reload that comes before the loop runs must not end the process, and neither must a
		// reader of the log that went away.
		hangup := make(chan os.Signal, 1)
		signal.Notify(hangup, syscall.SIGHUP)
		defer signal.Stop(hangup)
		signal.Ignore(syscall.SIGPIPE)
		defer signal.Reset(syscall.SIGPIPE)
		s, err := a.settings(cmd, api.check, checkSecrets, a.checkStateDir)
		switch {
		case err != nil:
			return err
		case check:
			return a.checkDaemon(cmd.Context(), s, api)
		}
		return a.runDaemon(cmd.Context(), s, api, hangup)
	}
	return cmd
}

// service is a daemon with everything that it uses.
type service struct {
	daemon  *daemon.Daemon
	conn    *connection
	repo    *gitRepo
	metrics *web.Metrics
	log     *slog.Logger
	// recorder keeps the snapshot; it is nil where none is to be served.
	recorder *snapshot.Recorder
}

// newService wires a daemon, except for its store. The error names every problem.
func (a *app) newService(ctx context.Context, s *settings, api apiFlags, stateDir string) (*service, error) {
	id, err := buildID()
	if err != nil {
		return nil, err
	}
	v := &service{metrics: web.NewMetrics(id), log: a.logger(s)}
	if s.Snapshot {
		if v.recorder, err = snapshot.NewRecorder(filepath.Join(stateDir, "snapshot")); err != nil {
			return nil, err
		}
	}
	var repoErr, apiErr error
	v.repo, repoErr = openRepo(ctx, s, stateDir, v.metrics, v.log)
	v.conn, apiErr = a.connectWith(ctx, api, s, v.noted())
	if err := errors.Join(repoErr, apiErr); err != nil {
		return nil, errors.Join(err, v.close())
	}
	v.metrics.ShowAllowed(v.conn.Client.Rate)
	v.daemon = &daemon.Daemon{
		Repo: v.repo, Path: s.Path, API: v.conn.Client, Schedule: s.Schedule, Sweeping: s.Sweep,
		Jitter: min(s.Schedule.Gap(time.Now())/10, 5*time.Second), Version: id,
		AcceptCommit: s.AcceptCommit, AcceptSetting: "ZONETENDER_ACCEPT_COMMIT", Concurrency: v.conn.concurrency,
		Log: v.log, Traffic: v.conn.traffic(), Observe: v.observe, Changed: v.changed, Vital: vitalHosts(v.repo.repo.Host(), v.conn.url),
	}
	if err := a.besideCycles(ctx, s, v.daemon); err != nil {
		return nil, errors.Join(err, v.conn.close())
	}
	if s.ZoneMetrics {
		v.metrics.ShowZones()
	}
	if s.Mode != daemon.ModeObserve {
		v.daemon.Writer = v.conn.Client
	}
	return v, nil
}

// observe counts a cycle.
func (v *service) observe(c daemon.CycleMetrics) {
	v.metrics.Cycle(c.Kind, c.Outcome, c.Duration.Seconds())
	v.metrics.Changes(c.Pending, c.Refused)
	if c.Live {
		v.metrics.CommitLive(c.CommitToLive.Seconds())
	}
	v.publish(c)
}

// changed counts a call.
func (v *service) changed(e sync.Event) {
	v.record(e)
	switch {
	case e.Err != nil:
	case e.Change.Name.IsZero():
		v.metrics.Changed(string(e.Action) + "_zone")
	default:
		v.metrics.Changed(string(e.Action))
	}
}

func (a *app) runDaemon(ctx context.Context, s *settings, api apiFlags, hangup <-chan os.Signal) (err error) {
	dir, err := a.daemonState(s)
	if err != nil {
		return err
	}
	// This comes first: only the process that has locked the state folder may use the
	// mirror in it.
	db, err := state.Open(ctx, dir, state.Options{Retention: s.Retention, Logger: a.logger(s)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	v, err := a.newService(ctx, s, api, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.close()) }()
	v.daemon.Store = db
	listener, err := listen(ctx, s.Listen)
	if err != nil {
		return err
	}
	v.log.Info("started", "version", v.daemon.Version, "repo", v.repo.repo.String(), "schedule", v.daemon.Schedule.String(),
		"sweep", v.daemon.Sweeping.String(), "mode", string(v.daemon.Status().Mode), "listen", address(listener))
	return v.serve(ctx, s, listener, hangup, newSupervisor(a.getenv))
}

// listen opens the address of the HTTP server; "" opens none.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	if addr == "" {
		return nil, nil
	}
	return web.Listen(ctx, addr)
}

func address(l net.Listener) string {
	if l == nil {
		return "off"
	}
	return l.Addr().String()
}

// serve runs the loop and the HTTP server until ctx ends.
func (v *service) serve(ctx context.Context, s *settings, listener net.Listener, hangup <-chan os.Signal, super *supervisor) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		v.heed(ctx, hangup, super)
		return nil
	})
	g.Go(func() error { return v.daemon.Run(ctx) })
	if listener != nil {
		server := web.New(web.Options{
			Status: v.daemon.Status, Alive: v.daemon.Alive, Metrics: v.metrics, Logger: v.log, AllowedHosts: s.AllowedHosts,
			Trigger:       v.daemon.Trigger,
			Branch:        func() string { return v.repo.repo.Head().Branch },
			WebhookSecret: s.WebhookSecret.read,
			APIToken:      s.APIToken.read,
			Snapshot:      v.snapshot(),
		})
		g.Go(func() error { return server.Serve(ctx, listener) })
	}
	err := g.Wait()
	v.log.Info("stopped")
	return err
}

// heed passes signals on to the daemon, and tells the supervisor how it stands, until ctx
// ends.
func (v *service) heed(ctx context.Context, hangup <-chan os.Signal, super *supervisor) {
	var beat <-chan time.Time
	if super.watchdog > 0 {
		ticker := time.NewTicker(super.watchdog)
		defer ticker.Stop()
		beat = ticker.C
	}
	v.tell(super, "READY=1")
	for {
		select {
		case <-ctx.Done():
			v.tell(super, "STOPPING=1")
			v.log.Info("stopping")
			return
		case <-hangup:
			v.tell(super, "RELOADING=1")
			v.daemon.Trigger(daemon.Sweep)
			v.tell(super, "READY=1")
		case <-beat:
			if alive, _ := v.daemon.Alive(); alive {
				v.tell(super, "WATCHDOG=1")
			}
		}
	}
}

func (v *service) tell(super *supervisor, state string) {
	if err := super.notify(state); err != nil {
		v.log.Warn("supervisor not notified", "error", err.Error())
	}
}

// daemonState returns the folder for the daemon's history and mirror.
func (a *app) daemonState(s *settings) (string, error) {
	if s.StateDir != "" {
		return s.StateDir, nil
	}
	dir, err := a.userState()
	if err != nil {
		return "", fmt.Errorf("%w; set ZONETENDER_STATE_DIR or pass --state-dir", err)
	}
	return filepath.Join(dir, "daemon"), nil
}

func (a *app) checkStateDir(s *settings) []error {
	_, err := a.daemonState(s)
	return []error{err}
}

// logger writes logs to standard error: text for people, JSON for machines.
func (a *app) logger(s *settings) *slog.Logger {
	o := &slog.HandlerOptions{Level: s.LogLevel, ReplaceAttr: printableAttr}
	if s.LogFormat == "text" || s.LogFormat == "" && terminal(a.stderr) {
		return slog.New(slog.NewTextHandler(a.stderr, o))
	}
	return slog.New(slog.NewJSONHandler(a.stderr, o))
}

// printableAttr escapes what the handlers leave as it is and a terminal would obey. Line
// breaks and tabs they escape themselves.
func printableAttr(_ []string, attr slog.Attr) slog.Attr {
	text, ok := "", attr.Value.Kind() == slog.KindString
	if ok {
		text = attr.Value.String()
	} else if err, failed := attr.Value.Any().(error); failed {
		text, ok = err.Error(), true
	}
	if !ok {
		return attr
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		parts := strings.Split(line, "\t")
		for j, part := range parts {
			parts[j] = schema.Printable(part)
		}
		lines[i] = strings.Join(parts, "\t")
	}
	return slog.String(attr.Key, strings.Join(lines, "\n"))
}
