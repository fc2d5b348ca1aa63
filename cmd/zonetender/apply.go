package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/vpsorg"
)

func (a *app) apply() *cobra.Command {
	var f planFlags
	var yes bool
	var approve []string
	cmd := &cobra.Command{
		Use:   "apply [DIR]",
		Short: "Make the live zones what the zone files say",
		Long: `Compare zone files with the live zones, show what would change, and make it so. Asks
first on a terminal; anywhere else it needs --yes. Each changed zone is read again
and compared. DIR is ./zones where that exists, else the current folder.

On Ctrl-C the owner name that is being changed is finished, and no other is begun.`,
		Example: `  zonetender apply zones
  zonetender apply --yes --zone example.com zones
  zonetender apply --approve 9f3c2ab41e07 zones
  zonetender apply --sandbox --yes zones.example`,
		Args: oneDir,
		RunE: func(cmd *cobra.Command, args []string) error {
			write, ok := a.planFormats()[f.format]
			if !ok {
				return formatError(f.format, a.planFormats())
			}
			if !yes && !(terminal(a.stdin) && terminal(a.stderr)) {
				return &usageError{cmd.CommandPath(), errors.New("apply: this is no terminal, so that nobody can be asked; use --yes")}
			}
			return a.withCycle(cmd.Context(), f, dirArg(args), func(s *session) error {
				s.Approve = approve
				draft, err := s.draft(cmd.Context(), a)
				if err != nil {
					return err
				}
				if err := write(a.stdout, draft.Plan); err != nil {
					return err
				}
				// The plan as JSON is the result; what comes after it would only spoil it.
				talk := a.stdout
				if f.format != "text" {
					talk = a.stderr
				}
				return errors.Join(s.verdict(draft), s.carryOut(cmd.Context(), a, talk, draft, yes))
			})
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	cmd.Flags().StringArrayVar(&approve, "approve", nil, "approve a refused plan by its `code`; may be repeated")
	return cmd
}

// carryOut applies the draft, once somebody has said yes.
func (s *session) carryOut(ctx context.Context, a *app, talk io.Writer, draft *sync.Draft, yes bool) error {
	refused := when(draft.Plan.Refused(), errRefused)
	if !doable(draft.Plan) {
		switch n := partial(draft.Plan); {
		case refused != nil || draft.Plan.Summary().Errors > 0:
		case n > 0:
			fmt.Fprintf(a.stderr, "nothing to write, but %s could not be read whole\n", count(n, "zone"))
		default:
			fmt.Fprintln(a.stderr, "nothing to do: the live zones are as the files say")
		}
		return refused
	}
	if err := lacks(s.account, needed(draft.Plan)...); err != nil {
		return err
	}
	if !yes {
		if err := a.ask(ctx); err != nil {
			return err
		}
		if err := s.Recheck(ctx, draft); err != nil {
			return err
		}
	}
	stop := s.progress(a, "writing")
	report := s.Apply(ctx, draft, s.conn.Client)
	stop()
	if err := report.Text(talk); err != nil {
		return err
	}
	return errors.Join(when(report.Failed(), errFailed), when(report.Refused(), errRefused))
}

// partial counts the zones that may hold more than was read.
func partial(p *diff.Plan) int {
	n := 0
	for _, z := range p.Zones {
		if z.Partial != "" {
			n++
		}
	}
	return n
}

// doable reports whether anything of the plan would be carried out.
func doable(p *diff.Plan) bool {
	if len(p.Blocked) > 0 {
		return false
	}
	for _, z := range p.Zones {
		if z.Action != diff.None && z.Error == "" && len(z.Blocked) == 0 {
			return true
		}
	}
	return false
}

// needed names the documented permissions that zones themselves need: which ones
// records need is not documented.
func needed(p *diff.Plan) []string {
	var create, remove bool
	for _, z := range p.Zones {
		if z.Error != "" || len(z.Blocked) > 0 {
			continue
		}
		create = create || z.Action == diff.Create
		remove = remove || z.Action == diff.Delete
	}
	var out []string
	if create {
		out = append(out, vpsorg.PermissionCreate)
	}
	if remove {
		out = append(out, vpsorg.PermissionDelete)
	}
	return out
}

// ask asks on the terminal whether to go on. Anything but a yes is a no.
func (a *app) ask(ctx context.Context) error {
	fmt.Fprint(a.stderr, "Make these changes? Type yes to go on: ")
	answers := make(chan string, 1)
	go func() {
		// A terminal that is closed has not said yes.
		text, _ := bufio.NewReader(a.stdin).ReadString('\n')
		answers <- text
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(a.stderr)
		return errors.New("apply: stopped before anything was changed")
	case text := <-answers:
		if strings.EqualFold(strings.TrimSpace(text), "yes") {
			return nil
		}
		return errors.New("apply: the answer was not yes, so nothing was changed")
	}
}
