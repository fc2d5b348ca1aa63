package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/rogpeppe/go-internal/testscript"
)

// A servedSandbox is "zonetender sandbox" in a process of its own, as it describes
// itself.
type servedSandbox struct {
	*process
	environ []string
	dns     string // address
}

// startSandbox starts it on free ports and reads what it prints.
func startSandbox(t *testing.T, file string) *servedSandbox {
	t.Helper()
	s := &servedSandbox{process: newProcess(t, nil,
		"sandbox", "--listen", "127.0.0.1:0", "--dns-listen", "127.0.0.1:0", "--sandbox-file", file)}
	s.Stdout = nil
	out, err := s.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.start(t)
	if s.environ, s.dns = readSandbox(out); s.environ == nil || s.dns == "" {
		t.Fatalf("got no address, URL and token:\n%s", s.stderr.String())
	}
	return s
}

// readSandbox reads what the sandbox prints when it is ready: the variables that point
// other commands at it, and the address of its zones over DNS.
func readSandbox(out io.Reader) (environ []string, dns string) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		export := regexp.MustCompile(`^  export (VPS_API_URL=http://127\.0\.0\.1:\d+/api/v1) (VPS_API_TOKEN=vps_\w+)$`)
		dig := regexp.MustCompile(`^  dig @(\S+) -p (\d+) www\.example\.com$`)
		if m := export.FindStringSubmatch(lines.Text()); m != nil {
			environ = m[1:]
		}
		if m := dig.FindStringSubmatch(lines.Text()); m != nil {
			return environ, net.JoinHostPort(m[1], m[2])
		}
	}
	return nil, ""
}

// runSandbox is the script command "sandbox [FLAG...]": it runs "zonetender sandbox" on free
// ports until the script ends, points VPS_API_URL and VPS_API_TOKEN at it, and sets
// SANDBOX_DNS to the address of its zones over DNS.
func runSandbox(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: sandbox [FLAG...]")
	}
	cmd := exec.Command("zonetender", append([]string{"sandbox", "--listen", "127.0.0.1:0", "--dns-listen", "127.0.0.1:0"}, args...)...)
	cmd.Env = processEnv(ts.MkAbs("."))
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		ts.Check(cmd.Process.Signal(os.Interrupt))
		ts.Check(cmd.Wait())
	})
	environ, dns := readSandbox(out)
	if environ == nil || dns == "" {
		ts.Fatalf("sandbox: got no address, URL and token")
	}
	ts.Setenv("SANDBOX_DNS", dns)
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		ts.Setenv(name, value)
	}
}

// stop ends it as Ctrl-C does.
func (s *servedSandbox) stop(t *testing.T) {
	t.Helper()
	s.signal(os.Interrupt)
	if code := s.code(t); code != exitOK || s.stderr.String() != "" {
		t.Errorf("sandbox: got exit code %d and %q, want 0 and nothing", code, s.stderr.String())
	}
}

// What the sandbox prints works as it stands: the API with that token, the zones over
// DNS, and all of it again after a restart.
func TestSandboxServes(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "zones.json")
	s := startSandbox(t, file)
	got := runs(t, s.environ, "apply", "--yes", "../../zones.example")
	if got.code != exitOK || !strings.Contains(got.stdout, "4 zones brought up to date: 35 created") {
		t.Errorf("apply: got %+v", got)
	}
	for _, network := range []string{"udp", "tcp"} {
		query := new(dns.Msg).SetQuestion("api.example.com.", dns.TypeA)
		answer, _, err := (&dns.Client{Net: network, Timeout: 10 * time.Second}).Exchange(query, s.dns)
		if err != nil || len(answer.Answer) != 2 || !strings.Contains(answer.Answer[0].String(), "192.0.2.2") {
			t.Errorf("%s: got %v, %v, want two addresses", network, answer, err)
		}
	}

	// Nobody else gets in, and the file is in use.
	wrong := runs(t, []string{s.environ[0], "VPS_API_TOKEN=" + testToken}, "plan", "../../zones.example")
	wrong.fails(t, exitFailed, "401 Unauthorized")
	used := runs(t, nil, "plan", "--sandbox", "--sandbox-file", file, "../../zones.example")
	used.fails(t, exitFailed, "sandbox file "+file)
	s.stop(t)

	again := startSandbox(t, file)
	if got := runs(t, again.environ, "plan", "--detailed-exitcode", "../../zones.example"); got.code != exitOK {
		t.Errorf("plan after a restart: got %+v, want nothing to do", got)
	}
	again.stop(t)
	if got := runs(t, nil, "plan", "--sandbox", "--sandbox-file", file, "--detailed-exitcode", "../../zones.example"); got.code != exitOK {
		t.Errorf("plan --sandbox with the same file: got %+v, want nothing to do", got)
	}
}

// An address in use is one sentence.
func TestSandboxAddressInUse(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file := filepath.Join(t.TempDir(), "zones.json")
	runs(t, nil, "sandbox", "--listen", l.Addr().String(), "--dns-listen", "127.0.0.1:0", "--sandbox-file", file).
		fails(t, exitFailed, "zonetender: sandbox: listen tcp "+l.Addr().String()+": ", "address already in use")
	runs(t, nil, "sandbox", "--listen", "127.0.0.1:0", "--dns-listen", l.Addr().String(), "--sandbox-file", file).
		fails(t, exitFailed, l.Addr().String(), "address already in use")
}

// A file that holds no zones of a sandbox is refused, and left as it is.
func TestSandboxFileOfSomebodyElse(t *testing.T) {
	t.Parallel()
	file := filepath.Join(writeFiles(t, "notes.txt", "my notes\n"), "notes.txt")
	for _, args := range [][]string{
		{"apply", "--yes", "--sandbox", "--sandbox-file", file, oneZone(t)},
		{"sandbox", "--listen", "127.0.0.1:0", "--dns-listen", "127.0.0.1:0", "--sandbox-file", file},
	} {
		runs(t, nil, args...).fails(t, exitFailed, "zonetender: sandbox file "+file+": ")
	}
	if text, err := os.ReadFile(file); string(text) != "my notes\n" {
		t.Errorf("got %q, %v, want the file as it was", text, err)
	}
}

// The sandbox ends when it is told to, though a client holds a connection open.
func TestSandboxEndsWithIdleClient(t *testing.T) {
	t.Parallel()
	s := startSandbox(t, filepath.Join(t.TempDir(), "zones.json"))
	url := strings.TrimPrefix(s.environ[0], "VPS_API_URL=") + "/account/me/"
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := new(http.Client).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusUnauthorized {
		t.Errorf("got %s without a token, want 401", response.Status)
	}
	s.stop(t)
}
