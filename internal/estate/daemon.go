package main

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func daemonStep(step string) bool {
	return slices.Contains([]string{stepStart, stepIdle, stepCommit, stepSweep}, step)
}

const (
	hookSecret = "estate" // no secret: the daemon listens on loopback while it is measured
	branch     = "main"
)

// A daemon is a running daemon and what it logs.
type daemon struct {
	cmd   *exec.Cmd
	url   string // of its HTTP server
	lines chan logLine
}

// A logLine is what is looked at in a line of the daemon's log.
type logLine struct {
	Msg     string `json:"msg"`
	Listen  string `json:"listen"`
	Outcome string `json:"outcome"`
	Error   string `json:"error"`
	text    string
}

// daemonSteps runs a daemon through its steps: one after the other in one process, so that
// the peak memory of each is that of the daemon so far.
func (r *round) daemonSteps(ctx context.Context) (err error) {
	state, err := os.MkdirTemp("", "estate-state-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(state)
	d, err := r.startDaemon(ctx, state)
	if err != nil {
		return err
	}
	var failure string
	defer func() {
		if ended := d.stop(); err == nil && failure == "" && ended != nil {
			err = fmt.Errorf("daemon: %w", ended)
		}
	}()
	for _, step := range r.daemonPlan() {
		m := measure{failure: failure}
		if failure == "" {
			if m, err = r.daemonStep(ctx, d, step); err != nil {
				return err
			}
			failure = m.failure
		}
		if slices.Contains(r.o.steps, step) {
			r.add(step, m)
		}
	}
	return r.commit(ctx, false)
}

// daemonPlan is what a daemon is put through; it begins with its start in any case.
func (r *round) daemonPlan() []string {
	plan := []string{stepStart}
	for _, step := range []string{stepIdle, stepCommit} {
		if slices.Contains(r.o.steps, step) {
			plan = append(plan, step)
		}
	}
	if slices.Contains(r.o.steps, stepSweep) {
		for range r.o.sweeps {
			plan = append(plan, stepSweep)
		}
	}
	return plan
}

// startDaemon starts a daemon on the repository. Nothing but a trigger makes it run a cycle
// after its first.
func (r *round) startDaemon(ctx context.Context, state string) (*daemon, error) {
	d := &daemon{cmd: exec.CommandContext(ctx, r.who.binary, "daemon"), lines: make(chan logLine, 1000)}
	d.cmd.Dir = r.dir
	d.cmd.Env = append(r.env(),
		"ZONETENDER_REPO="+r.dir, "ZONETENDER_REF="+branch, "ZONETENDER_STATE_DIR="+state, "ZONETENDER_LISTEN=127.0.0.1:0",
		"ZONETENDER_SCHEDULE=@every 24h", "ZONETENDER_SWEEP=@every 24h", "ZONETENDER_WEBHOOK_SECRET="+hookSecret,
		"ZONETENDER_LOG_FORMAT=json", "ZONETENDER_LOG_LEVEL=debug")
	stderr, err := d.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	go d.read(stderr)
	return d, nil
}

// read passes on the lines of the log that say where the daemon stands.
func (d *daemon) read(stderr io.Reader) {
	defer close(d.lines)
	in := bufio.NewScanner(stderr)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var line logLine
		if json.Unmarshal(in.Bytes(), &line) != nil || line.Msg == "" {
			line.text = in.Text() // why it ends
		}
		if line.text != "" || line.Msg == "started" || line.Msg == "cycle" {
			d.lines <- line
		}
	}
	_, _ = io.Copy(io.Discard, stderr) // a line that is too long must not stop the daemon
}

// stop ends the daemon, as a supervisor does.
func (d *daemon) stop() error {
	_ = d.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	for range d.lines {
	}
	return d.cmd.Wait()
}

// await returns the next line with this message. The daemon may end without one.
func (d *daemon) await(ctx context.Context, msg string) (logLine, error) {
	last := ""
	for {
		select {
		case line, ok := <-d.lines:
			switch {
			case !ok:
				return logLine{}, fmt.Errorf("the daemon ended: %s", last)
			case line.Msg == msg:
				return line, nil
			case line.text != "":
				last = line.text
			}
		case <-ctx.Done():
			return logLine{}, ctx.Err()
		}
	}
}

// daemonStep measures from what causes a cycle to the cycle's end.
func (r *round) daemonStep(ctx context.Context, d *daemon, step string) (measure, error) {
	ctx, cancel := context.WithTimeout(ctx, r.o.timeout)
	defer cancel()
	if step == stepCommit {
		if err := r.commit(ctx, true); err != nil {
			return measure{}, err
		}
	}
	before, err := r.service.usage(ctx)
	if err != nil {
		return measure{}, err
	}
	var cpu float64
	if step != stepStart {
		cpu, _ = runningUsage(d.cmd.Process.Pid)
	}
	start := time.Now()
	line, err := r.cycle(ctx, d, step)
	m := measure{wall: time.Since(start).Seconds()}
	if m.cpu, m.peak = runningUsage(d.cmd.Process.Pid); m.cpu >= 0 {
		m.cpu -= cpu
	}
	switch {
	case err != nil:
		m.failure = "refused: " + err.Error()
	case !slices.Contains([]string{"applied", "unchanged"}, line.Outcome):
		m.failure = strings.TrimSuffix("refused: "+line.Outcome+": "+line.Error, ": ")
	}
	return m, r.service.since(context.WithoutCancel(ctx), before, &m)
}

// cycle causes a cycle and waits for its end.
func (r *round) cycle(ctx context.Context, d *daemon, step string) (logLine, error) {
	var err error
	switch step {
	case stepStart:
		var line logLine
		line, err = d.await(ctx, "started")
		d.url = "http://" + line.Listen
	case stepSweep:
		err = d.cmd.Process.Signal(syscall.SIGHUP)
	default:
		err = d.announce(ctx)
	}
	if err != nil {
		return logLine{}, err
	}
	return d.await(ctx, "cycle")
}

// announce tells the daemon of a push, as a forge does.
func (d *daemon) announce(ctx context.Context) error {
	const body = `{"ref": "refs/heads/` + branch + `"}`
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url+"/hooks/git", strings.NewReader(body))
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, []byte(hookSecret))
	mac.Write([]byte(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-GitHub-Event", "push")
	r.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		return fmt.Errorf("daemon: announce a push: %s", resp.Status)
	}
	return nil
}

// commit writes the first zone, edited or as it was, and commits it.
func (r *round) commit(ctx context.Context, edited bool) error {
	if err := writeFiles(ctx, r.o, r.zones(), r.size, "-first", "-edited="+strconv.FormatBool(edited)); err != nil {
		return err
	}
	return commitAll(ctx, r.dir)
}

// newRepo makes a folder a Git repository with all that is in it.
func newRepo(ctx context.Context, dir string) error {
	return errors.Join(git(ctx, dir, "init", "-q", "-b", branch), commitAll(ctx, dir))
}

func commitAll(ctx context.Context, dir string) error {
	if err := git(ctx, dir, "add", "-A"); err != nil {
		return err
	}
	return git(ctx, dir, "-c", "user.name=estate", "-c", "user.email=estate@example.com", "-c", "commit.gpgsign=false",
		"-c", "gc.auto=0", "commit", "-q", "--allow-empty", "-m", "Change zones")
}

func git(ctx context.Context, dir string, args ...string) error {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(string(out)))
	}
	return nil
}
