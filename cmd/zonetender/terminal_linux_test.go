package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// A screen is what a terminal shows, as it comes.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
	more *sync.Cond
	done bool
}

// openTerminal gives both sides of a new pseudo terminal.
func openTerminal(t *testing.T) (ours, theirs *os.File) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	ours = os.NewFile(uintptr(fd), "/dev/ptmx")
	t.Cleanup(func() { ours.Close() })
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	theirs, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	return ours, theirs
}

// onTerminal starts the program on a terminal of its own.
func onTerminal(t *testing.T, environ []string, args ...string) (*process, *os.File, *screen) {
	t.Helper()
	ours, theirs := openTerminal(t)
	p := newProcess(t, append([]string{"TERM=xterm"}, environ...), args...)
	p.Stdin, p.Stdout, p.Stderr = theirs, theirs, theirs
	p.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	p.start(t)
	theirs.Close()
	s := new(screen)
	s.more = sync.NewCond(&s.mu)
	go s.copy(ours)
	return p, ours, s
}

// copy takes in what the terminal shows until everybody has left it.
func (s *screen) copy(from io.Reader) {
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		s.mu.Lock()
		s.text.Write(buf[:n])
		s.done = err != nil
		s.more.Broadcast()
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// until waits until the text stands on the screen.
func (s *screen) until(t *testing.T, text string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !strings.Contains(s.text.String(), text) {
		if s.done {
			t.Fatalf("got\n%s\nwant it to show %q", s.text.String(), text)
		}
		s.more.Wait()
	}
}

// all gives everything that was shown, once the program has ended.
func (s *screen) all() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.done {
		s.more.Wait()
	}
	return strings.ReplaceAll(s.text.String(), "\r\n", "\n")
}

const prompt = "Apply these changes? Type yes to continue: "

// On a terminal apply asks, and only a yes is a yes.
func TestTerminalPrompt(t *testing.T) {
	t.Parallel()
	const interrupt, end = "\x03", "\x04"
	tests := map[string]struct {
		answer string
		code   int
		want   string
	}{
		"yes":     {"yes\n", exitOK, "example.com: 1 updated, verified"},
		"Yes":     {" YES \n", exitOK, "example.com: 1 updated, verified"},
		"no":      {"no\n", exitFailed, "zonetender: apply: not confirmed; nothing was changed"},
		"y":       {"y\n", exitFailed, "zonetender: apply: not confirmed; nothing was changed"},
		"return":  {"\n", exitFailed, "zonetender: apply: not confirmed; nothing was changed"},
		"the end": {end, exitFailed, "zonetender: apply: not confirmed; nothing was changed"},
		"Ctrl-C":  {interrupt, exitFailed, "zonetender: apply: interrupted; nothing was changed"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, environ := serve(t, vpsorgtest.Options{})
			live(t, server, "example.com", "www 300 A 192.0.2.9")
			p, keyboard, screen := onTerminal(t, environ, "apply", oneZone(t))
			screen.until(t, prompt)
			unwritten(t, server)
			if _, err := keyboard.WriteString(test.answer); err != nil {
				t.Fatal(err)
			}
			if code := p.code(t); code != test.code {
				t.Errorf("got exit code %d, want %d", code, test.code)
			}
			if got := screen.all(); !strings.Contains(got, test.want) {
				t.Errorf("got\n%s\nwant it to show %q", got, test.want)
			}
			if test.code != exitOK {
				unwritten(t, server)
			}
		})
	}
}

// A8: what changed while somebody read the plan is not overwritten.
func TestTerminalStale(t *testing.T) {
	t.Parallel()
	server, environ := serve(t, vpsorgtest.Options{})
	live(t, server, "example.com", "www 300 A 192.0.2.9")
	p, keyboard, screen := onTerminal(t, environ, "apply", oneZone(t))
	screen.until(t, prompt)
	if _, err := server.AddRecord("example.com", parseRecord("www 300 A 192.0.2.10")); err != nil {
		t.Fatal(err)
	}
	if _, err := keyboard.WriteString("yes\n"); err != nil {
		t.Fatal(err)
	}
	if code := p.code(t); code != exitRefused {
		t.Errorf("got exit code %d, want %d", code, exitRefused)
	}
	if got, want := screen.all(), `example.com: refused by the guard "stale", nothing was done: the live zone has changed since this plan was made; plan again`; !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant it to show %q", got, want)
	}
	unwritten(t, server)
}

// Nobody is asked where there is nothing to do.
func TestTerminalNothingToDo(t *testing.T) {
	t.Parallel()
	server, environ := serve(t, vpsorgtest.Options{})
	live(t, server, "example.com", "www 300 A 192.0.2.1")
	p, _, screen := onTerminal(t, environ, "apply", oneZone(t))
	if code, got := p.code(t), screen.all(); code != exitOK || strings.Contains(got, prompt) {
		t.Errorf("got exit code %d and\n%s\nwant 0, and no question", code, got)
	}
}

// Colour is for terminals, unless somebody does not want it. Short work shows no bar.
func TestTerminalColor(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		environ, args []string
		colored       bool
	}{
		"a terminal":     {nil, nil, true},
		"NO_COLOR":       {[]string{"NO_COLOR=1"}, nil, false},
		"NO_COLOR empty": {[]string{"NO_COLOR="}, nil, true},
		"--no-color":     {nil, []string{"--no-color"}, false},
		"dumb":           {[]string{"TERM=dumb"}, nil, false},
		"json":           {nil, []string{"--format", "json"}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, environ := serve(t, vpsorgtest.Options{})
			live(t, server, "example.com", "www 300 A 192.0.2.9", "old 300 A 192.0.2.1")
			p, _, screen := onTerminal(t, append(environ, test.environ...), append([]string{"plan", oneZone(t)}, test.args...)...)
			if code := p.code(t); code != exitOK {
				t.Errorf("got exit code %d, want %d", code, exitOK)
			}
			got := screen.all()
			if colored := strings.Contains(got, "\x1b[31m- old") && strings.Contains(got, "\x1b[33m~ www"); colored != test.colored {
				t.Errorf("got colour %v, want %v:\n%q", colored, test.colored, got)
			}
			if !test.colored && strings.Contains(got, "\x1b") || strings.Contains(got, "[=") || strings.Contains(got, "\r ") {
				t.Errorf("got escapes, or a bar for short work:\n%q", got)
			}
		})
	}
}

// Work that takes longer than a moment shows how far it is, and takes the bar away.
func TestTerminalProgress(t *testing.T) {
	t.Parallel()
	server, environ := serve(t, vpsorgtest.Options{})
	var files []string
	for i := range 8 {
		files = append(files, fmt.Sprintf("example%d.com.yaml", i), "www: {type: A, ttl: 300, value: 192.0.2.1}\n")
		live(t, server, fmt.Sprintf("example%d.com", i), "www 300 A 192.0.2.1")
	}
	server.AddRule(vpsorgtest.Rule{When: func(c vpsorgtest.Call) bool { return c.ZoneID != "" }, Do: vpsorgtest.Latency(250 * time.Millisecond)})
	p, _, screen := onTerminal(t, environ, "plan", "--concurrency", "1", writeFiles(t, files...))
	if code := p.code(t); code != exitOK {
		t.Errorf("got exit code %d, want %d", code, exitOK)
	}
	got := screen.all()
	if !regexp.MustCompile(`\rreading \[=+ *\] [5-8] of 8 zones`).MatchString(got) {
		t.Errorf("got\n%q\nwant a bar", got)
	}
	if !regexp.MustCompile(`\r +\r8 zones, 0 with changes`).MatchString(got) {
		t.Errorf("got\n%q\nwant the bar to be wiped before the plan", got)
	}
}

// A terminal that shows only one of the streams is none that can be asked on.
func TestTerminalHalf(t *testing.T) {
	t.Parallel()
	server, environ := serve(t, vpsorgtest.Options{})
	_, theirs := openTerminal(t)
	defer theirs.Close()
	p := newProcess(t, environ, "apply", oneZone(t))
	p.Stdin = theirs
	p.start(t)
	if code := p.code(t); code != exitFailed || !strings.Contains(p.stderr.String(), "pass --yes") {
		t.Errorf("got exit code %d and %s, want a usage error", code, p.output())
	}
	unwritten(t, server)
}

// While verify waits, a terminal shows how far it is, and Ctrl-C ends it.
func TestTerminalWait(t *testing.T) {
	t.Parallel()
	const interrupt = "\x03"
	// Nobody listens there.
	p, keyboard, screen := onTerminal(t, nil, "verify", "--wait", "10m", "--nameserver", "127.0.0.1:1", "--dir", oneZone(t))
	screen.until(t, "waiting for the answers, ")
	screen.until(t, "] 0 of 1 zones")
	if _, err := io.WriteString(keyboard, interrupt); err != nil {
		t.Fatal(err)
	}
	if code := p.code(t); code != exitFailed || !strings.HasSuffix(screen.all(), "\rzonetender: verify: interrupted\n") {
		t.Errorf("got exit code %d and %q", code, screen.all())
	}
}
