package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/zonetender/zonetender/sync/state"
)

func (a *app) history() *cobra.Command {
	var q state.Query
	var format string
	var since time.Duration
	cmd := &cobra.Command{
		Use:   "history",
		Short: "Show what the daemon changed, when, and by which commit",
		Long: `Show what the daemon changed, when, and by which commit, newest first. Reads the
daemon's state folder, while the daemon runs or after it has stopped.`,
		Example: `  zonetender history
  zonetender history --zone example.com --name www
  zonetender history --commit 9f3c2ab --format json
  zonetender history --since 24h`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			write, ok := historyFormats()[format]
			if !ok {
				return formatError(format, historyFormats())
			}
			s, err := a.settings(cmd)
			if err != nil {
				return err
			}
			path, err := a.daemonState(s)
			if err != nil {
				return err
			}
			db, err := state.OpenReadOnly(cmd.Context(), path)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, db.Close()) }()
			if since < 0 {
				return fmt.Errorf("--since %s: expected a duration such as 24h", since)
			}
			if since > 0 {
				q.Since = time.Now().Add(-since)
			}
			h, err := db.History(cmd.Context(), q)
			if err != nil {
				return err
			}
			return write(a.stdout, &h)
		},
	}
	cmd.Flags().StringVar(&q.Zone, "zone", "", "only this zone, or all that match a glob such as '*.example.com'")
	cmd.Flags().StringVar(&q.Name, "name", "", "only this owner name, relative to its zone or absolute")
	cmd.Flags().Int64Var(&q.Run, "run", 0, "only the cycle with this `number`")
	cmd.Flags().StringVar(&q.Commit, "commit", "", "only cycles of the commit whose `hash` begins with this")
	cmd.Flags().DurationVar(&since, "since", 0, "only cycles newer than this `duration`, such as 24h")
	cmd.Flags().IntVar(&q.Limit, "limit", 50, "show at most `n` cycles; 0 shows all")
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

// historyFormats are the ways to show the history.
func historyFormats() map[string]func(io.Writer, *state.History) error {
	return map[string]func(io.Writer, *state.History) error{
		"text": func(w io.Writer, h *state.History) error { return h.Text(w) },
		"json": func(w io.Writer, h *state.History) error { return h.JSON(w) },
	}
}
