package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/state"
	"github.com/zonetender/zonetender/sync/vpsorg"
	"github.com/zonetender/zonetender/sync/web"
)

// The daemon's defaults.
const (
	defaultSchedule = "@every 1m"
	defaultSweep    = "@hourly"
	defaultListen   = "127.0.0.1:8053"
)

func (a *app) daemon() *cobra.Command {
	var api apiFlags
	var check, health bool
	cmd := &cobra.Command{
		Use:   "daemon",
		Short: "Pull, plan and apply on a schedule, until told to stop",
		Long: `Pull a branch, compare its zone files with the live zones, and apply the difference:
zones whose files changed on one schedule, every zone on another. Serves its status,
metrics and webhooks over HTTP. Settings come from the environment; the flags here are
those of the same name.

SIGTERM and Ctrl-C finish the owner name that is being changed; SIGHUP sweeps at once.`,
		Example: `  ZONETENDER_REPO=https://git.example.org/dns.git zonetender daemon
  zonetender daemon --check
  zonetender daemon --sandbox --path zones.example`,
		Args: noArgs,
	}
	api.add(cmd)
	flags := daemonFlags(cmd)
	cmd.Flags().BoolVar(&check, "check", false, "check the settings, reach Git and the API, print the next runs, and exit")
	cmd.Flags().BoolVar(&health, "health", false, "ask the daemon that runs whether its loop turns, and exit")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := api.check(); err != nil {
			return err
		}
		given := api.settings()
		for name, value := range flags {
			given[name] = *value
		}
		s, err := a.settings(cmd.Context(), given)
		if health && err == nil {
			return a.askHealth(cmd.Context(), string(s.Listen))
		}
		if err = errors.Join(err, s.checkSecrets(api)); err != nil {
			return err
		}
		if check {
			return a.checkDaemon(cmd.Context(), s, api)
		}
		return a.runDaemon(cmd.Context(), s, api)
	}
	return cmd
}

// daemonFlags adds a flag for each of the daemon's settings that is no secret, and
// gives their values by the names of the environment.
func daemonFlags(cmd *cobra.Command) map[string]*string {
	out := make(map[string]*string)
	for _, f := range []struct{ flag, name, usage string }{
		{"repo", "ZONETENDER_REPO", "Git repository: URL or path (default .)"},
		{"ref", "ZONETENDER_REF", "branch (default: the repository's HEAD)"},
		{"path", "ZONETENDER_PATH", "zones folder within the repository (default zones where that exists, else the top)"},
		{"schedule", "ZONETENDER_SCHEDULE", "when to pull and act on zones whose files changed, as cron says it (default " + defaultSchedule + ")"},
		{"sweep", "ZONETENDER_SWEEP", "when to compare every zone, as cron says it (default " + defaultSweep + ")"},
		{"mode", "ZONETENDER_MODE", "apply, or observe: plan and report, but never write (default apply)"},
		{"state-dir", "ZONETENDER_STATE_DIR", "folder for history and mirror (default: in the user's state folder)"},
		{"listen", "ZONETENDER_LISTEN", "address of the HTTP server, or off (default " + defaultListen + ")"},
		{"git-depth", "ZONETENDER_GIT_DEPTH", "commits of history to fetch; then a branch rewritten further back is refused (default: all)"},
		{"git-username", "ZONETENDER_GIT_USERNAME", "user name for Git over https or ssh"},
		{"git-ssh-key-file", "ZONETENDER_GIT_SSH_KEY_FILE", "private key for Git over ssh"},
		{"git-known-hosts-file", "ZONETENDER_GIT_KNOWN_HOSTS_FILE", "known hosts for Git over ssh"},
		{"trusted-keys-file", "ZONETENDER_TRUSTED_KEYS_FILE", "keys of which one must have signed the commit (default: none is needed)"},
		{"accept-commit", "ZONETENDER_ACCEPT_COMMIT", "commit to accept although it does not contain the one applied last"},
		{"retention-days", "ZONETENDER_RETENTION_DAYS", "days that history is kept (default 400)"},
		{"log-format", "ZONETENDER_LOG_FORMAT", "text or json (default: text on a terminal)"},
		{"log-level", "ZONETENDER_LOG_LEVEL", "debug, info, warn or error (default info)"},
	} {
		out[f.name] = cmd.Flags().String(f.flag, "", f.usage+" (also "+f.name+")")
	}
	return out
}

// service is a daemon with all that it stands on.
type service struct {
	daemon  *sync.Daemon
	conn    *connection
	repo    *gitRepo
	metrics *web.Metrics
	log     *slog.Logger
}

// newService wires a daemon, but for its store. The error names all that is wrong.
func (a *app) newService(ctx context.Context, s settings, api apiFlags, stateDir string) (*service, error) {
	pull, err := s.Schedule.or(defaultSchedule)
	if err != nil {
		return nil, err
	}
	sweep, err := s.Sweep.or(defaultSweep)
	if err != nil {
		return nil, err
	}
	v := &service{metrics: web.NewMetrics(release), log: a.logger(s)}
	v.repo, err = openRepo(ctx, s, stateDir, v.metrics.Fetch)
	var apiErr error
	v.conn, apiErr = a.connectWith(api, s, func(c vpsorg.Call) { v.metrics.APICall(c.Method, c.Status, c.Throttled) })
	if err = errors.Join(err, apiErr); err != nil {
		if v.conn != nil {
			err = errors.Join(err, v.conn.close())
		}
		return nil, err
	}
	v.daemon = &sync.Daemon{
		Repo: v.repo, Path: string(s.Path), API: v.conn.Client, Schedule: pull, Sweeping: sweep,
		Jitter: min(pull.Gap(time.Now())/10, 5*time.Second), Version: release,
		AcceptCommit: string(s.AcceptCommit), Concurrency: v.conn.concurrency, Log: v.log, Observe: v.observe,
	}
	if sync.Mode(s.Mode) != sync.ModeObserve {
		v.daemon.Writer = v.conn.Client
	}
	return v, nil
}

// observe counts a cycle.
func (v *service) observe(run sync.Run) {
	v.metrics.Cycle(run.Kind, run.Outcome, run.Ended.Sub(run.Started).Seconds())
	v.metrics.Changes(run.Pending, run.Refused)
	if run.Live {
		v.metrics.CommitLive(run.Ended.Sub(run.CommitTime).Seconds())
	}
}

func (a *app) runDaemon(ctx context.Context, s settings, api apiFlags) (err error) {
	dir, err := a.daemonState(s)
	if err != nil {
		return err
	}
	// First of all: only who has the state directory may use the mirror in it.
	db, err := state.Open(ctx, dir, state.Options{Retention: time.Duration(s.RetentionDays) * 24 * time.Hour, Logger: a.logger(s)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	v, err := a.newService(ctx, s, api, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.conn.close()) }()
	v.daemon.Store = db
	listener, err := listen(ctx, string(s.Listen))
	if err != nil {
		return err
	}
	v.log.Info("started", "version", release, "repo", v.repo.String(), "schedule", v.daemon.Schedule.String(),
		"sweep", v.daemon.Sweeping.String(), "mode", string(v.daemon.Status().Mode), "listen", address(listener))
	return v.serve(ctx, s, listener)
}

// listen opens the address of the HTTP server; nil is none.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	switch addr {
	case "off":
		return nil, nil
	case "":
		addr = defaultListen
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
func (v *service) serve(ctx context.Context, s settings, listener net.Listener) error {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		for {
			select {
			case <-ctx.Done():
				v.log.Info("stopping")
				return nil
			case <-hangup:
				v.daemon.Trigger(sync.Sweep)
			}
		}
	})
	g.Go(func() error { return v.daemon.Run(ctx) })
	if listener != nil {
		server := web.New(web.Options{
			Status: v.daemon.Status, Alive: v.daemon.Alive, Metrics: v.metrics, Logger: v.log,
			Trigger:       v.daemon.Trigger,
			Branch:        func() string { return v.repo.Repo.Head().Branch },
			WebhookSecret: secret{"ZONETENDER_WEBHOOK_SECRET", s.WebhookSecret, s.WebhookSecretFile}.read,
			APIToken:      secret{"ZONETENDER_API_TOKEN", s.APIToken, s.APITokenFile}.read,
		})
		g.Go(func() error { return server.Serve(ctx, listener) })
	}
	err := g.Wait()
	v.log.Info("stopped")
	return err
}

// daemonState is the folder for the daemon's history and mirror.
func (a *app) daemonState(s settings) (string, error) {
	if s.StateDir != "" {
		return s.StateDir, nil
	}
	dir, err := a.stateDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "daemon"), nil
}

// logger writes logs to standard error: text for people, JSON for machines.
func (a *app) logger(s settings) *slog.Logger {
	o := &slog.HandlerOptions{Level: s.LogLevel.Level}
	if s.LogFormat == "text" || s.LogFormat == "" && terminal(a.stderr) {
		return slog.New(slog.NewTextHandler(a.stderr, o))
	}
	return slog.New(slog.NewJSONHandler(a.stderr, o))
}
