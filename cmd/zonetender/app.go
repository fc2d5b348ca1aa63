package main

import (
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// app is what the commands share: the world around the process, and the flags that
// stand for all of them.
type app struct {
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer
	noColor        bool
}

func newApp(environ []string, stdin io.Reader, stdout, stderr io.Writer) *app {
	return &app{environ: environ, stdin: stdin, stdout: stdout, stderr: stderr}
}

// root makes the command tree.
func (a *app) root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "zonetender",
		Short: "Keep DNS zones at VPS.org as zone files in Git say",
		Long: `zonetender compares zone files, written in YAML and kept in Git, with the live zones
at VPS.org, shows what would change, and makes the fewest calls that close the
difference.

Exit codes: 0 done, or nothing to do; 1 could not do the work; 2 there are
differences; 3 zone files do not validate; 4 a guard refused.`,
		Example: `  zonetender validate zones
  zonetender plan zones
  zonetender apply zones
  zonetender apply --sandbox --yes zones.example`,
		SilenceUsage:  true,
		SilenceErrors: true,
		// As many letters may be wrong in a command for another one to be suggested.
		SuggestionsMinimumDistance: 2,
		Args:                       noCommand,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.SetIn(a.stdin)
	cmd.SetOut(a.stdout)
	cmd.SetErr(a.stderr)
	cmd.PersistentFlags().BoolVar(&a.noColor, "no-color", false, "no colour on the terminal (also where NO_COLOR is set)")
	cmd.AddCommand(a.validate(), a.plan(), a.apply(), a.importZones(), a.daemon(), a.history(), a.sandbox(), a.version())
	cmd.SetHelpCommand(help())
	addCompletion(cmd)
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return &usageError{c.CommandPath(), err} })
	asUsage(cmd)
	return cmd
}

// getenv gives a variable of the environment. One that is set to nothing counts as
// unset.
func (a *app) getenv(name string) string {
	value := ""
	for _, e := range a.environ {
		if k, v, ok := strings.Cut(e, "="); ok && k == name {
			value = v
		}
	}
	return value
}

// terminal reports whether a stream of the process is a terminal.
func terminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func (a *app) color() bool {
	return !a.noColor && a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb" && terminal(a.stdout)
}
