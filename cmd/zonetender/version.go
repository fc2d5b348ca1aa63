package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// release is the version of this program. CHANGELOG.md says what is in it.
const release = "0.1.0"

func userAgent() string { return "zonetender/" + release }

func (a *app) version() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print version, commit and Go version",
		Example: "  zonetender version",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(a.stdout, "zonetender %s, commit %s, %s\n", release, buildCommit(), runtime.Version())
			return err
		},
	}
}

// buildCommit is the commit that the program was built from, where the build says.
func buildCommit() string {
	commit, dirty := "unknown", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				commit = s.Value
			case s.Key == "vcs.modified" && s.Value == "true":
				dirty = ", modified"
			}
		}
	}
	return commit + dirty
}
