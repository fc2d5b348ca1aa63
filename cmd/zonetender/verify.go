package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
	"github.com/zonetender/zonetender/sync/lookup"
)

// serviceNameServers are the name servers of VPS.org.
func serviceNameServers() []string { return []string{"ns1.vps.org", "ns2.vps.org"} }

// reportFormats are the ways to show what name servers answer.
func reportFormats() map[string]func(*lookup.Report, io.Writer) error {
	return map[string]func(*lookup.Report, io.Writer) error{"text": (*lookup.Report).Text, "json": (*lookup.Report).JSON}
}

func (a *app) verify() *cobra.Command {
	var f lookupFlags
	var format string
	var nameservers []string
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "verify [ZONE...]",
		Short: "Ask the name servers whether they answer what the zone files say",
		Long: `Ask the name servers of each zone, or of those named (names or globs), whether they
answer every declared RRset as declared, with at most the declared TTL, and none that has
expired. Records that the files do not name are not looked at; plan shows those.

The name servers are those that the parent zone delegates to, else ns1.vps.org and
ns2.vps.org. Their SOA serials must be equal, and the delegation must have the NS of the
zone. --nameserver asks others, and leaves the delegation out.

Exit codes: 2 if an answer differs; 1 if a server could not be asked about a zone; 3 if
zone files are invalid.`,
		Example: `  zonetender verify --dir zones
  zonetender verify --wait 2m example.com
  zonetender verify --nameserver 127.0.0.1:8055 --dir zones.example
  zonetender verify --nameserver ns1.example.net --format json '*.example'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			write, ok := reportFormats()[format]
			if !ok {
				return formatError(format, reportFormats())
			}
			if wait < 0 {
				return negativeWait(cmd, wait)
			}
			s, err := a.settings(cmd)
			if err != nil {
				return err
			}
			folder, sel, err := f.open(args)
			if err != nil {
				return err
			}
			defer folder.close()
			verifier, err := f.verifier(cmd, nameservers)
			if err != nil {
				return err
			}
			check := &zoneCheck{folder: folder, verifier: verifier, concurrency: s.Concurrency, wait: wait}
			report, invalid, err := check.run(cmd.Context(), a, sel.match)
			if err != nil {
				return err
			}
			invalid = append(folder.problems.Errors(), invalid...)
			a.showProblems(folder.located(invalid).Sorted(), all)
			if err := write(report, a.stdout); err != nil {
				return err
			}
			return errors.Join(when(report.Incomplete(), errFailed), when(len(invalid) > 0, errInvalid), when(report.Counts()[lookup.Differs] > 0, errDiffers))
		},
		Args: cobra.ArbitraryArgs,
	}
	f.add(cmd, lookup.DefaultTimeout)
	addNameserver(cmd, &nameservers)
	cmd.Flags().DurationVar(&wait, "wait", 0, "how long to ask again until the answers are as declared, such as 2m (default: ask once)")
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

func negativeWait(cmd *cobra.Command, wait time.Duration) error {
	return &usageError{cmd.CommandPath(), fmt.Errorf("--wait: %s, expected a duration such as 2m", wait)}
}

func addNameserver(cmd *cobra.Command, servers *[]string) {
	cmd.Flags().StringArrayVar(servers, "nameserver", nil, "name `server` to ask in place of the delegated ones: an address or host, with or without a port; may be repeated")
}

// verifier returns what asks the name servers.
func (f *lookupFlags) verifier(cmd *cobra.Command, nameservers []string) (*lookup.Verifier, error) {
	client, err := f.client(cmd)
	if err != nil {
		return nil, err
	}
	o := lookup.VerifyOptions{Defaults: serviceNameServers()}
	if len(nameservers) > 0 {
		o.Servers, err = parseServers(cmd.Context(), "--nameserver", nameservers)
	} else {
		o.Resolver, err = f.resolver(cmd.Context(), client)
	}
	if err != nil {
		return nil, err
	}
	return lookup.NewVerifier(client, o), nil
}

// A zoneCheck asks the name servers of the zones of a folder.
type zoneCheck struct {
	folder      *folder
	verifier    *lookup.Verifier
	concurrency int
	wait        time.Duration
	removed     func(schema.Name) []schema.RRset // nil where nothing was
}

// run asks about the selected zones. It returns the errors of those that cannot be read.
func (c *zoneCheck) run(ctx context.Context, a *app, match func(schema.Name) bool) (*lookup.Report, schema.Problems, error) {
	sources := make(map[schema.Name]zonefile.Source)
	var names []schema.Name
	for _, s := range c.folder.zones.Sources {
		if match(s.Zone) {
			sources[s.Zone] = s
			names = append(names, s.Zone)
		}
	}
	var mu sync.Mutex
	broken := make(map[schema.Name]schema.Problems)
	progress, stop := a.lookupProgress("verify")
	results, waited := c.verifier.All(ctx, names, lookup.Run{
		Concurrency: c.concurrency, Wait: c.wait, Removed: c.removed, Progress: progress,
		Zone: func(name schema.Name) *schema.Zone {
			zone, problems := c.folder.zones.Zone(sources[name])
			if zone == nil {
				mu.Lock()
				defer mu.Unlock()
				broken[name] = problems.Errors()
				return nil
			}
			if zone.Absent() {
				return nil // nobody is expected to answer for it
			}
			return zone
		},
	})
	stop()
	if ctx.Err() != nil {
		return nil, nil, errors.New("verify: interrupted")
	}
	var problems schema.Problems
	for _, ps := range broken {
		problems = append(problems, ps...)
	}
	return &lookup.Report{Results: results, Waited: waited, Waits: c.wait > 0}, problems, nil
}
