package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// A measure is what one step took. Times are in seconds, memory is in bytes; what could not
// be measured is unknown.
type measure struct {
	wall, cpu float64
	peak      int64
	calls     int64   // that the service received
	refused   int64   // of those, for their rate
	service   float64 // CPU that the service took
	ratio     float64 // of cpu to that of the floor, 0 where there is none
	failure   string  // why the step did not do its work, "" where it did
}

// A service is the simulated service in a process of its own.
type service struct {
	at    served
	cmd   *exec.Cmd
	stdin io.Closer
}

// startService starts the service with the live estate and waits until it serves.
func startService(ctx context.Context, o *options, s size, stderr io.Writer) (*service, error) {
	cmd, err := o.inRole(ctx, roleServe, s)
	if err != nil {
		return nil, err
	}
	v := &service{cmd: cmd}
	v.cmd.Stderr = stderr
	stdin, err := v.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	v.stdin = stdin
	stdout, err := v.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := v.cmd.Start(); err != nil {
		return nil, err
	}
	if err := json.NewDecoder(stdout).Decode(&v.at); err != nil {
		return nil, errors.Join(fmt.Errorf("simulated service: start: %w", err), v.stop())
	}
	return v, nil
}

// stop ends the service.
func (v *service) stop() error { return errors.Join(v.stdin.Close(), v.cmd.Wait()) }

// usage asks the service what it was asked so far.
func (v *service) usage(ctx context.Context) (u serverUsage, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.at.Usage, nil)
	if err != nil {
		return u, err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return u, fmt.Errorf("simulated service: ask for its usage: %w", err)
	}
	defer resp.Body.Close()
	return u, json.NewDecoder(resp.Body).Decode(&u)
}

// measured runs a command and measures it from start to end. Its output is thrown away,
// except for why it fails. command returns it for a context.
func measured(all context.Context, v *service, timeout time.Duration, command func(context.Context) (*exec.Cmd, error)) (measure, error) {
	ctx, cancel := context.WithTimeout(all, timeout)
	defer cancel()
	before, err := v.usage(ctx)
	if err != nil {
		return measure{}, err
	}
	cmd, err := command(ctx)
	if err != nil {
		return measure{}, err
	}
	var said tail
	cmd.Stdout, cmd.Stderr = &said, &said
	start := time.Now()
	failed := cmd.Run()
	m := measure{wall: time.Since(start).Seconds()}
	if cmd.ProcessState == nil {
		return measure{}, failed
	}
	m.cpu, m.peak = endedUsage(cmd)
	if err := v.since(all, before, &m); err != nil {
		return measure{}, err
	}
	switch {
	case ctx.Err() != nil:
		m.failure = "took longer than " + timeout.String()
	case failed != nil:
		m.failure = said.reason(failed)
	}
	return m, nil
}

// since fills in what the service was asked since an earlier moment.
func (v *service) since(ctx context.Context, before serverUsage, m *measure) error {
	after, err := v.usage(ctx)
	m.calls, m.refused, m.service = after.Calls-before.Calls, after.Refused-before.Refused, after.CPU-before.CPU
	return err
}

// A tail keeps the end of what is written to it.
type tail struct{ text []byte }

// tailSize is how many bytes a tail keeps at least.
const tailSize = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p[max(0, len(p)-tailSize):]...)
	if len(t.text) > 4*tailSize {
		t.text = slices.Clone(t.text[len(t.text)-tailSize:])
	}
	return len(p), nil
}

// maxReason is how much of a reason stands in a report, in bytes.
const maxReason = 200

// reason says why a program failed: how it ended, and its last error, else its last line.
func (t *tail) reason(failed error) string {
	last := ""
	for line := range strings.Lines(string(t.text)) {
		line = strings.TrimSpace(line)
		if line != "" && (strings.HasPrefix(line, "error:") || !strings.HasPrefix(last, "error:")) {
			last = line
		}
	}
	if len(last) > maxReason {
		last = strings.ToValidUTF8(last[:maxReason], "") + "…"
	}
	return strings.TrimSuffix(fmt.Sprintf("refused: %v: %s", failed, last), ": ")
}
