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

// applyFlags are those of apply.
type applyFlags struct {
	plan    planFlags
	yes     bool
	approve []string
	verify  applyVerify
	file    string // a saved plan, "" for none
}

func (a *app) apply() *cobra.Command {
	var f applyFlags
	cmd := &cobra.Command{
		Use:   "apply [DIR]",
		Short: "Make live zones match the zone files",
		Long: `Compare zone files with the live zones, show what would change, and change it. On a
terminal, apply asks first; elsewhere it needs --yes. Each changed zone is read back
and compared. DIR defaults to ./zones if it exists, else the current folder.

--verify then asks the name servers of the changed zones, as the command verify does,
until they answer what was written; what does not answer in time is a failure.

With --plan, apply carries out a plan that was saved with --out. It reads no zone files.
A zone for which the plan would be another one now is refused as stale; the others go on.

On Ctrl-C, apply finishes the owner name that it is changing and starts no other.`,
		Example: `  zonetender apply zones
  zonetender apply --yes --zone example.com zones
  zonetender apply --yes --verify --wait 5m zones
  zonetender apply --approve 9f3c2ab41e07 zones
  zonetender apply --yes --plan plan.json
  zonetender apply --sandbox --yes zones.example`,
		Args: oneDir,
		RunE: func(cmd *cobra.Command, args []string) error { return a.runApply(cmd, &f, args) },
	}
	f.plan.add(cmd)
	// Refused with a reason, not as an unknown flag: somebody took it over from plan.
	cmd.Flags().Var((*fileFlag)(&f.plan.live), "live", "")
	_ = cmd.Flags().MarkHidden("live") // the flag exists
	cmd.Flags().Var((*fileFlag)(&f.file), "plan", "carry out the plan saved in `file`, instead of reading zone files")
	cmd.Flags().BoolVar(&f.yes, "yes", false, "apply without confirmation")
	cmd.Flags().StringArrayVar(&f.approve, "approve", nil, "approve a refused plan by its `code`; may be repeated")
	f.verify.add(cmd)
	return cmd
}

func (a *app) runApply(cmd *cobra.Command, f *applyFlags, args []string) error {
	ctx := cmd.Context()
	write, ok := a.planFormats()[f.plan.format]
	if !ok {
		return formatError(f.plan.format, a.planFormats())
	}
	if f.plan.live != "" {
		return &usageError{cmd.CommandPath(), errors.New("--live: apply cannot write to a snapshot; plan against it, or leave --live out")}
	}
	if !f.yes && !(terminal(a.stdin) && terminal(a.stderr)) {
		return &usageError{cmd.CommandPath(), errors.New("apply: not a terminal: pass --yes to apply without confirmation")}
	}
	verifier, err := f.verify.verifier(cmd)
	if err != nil {
		return err
	}
	do := func(s *session) error {
		s.pass.Approve = f.approve
		s.verifier, s.wait = verifier, f.verify.wait
		return s.apply(ctx, a, f, write)
	}
	if f.file == "" {
		return a.withPass(ctx, f.plan, dirArg(args), do)
	}
	if err := onlyPlan(cmd, f.plan, args); err != nil {
		return err
	}
	return a.withSaved(ctx, f.plan, f.file, do)
}

// apply plans, shows and saves the plan, and carries it out.
func (s *session) apply(ctx context.Context, a *app, f *applyFlags, write func(io.Writer, *diff.Plan) error) error {
	draft, err := s.draft(ctx, a)
	if err != nil {
		return err
	}
	if err := s.save(f.plan.out, draft); err != nil {
		return err
	}
	if err := write(a.stdout, draft.Plan); err != nil {
		return err
	}
	// The plan as JSON is the result; what comes after it would only spoil it.
	talk := a.stdout
	if f.plan.format != "text" {
		talk = a.stderr
	}
	return errors.Join(s.verdict(draft), s.carryOut(ctx, a, talk, draft, f.yes))
}

// carryOut applies the draft, once somebody has said yes.
func (s *session) carryOut(ctx context.Context, a *app, talk io.Writer, draft *sync.Draft, yes bool) error {
	refused := when(draft.Plan.Refused(), errRefused)
	if !doable(draft.Plan) {
		switch n := partial(draft.Plan); {
		case refused != nil || draft.Plan.Summary().Errors > 0:
		case s.pass.Saved != nil:
			fmt.Fprintln(a.stderr, "no changes: the saved plan has none to carry out")
		case n > 0:
			fmt.Fprintf(a.stderr, "nothing to change, but %s could not be read completely\n", count(n, "zone"))
		default:
			fmt.Fprintln(a.stderr, "no changes: the live zones match the files")
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
		if err := s.recheck(ctx, draft); err != nil {
			return err
		}
	}
	stop := s.progress(a, "writing", "apply")
	report := s.pass.Apply(ctx, draft, s.conn.Client)
	stop()
	if err := report.Text(talk); err != nil {
		return err
	}
	return errors.Join(when(report.Failed(), errFailed), when(report.Refused(), errRefused), s.verifyWritten(ctx, a, talk, report))
}

// partial counts the zones that may hold more than was read.
func partial(p *diff.Plan) int {
	n := 0
	for _, z := range p.Zones() {
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
	for _, z := range p.Zones() {
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
	for _, z := range p.Zones() {
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
	fmt.Fprint(a.stderr, "Apply these changes? Type yes to continue: ")
	answers := make(chan string, 1)
	go func() {
		// A terminal that is closed has not said yes.
		text, _ := bufio.NewReader(a.stdin).ReadString('\n')
		answers <- text
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(a.stderr)
		return errors.New("apply: interrupted; nothing was changed")
	case text := <-answers:
		if strings.EqualFold(strings.TrimSpace(text), "yes") {
			return nil
		}
		return errors.New("apply: not confirmed; nothing was changed")
	}
}
