package main

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/lookup"
)

// applyVerify are the flags of apply that have the name servers asked after writing.
type applyVerify struct {
	on          bool
	wait        time.Duration
	nameservers []string
	lookup      lookupFlags // only the resolvers can be chosen
}

func (v *applyVerify) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&v.on, "verify", false, "after writing, ask the name servers until they answer what was written")
	cmd.Flags().DurationVar(&v.wait, "wait", 2*time.Minute, "how long --verify asks again until the answers are as declared")
	addNameserver(cmd, &v.nameservers)
	v.lookup.addResolver(cmd)
}

// verifier returns what asks the name servers, nil where nobody wants it. Mistakes in the
// flags come up before anything is written.
func (v *applyVerify) verifier(cmd *cobra.Command) (*lookup.Verifier, error) {
	if v.wait < 0 {
		return nil, negativeWait(cmd, v.wait)
	}
	if v.on {
		return v.lookup.verifier(cmd, v.nameservers)
	}
	for _, flag := range []string{"wait", "nameserver", "resolver"} {
		if cmd.Flags().Changed(flag) {
			return nil, &usageError{cmd.CommandPath(), errors.New("--" + flag + ": use it together with --verify")}
		}
	}
	return nil, nil
}

// verifyWritten asks the name servers of the zones that were written.
func (s *session) verifyWritten(ctx context.Context, a *app, talk io.Writer, report *sync.Report) error {
	if s.verifier == nil {
		return nil
	}
	written := make(map[schema.Name][]diff.Change)
	for i := range report.Zones {
		if z := &report.Zones[i]; z.OK() && !z.Deleted {
			written[z.Zone] = z.Done
		}
	}
	if len(written) == 0 {
		return nil
	}
	check := &zoneCheck{
		folder: s.folder, verifier: s.verifier, concurrency: s.conn.concurrency, wait: s.wait,
		removed: func(zone schema.Name) []schema.RRset { return diff.Removed(written[zone]) },
	}
	answers, _, err := check.run(ctx, a, func(zone schema.Name) bool { _, ok := written[zone]; return ok })
	if err != nil {
		return err
	}
	if err := answers.Text(talk); err != nil {
		return err
	}
	return when(answers.Counts()[lookup.Answers] < len(written), errFailed)
}
