package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/zonetender/zonetender/sync/vpsorg"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// apiFlags say which API a command talks to, and how fast.
type apiFlags struct {
	url         string
	concurrency number
	rate        rate
	sandbox     bool
	sandboxFile string
}

func (f *apiFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.url, "vps-api-url", "", "base URL of the API (also VPS_API_URL; default "+vpsorg.DefaultURL+")")
	cmd.Flags().Var(&f.concurrency, "concurrency", "zones worked on at the same time (also ZONETENDER_CONCURRENCY; default 8)")
	cmd.Flags().Var(&f.rate, "rate", "most calls a second (also ZONETENDER_RATE; default: no ceiling until the service asks for one)")
	cmd.Flags().BoolVar(&f.sandbox, "sandbox", false, "use the simulated API instead of an account")
	f.addFile(cmd)
}

func (f *apiFlags) addFile(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.sandboxFile, "sandbox-file", "", "file that keeps the zones of the simulated API (default: sandbox.json in the user's state folder)")
}

// check refuses flags that contradict each other: somebody who means the sandbox must
// not reach the account.
func (f *apiFlags) check() error {
	switch {
	case f.sandboxFile != "" && !f.sandbox:
		return errors.New("--sandbox-file: expected --sandbox as well, without which the account is meant")
	case f.sandbox && f.url != "":
		return errors.New("--vps-api-url: expected no --sandbox beside it, as that has an API of its own")
	}
	return nil
}

// connection is a way to the API. Close it to keep what the simulated one has done.
type connection struct {
	*vpsorg.Client
	url         string // base of the API, for messages
	concurrency int
	close       func() error
}

// account asks the service about the token, before anything else is asked.
func (c *connection) account(ctx context.Context) (vpsorg.Account, error) {
	account, err := c.Check(ctx)
	if err != nil {
		return vpsorg.Account{}, c.explain(ctx, err)
	}
	return account, lacks(account, vpsorg.PermissionList)
}

// explain adds to an error that ends a command which API it is about, as the URL may be
// mistyped.
func (c *connection) explain(ctx context.Context, err error) error {
	var call *vpsorg.Error
	switch {
	case ctx.Err() != nil:
		return errors.New("stopped before anything was changed")
	case errors.As(err, &call) && !call.Denied():
		return fmt.Errorf("API %s: %w", c.url, err)
	}
	return err
}

// lacks gives an error where the token surely lacks a permission that is needed.
func lacks(account vpsorg.Account, need ...string) error {
	missing := account.Missing(need...)
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("VPS_API_TOKEN: the token lacks the permission %s, which this needs; make one that has it in the dashboard (/account/developers/)", missing[0])
}

// connect makes the client that the flags and the environment ask for.
func (a *app) connect(ctx context.Context, f apiFlags) (*connection, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	s, err := a.settings(ctx, f.settings())
	if err != nil {
		return nil, err
	}
	return a.connectWith(f, s, nil)
}

// settings gives what the flags set, by the names of the environment.
func (f *apiFlags) settings() map[string]string {
	return map[string]string{
		"VPS_API_URL":            f.url,
		"ZONETENDER_CONCURRENCY": f.concurrency.String(),
		"ZONETENDER_RATE":        f.rate.String(),
	}
}

// connectWith makes the client that the settings ask for. Observe, where it is not nil,
// is told of every call.
func (a *app) connectWith(f apiFlags, s settings, observe func(vpsorg.Call)) (*connection, error) {
	if f.sandbox {
		return a.connectSandbox(f, s, observe)
	}
	if _, err := s.token(); err != nil {
		return nil, err
	}
	client, err := vpsorg.New(vpsorg.Options{
		URL: s.URL, TokenFunc: s.token, Rate: float64(s.Rate), UserAgent: userAgent(), Observe: observe,
	})
	if err != nil {
		return nil, err
	}
	return &connection{client, cmp.Or(s.URL, vpsorg.DefaultURL), int(s.Concurrency), func() error { return nil }}, nil
}

// connectSandbox starts the simulated API in this process and makes a client of it.
func (a *app) connectSandbox(f apiFlags, s settings, observe func(vpsorg.Call)) (*connection, error) {
	server, file, err := a.openSandbox(f.sandboxFile)
	if err != nil {
		return nil, err
	}
	base := "http://127.0.0.1" + server.Prefix()
	client, err := vpsorg.New(vpsorg.Options{
		URL: base, Token: server.Token(), Rate: float64(s.Rate),
		Transport: server.Transport(), UserAgent: userAgent(), Observe: observe,
	})
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	fmt.Fprintf(a.stderr, "sandbox: simulated API, its zones are kept in %s\n", file)
	return &connection{client, base, int(s.Concurrency), server.Close}, nil
}

// openSandbox opens the simulated API with the zones of its file.
func (a *app) openSandbox(file string) (*vpsorgtest.Server, string, error) {
	if file == "" {
		dir, err := a.stateDir()
		if err != nil {
			return nil, "", err
		}
		file = filepath.Join(dir, "sandbox.json")
	}
	server, err := vpsorgtest.Open(file, vpsorgtest.Options{KeepCalls: -1})
	return server, file, err
}

// stateDir is the folder for what is kept between runs, by the XDG base directories.
func (a *app) stateDir() (string, error) {
	if dir := a.getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "zonetender"), nil
	}
	home := a.getenv("HOME")
	if home == "" {
		var err error
		if home, err = os.UserHomeDir(); err != nil {
			return "", fmt.Errorf("state folder: %w; set XDG_STATE_HOME or use --sandbox-file", err)
		}
	}
	return filepath.Join(home, ".local", "state", "zonetender"), nil
}
