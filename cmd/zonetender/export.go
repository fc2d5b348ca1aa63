package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/masterfile"
	"github.com/zonetender/zonetender/schema/zonefile"
	"github.com/zonetender/zonetender/sync/git"
)

func (a *app) export() *cobra.Command {
	var f exportFlags
	cmd := &cobra.Command{
		Use:   "export [ZONE...]",
		Short: "Write BIND zone files from zone files",
		Long: `Print one zone as a master file (RFC 1035), or write a file for each zone into the folder
that --output names, all zones or those named (names or globs). The API is not needed.

A master file has what a zone file leaves to the service: a SOA, and name servers where
the zone file declares none at the apex. The serial is the time of the newest commit, in
seconds, so that the same commit gives the same bytes; outside Git it is 1. Uncommitted
changes do not move it: pass --serial. What zone files leave to others is not in it.`,
		Example: `  zonetender export example.com
  zonetender export --dir zones --output /etc/bind/zones
  zonetender export --nameserver ns1.example.net --soa-rname dns.example.net example.com
  zonetender export example.com | named-checkzone example.com /dev/stdin`,
		RunE: func(cmd *cobra.Command, args []string) error {
			options, err := f.options()
			if err != nil {
				return &usageError{cmd.CommandPath(), err}
			}
			if f.dir == "" {
				f.dir = defaultDir()
			}
			if !cmd.Flags().Changed("serial") {
				if options.Serial, err = commitSerial(f.dir); err != nil {
					return err
				}
			}
			return a.runExport(f, options, slices.Concat(args, f.zones))
		},
		Args: cobra.ArbitraryArgs,
	}
	cmd.Flags().StringVar(&f.dir, "dir", "", "folder of zone files (default ./zones if it exists, else the current folder)")
	cmd.Flags().StringVar(&f.output, "output", "", "`folder` to write to, a file for each zone such as example.com.zone")
	cmd.Flags().StringArrayVar(&f.servers, "nameserver", []string{"ns1.vps.org", "ns2.vps.org"}, "name server of zones that declare none; may be repeated")
	cmd.Flags().StringVar(&f.mname, "soa-mname", "", "primary name server in the SOA (default the first name server)")
	cmd.Flags().StringVar(&f.rname, "soa-rname", "", "mailbox in the SOA, as a name or as an address (default hostmaster of the zone)")
	cmd.Flags().Uint32Var(&f.serial, "serial", 0, "serial of the SOA (default the time of the newest commit)")
	addZoneFlag(cmd, &f.zones)
	return cmd
}

type exportFlags struct {
	dir, output  string
	servers      []string
	mname, rname string
	serial       uint32
	zones        []string
}

// options returns what the flags say of the apex.
func (f *exportFlags) options() (o masterfile.Options, err error) {
	o.Serial = f.serial
	for _, text := range f.servers {
		n, err := hostFlag("--nameserver", text)
		if err != nil {
			return o, err
		}
		o.NameServers = append(o.NameServers, n)
	}
	if f.mname != "" {
		if o.MName, err = hostFlag("--soa-mname", f.mname); err != nil {
			return o, err
		}
	}
	if f.rname != "" {
		// In the SOA, the @ of an address is a dot (RFC 1035 section 8).
		local, domain, isAddress := strings.Cut(f.rname, "@")
		switch {
		case isAddress && strings.Contains(local, "."):
			return o, errors.New("--soa-rname: expected an address without a dot before the @")
		case isAddress:
			domain = local + "." + domain
		default:
			domain = local
		}
		o.RName, err = hostFlag("--soa-rname", domain)
	}
	return o, err
}

func hostFlag(flag, text string) (schema.Name, error) {
	n, err := schema.ParseName(text)
	if err != nil || n.IsRoot() || n.IsWildcard() || n.OddCharacters() != "" {
		return schema.Name{}, fmt.Errorf("%s %s: expected a name such as ns1.example.net", flag, schema.Clip(text))
	}
	return n, nil
}

func (a *app) runExport(f exportFlags, o masterfile.Options, patterns []string) error {
	sel, err := newSelection(patterns)
	if err != nil {
		return err
	}
	folder, err := openZones(f.dir)
	if err != nil {
		return err
	}
	defer folder.close()
	if err := sel.check(folder.zoneNames(), "in "+f.dir); err != nil {
		return err
	}
	sources := slices.DeleteFunc(slices.Clone(folder.zones.Sources), func(s zonefile.Source) bool { return !sel.match(s.Zone) })
	switch {
	case len(sources) == 0:
		a.showProblems(folder.located(folder.problems.Errors()), all)
		return fmt.Errorf("zones folder %s: no zone files, expected at least one such as example.com.yaml", f.dir)
	case len(sources) > 1 && f.output == "":
		return fmt.Errorf("export: %d zones in %s; name one, or pass --output to write a file for each", len(sources), f.dir)
	}
	return a.exportAll(f, o, folder, sources)
}

// exportAll exports every zone that is in order.
func (a *app) exportAll(f exportFlags, o masterfile.Options, folder *folder, sources []zonefile.Source) error {
	if f.output != "" {
		if err := os.MkdirAll(f.output, 0o755); err != nil {
			return fmt.Errorf("folder %s: %w", f.output, cause(err))
		}
	}
	broken := folder.problems.Errors()
	failed := false
	for _, s := range sources {
		zone, problems := folder.zones.Zone(s)
		switch {
		case zone == nil:
			broken = append(broken, problems.Errors()...)
			continue
		case zone.Absent():
			fmt.Fprintf(a.stderr, "zone %s: left out: its file says state: absent\n", zone.Name().Undotted())
			failed = failed || len(sources) == 1
			continue
		}
		a.showProblems(folder.located(leftOutOfExport(problems)), all)
		if zone.Manage() == schema.ManageDeclared {
			fmt.Fprintf(a.stderr, "zone %s: only what its file declares, as it says manage: declared\n", zone.Name().Undotted())
		}
		if err := a.exportZone(f, o, zone); err != nil {
			fmt.Fprintf(a.stderr, "zone %s: export: %v\n", zone.Name().Undotted(), err)
			failed = true
		}
	}
	a.showProblems(folder.located(broken).Sorted(), all)
	return errors.Join(when(failed, errFailed), when(len(broken) > 0, errInvalid))
}

// leftOutOfExport returns the warnings of RRsets whose type is not managed.
func leftOutOfExport(problems schema.Problems) (out schema.Problems) {
	for _, p := range problems {
		if p.Severity == schema.Warning && p.Code == "unsupported-type" {
			out = append(out, p)
		}
	}
	return out
}

// exportZone writes one zone, which reads back as it is.
func (a *app) exportZone(f exportFlags, o masterfile.Options, zone *schema.Zone) error {
	d := zone.Declaration()
	text := masterfile.Format(d, o)
	again, err := masterfile.Read("export", text, zone.Name())
	if err != nil {
		return err
	}
	managed := slices.DeleteFunc(slices.Clone(d.RRsets), func(s schema.RRset) bool { return s.Key() == schema.Key{Name: d.Name, Type: schema.NS} })
	if !slices.EqualFunc(again[0].Declaration.RRsets, managed, sameRRset) {
		return errors.New("no file is written, as it would not read back to the same records")
	}
	if f.output == "" {
		_, err := a.stdout.Write(text)
		return err
	}
	path := filepath.Join(f.output, strings.TrimSuffix(zonefile.FileName(zone.Name()), ".yaml")+".zone")
	if err := replaceFile("zone file", path, bytesWriter(text)); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s: %s\n", path, count(size(d.RRsets), "record"))
	return nil
}

// commitSerial returns the time of the newest commit as a serial, 1 outside Git.
func commitSerial(dir string) (uint32, error) {
	at, err := git.HeadTime(dir)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%w; the serial is the time of the newest commit, pass --serial instead", err)
	case at.IsZero():
		return 1, nil
	case at.Before(time.Unix(1, 0)) || at.Unix() > 1<<32-1:
		return 0, fmt.Errorf("commit of %s: no serial can be made of that time; pass --serial", at.UTC().Format(time.RFC3339))
	}
	return uint32(at.Unix()), nil
}
