package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
	"github.com/zonetender/zonetender/sync/lookup"
)

// auditTimeout is longer than that of verify: a resolver may have to wait for others first.
const auditTimeout = 5 * time.Second

func (a *app) audit() *cobra.Command {
	var f lookupFlags
	var format string
	var strict bool
	var verbose verbosity
	cmd := &cobra.Command{
		Use:   "audit [ZONE...]",
		Short: "Ask a resolver where the records lead",
		Long: `Ask a resolver where the records of each zone lead, or of those named (names or globs):
targets of CNAME, MX, NS and SRV that do not exist or that a stranger can claim, name
servers that do not answer for the zone that is delegated to them, what SPF includes and
how many look-ups that takes, DMARC reports that are not agreed to, DKIM keys that are
short or none. What was found are warnings with codes that begin with audit-; "checks:"
sets each to off, warn or error, as for those of validate.

What could not be looked up is never taken for missing: it is a warning of its own
(audit-unknown), also with --strict.

Exit codes: 1 if the resolver answers nothing; 3 if there are errors.`,
		Example: `  zonetender audit --dir zones
  zonetender audit --resolver 192.0.2.53 example.com
  zonetender audit --strict --format github --dir zones`,
		RunE: func(cmd *cobra.Command, args []string) error {
			write, ok := problemFormats(verbose)[format]
			if !ok {
				return formatError(format, problemFormats(verbose))
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
			client, err := f.client(cmd)
			if err != nil {
				return err
			}
			resolver, err := f.resolver(cmd.Context(), client)
			if err != nil {
				return err
			}
			look := &zoneAudit{folder: folder, auditor: lookup.NewAuditor(client, resolver, 0), concurrency: s.Concurrency, strict: strict}
			result, err := look.run(cmd.Context(), a, sel)
			if err != nil {
				return err
			}
			if err := write(a.stdout, result); err != nil {
				return err
			}
			if resolver.Useless() {
				return errors.New("audit: the resolver answers nothing")
			}
			return when(len(result.problems.Errors()) > 0, errInvalid)
		},
		Args: cobra.ArbitraryArgs,
	}
	f.add(cmd, auditTimeout)
	cmd.Flags().StringVar(&format, "format", "text", "text, json, github (workflow annotations) or sarif")
	cmd.Flags().BoolVar(&strict, "strict", false, "treat warnings as errors")
	verbose.addVerbose(cmd)
	return cmd
}

// A zoneAudit looks at where the records of the zones of a folder lead.
type zoneAudit struct {
	folder      *folder
	auditor     *lookup.Auditor
	concurrency int
	strict      bool
}

// run looks at the selected zones. The result has the errors of zone files besides, and none
// of the warnings that validate shows.
func (z *zoneAudit) run(ctx context.Context, a *app, sel selection) (*checked, error) {
	sources := slices.DeleteFunc(slices.Clone(z.folder.zones.Sources), func(s zonefile.Source) bool { return !sel.match(s.Zone) })
	progress, stop := a.lookupProgress("audit")
	defer stop()
	out := &checked{problems: z.folder.problems.Errors()}
	var mu sync.Mutex
	done := 0
	var g errgroup.Group
	g.SetLimit(z.concurrency)
	for _, s := range sources {
		g.Go(func() error {
			zone, levels, problems := z.folder.zones.ZoneLevels(s)
			problems = problems.Errors()
			if zone != nil {
				problems = append(problems, levels.Apply(z.auditor.Zone(ctx, zone))...)
			}
			mu.Lock()
			defer mu.Unlock()
			out.add(zone, problems)
			done++
			progress(lookup.Progress{Done: done, Total: len(sources)})
			return nil
		})
	}
	_ = g.Wait() // no function returns an error
	if ctx.Err() != nil {
		return nil, errors.New("audit: interrupted")
	}
	for i, p := range out.problems {
		if z.strict && p.Code != lookup.CodeUnknown {
			out.problems[i].Severity = schema.Error
		}
	}
	out.problems = z.folder.located(out.problems).Sorted()
	return out, nil
}

// add adds what was found in a zone, which is nil where it is invalid.
func (c *checked) add(zone *schema.Zone, problems schema.Problems) {
	c.problems = append(c.problems, problems...)
	if zone == nil {
		return
	}
	c.zones++
	for _, set := range zone.RRsets() {
		c.records += len(set.Values)
	}
}
