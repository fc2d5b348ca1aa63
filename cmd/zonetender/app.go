package main

import (
	"io"
	"maps"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// app is what the commands share: the environment of the process, and the flags that
// every command has.
type app struct {
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer
	noColor        bool
}

func newApp(environ []string, stdin io.Reader, stdout, stderr io.Writer) *app {
	return &app{environ: environ, stdin: stdin, stdout: stdout, stderr: stderr}
}

// root returns the command tree.
func (a *app) root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "zonetender",
		Short: "Keep VPS.org DNS zones in sync with YAML in Git",
		Long: `zonetender compares the zone files in a Git repository with the live zones at VPS.org,
shows what would change, and applies the difference with as few API calls as possible.

Exit codes: 0 success, or nothing to do; 1 failure or wrong usage; 2 there are
differences; 3 invalid zone files; 4 refused by a guard.`,
		Example: `  zonetender validate zones
  zonetender plan zones
  zonetender apply zones
  zonetender apply --sandbox --yes zones.example`,
		SilenceUsage:  true,
		SilenceErrors: true,
		// Letters that may differ for a command to be suggested.
		SuggestionsMinimumDistance: 2,
		Args:                       noCommand,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.SetIn(a.stdin)
	cmd.SetOut(a.stdout)
	cmd.SetErr(a.stderr)
	cmd.PersistentFlags().BoolVar(&a.noColor, "no-color", false, "disable colored output (setting NO_COLOR does the same)")
	cmd.AddCommand(a.validate(), a.format(), a.schema(), a.plan(), a.apply(), a.comment(), a.importZones(), a.export(), a.find(), a.verify(), a.audit(), a.daemon(), a.history(), a.sandbox(), a.version())
	for _, c := range cmd.Commands() {
		addSettings(c)
	}
	cmd.SetHelpCommand(help())
	addCompletion(cmd)
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return &usageError{c.CommandPath(), err} })
	asUsage(cmd)
	return cmd
}

// variables returns the environment. A variable set to nothing counts as unset.
func (a *app) variables() map[string]string {
	vars := make(map[string]string)
	for _, e := range a.environ {
		k, v, _ := strings.Cut(e, "=")
		vars[k] = v
	}
	maps.DeleteFunc(vars, func(_, v string) bool { return v == "" })
	return vars
}

// getenv returns a variable of the environment.
func (a *app) getenv(name string) string { return a.variables()[name] }

// terminal reports whether a stream of the process is a terminal.
func terminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func (a *app) color() bool {
	return !a.noColor && a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb" && terminal(a.stdout)
}
