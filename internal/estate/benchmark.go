package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
)

// benchmark measures all that is asked for, and writes a line for each measure.
func benchmark(ctx context.Context, o *options, stdout, stderr io.Writer) (*run, error) {
	work, err := os.MkdirTemp("", "estate-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	who, err := contenders(ctx, o, work, stderr)
	if err != nil {
		return nil, err
	}
	all := &run{conditions: conditions(o)}
	fmt.Fprintf(stdout, "goos: %s\ngoarch: %s\n%s%s\n", runtime.GOOS, runtime.GOARCH, keyConditions, all.conditions)
	out := lineWriter{w: stdout}
	record := func(r result) {
		all.results = append(all.results, r)
		out.write(r)
	}
	for _, s := range o.sizes {
		if err := measureSize(ctx, o, who, filepath.Join(work, s.String()), s, record, stderr); err != nil {
			return nil, fmt.Errorf("%s: %w", s, err)
		}
	}
	return all, nil
}

// contenders returns the programs to measure: the older one first.
func contenders(ctx context.Context, o *options, work string, stderr io.Writer) ([]contender, error) {
	var who []contender
	if o.before != "" {
		c, err := newContender(labelBefore, o.before)
		if err != nil {
			return nil, err
		}
		who = append(who, c)
	}
	binary := o.binary
	if binary == "" {
		binary = filepath.Join(work, "zonetender")
		build := exec.CommandContext(ctx, "go", "build", "-ldflags=-s -w", "-o", binary, "github.com/zonetender/zonetender/cmd/zonetender")
		build.Stdout, build.Stderr = stderr, stderr
		if err := build.Run(); err != nil {
			return nil, fmt.Errorf("build zonetender: %w", err)
		}
	}
	c, err := newContender(labelNow, binary)
	return append(who, c), err
}

// measureSize measures the contenders in turn on an estate, as often as asked for.
func measureSize(ctx context.Context, o *options, who []contender, dir string, s size, record func(result), stderr io.Writer) error {
	r := round{o: o, size: s, dir: dir, record: record}
	if err := writeFiles(ctx, o, r.zones(), s); err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if slices.ContainsFunc(o.steps, daemonStep) {
		if err := newRepo(ctx, dir); err != nil {
			return err
		}
	}
	for range o.runs {
		for _, r.who = range who {
			if err := r.all(ctx, stderr); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeFiles has the zone files of an estate written.
func writeFiles(ctx context.Context, o *options, dir string, s size, more ...string) error {
	cmd, err := o.inRole(ctx, roleWrite, s, append(more, "-dir", dir)...)
	if err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("write zone files: %w: %s", err, out)
	}
	return nil
}
