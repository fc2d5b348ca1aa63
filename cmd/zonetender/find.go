package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/query"
	"github.com/zonetender/zonetender/sync"
)

// findFlags say where find looks.
type findFlags struct {
	api        apiFlags
	dir        string
	zones      []string
	live       bool
	pointingAt bool
	format     string
}

func (a *app) find() *cobra.Command {
	var f findFlags
	cmd := &cobra.Command{
		Use:   "find QUERY",
		Short: "Show where an address, host, text or type is used",
		Long: `Search zone files, or with --live the live zones, for records. QUERY is an address, a
network such as 192.0.2.0/24, a type such as MX, a name, a piece of text, or a glob such
as '*.example.com'. With --pointing-at, QUERY is a name, and what leads to it is shown:
CNAME, MX, NS, SRV and SPF records, and what leads to these CNAMEs.

Nothing found exits with 1.`,
		Example: `  zonetender find 192.0.2.10
  zonetender find 192.0.2.0/24
  zonetender find --pointing-at mail.example.com
  zonetender find --live --format json MX`,
		Args: oneQuery,
		RunE: func(cmd *cobra.Command, args []string) error {
			write, ok := findFormats()[f.format]
			if !ok {
				return formatError(f.format, findFormats())
			}
			if f.api.sandbox && !f.live {
				return &usageError{cmd.CommandPath(), errors.New("find: --sandbox: use it together with --live; without it zone files are searched")}
			}
			find, err := f.search(args[0])
			if err != nil {
				return &usageError{cmd.CommandPath(), err}
			}
			rows, failed := a.findRows(cmd.Context(), f)
			if rows == nil && failed != nil {
				return failed
			}
			found := find(rows)
			if err := write(a.stdout, found); err != nil {
				return err
			}
			if len(found) == 0 {
				fmt.Fprintln(a.stderr, "nothing found")
			}
			return errors.Join(failed, when(len(found) == 0, errFailed))
		},
	}
	f.api.add(cmd)
	cmd.Flags().StringVar(&f.dir, "dir", "", "folder of zone files (default ./zones if it exists, else the current folder)")
	cmd.Flags().BoolVar(&f.live, "live", false, "search the live zones instead of zone files")
	cmd.Flags().BoolVar(&f.pointingAt, "pointing-at", false, "show what leads to the name that QUERY is")
	cmd.Flags().StringVar(&f.format, "format", "text", "text or json")
	addZoneFlag(cmd, &f.zones)
	return cmd
}

// oneQuery is for a command that takes one query.
func oneQuery(_ *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return fmt.Errorf("%s, expected one query such as 192.0.2.10", count(len(args), "argument"))
}

// A foundRecord is a record and where it is.
type foundRecord struct {
	zone   schema.Name
	record schema.Record
	pos    schema.Position // zero for a live record
}

// search returns what picks the records that are looked for.
func (f *findFlags) search(text string) (func([]foundRecord) []foundRecord, error) {
	if f.pointingAt {
		target, err := schema.ParseName(text)
		if err != nil {
			return nil, fmt.Errorf("find: --pointing-at: %w", err)
		}
		return func(rows []foundRecord) []foundRecord { return pointingAt(target, rows) }, nil
	}
	q, err := query.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("find: %w", err)
	}
	return func(rows []foundRecord) []foundRecord {
		return slices.DeleteFunc(rows, func(r foundRecord) bool { return !q.Match(r.zone, r.record) })
	}, nil
}

func pointingAt(target schema.Name, rows []foundRecord) (found []foundRecord) {
	p := query.PointingAt(target)
	for again := true; again; again = p.Again() {
		found = nil
		for _, r := range rows {
			if p.Look(r.record) {
				found = append(found, r)
			}
		}
	}
	return found
}

// findRows returns every record of the selected zones, sorted. An error beside them says that
// some zones could not be read.
func (a *app) findRows(ctx context.Context, f findFlags) (rows []foundRecord, err error) {
	sel, err := newSelection(f.zones)
	if err != nil {
		return nil, err
	}
	if f.live {
		rows, err = a.findLive(ctx, f.api, sel)
	} else {
		rows, err = a.findInFiles(cmp.Or(f.dir, defaultDir()), sel)
	}
	slices.SortStableFunc(rows, func(x, y foundRecord) int {
		return cmp.Or(x.zone.Compare(y.zone), x.record.Compare(y.record))
	})
	return rows, err
}

func (a *app) findInFiles(dir string, sel selection) ([]foundRecord, error) {
	folder, err := openZones(dir)
	if err != nil {
		return nil, err
	}
	defer folder.close()
	if err := sel.check(folder.zoneNames(), "in "+dir); err != nil {
		return nil, err
	}
	rows := make([][]foundRecord, len(folder.zones.Sources))
	problems := make([]schema.Problems, len(rows))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, s := range folder.zones.Sources {
		if sel.match(s.Zone) {
			g.Go(func() error {
				zone, ps := folder.zones.Zone(s)
				problems[i] = ps.Errors()
				if zone != nil {
					rows[i] = folder.rowsOf(zone)
				}
				return nil
			})
		}
	}
	_ = g.Wait() // the workers return no errors
	errs := append(slices.Clone(folder.problems.Errors()), slices.Concat(problems...)...)
	a.showProblems(folder.located(errs).Sorted(), false)
	return append([]foundRecord{}, slices.Concat(rows...)...), when(len(errs) > 0, errInvalid)
}

func (f *folder) rowsOf(zone *schema.Zone) []foundRecord {
	var out []foundRecord
	for _, s := range zone.RRsets() {
		for _, v := range s.Values {
			out = append(out, foundRecord{zone.Name(), s.Record(v), f.locatedAt(v.Pos)})
		}
	}
	return out
}

// findLive reads the selected live zones. Those that cannot be read are named, and the
// others searched.
func (a *app) findLive(ctx context.Context, api apiFlags, sel selection) (rows []foundRecord, err error) {
	conn, err := a.connect(ctx, api)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.close()) }()
	if _, err := conn.account(ctx); err != nil {
		return nil, err
	}
	list, err := conn.Client.Zones(ctx)
	if err != nil {
		return nil, conn.explain(ctx, err)
	}
	refs := slices.DeleteFunc(list.Zones, func(z diff.ZoneRef) bool { return !sel.match(z.Name) })
	found := make([][]foundRecord, len(refs))
	failed := make([]string, len(refs))
	conn.Client.Survey(ctx, refs[:min(len(refs), sync.SurveySize)], conn.concurrency, nil)
	var g errgroup.Group
	g.SetLimit(conn.concurrency)
	for i, ref := range refs {
		g.Go(func() error {
			live, err := conn.Client.Zone(ctx, ref, nil)
			if err != nil {
				failed[i] = err.Error()
				return nil
			}
			failed[i] = live.Partial
			for _, l := range live.Records {
				if !l.Record.Data.IsZero() {
					found[i] = append(found[i], foundRecord{zone: ref.Name, record: l.Record})
				}
			}
			return nil
		})
	}
	_ = g.Wait() // the workers return no errors
	incomplete := list.Partial != ""
	for i, why := range failed {
		if why != "" {
			incomplete = true
			fmt.Fprintf(a.stderr, "zone %s: read: %s\n", refs[i].Name.Undotted(), schema.Printable(why))
		}
	}
	return append([]foundRecord{}, slices.Concat(found...)...), when(incomplete, errFailed)
}

type jsonFound struct {
	Zone  string      `json:"zone"`
	Name  string      `json:"name"` // relative to the zone, "@" at the apex
	Type  schema.Type `json:"type"`
	TTL   schema.TTL  `json:"ttl"`
	Value string      `json:"value"`
	File  string      `json:"file"` // "" for a live record
	Line  int         `json:"line"`
}

func findFormats() map[string]func(io.Writer, []foundRecord) error {
	return map[string]func(io.Writer, []foundRecord) error{"text": findText, "json": findJSON}
}

func findText(w io.Writer, found []foundRecord) error {
	for _, r := range found {
		where := r.zone.Undotted()
		if r.pos.File != "" {
			where = fmt.Sprintf("%s:%d", schema.Printable(r.pos.File), r.pos.Line)
		}
		if _, err := fmt.Fprintf(w, "%s: %s %d %s %s\n", where, r.record.Name.Display(), r.record.TTL, r.record.Type, r.record.Data.Display()); err != nil {
			return err
		}
	}
	return nil
}

func findJSON(w io.Writer, found []foundRecord) error {
	out := struct {
		Version int         `json:"version"`
		Records []jsonFound `json:"records"`
	}{1, make([]jsonFound, 0, len(found))}
	for _, r := range found {
		out.Records = append(out.Records, jsonFound{
			r.zone.Undotted(), r.record.Name.Relative(r.zone), r.record.Type, r.record.TTL, r.record.Data.String(), r.pos.File, r.pos.Line,
		})
	}
	text, err := schema.IndentedJSON(out)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}
