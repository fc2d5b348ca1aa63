package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/git"
)

func addOutFlag(cmd *cobra.Command, out *string) {
	cmd.Flags().Var((*fileFlag)(out), "out", "save the plan to `file`, for apply --plan")
}

// checkOut says early what would keep a plan from being saved when it is made.
func checkOut(out string) error {
	if out == "" {
		return nil
	}
	if info, err := os.Stat(out); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("plan file %s: it exists and is not a regular file", out)
	}
	if _, err := os.Stat(filepath.Dir(out)); err != nil {
		return fmt.Errorf("plan file %s: %w", out, cause(err))
	}
	return nil
}

// save writes the plan to a file, whole or not at all. "" is no file. Everything in a plan is
// in public DNS, or will be; the file is readable like zone files, as another user may have
// to carry it out.
func (s *session) save(out string, draft *sync.Draft) error {
	if out == "" {
		return nil
	}
	maker, err := planMaker()
	if err != nil {
		return err
	}
	return replaceFile("plan file", out, func(w io.Writer) error { return s.pass.Save(w, draft, maker) })
}

// openPlan reads a plan that this program, or another build of the same minor version,
// has saved.
func openPlan(path string) (*diff.SavedPlan, error) {
	saved, err := readPlan(path)
	if err != nil {
		return nil, err
	}
	if saved.Version == "" {
		return nil, fmt.Errorf("plan file %s: this plan was only shown; save it with plan --out FILE", path)
	}
	if saved.Plan.LiveFrom != "" {
		return nil, fmt.Errorf("plan file %s: made against a %s; plan against the API to apply", path, schema.Printable(saved.Plan.LiveFrom))
	}
	maker, err := planMaker()
	if err != nil {
		return nil, err
	}
	if !mayCarryOut(maker, saved.Version) {
		return nil, fmt.Errorf("plan file %s: made by zonetender %s, and this is %s, which may read zone files otherwise; plan again",
			path, schema.Printable(saved.Version), maker)
	}
	return saved, nil
}

// readPlan reads a plan that was saved, or shown as JSON.
func readPlan(path string) (*diff.SavedPlan, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("plan file %s: no such file", path)
	}
	if err != nil {
		return nil, fmt.Errorf("plan file %s: %w", path, cause(err))
	}
	defer f.Close()
	saved, err := diff.ReadPlan(f)
	if err != nil {
		return nil, fmt.Errorf("plan file %s: %w", path, cause(err))
	}
	return saved, nil
}

// onlyPlan refuses what has no meaning beside a saved plan.
func onlyPlan(cmd *cobra.Command, f planFlags, args []string) error {
	switch {
	case len(args) > 0:
		return &usageError{cmd.CommandPath(), fmt.Errorf("--plan: it cannot be combined with the folder %q: a saved plan needs no zone files", args[0])}
	case f.base != "":
		return &usageError{cmd.CommandPath(), errors.New("--plan: it cannot be combined with --base: a saved plan says what it was compared with")}
	case f.out != "":
		return &usageError{cmd.CommandPath(), errors.New("--plan: it cannot be combined with --out")}
	}
	return nil
}

// withSaved runs do with a pass over a saved plan.
func (a *app) withSaved(ctx context.Context, f planFlags, file string, do func(*session) error) (err error) {
	sel, err := newSelection(f.zones)
	if err != nil {
		return err
	}
	saved, err := openPlan(file)
	if err != nil {
		return err
	}
	var names []schema.Name
	for _, z := range saved.Plan.Zones() {
		names = append(names, z.Zone)
	}
	if err := sel.check(names, "in "+file); err != nil {
		return err
	}
	conn, err := a.connect(ctx, f.api)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.close()) }()
	fmt.Fprintln(a.stderr, describePlan(file, saved))
	// The problems are those of the zone files when the plan was made.
	return do(&session{folder: &folder{problems: saved.Plan.Problems}, conn: conn, verbose: f.verbose, pass: &sync.Pass{
		Saved: saved, API: conn.Client, Commit: saved.Plan.Commit, Select: sel.match, Concurrency: conn.concurrency,
		Vital: vitalHosts(git.OriginHost("."), conn.url),
	}})
}

// describePlan says which plan is carried out.
func describePlan(file string, s *diff.SavedPlan) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "plan %s: made at %s", file, s.Plan.GeneratedAt.UTC().Format(time.RFC3339))
	if s.Plan.Commit != "" {
		fmt.Fprintf(&b, " from commit %s", schema.Printable(s.Plan.Commit))
	}
	return b.String()
}

// recheck compares the zones once more after somebody was asked. The zones of a saved plan
// are compared when each is written.
func (s *session) recheck(ctx context.Context, draft *sync.Draft) error {
	if s.pass.Saved != nil {
		return nil
	}
	return s.pass.Recheck(ctx, draft)
}
