// Program estate measures zonetender on estates of many zones:
//
//	go run ./internal/estate -sizes 1000x50 -table
//
// It makes an estate, the same one on every machine: a folder of zone files, and an account
// of the simulated service that differs from it in a share of its records. It serves the
// account from another process over loopback, runs the commands of zonetender one after the
// other, and prints what each took, in the format of Go's benchmarks, which benchstat reads:
// wall time, user and system time, peak memory, calls of the API, and how many times the
// user and system time of the floor that is. The floor is a process that only reads the same
// zones into structs and parses the same files.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The program starts itself again in these roles. It writes no file itself, because the
// largest memory that Linux counts of a process begins with that of the one that started it.
const (
	roleServe = "serve"
	roleFloor = "floor"
	roleWrite = "write"
)

func roles() []string { return []string{roleServe, roleFloor, roleWrite} }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(start(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func start(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	role := ""
	if len(args) > 0 && slices.Contains(roles(), args[0]) {
		role, args = args[0], args[1:]
	}
	o, err := parseOptions(args, role != "", stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
	case role == roleServe:
		err = serve(ctx, o, stdin, stdout)
	case role == roleFloor:
		err = floor(ctx, o)
	case role == roleWrite:
		err = write(o)
	default:
		err = measureAndReport(ctx, o, stdout, stderr)
	}
	if err != nil {
		fmt.Fprintln(stderr, "estate:", err)
		return 1
	}
	return 0
}

// measureAndReport measures, or reads what was measured before.
func measureAndReport(ctx context.Context, o *options, stdout, stderr io.Writer) error {
	var r *run
	var err error
	if o.from != "" {
		r, err = readRun(o.from)
	} else {
		r, err = benchmark(ctx, o, stdout, stderr)
	}
	if err != nil {
		return err
	}
	return report(o, r, stdout)
}

// options are the flags.
type options struct {
	sizes       []size
	steps       []string
	changed     float64  // percent of the records that differ
	concurrency int      // at least 1
	runs        int      // at least 1
	sweeps      int      // of the daemon, at least 1
	binary      string   // "" builds one
	before      string   // another binary to compare with, "" for none
	env         []string // NAME=VALUE, for the programs that are measured
	latency     time.Duration
	rate        float64 // calls a second that the service allows, 0 for any number
	timeout     time.Duration
	from        string // file of an earlier run to report, "" to measure
	table       bool
	svg         string // file, "" for none
	doc         string // file, "" for none
	check       string // file, "" for none
	update      bool

	// What only the program's other roles use.
	url, token, dir string
	first, edited   bool
}

const allSizes = "10x100,100x100,1000x50,10000x100,1x20000,1x200000"

func parseOptions(args []string, forRole bool, stderr io.Writer) (*options, error) {
	var o options
	var sizes, steps string
	f := flag.NewFlagSet("estate", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&sizes, "sizes", allSizes, "estates to measure, ZONESxRECORDS each")
	f.StringVar(&steps, "steps", strings.Join(stepNames(), ","), "steps to measure")
	o.addMeasuring(f)
	o.addReporting(f)
	if forRole {
		o.addRole(f)
	}
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	for text := range strings.SplitSeq(sizes, ",") {
		s, err := parseSize(text)
		if err != nil {
			return nil, err
		}
		o.sizes = append(o.sizes, s)
	}
	o.steps = strings.Split(steps, ",")
	return &o, o.valid()
}

// addMeasuring adds the flags that say how to measure.
func (o *options) addMeasuring(f *flag.FlagSet) {
	f.Float64Var(&o.changed, "changed", 1, "share of the records that differ, in `percent`")
	f.IntVar(&o.concurrency, "concurrency", 8, "calls in flight at the same time")
	f.IntVar(&o.runs, "runs", 1, "how often to measure each")
	f.IntVar(&o.sweeps, "sweeps", 1, "how many sweeps the daemon makes after the first")
	f.StringVar(&o.binary, "binary", "", "zonetender `program` to measure (default: built from this module)")
	f.StringVar(&o.before, "before", "", "another zonetender `program` to measure in turn, for a column of its own")
	f.Func("env", "`NAME=VALUE` in the environment of the measured programs, such as GOMEMLIMIT=256MiB; may be repeated", o.addEnv)
	f.DurationVar(&o.latency, "latency", 0, "how long the service takes for each call")
	f.Float64Var(&o.rate, "rate", 0, "calls a second that the service allows; more are answered 429 (default: any number)")
	f.DurationVar(&o.timeout, "timeout", 30*time.Minute, "how long one step may take")
}

// addReporting adds the flags that say how to show what was measured.
func (o *options) addReporting(f *flag.FlagSet) {
	f.StringVar(&o.from, "from", "", "measure nothing, but report what this `file` has of earlier runs")
	f.BoolVar(&o.table, "table", false, "print a table in Markdown as well, at the end")
	f.StringVar(&o.svg, "svg", "", "draw how time and memory of a plan grow, to this `file`")
	f.StringVar(&o.doc, "doc", "", "write the table between the markers of this Markdown `file`")
	f.StringVar(&o.check, "check", "", "fail where a ratio or a number of calls is half as large again as in this `file`")
	f.BoolVar(&o.update, "update", false, "write the file of -check anew, instead of comparing with it")
}

// addRole adds the flags of the program's other roles.
func (o *options) addRole(f *flag.FlagSet) {
	f.StringVar(&o.url, "url", "", "base of the API")
	f.StringVar(&o.token, "token", "", "token of the API")
	f.StringVar(&o.dir, "dir", "", "folder of zone files")
	f.BoolVar(&o.first, "first", false, "write the first zone alone")
	f.BoolVar(&o.edited, "edited", false, "with -first: as after a commit")
}

func (o *options) addEnv(text string) error {
	if name, _, ok := strings.Cut(text, "="); !ok || name == "" {
		return errors.New("expected NAME=VALUE")
	}
	o.env = append(o.env, text)
	return nil
}

func (o *options) valid() error {
	for _, name := range o.steps {
		if !slices.Contains(stepNames(), name) {
			return fmt.Errorf("step %q: expected one of %s", name, strings.Join(stepNames(), ", "))
		}
	}
	switch {
	case !(o.changed >= 0 && o.changed <= 100): // not a number is neither
		return fmt.Errorf("-changed %v: expected 0 to 100", o.changed)
	case o.concurrency < 1 || o.runs < 1 || o.sweeps < 1:
		return errors.New("-concurrency, -runs and -sweeps: expected at least 1")
	case !(o.rate >= 0) || o.latency < 0 || o.timeout <= 0:
		return errors.New("-rate, -latency and -timeout: expected no negative number, and some time")
	case o.update && o.check == "":
		return errors.New("-update: expected -check with it")
	}
	return nil
}

// inRole returns the command that starts the program itself in a role.
func (o *options) inRole(ctx context.Context, role string, s size, more ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := []string{
		role, "-sizes", s.String(), "-concurrency", strconv.Itoa(o.concurrency),
		"-changed", strconv.FormatFloat(o.changed, 'g', -1, 64),
		"-latency", o.latency.String(), "-rate", strconv.FormatFloat(o.rate, 'g', -1, 64),
	}
	return exec.CommandContext(ctx, self, append(args, more...)...), nil
}
