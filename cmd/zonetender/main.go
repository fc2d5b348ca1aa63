// Command zonetender keeps DNS zones at VPS.org as zone files in Git say they should
// be. Each command has a file of its own; this one only runs them.
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
	// Schedules may name a time zone, and a container without files knows none.
	_ "time/tzdata"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks to stop in good order; a second one ends the process.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// run does what args say and gives the exit code.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := newApp(environ, stdin, stdout, stderr)
	cmd := a.root()
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	if !quiet(err) {
		// Several things may be wrong at once, a line each.
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
