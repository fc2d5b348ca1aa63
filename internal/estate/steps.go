package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// The steps, in the order in which they run.
const (
	stepValidate = "validate"
	stepPlan     = "plan"
	stepApply    = "apply"
	stepReplan   = "replan" // after apply: must find nothing to change
	stepVerify   = "verify"
	stepStart    = "start" // of a daemon, up to the end of its first sweep
	stepIdle     = "idle"  // a pull with nothing new
	stepCommit   = "commit"
	stepSweep    = "sweep"
)

func stepNames() []string {
	return []string{stepValidate, stepPlan, stepApply, stepReplan, stepVerify, stepStart, stepIdle, stepCommit, stepSweep}
}

// The floors, which are measured like steps.
const (
	floorPlan  = "floor"       // reads zones and files
	floorFiles = "floor-files" // reads files alone
)

// floorOf is the floor of a step, "" where none is comparable.
func floorOf(step string) string {
	switch step {
	case stepValidate:
		return floorFiles
	case stepPlan, stepApply, stepReplan, stepStart, stepSweep:
		return floorPlan
	}
	return ""
}

// The labels of the contenders.
const (
	labelNow    = "now"
	labelBefore = "before"
)

// A contender is a zonetender program that is measured.
type contender struct {
	label  string // labelNow or labelBefore
	binary string
}

func newContender(label, binary string) (contender, error) {
	path, err := filepath.Abs(binary)
	return contender{label, path}, err
}

// A result is the measure of a step.
type result struct {
	size  size
	label string // of the contender
	step  string
	took  measure
}

// A round measures one contender once, on one estate.
type round struct {
	o       *options
	size    size
	who     contender
	dir     string // of the repository; its zone files are in zones
	service *service
	floors  map[string]float64 // seconds of CPU
	record  func(result)
}

func (r *round) zones() string { return filepath.Join(r.dir, "zones") }

// all measures every step that is wanted.
func (r *round) all(ctx context.Context, stderr io.Writer) (err error) {
	if r.service, err = startService(ctx, r.o, r.size, stderr); err != nil {
		return err
	}
	defer func() {
		if stopErr := r.service.stop(); err == nil {
			err = stopErr
		}
	}()
	if err := r.measureFloors(ctx); err != nil {
		return err
	}
	for _, step := range []string{stepValidate, stepPlan, stepApply, stepReplan, stepVerify} {
		if !slices.Contains(r.o.steps, step) {
			continue
		}
		m, err := measured(ctx, r.service, r.o.timeout, func(ctx context.Context) (*exec.Cmd, error) {
			return r.command(ctx, step), nil
		})
		if err != nil {
			return err
		}
		r.add(step, m)
	}
	if slices.ContainsFunc(r.o.steps, daemonStep) {
		return r.daemonSteps(ctx)
	}
	return nil
}

// add records the measure of a step, with its ratio to the floor.
func (r *round) add(step string, m measure) {
	if floor := r.floors[floorOf(step)]; floor > 0 && m.failure == "" && m.cpu >= 0 {
		m.ratio = m.cpu / floor
	}
	r.record(result{r.size, r.who.label, step, m})
}

func (r *round) measureFloors(ctx context.Context) error {
	r.floors = map[string]float64{}
	for _, name := range []string{floorPlan, floorFiles} {
		args := []string{"-dir", r.zones()}
		if name == floorPlan {
			args = append(args, "-url", r.service.at.URL, "-token", r.service.at.Token)
		}
		m, err := measured(ctx, r.service, r.o.timeout, func(ctx context.Context) (*exec.Cmd, error) {
			return r.o.inRole(ctx, roleFloor, r.size, args...)
		})
		if err != nil {
			return err
		}
		if m.failure != "" {
			return fmt.Errorf("%s: %s", name, m.failure)
		}
		r.floors[name] = m.cpu
		r.record(result{r.size, r.who.label, name, m})
	}
	return nil
}

// command is the command of a step.
func (r *round) command(ctx context.Context, step string) *exec.Cmd {
	args := map[string][]string{
		stepValidate: {"validate"},
		stepPlan:     {"plan"},
		stepApply:    {"apply", "--yes"},
		stepReplan:   {"plan", "--detailed-exitcode"},
		stepVerify:   {"verify", "--nameserver", r.service.at.DNS, "--rate", "1000000"}, // as fast as it can
	}
	cmd := exec.CommandContext(ctx, r.who.binary, args[step]...)
	cmd.Dir, cmd.Env = r.dir, r.env()
	return cmd
}

// env is the environment of a contender: that of this process, without its settings of
// zonetender.
func (r *round) env() []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "ZONETENDER_") || strings.HasPrefix(v, "VPS_")
	})
	env = append(env,
		"VPS_API_URL="+r.service.at.URL, "VPS_API_TOKEN="+r.service.at.Token,
		fmt.Sprint("ZONETENDER_CONCURRENCY=", r.o.concurrency), "NO_COLOR=1",
	)
	return append(env, r.o.env...)
}
