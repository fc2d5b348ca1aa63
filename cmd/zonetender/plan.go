package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/diff/render"
	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/git"
	"github.com/zonetender/zonetender/sync/lookup"
	"github.com/zonetender/zonetender/sync/vpsorg"
)

// planFlags are what plan and apply share.
type planFlags struct {
	api    apiFlags
	format string
	base   string // a revision, "" for none
	out    string // file to save the plan to, or ""
	live   string // snapshot to read the live zones from, "" for the API
	zones  []string
	// verbose says how many warnings are shown.
	verbose verbosity
}

func (f *planFlags) add(cmd *cobra.Command) {
	f.api.add(cmd)
	cmd.Flags().StringVar(&f.format, "format", "text", "text, markdown (for a comment), html (one page) or json")
	addOutFlag(cmd, &f.out)
	cmd.Flags().StringVar(&f.base, "base", "", "tell what was edited since this Git `revision`, such as origin/main, from drift")
	addZoneFlag(cmd, &f.zones)
	f.verbose.addVerbose(cmd)
}

func (a *app) plan() *cobra.Command {
	var f planFlags
	var detailed bool
	cmd := &cobra.Command{
		Use:   "plan [DIR]",
		Short: "Show what would change; never writes",
		Long: `Compare zone files with the live zones and show what would change. Nothing is
written. DIR defaults to ./zones if it exists, else the current folder.

With --out, the plan is saved for apply --plan. With --live, the live zones are those of a
snapshot that import --format json or a daemon has written; no token is needed then.`,
		Example: `  zonetender plan zones
  zonetender plan --out plan.json zones
  zonetender plan --zone example.com --format json zones
  zonetender plan --format html zones > plan.html
  zonetender plan --base origin/main zones
  zonetender plan --detailed-exitcode zones; echo $?
  zonetender plan --sandbox zones.example`,
		Args: oneDir,
		RunE: func(cmd *cobra.Command, args []string) error {
			write, ok := a.planFormats()[f.format]
			if !ok {
				return formatError(f.format, a.planFormats())
			}
			return a.withPass(cmd.Context(), f, dirArg(args), func(s *session) error {
				draft, err := s.draft(cmd.Context(), a)
				if err != nil {
					return err
				}
				if err := s.save(f.out, draft); err != nil {
					return err
				}
				if err := write(a.stdout, draft.Plan); err != nil {
					return err
				}
				return errors.Join(s.verdict(draft), when(detailed, planVerdict(draft.Plan)))
			})
		},
	}
	f.add(cmd)
	cmd.Flags().Var((*fileFlag)(&f.live), "live", "read the live zones from a snapshot, a `file or URL`, instead of the API")
	cmd.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit 2 if there are differences, 4 if a guard refuses")
	return cmd
}

// planFormats are the ways to show a plan.
func (a *app) planFormats() map[string]func(io.Writer, *diff.Plan) error {
	return map[string]func(io.Writer, *diff.Plan) error{
		"text": func(w io.Writer, p *diff.Plan) error {
			return render.Text(w, p, render.TextOptions{Color: a.color()})
		},
		"markdown": func(w io.Writer, p *diff.Plan) error {
			return render.Markdown(w, p, render.MarkdownOptions{Whole: "run plan with --format text or html"})
		},
		"html": func(w io.Writer, p *diff.Plan) error { return render.HTML(w, p, render.HTMLOptions{}) },
		"json": func(w io.Writer, p *diff.Plan) error { return p.JSON(w) },
	}
}

// planVerdict is the exit of a plan with --detailed-exitcode.
func planVerdict(p *diff.Plan) error {
	switch {
	case p.Refused():
		return errRefused
	case p.Summary().ZonesChanged > 0:
		return errDiffers
	}
	return nil
}

// A session is a pass with what it works on.
type session struct {
	pass    *sync.Pass
	folder  *folder
	conn    *connection
	account vpsorg.Account // what the token may do, once draft has asked
	verbose verbosity
	// verifier, if not nil, asks the name servers after writing, for as long as wait.
	verifier *lookup.Verifier
	wait     time.Duration
}

// withPass runs do with a pass over the folder, and frees what it stands on.
func (a *app) withPass(ctx context.Context, f planFlags, dir string, do func(*session) error) (err error) {
	sel, err := newSelection(f.zones)
	if err != nil {
		return err
	}
	if err := checkOut(f.out); err != nil {
		return err
	}
	folder, err := openZonesAgainst(dir, f.base, func(top, dir, rev string) (*base, error) { return openBase(ctx, top, dir, rev) })
	if err != nil {
		return err
	}
	defer folder.close()
	if err := sel.check(folder.zoneNames(), "in "+dir); err != nil {
		return err
	}
	pass := &sync.Pass{
		Folder: folder.zones, Commit: folder.commit, Problems: folder.problems, Select: sel.match,
		ByName: sel.exact(), WholeReach: true, Keep: f.out != "",
	}
	if folder.base != nil {
		folder.base.compare(ctx, pass)
	}
	if f.live != "" {
		if err := a.readLive(ctx, f, pass); err != nil {
			return err
		}
		return do(&session{folder: folder, verbose: f.verbose, pass: pass})
	}
	conn, err := a.connect(ctx, f.api)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.close()) }()
	pass.API, pass.Concurrency = conn.Client, conn.concurrency
	pass.Vital = vitalHosts(git.OriginHost(dir), conn.url)
	return do(&session{folder: folder, conn: conn, verbose: f.verbose, pass: pass})
}

// draft checks the token, plans, and shows what is wrong with the zone files.
func (s *session) draft(ctx context.Context, a *app) (*sync.Draft, error) {
	found := s.folder.problems
	defer func() { a.showProblems(s.folder.located(found).Sorted(), s.verbose) }()
	account, err := s.conn.account(ctx)
	if err != nil {
		return nil, err
	}
	s.account = account
	stop := s.progress(a, "reading", "plan")
	draft, err := s.pass.Plan(ctx)
	stop()
	if err != nil {
		return nil, s.conn.explain(ctx, err)
	}
	found = slices.Concat(found, draft.Problems)
	return draft, nil
}

// verdict is the exit for what could not be read, or not whole, on either side.
func (s *session) verdict(draft *sync.Draft) error {
	invalid := len(s.folder.problems.Errors()) > 0
	failed := false
	for _, z := range draft.Plan.Zones() {
		invalid = invalid || z.Invalid
		failed = failed || z.Error != "" && !z.Invalid || z.Partial != "" && z.Action == diff.None
	}
	return errors.Join(when(failed, errFailed), when(invalid, errInvalid))
}
