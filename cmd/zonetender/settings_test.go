package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// Whatever is wrong with the environment is said before the API is asked anything, all
// of it at once.
func TestBadSettings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	empty, blank := filepath.Join(dir, "empty"), filepath.Join(dir, "blank")
	for path, text := range map[string]string{empty: "", blank: " \n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	missing := filepath.Join(dir, "missing")
	const noToken = "zonetender: VPS_API_TOKEN: not set, expected a token from the dashboard (/account/developers/), or VPS_API_TOKEN_FILE; to try things without an account, use --sandbox\n"
	const number = "expected a whole number from 1 to 65535\n"
	tests := map[string]struct {
		environ []string
		want    string
	}{
		"no token":                 {nil, noToken},
		"a token set to nothing":   {[]string{"VPS_API_TOKEN="}, noToken},
		"everything is nothing":    {[]string{"VPS_API_TOKEN=", "VPS_API_TOKEN_FILE=", "VPS_API_URL=", "ZONETENDER_RATE=", "ZONETENDER_UNKNOWN="}, noToken},
		"two tokens":               {[]string{"VPS_API_TOKEN=vps_a", "VPS_API_TOKEN_FILE=" + empty}, "zonetender: VPS_API_TOKEN and VPS_API_TOKEN_FILE are both set, expected one of them\n"},
		"no token file":            {[]string{"VPS_API_TOKEN_FILE=" + missing}, "zonetender: VPS_API_TOKEN_FILE: open " + missing + ": no such file or directory\n"},
		"an empty token file":      {[]string{"VPS_API_TOKEN_FILE=" + empty}, "zonetender: VPS_API_TOKEN_FILE: " + empty + " is empty\n"},
		"a blank token file":       {[]string{"VPS_API_TOKEN_FILE=" + blank}, "zonetender: VPS_API_TOKEN_FILE: " + blank + " is empty\n"},
		"a folder as a token file": {[]string{"VPS_API_TOKEN_FILE=" + dir}, "zonetender: VPS_API_TOKEN_FILE: read " + dir + ": is a directory\n"},
		"two tokens in one":        {[]string{"VPS_API_TOKEN=vps_a vps_b"}, "zonetender: VPS_API_TOKEN: the token holds white space or other characters that no token has\n"},

		"http abroad":       {[]string{"VPS_API_TOKEN=vps_a", "VPS_API_URL=http://api.example/v1"}, "zonetender: VPS_API_URL: http to api.example would send the token in the clear, expected https (http is for 127.0.0.1, ::1 and localhost only)\n"},
		"a user in the URL": {[]string{"VPS_API_TOKEN=vps_a", "VPS_API_URL=https://me:pass@api.example"}, "zonetender: VPS_API_URL: the URL holds a user name or password, expected none: the token goes into VPS_API_TOKEN\n"},
		"no URL":            {[]string{"VPS_API_TOKEN=vps_a", "VPS_API_URL=api.example"}, "zonetender: VPS_API_URL: expected a URL with https and a host, such as https://admin.vps.org/api/v1\n"},
		"another scheme":    {[]string{"VPS_API_TOKEN=vps_a", "VPS_API_URL=ftp://api.example"}, "zonetender: VPS_API_URL: expected a URL with https and a host, such as https://admin.vps.org/api/v1\n"},

		"no such setting":    {[]string{"ZONETENDER_DRYRUN=true"}, "zonetender: ZONETENDER_DRYRUN: there is no such setting\n"},
		"a mistyped setting": {[]string{"ZONETENDER_CONCURENCY=4"}, "zonetender: ZONETENDER_CONCURENCY: there is no such setting, did you mean ZONETENDER_CONCURRENCY?\n"},
		"lower case":         {[]string{"VPS_API_TOKEN=", "ZONETENDER_rate=4"}, "zonetender: ZONETENDER_rate: there is no such setting, did you mean ZONETENDER_RATE?\n"},
		"octal":              {[]string{"ZONETENDER_CONCURRENCY=010"}, `zonetender: ZONETENDER_CONCURRENCY: "010", ` + number},
		"zero":               {[]string{"ZONETENDER_CONCURRENCY=0"}, `zonetender: ZONETENDER_CONCURRENCY: "0", ` + number},
		"words":              {[]string{"ZONETENDER_CONCURRENCY=many"}, `zonetender: ZONETENDER_CONCURRENCY: "many", ` + number},
		"below zero":         {[]string{"ZONETENDER_CONCURRENCY=-3"}, `zonetender: ZONETENDER_CONCURRENCY: "-3", ` + number},
		"far too many":       {[]string{"ZONETENDER_CONCURRENCY=65536"}, `zonetender: ZONETENDER_CONCURRENCY: "65536", ` + number},
		"no rate":            {[]string{"ZONETENDER_RATE=0"}, "zonetender: ZONETENDER_RATE: \"0\", expected calls a second, a number above 0 such as 5 or 0.5\n"},
		"no number":          {[]string{"ZONETENDER_RATE=NaN"}, "zonetender: ZONETENDER_RATE: \"NaN\", expected calls a second, a number above 0 such as 5 or 0.5\n"},
		"several at once": {[]string{"ZONETENDER_DRYRUN=true", "ZONETENDER_RATE=fast", "ZONETENDER_CONCURRENCY=0"}, `zonetender: ZONETENDER_CONCURRENCY: "0", ` + number +
			"zonetender: ZONETENDER_DRYRUN: there is no such setting\n" +
			"zonetender: ZONETENDER_RATE: \"fast\", expected calls a second, a number above 0 such as 5 or 0.5\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			zones := oneZone(t)
			out := filepath.Join(t.TempDir(), "out")
			for _, args := range [][]string{{"plan", zones}, {"apply", "--yes", zones}, {"import", "--dir", out}} {
				got := runs(t, test.environ, args...)
				if diff := cmp.Diff(got, ran{exitFailed, "", test.want}, cmp.AllowUnexported(ran{})); diff != "" {
					t.Errorf("%s: got -, want +:\n%s", args[0], diff)
				}
			}
			if _, err := os.Stat(out); err == nil {
				t.Error("import made its folder")
			}
		})
	}
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

// What the daemon could not start with, or would fail with for ever, is found at once.
func TestDaemonAddressesAreChecked(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]string{
		"ZONETENDER_LISTEN": "nonsense", "ZONETENDER_PATH": "../zones",
	} {
		a := newApp([]string{name + "=" + bad}, nil, nil, nil)
		if _, err := a.settings(t.Context(), nil); err == nil || !strings.HasPrefix(err.Error(), name+": ") {
			t.Errorf("%s=%s: got %v, want an error that names it", name, bad, err)
		}
	}
	for name, good := range map[string]string{"ZONETENDER_LISTEN": "off", "ZONETENDER_PATH": "./dns/zones/"} {
		a := newApp([]string{name + "=" + good}, nil, nil, nil)
		if _, err := a.settings(t.Context(), nil); err != nil {
			t.Errorf("%s=%s: got %v", name, good, err)
		}
	}
}
