package main

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
)

func (a *app) validate() *cobra.Command {
	var format string
	var strict bool
	var verbose verbosity
	var zones []string
	cmd := &cobra.Command{
		Use:   "validate [DIR]",
		Short: "Check zone files without the API",
		Long: `Check zone files without the API. All mistakes are shown, each with its file, line and
column. DIR defaults to ./zones if it exists, else the current folder.`,
		Example: `  zonetender validate zones
  zonetender validate --strict --format github zones
  zonetender validate --format sarif zones > zonetender.sarif`,
		Args: oneDir,
		RunE: func(_ *cobra.Command, args []string) error {
			write, ok := problemFormats(verbose)[format]
			if !ok {
				return formatError(format, problemFormats(verbose))
			}
			f, err := openZones(dirArg(args))
			if err != nil {
				return err
			}
			defer f.close()
			result, err := check(f, zones, strict)
			if err != nil {
				return err
			}
			if err := write(a.stdout, result); err != nil {
				return err
			}
			return when(len(result.problems.Errors()) > 0, errInvalid)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text, json, github (workflow annotations) or sarif")
	cmd.Flags().BoolVar(&strict, "strict", false, "treat warnings as errors")
	verbose.addVerbose(cmd)
	addZoneFlag(cmd, &zones)
	return cmd
}

func addZoneFlag(cmd *cobra.Command, zones *[]string) {
	cmd.Flags().StringArrayVar(zones, "zone", nil, "only this zone; may be repeated, and may be a glob such as '*.example.com'")
}

// formatError says which formats there are.
func formatError[V any](format string, formats map[string]V) error {
	names := make([]string, 0, len(formats))
	for name := range formats {
		names = append(names, name)
	}
	slices.Sort(names)
	return fmt.Errorf("--format %s: expected one of %s", format, strings.Join(names, ", "))
}

// checked is what came of checking a folder.
type checked struct {
	problems       schema.Problems // located and sorted
	zones, records int             // that are valid
}

// check reads every selected zone of the folder. Where it is strict, warnings are
// errors.
func check(f *folder, patterns []string, strict bool) (*checked, error) {
	sel, err := newSelection(patterns)
	if err != nil {
		return nil, err
	}
	if err := sel.check(f.zoneNames(), "in "+f.dir); err != nil {
		return nil, err
	}
	type slot struct {
		problems schema.Problems
		records  int
		valid    bool
	}
	slots := make([]slot, len(f.zones.Sources))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, s := range f.zones.Sources {
		if !sel.match(s.Zone) {
			continue
		}
		g.Go(func() error {
			zone, problems := f.zones.Zone(s)
			valid := zone != nil && !(strict && slices.ContainsFunc(problems, func(p schema.Problem) bool { return !zonefile.PassesWithTime(p.Code) }))
			slots[i] = slot{problems: problems, valid: valid}
			if valid {
				for _, set := range zone.RRsets() {
					slots[i].records += len(set.Values)
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	out := &checked{problems: slices.Clone(f.problems)}
	if len(f.zones.Sources) == 0 && len(f.problems.Errors()) == 0 {
		return nil, fmt.Errorf("zones folder %s: no zone files, expected at least one such as example.com.yaml", f.dir)
	}
	for _, s := range slots {
		out.problems = append(out.problems, s.problems...)
		out.records += s.records
		if s.valid {
			out.zones++
		}
	}
	if strict {
		for i, p := range out.problems {
			if !zonefile.PassesWithTime(p.Code) {
				out.problems[i].Severity = schema.Error
			}
		}
	}
	out.problems = f.located(out.problems).Sorted()
	return out, nil
}

func (f *folder) zoneNames() []schema.Name {
	names := make([]schema.Name, 0, len(f.zones.Sources))
	for _, s := range f.zones.Sources {
		names = append(names, s.Zone)
	}
	return names
}
