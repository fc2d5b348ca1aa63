package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// Whatever is wrong with the environment is reported before any API call, all of it at
// once.
func TestBadSettings(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, "empty", "", "blank", " \n", "many", "vps_a\nvps_b\n")
	empty, blank, many, missing := filepath.Join(dir, "empty"), filepath.Join(dir, "blank"), filepath.Join(dir, "many"), filepath.Join(dir, "missing")
	const good = "VPS_API_TOKEN=vps_a"
	const noToken = "VPS_API_TOKEN: not set; create a token in the dashboard (/account/developers/), or pass --sandbox to try things without an account\n"
	const twoTokens = "the token holds white space or other characters that no token has\n"
	const number = "expected a whole number from 1 to 65535\n"
	const rate = "expected calls per second, a number above 0 and at most 1000000, such as 5 or 0.5\n"
	tests := map[string]struct {
		environ []string
		want    []string // lines
	}{
		"no token":                 {nil, []string{noToken}},
		"a token set to nothing":   {[]string{"VPS_API_TOKEN="}, []string{noToken}},
		"a blank token":            {[]string{"VPS_API_TOKEN= "}, []string{noToken}},
		"everything is nothing":    {[]string{"VPS_API_TOKEN=", "VPS_API_TOKEN_FILE=", "VPS_API_URL=", "ZONETENDER_RATE=", "ZONETENDER_UNKNOWN="}, []string{noToken}},
		"two tokens":               {[]string{good, "VPS_API_TOKEN_FILE=" + empty}, []string{"VPS_API_TOKEN and VPS_API_TOKEN_FILE are both set, expected one of them\n"}},
		"no token file":            {[]string{"VPS_API_TOKEN_FILE=" + missing}, []string{"VPS_API_TOKEN_FILE: open " + missing + ": no such file or directory\n"}},
		"an empty token file":      {[]string{"VPS_API_TOKEN_FILE=" + empty}, []string{"VPS_API_TOKEN_FILE: " + empty + " is empty\n"}},
		"a blank token file":       {[]string{"VPS_API_TOKEN_FILE=" + blank}, []string{"VPS_API_TOKEN_FILE: " + blank + " is empty\n"}},
		"a folder as a token file": {[]string{"VPS_API_TOKEN_FILE=" + dir}, []string{"VPS_API_TOKEN_FILE: read " + dir + ": is a directory\n"}},
		"two tokens in one":        {[]string{"VPS_API_TOKEN=vps_a vps_b"}, []string{"VPS_API_TOKEN: " + twoTokens}},
		"two tokens in a file":     {[]string{"VPS_API_TOKEN_FILE=" + many}, []string{"VPS_API_TOKEN_FILE: " + twoTokens}},

		"http abroad":       {[]string{good, "VPS_API_URL=http://api.example/v1"}, []string{"VPS_API_URL: http to api.example would send the token in the clear, expected https (http is for 127.0.0.1, ::1 and localhost only)\n"}},
		"a user in the URL": {[]string{good, "VPS_API_URL=https://me:pass@api.example"}, []string{"VPS_API_URL: the URL holds a user name or password, expected none: the token goes into VPS_API_TOKEN\n"}},
		"no URL":            {[]string{good, "VPS_API_URL=api.example"}, []string{"VPS_API_URL: expected a URL with https and a host, such as https://admin.vps.org/api/v1\n"}},
		"another scheme":    {[]string{good, "VPS_API_URL=ftp://api.example"}, []string{"VPS_API_URL: expected a URL with https and a host, such as https://admin.vps.org/api/v1\n"}},

		"no such setting":    {[]string{good, "ZONETENDER_DRYRUN=true"}, []string{"ZONETENDER_DRYRUN: unknown setting\n"}},
		"a mistyped setting": {[]string{good, "ZONETENDER_CONCURENCY=4"}, []string{"ZONETENDER_CONCURENCY: unknown setting; did you mean ZONETENDER_CONCURRENCY?\n"}},
		"a mistyped file":    {[]string{good, "ZONETENDER_GIT_PASWORD_FILE=x"}, []string{"ZONETENDER_GIT_PASWORD_FILE: unknown setting; did you mean ZONETENDER_GIT_PASSWORD_FILE?\n"}},
		"lower case":         {[]string{good, "ZONETENDER_rate=4"}, []string{"ZONETENDER_rate: unknown setting; did you mean ZONETENDER_RATE?\n"}},
		"octal":              {[]string{good, "ZONETENDER_CONCURRENCY=010"}, []string{`ZONETENDER_CONCURRENCY: "010", ` + number}},
		"zero":               {[]string{good, "ZONETENDER_CONCURRENCY=0"}, []string{`ZONETENDER_CONCURRENCY: "0", ` + number}},
		"words":              {[]string{good, "ZONETENDER_CONCURRENCY=many"}, []string{`ZONETENDER_CONCURRENCY: "many", ` + number}},
		"below zero":         {[]string{good, "ZONETENDER_CONCURRENCY=-3"}, []string{`ZONETENDER_CONCURRENCY: "-3", ` + number}},
		"far too many":       {[]string{good, "ZONETENDER_CONCURRENCY=65536"}, []string{`ZONETENDER_CONCURRENCY: "65536", ` + number}},
		"no rate":            {[]string{good, "ZONETENDER_RATE=0"}, []string{`ZONETENDER_RATE: "0", ` + rate}},
		"no number":          {[]string{good, "ZONETENDER_RATE=NaN"}, []string{`ZONETENDER_RATE: "NaN", ` + rate}},
		"no address":         {[]string{good, "ZONETENDER_LISTEN=nonsense"}, []string{"ZONETENDER_LISTEN: \"nonsense\", expected an address and port such as 127.0.0.1:8053, or off\n"}},
		"a folder outside":   {[]string{good, "ZONETENDER_PATH=../zones"}, []string{"ZONETENDER_PATH: \"../zones\", expected a folder within the repository, such as zones or dns/zones\n"}},
		"several at once": {[]string{"ZONETENDER_RATE=fast", "ZONETENDER_DRYRUN=true", "ZONETENDER_CONCURRENCY=0", "VPS_API_URL=x"}, []string{
			"VPS_API_TOKEN: not set; ", "VPS_API_URL: ", `ZONETENDER_CONCURRENCY: "0", ` + number,
			"ZONETENDER_DRYRUN: unknown setting\n", `ZONETENDER_RATE: "fast", ` + rate,
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			zones := oneZone(t)
			out := filepath.Join(t.TempDir(), "out")
			for _, args := range [][]string{{"plan", zones}, {"apply", "--yes", zones}, {"import", "--dir", out}} {
				got := runs(t, test.environ, args...)
				lines := slices.Collect(strings.Lines(got.stderr))
				same := slices.EqualFunc(lines, test.want, func(line, want string) bool { return strings.HasPrefix(line, "zonetender: "+want) })
				if got.code != exitFailed || got.stdout != "" || !same {
					t.Errorf("%s: got exit code %d and\n%s%s\nwant %q", args[0], got.code, got.stdout, got.stderr, test.want)
				}
			}
			if _, err := os.Stat(out); err == nil {
				t.Error("import made its folder")
			}
		})
	}
}

// What is wrong with a flag is reported under the name of the flag, with the hint that
// its variable would get, and beside what is wrong with the environment.
func TestBadFlags(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		environ, args []string
		want          string
	}{
		"a mode": {nil, []string{"--mode", "foo"}, "--mode: \"foo\", expected apply or observe\n"},
		"a schedule": {nil, []string{"--schedule", "bogus"},
			"--schedule: schedule \"bogus\": expected exactly 5 fields, found 1: [bogus]; expected five cron fields, @hourly or @every 1m\n"},
		"nothing":         {nil, []string{"--ref="}, "invalid argument \"\" for \"--ref\" flag: expected a value\n"},
		"over a variable": {[]string{"ZONETENDER_MODE=bar"}, []string{"--mode", "foo"}, "--mode: \"foo\", expected apply or observe\n"},
		"and a variable": {[]string{"ZONETENDER_SWEEP=x", "ZONETENDER_DRYRUN=1"}, []string{"--mode", "foo"},
			"--mode: \"foo\", expected apply or observe\n" +
				"zonetender: ZONETENDER_DRYRUN: unknown setting\n" +
				"zonetender: ZONETENDER_SWEEP: schedule \"x\": expected exactly 5 fields, found 1: [x]; expected five cron fields, @hourly or @every 1m\n"},
		"without the sandbox": {[]string{"VPS_API_TOKEN=vps_a"}, []string{"--sandbox=false"},
			"--sandbox-file: use it together with --sandbox; without --sandbox the account would be changed\n"},
		"an API and the sandbox": {nil, []string{"--vps-api-url", "https://api.example"}, "--vps-api-url: cannot be combined with --sandbox, which has its own API\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "zones.json")
			args := append([]string{"daemon", "--check", "--sandbox", "--sandbox-file", file, "--state-dir", t.TempDir()}, test.args...)
			want := ran{exitFailed, "", "zonetender: " + test.want + "See \"zonetender daemon --help\".\n"}
			if diff := cmp.Diff(want, runs(t, test.environ, args...), cmp.AllowUnexported(ran{})); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

// readSettings reads the settings as the command would.
func readSettings(t *testing.T, environ []string, args ...string) (*settings, error) {
	t.Helper()
	a := newApp(environ, strings.NewReader(""), io.Discard, io.Discard)
	cmd, rest, err := a.root().Find(args)
	if err != nil {
		t.Fatal(err)
	}
	cmd.SetContext(t.Context())
	if err := cmd.ParseFlags(rest); err != nil {
		t.Fatal(err)
	}
	return a.settings(cmd)
}

// Where nothing is set, the defaults hold, for every command.
func TestDefaults(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"plan", "apply", "import", "verify", "audit", "daemon", "history"} {
		s, err := readSettings(t, nil, command)
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprintln(s.URL, s.Concurrency, s.Rate, s.Repo, s.Ref, s.Path, s.Schedule, s.Sweep, s.Mode, s.StateDir,
			s.Listen, s.GitDepth, s.GitUsername, s.Retention, s.LogFormat, s.LogLevel)
		if want := "https://admin.vps.org/api/v1 8 0 .   @every 1m @hourly apply  127.0.0.1:8053 0 git 9600h0m0s  INFO\n"; got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", command, got, want)
		}
	}
}

// Each setting can be given by its variable, and by its flag, which takes precedence. A
// secret has no flag and can be read from a file.
func TestEverySetting(t *testing.T) {
	t.Parallel()
	values := map[string][2]string{
		"VPS_API_URL": {"https://a.example", "https://b.example"}, "ZONETENDER_CONCURRENCY": {"2", "3"}, "ZONETENDER_RATE": {"0.5", "7"},
		"ZONETENDER_SCHEDULE": {"@every 5s", "0 3 * * *"}, "ZONETENDER_SWEEP": {"@daily", "@every 2h"}, "ZONETENDER_MODE": {"apply", "observe"},
		"ZONETENDER_LISTEN": {"off", "0.0.0.0:80"}, "ZONETENDER_GIT_DEPTH": {"10", "20"}, "ZONETENDER_GIT_MAX_BYTES": {"10", "20"},
		"ZONETENDER_GIT_MAX_FILE_BYTES": {"10", "20"}, "ZONETENDER_MAX_ZONE_BYTES": {"10", "20"}, "ZONETENDER_RETENTION_DAYS": {"1", "2"},
		"ZONETENDER_PATH": {"a", "./dns/zones/"}, "ZONETENDER_LOG_FORMAT": {"text", "json"}, "ZONETENDER_LOG_LEVEL": {"warn", "debug"},
		"ZONETENDER_GRACE": {"5s", "1m"}, "ZONETENDER_ZONE_METRICS": {"true", "false"}, "ZONETENDER_SNAPSHOT": {"true", "false"}, "ZONETENDER_ALLOWED_HOSTS": {"a.example", "b.example, c.example"},
		"ZONETENDER_VERIFY": {"true", "false"}, "ZONETENDER_AUDIT": {"@daily", "@weekly"},
		"ZONETENDER_ACCEPT_COMMIT": {strings.Repeat("a", 40), strings.Repeat("b", 40)},
	}
	for _, row := range new(settings).table() {
		v, ok := values[row.name]
		if !ok {
			v = [2]string{"one", "two"}
		}
		for _, command := range row.commands {
			differ := func(what string, a, b *settings, same bool) {
				if (cmp.Diff(a, b, cmp.AllowUnexported(secret{}), cmp.Comparer(func(a, b daemon.Schedule) bool { return a.String() == b.String() })) == "") != same {
					t.Errorf("%s %s: %s: got %+v and %+v, want them to be the same: %t", command, row.name, what, a, b, same)
				}
			}
			one := must(readSettings(t, []string{row.name + "=" + v[0]}, command))
			two := must(readSettings(t, []string{row.name + "=" + v[1]}, command))
			differ("two values", one, two, false)
			if row.secret == nil {
				differ("flag and variable", two, must(readSettings(t, []string{row.name + "=" + v[0]}, command, "--"+row.flag(), v[1])), true)
				continue
			}
			flag := "--" + strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(row.name, prefix), "_", "-"))
			runs(t, nil, command, flag, "x").fails(t, exitFailed, "unknown flag: "+flag)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A flag goes over a variable of the same name.
func TestFlagOverVariable(t *testing.T) {
	t.Parallel()
	server, environ := serve(t, vpsorgtest.Options{})
	url := environ[0][len("VPS_API_URL="):]
	got := runs(t, []string{"VPS_API_URL=https://wrong.invalid", "VPS_API_TOKEN=" + testToken},
		"apply", "--yes", "--vps-api-url", url, "--concurrency", "2", "--rate", "1000", oneZone(t))
	if got.code != exitOK || server.Records("example.com") == nil {
		t.Errorf("got %+v, want the zone to be applied", got)
	}
}

// A token may stand in a file, with a line end.
func TestTokenFile(t *testing.T) {
	t.Parallel()
	_, environ := serve(t, vpsorgtest.Options{})
	file := filepath.Join(writeFiles(t, "token", testToken+"\n"), "token")
	if got := runs(t, []string{environ[0], "VPS_API_TOKEN_FILE=" + file}, "plan", oneZone(t)); got.code != exitOK {
		t.Errorf("got %+v, want exit code 0", got)
	}
}

// validate asks nobody, and needs no token.
func TestValidateNeedsNoSettings(t *testing.T) {
	t.Parallel()
	if got := runs(t, nil, "validate", oneZone(t)); got.code != exitOK || got.stderr != "" {
		t.Errorf("got %+v, want exit code 0", got)
	}
}

// Kubernetes sets variables for each Service; those of one named zonetender are ignored,
// and only those.
func TestFaultC1KubernetesService(t *testing.T) {
	t.Parallel()
	service := func(name string) []string {
		return []string{
			name + "_SERVICE_HOST=10.0.0.7", name + "_SERVICE_PORT=8053", name + "_SERVICE_PORT_HTTP=8053",
			name + "_PORT=tcp://10.0.0.7:8053", name + "_PORT_8053_TCP=tcp://10.0.0.7:8053", name + "_PORT_8053_TCP_PROTO=tcp",
			name + "_PORT_8053_TCP_PORT=8053", name + "_PORT_8053_TCP_ADDR=10.0.0.7",
		}
	}
	for _, name := range []string{"ZONETENDER", "ZONETENDER_WEB"} {
		s, err := readSettings(t, service(name), "daemon")
		if err != nil || s.Listen != "127.0.0.1:8053" {
			t.Errorf("%s: got %+v, %v, want the defaults", name, s, err)
		}
		for _, e := range service(name)[1:] {
			variable, _, _ := strings.Cut(e, "=")
			if _, err := readSettings(t, []string{e, name + "_SERVICE_HOST="}, "daemon"); err == nil || !strings.HasPrefix(err.Error(), variable+": unknown setting") {
				t.Errorf("%s without a Service: got %v, want an error that names it", e, err)
			}
		}
	}
	if _, err := readSettings(t, append(service("ZONETENDER"), "ZONETENDER_PROT=1"), "daemon"); err == nil || !strings.HasPrefix(err.Error(), "ZONETENDER_PROT: ") {
		t.Errorf("got %v, want an error that names the mistyped variable", err)
	}
	if _, err := readSettings(t, []string{"ZONETENDER_PORT=8053"}, "daemon"); err == nil || !strings.Contains(err.Error(), "ZONETENDER_LISTEN") {
		t.Errorf("ZONETENDER_PORT=8053: got %v, want an error that names ZONETENDER_LISTEN", err)
	}
}

// What cannot be an API token is refused before any call, wherever it stands.
func TestFaultE1TokenPrefix(t *testing.T) {
	t.Parallel()
	server, environ := serve(t, vpsorgtest.Options{})
	file := filepath.Join(writeFiles(t, "token", "ghp_SECRET0123\n"), "token")
	for source, variable := range map[string]string{
		"VPS_API_TOKEN":      "VPS_API_TOKEN=ghp_SECRET0123",
		"VPS_API_TOKEN_FILE": "VPS_API_TOKEN_FILE=" + file,
	} {
		for _, args := range [][]string{{"plan", oneZone(t)}, {"apply", "--yes", oneZone(t)}, {"import", "--dir", t.TempDir()}, {"daemon", "--check", "--state-dir", t.TempDir()}} {
			got := runs(t, []string{environ[0], variable}, args...)
			got.fails(t, exitFailed, "zonetender: "+source+": not an API token, expected one that begins with vps_; ")
			secretFree(t, args[0], got.stderr)
		}
	}
	if calls := server.Calls(); len(calls) > 0 {
		t.Errorf("got %d calls, want none", len(calls))
	}
}

// A file is read again each time, and each time its content must be a token.
func TestTokenIsReadAgain(t *testing.T) {
	t.Parallel()
	file := filepath.Join(writeFiles(t, "token", "vps_one"), "token")
	s, err := readSettings(t, []string{"VPS_API_TOKEN_FILE=" + file}, "daemon")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"vps_two\n": "vps_two", " vps_three ": "vps_three", "four": "", "": ""} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := s.token(); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
}
