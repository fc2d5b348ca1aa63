package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/zonetender/zonetender/sync/lookup"
)

// systemResolvers is where the system names its resolvers.
const systemResolvers = "/etc/resolv.conf"

// lookupFlags say how the commands that ask the DNS do so.
type lookupFlags struct {
	dir       string
	zones     []string
	resolvers []string
	rate      float64
	timeout   time.Duration
}

func (f *lookupFlags) add(cmd *cobra.Command, timeout time.Duration) {
	cmd.Flags().StringVar(&f.dir, "dir", "", "folder of zone files (default ./zones if it exists, else the current folder)")
	addZoneFlag(cmd, &f.zones)
	f.addResolver(cmd)
	cmd.Flags().Float64Var(&f.rate, "rate", lookup.DefaultRate, "maximum questions per second to each server")
	cmd.Flags().DurationVar(&f.timeout, "timeout", timeout, "how long to wait for an answer; there are three attempts")
}

func (f *lookupFlags) addResolver(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.resolvers, "resolver", nil, "`address` of a recursive resolver, with or without a port; may be repeated (default those of "+systemResolvers+")")
}

// client returns what asks the questions.
func (f *lookupFlags) client(cmd *cobra.Command) (*lookup.Client, error) {
	switch {
	case cmd.Flags().Changed("rate") && !(f.rate > 0 && f.rate <= 1e6):
		return nil, &usageError{cmd.CommandPath(), fmt.Errorf("--rate: %s, expected a number of questions per second such as 50", strconv.FormatFloat(f.rate, 'g', -1, 64))}
	case cmd.Flags().Changed("timeout") && f.timeout <= 0:
		return nil, &usageError{cmd.CommandPath(), fmt.Errorf("--timeout: %s, expected a duration such as 2s", f.timeout)}
	}
	return lookup.NewClient(lookup.Options{Rate: f.rate, Timeout: f.timeout}), nil
}

// resolver returns the resolver that the flag names, or the system's.
func (f *lookupFlags) resolver(ctx context.Context, c *lookup.Client) (*lookup.Resolver, error) {
	if len(f.resolvers) == 0 {
		servers, err := lookup.SystemResolvers(systemResolvers)
		if err != nil {
			return nil, fmt.Errorf("%w; pass --resolver", err)
		}
		return lookup.NewResolver(c, servers), nil
	}
	servers, err := parseServers(ctx, "--resolver", f.resolvers)
	if err != nil {
		return nil, err
	}
	var addrs []netip.AddrPort
	for _, s := range servers {
		addrs = append(addrs, s.Addr)
	}
	return lookup.NewResolver(c, addrs), nil
}

func parseServers(ctx context.Context, flag string, texts []string) ([]lookup.Server, error) {
	var out []lookup.Server
	var problems []error
	for _, text := range texts {
		servers, err := lookup.ParseServer(ctx, text)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", flag, err))
		}
		out = append(out, servers...)
	}
	return out, errors.Join(problems...)
}

// open opens the zone files and returns the zones that the flags and arguments select.
func (f *lookupFlags) open(args []string) (*folder, selection, error) {
	if f.dir == "" {
		f.dir = defaultDir()
	}
	sel, err := newSelection(append(args, f.zones...))
	if err != nil {
		return nil, nil, err
	}
	folder, err := openZones(f.dir)
	if err != nil {
		return nil, nil, err
	}
	if len(folder.zones.Sources) == 0 && len(folder.problems.Errors()) == 0 {
		err = fmt.Errorf("zones folder %s: no zone files, expected at least one such as example.com.yaml", f.dir)
	} else {
		err = sel.check(folder.zoneNames(), "in "+f.dir)
	}
	if err != nil {
		folder.close()
		return nil, nil, err
	}
	return folder, sel, nil
}
