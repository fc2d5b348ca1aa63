package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
	"github.com/zonetender/zonetender/sync"
)

func (a *app) importZones() *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "import [ZONE...]",
		Short: "Write zone files from live zones",
		Long: `Write a zone file for each live zone, or for those named (names or globs). A plan then
finds nothing to change. SOA, apex NS and unmanaged types are left out, and listed.
Existing files are not overwritten without --force.`,
		Example: `  zonetender import --dir zones
  zonetender import --dir zones --form bare example.com
  zonetender import --sandbox --dir /tmp/zones '*.example'`,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			form, err := zonefile.ParseForm(f.form)
			if err != nil {
				return fmt.Errorf("--form: %w", err)
			}
			if f.dir == "" {
				f.dir = defaultDir()
			}
			conn, err := a.connect(cmd.Context(), f.api)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, conn.close()) }()
			if _, err := conn.account(cmd.Context()); err != nil {
				return err
			}
			return a.runImport(cmd.Context(), f, form, args, conn)
		},
		Args: cobra.ArbitraryArgs,
	}
	f.api.add(cmd)
	cmd.Flags().StringVar(&f.dir, "dir", "", "folder to write to (default ./zones if it exists, else the current folder)")
	cmd.Flags().StringVar(&f.form, "form", "zone", "zone (with a head and short spelling) or bare (as octoDNS writes them)")
	cmd.Flags().BoolVar(&f.force, "force", false, "overwrite zone files that exist")
	return cmd
}

type importFlags struct {
	api       apiFlags
	dir, form string
	force     bool
}

func (a *app) runImport(ctx context.Context, f importFlags, form zonefile.Form, patterns []string, conn *connection) error {
	refs, err := a.selectLive(ctx, conn, patterns)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return fmt.Errorf("zones folder %s: %w", f.dir, cause(err))
	}
	there, err := openZones(f.dir)
	if err != nil {
		return err
	}
	defer there.close()
	if broken := there.problems.Errors(); len(broken) > 0 {
		// What zonetender.yaml ignores is not known then.
		a.showProblems(there.located(broken), all)
		return fmt.Errorf("zones folder %s: fix these errors first; no file is written", f.dir)
	}
	if err := there.mayWrite(refs, f.force); err != nil {
		return err
	}
	conn.Client.Survey(ctx, refs[:min(len(refs), sync.SurveySize)], conn.concurrency, nil)
	var failed error
	var open [][]diff.OpenQuestion
	for _, ref := range refs {
		questions, err := a.importZone(ctx, f.dir, form, ref, conn, there)
		if err != nil {
			fmt.Fprintf(a.stderr, "zone %s: import: %v\n", ref.Name.Undotted(), err)
			failed = errFailed
		}
		open = append(open, questions)
	}
	a.warn(sync.OpenQuestions(open))
	return failed
}

// selectLive lists the live zones that the patterns name, sorted. A list that may not
// be whole is not taken for whole.
func (a *app) selectLive(ctx context.Context, conn *connection, patterns []string) ([]diff.ZoneRef, error) {
	sel, err := newSelection(patterns)
	if err != nil {
		return nil, err
	}
	list, err := conn.Client.Zones(ctx)
	if err != nil {
		return nil, conn.explain(ctx, fmt.Errorf("zones: list: %w", err))
	}
	if list.Partial != "" {
		return nil, fmt.Errorf("zones: list: the service may have more zones than it shows: %s", list.Partial)
	}
	a.warn(list.Warnings)
	var refs []diff.ZoneRef
	var names []schema.Name
	for _, z := range list.Zones {
		names = append(names, z.Name)
		if sel.match(z.Name) {
			refs = append(refs, z)
		}
	}
	if len(names) == 0 {
		return nil, errors.New("zones: list: the account has no zones; there is nothing to import")
	}
	slices.SortFunc(refs, func(a, b diff.ZoneRef) int { return a.Name.Compare(b.Name) })
	return refs, sel.check(names, "of the account")
}

// mayWrite refuses to touch what is there: all of it, before anything is written.
func (f *folder) mayWrite(refs []diff.ZoneRef, force bool) error {
	declared := make(map[schema.Name][]string)
	for _, s := range f.zones.Sources {
		declared[s.Zone] = s.Files
	}
	var problems []error
	for _, ref := range refs {
		name := zonefile.FileName(ref.Name)
		path := filepath.Join(f.dir, name)
		info, err := os.Lstat(path)
		switch files := declared[ref.Name]; {
		case len(files) > 0 && !slices.Equal(files, []string{name}):
			problems = append(problems, fmt.Errorf("zone %s: it is already declared in %s; move that file away first", ref.Name.Undotted(), filepath.Join(f.dir, files[0])))
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			problems = append(problems, fmt.Errorf("zone file %s: %w", path, cause(err)))
		case !info.Mode().IsRegular():
			problems = append(problems, fmt.Errorf("zone file %s: not a regular file", path))
		case !force:
			problems = append(problems, fmt.Errorf("zone file %s: already exists; pass --force to overwrite it", path))
		}
	}
	return errors.Join(problems...)
}

// importZone writes one zone's file. It returns the open questions of its live records.
func (a *app) importZone(ctx context.Context, dir string, form zonefile.Form, ref diff.ZoneRef, conn *connection, there *folder) ([]diff.OpenQuestion, error) {
	live, err := conn.Client.Zone(ctx, ref, nil)
	if err != nil {
		return nil, err
	}
	if live.Partial != "" {
		return nil, fmt.Errorf("the live zone may not have been read completely, so no file is written: %s", live.Partial)
	}
	ignored := withoutIgnored(&live, there.zones.Settings.Ignore)
	zone, notes := diff.Adopt(live)
	for _, note := range slices.Concat(live.Warnings, ignored, notes) {
		fmt.Fprintf(a.stderr, "%s: %s\n", ref.Name.Undotted(), note)
	}
	path := filepath.Join(dir, zonefile.FileName(ref.Name))
	if err := replaceFile(path, zonefile.Format(zone, form)); err != nil {
		return live.Open, err
	}
	records := 0
	for _, s := range zone.RRsets {
		records += len(s.Values)
	}
	fmt.Fprintf(a.stdout, "%s: %s\n", path, count(records, "record"))
	return live.Open, a.readBack(dir, ref.Name)
}

// withoutIgnored takes out of a live zone what zonetender.yaml says that other tools
// own, record by record, as a plan does. The notes name each.
func withoutIgnored(live *diff.LiveZone, rules []schema.IgnoreRule) (notes []string) {
	owner := schema.Declaration{Name: live.Name, Ignore: rules}
	live.Records = slices.DeleteFunc(live.Records, func(l diff.Live) bool {
		ignored := l.Unreadable == "" && owner.Ignored(l.Record)
		if ignored {
			notes = append(notes, fmt.Sprintf("%s %s %q is left out: zonetender.yaml ignores it",
				l.Record.Name.DisplayIn(live.Name), l.Record.Type, l.Value))
		}
		return ignored
	})
	slices.Sort(notes)
	return notes
}

// readBack says what the written file would be refused for: the live zone may hold
// what no file may say, such as a CNAME beside other data.
func (a *app) readBack(dir string, zone schema.Name) error {
	f, err := openZones(dir)
	if err != nil {
		return err
	}
	defer f.close()
	for _, s := range f.zones.Sources {
		if s.Zone != zone {
			continue
		}
		if _, problems := f.zones.Zone(s); len(problems.Errors()) > 0 {
			a.showProblems(f.located(problems.Errors()), all)
			return errors.New("the file was written, but it has errors")
		}
	}
	return nil
}

// replaceFile writes a file whole or not at all. It keeps the permissions of a file that is
// there.
func replaceFile(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".zonetender-*")
	if err != nil {
		return fmt.Errorf("zone file %s: %w", path, cause(err))
	}
	defer os.Remove(tmp.Name())
	mode := fs.FileMode(0o644)
	if info, err := os.Lstat(path); err == nil {
		mode = info.Mode().Perm()
	}
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Chmod(mode), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("zone file %s: %w", path, cause(err))
	}
	return nil
}
