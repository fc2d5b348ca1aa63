package main

import (
	"context"
	"errors"
	"fmt"
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
		Short: "Write zone files from live zones, or from what another provider exports",
		Long: `Write a zone file for each live zone, or for those named (names or globs). A plan then
finds nothing to change. SOA, apex NS and unmanaged types are left out, and listed.

--from reads another source instead, which needs no account: a master file (RFC 1035) as
BIND has and Cloudflare exports, the JSON of "aws route53 list-resource-record-sets" or
of "dnscontrol print-ir", a folder of such files, - for standard input, or
axfr://SERVER[:PORT]/ZONE for a zone transfer. ZONE selects among its zones, and says
which zone a master file is that does not say so. What cannot come along is named.

A zone that has a file already is compared with it, and not overwritten without --force.
One zone that cannot be written does not stop the others.

With --format json, a snapshot of the live zones is written to standard output instead,
against which plan --live makes a plan without access to the API.`,
		Example: `  zonetender import --dir zones
  zonetender import --dir zones --form bare example.com
  zonetender import --missing --dir zones
  zonetender import --format json > snapshot.json
  zonetender import --from example.com.zone --dir zones
  zonetender import --from axfr://ns1.example.net/example.com --tsig-key-file transfer.key
  zonetender import --sandbox --dir /tmp/zones '*.example'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return &usageError{cmd.CommandPath(), err}
			}
			if f.format == "json" {
				return a.importSnapshot(cmd, f, slices.Concat(args, f.zones))
			}
			return a.runImport(cmd.Context(), f, slices.Concat(args, f.zones))
		},
		Args: cobra.ArbitraryArgs,
	}
	f.api.add(cmd)
	cmd.Flags().StringVar(&f.from, "from", "", "`source` to read instead of live zones: a file, a folder, - or axfr://SERVER/ZONE")
	cmd.Flags().StringVar(&f.keyFile, "tsig-key-file", "", "`file` with the key of the transfer, as BIND's tsig-keygen writes it")
	cmd.Flags().StringVar(&f.dir, "dir", "", "folder to write to (default ./zones if it exists, else the current folder)")
	cmd.Flags().StringVar(&f.form, "form", "zone", "zone (with a head and short spelling) or bare (as octoDNS writes them)")
	cmd.Flags().StringVar(&f.format, "format", "yaml", "yaml (zone files) or json (a snapshot on standard output)")
	cmd.Flags().BoolVar(&f.force, "force", false, "overwrite zone files that exist")
	cmd.Flags().BoolVar(&f.missing, "missing", false, "only zones that have no file yet")
	addZoneFlag(cmd, &f.zones)
	return cmd
}

type importFlags struct {
	api            apiFlags
	from, keyFile  string
	dir, form      string
	format         string
	force, missing bool
	zones          []string
}

// check refuses flags that contradict each other.
func (f *importFlags) check() error {
	switch {
	case f.format != "yaml" && f.format != "json":
		return fmt.Errorf("--format: %q, expected yaml or json", f.format)
	case f.format == "json" && f.from != "":
		return errors.New("--format json: cannot be combined with --from; a snapshot is of live zones")
	case f.force && f.missing:
		return errors.New("--missing: cannot be combined with --force, which is about zones that have a file")
	case f.from != "" && f.api.sandbox:
		return errors.New("--from: cannot be combined with --sandbox; the zones come from the source")
	case f.keyFile != "" && !isTransfer(f.from):
		return errors.New("--tsig-key-file: expected --from axfr://SERVER/ZONE with it")
	}
	return nil
}

func (a *app) runImport(ctx context.Context, f importFlags, patterns []string) (err error) {
	form, err := zonefile.ParseForm(f.form)
	if err != nil {
		return fmt.Errorf("--form: %w", err)
	}
	if f.dir == "" {
		f.dir = defaultDir()
	}
	if f.from != "" {
		return a.importFrom(ctx, f, form, patterns)
	}
	conn, err := a.connect(ctx, f.api)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.close()) }()
	if _, err := conn.account(ctx); err != nil {
		return err
	}
	return a.importLive(ctx, f, form, patterns, conn)
}

// importLive writes live zones.
func (a *app) importLive(ctx context.Context, f importFlags, form zonefile.Form, patterns []string, conn *connection) error {
	refs, err := a.selectLive(ctx, conn, patterns)
	if err != nil {
		return err
	}
	i, err := a.importer(f, form, "live zone")
	if err != nil {
		return err
	}
	defer i.close()
	refs = slices.DeleteFunc(refs, func(ref diff.ZoneRef) bool { return i.skip(ref.Name) })
	conn.Client.Survey(ctx, refs[:min(len(refs), sync.SurveySize)], conn.concurrency, nil)
	var open [][]diff.OpenQuestion
	for _, ref := range refs {
		live, err := conn.Client.Zone(ctx, ref, nil)
		if err == nil && live.Partial != "" {
			err = fmt.Errorf("the live zone may not have been read completely, so no file is written: %s", live.Partial)
		}
		if err != nil {
			i.fail(ref.Name, err)
			continue
		}
		ignored := withoutIgnored(&live, i.there.zones.Settings.Ignore)
		zone, notes := diff.Adopt(live)
		for _, note := range slices.Concat(live.Warnings, ignored, notes) {
			fmt.Fprintf(a.stderr, "%s: %s\n", ref.Name.Undotted(), note)
		}
		i.add(zone)
		open = append(open, live.Open)
	}
	a.warn(sync.OpenQuestions(open))
	return i.finish()
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

// withoutIgnored takes out of a live zone what zonetender.yaml says that other tools
// own, record by record, as a plan does. The notes name each.
func withoutIgnored(live *diff.LiveZone, rules []schema.IgnoreRule) (notes []string) {
	owner := schema.Declaration{Name: live.Name, Ignore: rules}
	live.Records = slices.DeleteFunc(live.Records, func(l diff.Live) bool {
		ignored := l.Unreadable == "" && owner.Ignored(l.Record)
		if ignored {
			notes = append(notes, ignoredNote(live.Name, l.Record, l.Value))
		}
		return ignored
	})
	slices.Sort(notes)
	return notes
}

func ignoredNote(zone schema.Name, r schema.Record, value string) string {
	return fmt.Sprintf("%s %s %q is left out: zonetender.yaml ignores it", r.Name.DisplayIn(zone), r.Type, value)
}
