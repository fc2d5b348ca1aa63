package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"
)

// A process is the program running beside the test.
type process struct {
	*exec.Cmd
	stdout, stderr bytes.Buffer // to be read once it has ended
	started        chan struct{}
}

// newProcess prepares a process that is ended with the test, at the latest.
func newProcess(t *testing.T, environ []string, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	p := &process{Cmd: exec.CommandContext(ctx, "zonetender", args...), started: make(chan struct{})}
	p.Dir = t.TempDir()
	p.Env = slices.Concat(processEnv(p.Dir), environ)
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	return p
}

// start starts the process.
func (p *process) start(t *testing.T) {
	t.Helper()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	close(p.started)
}

// signal sends the process a signal, once it is there. One that has ended is left alone.
func (p *process) signal(s os.Signal) {
	<-p.started
	_ = p.Process.Signal(s)
}

// code waits for the end and gives the exit code, -1 for the end by a signal.
func (p *process) code(t *testing.T) int {
	t.Helper()
	err := p.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return p.ProcessState.ExitCode()
}

// output gives what the process has written, for messages.
func (p *process) output() string { return p.stdout.String() + p.stderr.String() }
