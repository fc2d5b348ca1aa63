// Command zonetender keeps VPS.org DNS zones in sync with YAML in Git. Each command has a
// file of its own; this one only runs them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	// Schedules may name a time zone, and a container may have no time zone files.
	_ "time/tzdata"
)

func main() {
	tuneGC(os.Args, os.Environ())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal stops the work in good order; a second one ends the process.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// run runs the command that args name and returns the exit code.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := newApp(environ, stdin, stdout, stderr)
	cmd := a.root()
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	if !quiet(err) {
		// An error may hold several problems, one per line.
		for line := range strings.Lines(err.Error()) {
			fmt.Fprintf(stderr, "zonetender: %s\n", strings.TrimSuffix(line, "\n"))
		}
	}
	var u *usageError
	if errors.As(err, &u) {
		fmt.Fprintf(stderr, "See %q.\n", u.command+" --help")
	}
	return exitCode(err)
}
