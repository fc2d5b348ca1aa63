package main

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// Release and image builds set these with the linker flag -X, as in the Dockerfile. They
// are the one exception to the rule against package-level variables, because -X can set
// nothing else; only thisBuild reads them.
var version, commit, date string

func (a *app) version() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version, the commit, its date and the Go version",
		Example: "  zonetender version",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(a.stdout, thisBuild())
			return err
		},
	}
}

func userAgent() string { return "zonetender/" + thisBuild().version }

// A build says what a program was built from.
type build struct {
	version  string // without a leading v; "devel" where the build does not say
	commit   string // "" where unknown
	date     string // of the commit, RFC 3339; "" where unknown
	modified bool   // the work tree had changes that are not in the commit
}

func thisBuild() build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = new(debug.BuildInfo)
	}
	return newBuild(version, commit, date, info)
}

// newBuild takes what the linker was told, and what the Go toolchain recorded where the
// linker was told nothing.
func newBuild(version, commit, date string, info *debug.BuildInfo) build {
	module := strings.TrimSuffix(info.Main.Version, "+dirty")
	if module == "(devel)" {
		module = ""
	}
	vcs := make(map[string]string)
	for _, s := range info.Settings {
		vcs[s.Key] = s.Value
	}
	return build{
		version:  strings.TrimPrefix(cmp.Or(version, module, "devel"), "v"),
		commit:   cmp.Or(commit, vcs["vcs.revision"]),
		date:     cmp.Or(date, vcs["vcs.time"]),
		modified: vcs["vcs.modified"] == "true",
	}
}

func (b build) String() string {
	modified := ""
	if b.modified {
		modified = ", modified"
	}
	return fmt.Sprintf("zonetender %s, commit %s%s, date %s, %s",
		b.version, cmp.Or(b.commit, "unknown"), modified, cmp.Or(b.date, "unknown"), runtime.Version())
}

// buildID identifies this build, so that the guard upgrade notices when another one reads
// the zone files.
func buildID() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("executable: find: %w", err)
	}
	return thisBuild().id(path)
}

// id returns the version and the commit. Where the commit is unknown, or is not all that
// was built, a digest of the executable takes its place.
func (b build) id(executable string) (string, error) {
	if b.commit != "" && !b.modified {
		return fmt.Sprintf("%s+%.12s", b.version, b.commit), nil
	}
	f, err := os.Open(executable)
	if err != nil {
		return "", fmt.Errorf("executable: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("executable: %w", err)
	}
	return fmt.Sprintf("%s+sha256.%.6x", b.version, h.Sum(nil)), nil
}

// planMaker identifies this program in plans that it saves: by its version if it is a release,
// else as a build, as builds on the way to a release may read zone files otherwise.
func planMaker() (string, error) {
	if b := thisBuild(); minor(b.version) != "" {
		return b.version, nil
	}
	return buildID()
}

// mayCarryOut reports whether one program carries out what another one has planned: releases
// of one minor version do, and every other build only its own.
func mayCarryOut(maker, made string) bool {
	return maker == made || minor(maker) != "" && minor(maker) == minor(made)
}

// minor returns the minor version of a release, as in "1.4" for "1.4.2", else "".
func minor(version string) string {
	m := regexp.MustCompile(`^((0|[1-9]\d*)\.(0|[1-9]\d*))\.(0|[1-9]\d*)$`).FindStringSubmatch(version)
	if m == nil {
		return ""
	}
	return m[1]
}
