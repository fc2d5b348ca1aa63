package main

import (
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
	concurrency int
	rate        float64
	sandbox     bool
	sandboxFile string
}

func (f *apiFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.url, "vps-api-url", "", "base URL of the API (also VPS_API_URL; default "+vpsorg.DefaultURL+")")
	cmd.Flags().IntVar(&f.concurrency, "concurrency", 0, "zones worked on at the same time (also ZONETENDER_CONCURRENCY; default 8)")
	cmd.Flags().Float64Var(&f.rate, "rate", 0, "most calls a second (also ZONETENDER_RATE; default: no ceiling until the service asks for one)")
	cmd.Flags().BoolVar(&f.sandbox, "sandbox", false, "use the simulated API instead of an account")
	f.addFile(cmd)
}

func (f *apiFlags) addFile(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.sandboxFile, "sandbox-file", "", "file that keeps the zones of the simulated API (default: sandbox.json in the user's state folder)")
}

// connection is a way to the API. Close it to keep what the simulated one has done.
type connection struct {
	*vpsorg.Client
	concurrency int
	close       func() error
}

// connect makes the client that the flags and the environment ask for.
func (a *app) connect(ctx context.Context, f apiFlags) (*connection, error) {
	s, err := a.settings(ctx)
	if err != nil {
		return nil, err
	}
	if f.url != "" {
		s.URL = f.url
	}
	if f.concurrency < 0 || f.rate < 0 {
		return nil, errors.New("--concurrency and --rate: expected a number above 0")
	}
	if f.concurrency > 0 {
		s.Concurrency = number(f.concurrency)
	}
	if f.rate > 0 {
		s.Rate = rate(f.rate)
	}
	if f.sandbox {
		return a.connectSandbox(f, s)
	}
	token, err := s.token()
	if err != nil {
		return nil, err
	}
	client, err := vpsorg.New(vpsorg.Options{URL: s.URL, Token: token, Rate: float64(s.Rate), UserAgent: userAgent()})
	if err != nil {
		return nil, err
	}
	return &connection{client, int(s.Concurrency), func() error { return nil }}, nil
}

// connectSandbox starts the simulated API in this process and makes a client of it.
func (a *app) connectSandbox(f apiFlags, s settings) (*connection, error) {
	server, file, err := a.openSandbox(f.sandboxFile)
	if err != nil {
		return nil, err
	}
	client, err := vpsorg.New(vpsorg.Options{
		URL: "http://127.0.0.1" + server.Prefix(), Token: server.Token(), Rate: float64(s.Rate),
		Transport: server.Transport(), UserAgent: userAgent(),
	})
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	fmt.Fprintf(a.stderr, "sandbox: simulated API, its zones are kept in %s\n", file)
	return &connection{client, int(s.Concurrency), server.Close}, nil
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
