package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/vpsorg"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// apiFlags say whether a command talks to an account or to the simulated API.
type apiFlags struct {
	cmd         *cobra.Command
	sandbox     bool
	sandboxFile string
}

func (f *apiFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.sandbox, "sandbox", false, "use the simulated API instead of an account")
	f.addFile(cmd)
}

func (f *apiFlags) addFile(cmd *cobra.Command) {
	f.cmd = cmd
	cmd.Flags().StringVar(&f.sandboxFile, "sandbox-file", "", "`file` that stores the zones of the simulated API (default sandbox.json in the user's state folder)")
}

// check returns what is wrong with the flags and with the API token, which only an
// account needs. Flags that contradict each other are refused: somebody who means the
// sandbox must not reach the account.
func (f *apiFlags) check(s *settings) (problems []error) {
	usage := func(text string) { problems = append(problems, &usageError{f.cmd.CommandPath(), errors.New(text)}) }
	if f.sandboxFile != "" && !f.sandbox {
		usage("--sandbox-file: use it together with --sandbox; without --sandbox the account would be changed")
	}
	if f.sandbox && f.cmd.Flags().Changed("vps-api-url") {
		usage("--vps-api-url: cannot be combined with --sandbox, which has its own API")
	}
	if !f.sandbox {
		problems = append(problems, s.checkToken()...)
	}
	return problems
}

// connection is a way to the API. Close it to keep what the simulated one has done. It is nil
// where zones are read from a snapshot.
type connection struct {
	Client      *vpsorg.Client
	url         string // base of the API, for messages
	concurrency int
	calls       *atomic.Int64 // made so far
	close       func() error
}

// traffic tells of the calls that were made.
func (c *connection) traffic() sync.Traffic {
	if c == nil {
		return sync.Traffic{}
	}
	return sync.Traffic{Calls: func() int { return int(c.calls.Load()) }, Allowed: c.Client.Rate}
}

// account asks the service about the token, before anything else is asked.
func (c *connection) account(ctx context.Context) (vpsorg.Account, error) {
	if c == nil {
		return vpsorg.Account{}, nil
	}
	account, err := c.Client.Check(ctx)
	var call *vpsorg.Error
	switch {
	case ctx.Err() == nil && errors.As(err, &call) && call.Denied():
		return vpsorg.Account{}, fmt.Errorf("VPS_API_TOKEN: %w", err)
	case err != nil:
		return vpsorg.Account{}, c.explain(ctx, err)
	}
	return account, lacks(account, vpsorg.PermissionList)
}

// explain adds the URL of the API to an error that ends a command, as it may be mistyped.
func (c *connection) explain(ctx context.Context, err error) error {
	var call *vpsorg.Error
	switch {
	case ctx.Err() != nil:
		return errors.New("stopped before anything was changed")
	case c != nil && errors.As(err, &call) && !call.Denied():
		return fmt.Errorf("API %s: %w", c.url, err)
	}
	return err
}

// lacks returns an error if the token is known to lack a permission that is needed.
func lacks(account vpsorg.Account, need ...string) error {
	missing := account.Missing(need...)
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("VPS_API_TOKEN: the token lacks the permission %s; create one that has it in the dashboard (/account/developers/)", missing[0])
}

// connect makes the client that the flags and the environment ask for.
func (a *app) connect(ctx context.Context, f apiFlags) (*connection, error) {
	s, err := a.settings(f.cmd, f.check)
	if err != nil {
		return nil, err
	}
	return a.connectWith(ctx, f, s, vpsorg.Options{})
}

// connectWith makes the client that the settings ask for. Of the options o those count that
// say what is noted of calls and answers.
func (a *app) connectWith(ctx context.Context, f apiFlags, s *settings, o vpsorg.Options) (*connection, error) {
	o.URL, o.TokenFunc, o.Rate, o.UserAgent, o.Stop, o.Grace = s.URL, s.token, s.Rate, userAgent(), ctx, s.Grace
	o.MaxZoneBytes = s.MaxZoneBytes
	shut := func() error { return nil }
	if f.sandbox {
		server, file, err := a.openSandbox(f.sandboxFile, vpsorgtest.Options{KeepCalls: -1})
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(a.stderr, "sandbox: simulated API; its zones are stored in %s\n", file)
		o.URL, o.TokenFunc, o.Token, o.Transport = "http://127.0.0.1"+server.Prefix(), nil, server.Token(), server.Transport()
		shut = server.Close
	}
	calls, observe := new(atomic.Int64), o.Observe
	o.Observe = func(call vpsorg.Call) {
		calls.Add(1)
		if observe != nil {
			observe(call)
		}
	}
	client, err := vpsorg.New(o)
	if err != nil {
		return nil, errors.Join(err, shut())
	}
	return &connection{client, o.URL, s.Concurrency, calls, shut}, nil
}

// openSandbox opens the simulated API with the zones of its file.
func (a *app) openSandbox(file string, options vpsorgtest.Options) (*vpsorgtest.Server, string, error) {
	if file == "" {
		dir, err := a.userState()
		if err != nil {
			return nil, "", fmt.Errorf("%w; set XDG_STATE_HOME or pass --sandbox-file", err)
		}
		file = filepath.Join(dir, "sandbox.json")
	}
	server, err := vpsorgtest.Open(file, options)
	return server, file, err
}

// userState returns the folder for what is kept between runs, by the XDG base directory
// specification. The caller adds to an error how to name another folder.
func (a *app) userState() (string, error) {
	if dir := a.getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "zonetender"), nil
	}
	home := a.getenv("HOME")
	if home == "" {
		return "", errors.New("state folder: HOME is not set")
	}
	return filepath.Join(home, ".local", "state", "zonetender"), nil
}
