package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/schema"
)

// tool returns the path of a program that is not on every machine, and skips the test where
// it is missing.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	return path
}

// canonical is what named-compilezone makes of a master file, without SOA, apex NS and
// foreign types, one blank between fields, sorted. Where the strings of a TXT are split says
// nothing.
func canonical(t *testing.T, zone, file string) (out []string) {
	t.Helper()
	compiled := filepath.Join(t.TempDir(), "canonical")
	cmd := exec.Command(tool(t, "named-compilezone"), "-i", "none", "-k", "ignore", "-s", "full", "-o", compiled, zone, file)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("named-compilezone %s: %v\n%s", file, err, said)
	}
	text, err := os.ReadFile(compiled)
	if err != nil {
		t.Fatal(err)
	}
	for l := range strings.Lines(string(text)) {
		if record, managed := masterLine(t, zone, l); managed {
			out = append(out, record)
		}
	}
	slices.Sort(out)
	return out
}

// masterLine returns a record as BIND's tools write it, one blank between fields. managed is
// false for SOA, apex NS and foreign types. Where the strings of a TXT are split says nothing.
func masterLine(t *testing.T, zone, l string) (record string, managed bool) {
	t.Helper()
	f := regexp.MustCompile(`^(\S+)\s+(\d+)\s+IN\s+(\S+)\s+(.*)$`).FindStringSubmatch(strings.TrimSpace(l))
	if f == nil {
		t.Fatalf("BIND writes %q", l)
	}
	managed = schema.Type(f[3]).Managed() && (f[3] != "NS" || f[1] != zone+".")
	return strings.ReplaceAll(strings.Join(f[1:], " "), `" "`, ""), managed
}

// dug is what dig gets from a server for the names and types of some records, as [canonical]
// has it. Delegations and their glue are in referrals.
func dug(t *testing.T, server, zone string, records []string) (out []string) {
	t.Helper()
	host, port, err := net.SplitHostPort(server)
	if err != nil {
		t.Fatal(err)
	}
	questions := ""
	for _, r := range records {
		f := strings.Fields(r)
		questions += fmt.Sprintf("-q %s -t %s\n", f[0], f[2])
	}
	batch := filepath.Join(writeFiles(t, "questions", questions), "questions")
	cmd := exec.Command(tool(t, "dig"), "@"+host, "-p", port, "+norecurse", "+noall", "+answer", "+authority", "+additional", "-f", batch)
	said, err := cmd.Output()
	if err != nil {
		t.Fatalf("dig: %v\n%s", err, said)
	}
	for l := range strings.Lines(string(said)) {
		if record, managed := masterLine(t, zone, l); managed {
			out = append(out, record)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// throughTheSandbox formats a folder of zone files, applies it to the sandbox, asks its name
// server with verify and with dig, imports its live zones, and exports both sides. It returns
// the folders of the exports.
func throughTheSandbox(t *testing.T, zones string) (fromFiles, fromLive string) {
	t.Helper()
	dir := t.TempDir()
	sandbox := startSandbox(t, filepath.Join(dir, "sandbox.json"))
	fromFiles, fromLive = filepath.Join(dir, "files"), filepath.Join(dir, "live")
	for _, args := range [][]string{
		{"fmt", "-w", zones},
		{"fmt", "-l", zones},
		{"validate", zones},
		{"apply", "--yes", zones},
		{"plan", "--detailed-exitcode", zones},
		{"verify", "--nameserver", sandbox.dns, "--rate", "100000", "--dir", zones},
		{"import", "--dir", filepath.Join(dir, "zones")},
		{"fmt", "-l", filepath.Join(dir, "zones")},
		{"export", "--dir", zones, "--output", fromFiles},
		{"export", "--dir", filepath.Join(dir, "zones"), "--output", fromLive},
	} {
		if got := runs(t, sandbox.environ, args...); got.code != exitOK {
			t.Fatalf("%v: got exit code %d\n%s%s", args, got.code, got.stdout, got.stderr)
		}
	}
	files, err := filepath.Glob(filepath.Join(fromFiles, "*.zone"))
	if err != nil || len(files) == 0 {
		t.Fatalf("got %d master files, %v", len(files), err)
	}
	for _, file := range files {
		zone := strings.TrimSuffix(filepath.Base(file), ".zone")
		want := canonical(t, zone, file)
		if diff := cmp.Diff(want, dug(t, sandbox.dns, zone, want)); diff != "" {
			t.Errorf("%s: exported -, dig's answers +:\n%s", zone, diff)
		}
	}
	sandbox.stop(t)
	return fromFiles, fromLive
}

// A folder of BIND zones comes out of zone files, and of the service, as BIND itself reads
// it.
func TestBINDZonesStayTheSame(t *testing.T) {
	t.Parallel()
	check := tool(t, "named-checkzone")
	zones := t.TempDir()
	if got := runs(t, nil, "import", "--from", "testdata/bind", "--dir", zones); got.code != exitOK {
		t.Fatal(got.stderr)
	}
	fromFiles, fromLive := throughTheSandbox(t, zones)
	for zone, file := range map[string]string{"example.com": "db.example.com", "example.net": "example.net.zone"} {
		want := canonical(t, zone, filepath.Join("testdata", "bind", file))
		if len(want) < 5 {
			t.Fatalf("%s: got %d records", zone, len(want))
		}
		for _, dir := range []string{fromFiles, fromLive} {
			out := filepath.Join(dir, zone+".zone")
			if said, err := exec.Command(check, "-i", "local", zone, out).CombinedOutput(); err != nil {
				t.Errorf("named-checkzone: %v\n%s", err, said)
			}
			if diff := cmp.Diff(want, canonical(t, zone, out)); diff != "" {
				t.Errorf("%s: BIND's own -, exported +:\n%s", zone, diff)
			}
		}
	}
}

// The zones of two public octoDNS repositories come out of zone files, and of the service, as
// BIND reads what octoDNS makes of them.
func TestOctoDNSZonesStayTheSame(t *testing.T) {
	t.Parallel()
	tool(t, "named-compilezone")
	real := filepath.Join("..", "..", "..", "shared", "real-zones")
	for _, repository := range []string{"jdkelleher-dns", "mapletree-dns"} {
		files, err := filepath.Glob(filepath.Join(real, repository, "*.yaml"))
		if err != nil || len(files) == 0 {
			t.Skip("no real zone files here")
		}
		zones := writeFiles(t, "zonetender.yaml", "unsupported_types: warn\n")
		for _, file := range files {
			copyFile(t, file, filepath.Join(zones, filepath.Base(file)))
		}
		fromFiles, fromLive := throughTheSandbox(t, zones)
		for _, file := range files {
			zone := strings.TrimSuffix(filepath.Base(file), ".yaml")
			want := canonical(t, zone, octoDNSMaster(t, filepath.Join(real, "octodns-reading", repository, zone+".json"), zone))
			for _, dir := range []string{fromFiles, fromLive} {
				if diff := cmp.Diff(want, canonical(t, zone, filepath.Join(dir, zone+".zone"))); diff != "" {
					t.Errorf("%s: octoDNS's -, exported +:\n%s", zone, diff)
				}
			}
		}
	}
}

// Every zone that organisations run comes back from its export as it is.
func TestExportsOfRealZonesAreImported(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "real-zones", "*", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Skip("no real zone files here")
	}
	zones := writeFiles(t, "zonetender.yaml", "unsupported_types: warn\n")
	for _, file := range files {
		copyFile(t, file, filepath.Join(zones, filepath.Base(file)))
	}
	out := t.TempDir()
	if got := runs(t, nil, "export", "--dir", zones, "--output", out); got.code != exitOK || strings.Count(got.stdout, "\n") != len(files) {
		t.Fatalf("got exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	got := runs(t, nil, "import", "--from", out, "--dir", zones)
	if got.code != exitOK || strings.Count(got.stdout, ".yaml: equal\n") != len(files) {
		t.Errorf("got exit code %d\n%s%s, want %d zones equal", got.code, got.stdout, got.stderr, len(files))
	}
}

// octoDNSMaster writes a master file of what octoDNS reads.
func octoDNSMaster(t *testing.T, file, zone string) string {
	t.Helper()
	var reading struct {
		Records []struct {
			Name, Type string
			TTL        int
			RDATA      []string
		}
	}
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, &reading)
	}
	if err != nil || len(reading.Records) == 0 {
		t.Fatal(file, err)
	}
	text := "$ORIGIN " + zone + ".\n@ 60 IN SOA a. b. 1 2 3 4 5\n@ 60 IN NS ns.example.\n"
	for _, r := range reading.Records {
		for _, rdata := range r.RDATA {
			if schema.Type(r.Type).HasHost() && !strings.HasSuffix(rdata, ".") {
				rdata += "." // octoDNS means it absolute
			}
			name := r.Name
			if name == "" {
				name = "@"
			}
			text += fmt.Sprintf("%s %d IN %s %s\n", name, r.TTL, r.Type, rdata)
		}
	}
	return filepath.Join(writeFiles(t, "zone", text), "zone")
}

// A zone is transferred from BIND, with the key that tsig-keygen has made, and only with it.
func TestImportTransfersFromNamed(t *testing.T) {
	t.Parallel()
	named := tool(t, "named")
	key, err := exec.Command(tool(t, "tsig-keygen"), "-a", "hmac-sha512", "transfer.example").Output()
	if err != nil {
		t.Fatal(err)
	}
	server, keyFile := startNamed(t, named, key)
	source := "axfr://" + server + "/example.com"
	zones := t.TempDir()
	runs(t, nil, "import", "--from", source, "--dir", zones).fails(t, exitFailed, "source "+source+": transfer: the server answers REFUSED")
	if got := runs(t, nil, "import", "--from", source, "--tsig-key-file", keyFile, "--dir", zones); got.code != exitOK || got.stdout != filepath.Join(zones, "example.com.yaml")+": 24 records\n" {
		t.Fatalf("got exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if got := runs(t, nil, "import", "--from", "testdata/bind/db.example.com", "--dir", zones); got.code != exitOK || !strings.HasSuffix(got.stdout, "example.com.yaml: equal\n") {
		t.Errorf("got exit code %d\n%s%s, want the transfer to be equal to the file", got.code, got.stdout, got.stderr)
	}
	wrong := filepath.Join(writeFiles(t, "key", `key "transfer.example" { algorithm hmac-sha512; secret "d3Jvbmc="; };`), "key")
	got := runs(t, nil, "import", "--from", source, "--tsig-key-file", wrong, "--dir", zones)
	got.fails(t, exitFailed, "the server answers NOTAUTH (BADSIG)")
}

// startNamed starts BIND with the zone example.com, which only the key may transfer. It
// returns its address and the file of the key.
func startNamed(t *testing.T, named string, key []byte) (server, keyFile string) {
	t.Helper()
	dir := writeFiles(t, "key", string(key))
	copyFile(t, "testdata/bind/db.example.com", filepath.Join(dir, "db"))
	for range 5 {
		// The port is free now; where another program takes it, another one is tried.
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		l.Close()
		config := fmt.Sprintf(`include %q;
options { directory %q; listen-on port %d { 127.0.0.1; }; listen-on-v6 { none; }; recursion no; pid-file none; session-keyfile none; dnssec-validation no; };
controls { };
zone "example.com" { type primary; file "db"; allow-transfer { key "transfer.example"; }; };
`, filepath.Join(dir, "key"), dir, port)
		if err := os.WriteFile(filepath.Join(dir, "conf"), []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		if runNamed(t, exec.Command(named, "-g", "-c", filepath.Join(dir, "conf"), "-p", fmt.Sprint(port))) {
			return fmt.Sprintf("127.0.0.1:%d", port), filepath.Join(dir, "key")
		}
	}
	t.Fatal("named does not start")
	return "", ""
}

// runNamed reports whether named runs. It ends with the test.
func runNamed(t *testing.T, cmd *exec.Cmd) bool {
	t.Helper()
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(stderr)
	listening := true
	for lines.Scan() {
		listening = listening && !strings.Contains(lines.Text(), "address in use") && !strings.Contains(lines.Text(), "not listening on any")
		if strings.HasSuffix(lines.Text(), " running") {
			go func() {
				for lines.Scan() { // so that named never waits for a reader
				}
			}()
			return listening
		}
	}
	return false
}
