package main

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// tokenFaults are answers that throw the token back, or break where it was last used.
func tokenFaults() map[string]vpsorgtest.Action {
	const echo = `{"detail": "the token ` + testToken + ` is wrong", "error_code": "` + testToken + `", "field": "` + testToken + `"}`
	return map[string]vpsorgtest.Action{
		"fine":      {},
		"400":       vpsorgtest.Answer(http.StatusBadRequest, echo),
		"401":       vpsorgtest.Answer(http.StatusUnauthorized, echo),
		"403":       vpsorgtest.Answer(http.StatusForbidden, echo),
		"404":       vpsorgtest.Answer(http.StatusNotFound, echo),
		"500":       vpsorgtest.Answer(http.StatusInternalServerError, echo),
		"page":      vpsorgtest.Answer(http.StatusNotFound, "<html><title>Bearer "+testToken+"</title><p>"+testToken),
		"text":      vpsorgtest.Answer(http.StatusOK, "Authorization: Bearer "+testToken),
		"object":    vpsorgtest.Answer(http.StatusOK, echo),
		"redirect":  vpsorgtest.Redirect(http.StatusFound, "https://evil.example/?token="+testToken),
		"next":      vpsorgtest.NextHost(testToken + ".example"),
		"half":      vpsorgtest.InvalidJSON(),
		"no list":   vpsorgtest.EmptyList(),
		"truncated": vpsorgtest.TruncateCounted(1),
	}
}

// secretFree fails the test where the token, in whatever dress, can be read.
func secretFree(t *testing.T, what, text string) {
	t.Helper()
	for _, dress := range []string{"SECRET", base64.StdEncoding.EncodeToString([]byte(testToken))[:16], url.QueryEscape(testToken)} {
		if i := strings.Index(text, dress); i >= 0 {
			t.Errorf("%s: got the token in:\n%s", what, text)
			return
		}
	}
}

// C13: whatever fails, in whichever command, the token is not printed.
func TestTokenIsNeverPrinted(t *testing.T) {
	t.Parallel()
	for name, fault := range tokenFaults() {
		for _, kind := range []vpsorgtest.Kind{
			vpsorgtest.Account, vpsorgtest.ListZones, vpsorgtest.GetZone, vpsorgtest.ListRecords,
			vpsorgtest.CreateZone, vpsorgtest.CreateRecord, vpsorgtest.PatchRecord, vpsorgtest.DeleteRecord, "",
		} {
			t.Run(name+"/"+string(kind), func(t *testing.T) {
				t.Parallel()
				sweepToken(t, vpsorgtest.Rule{Kind: kind, Do: fault})
			})
		}
	}
}

// sweepToken runs every command that knows the token against an API that fails so.
func sweepToken(t *testing.T, rule vpsorgtest.Rule) {
	dir := writeFiles(t,
		"example.com.yaml", "zone: example.com\nsafety: {max_deletes: 100%}\nrecords:\n  www: {A: 192.0.2.1}\n  new: {A: 192.0.2.1}\n",
		"example.net.yaml", "www: {type: A, value: 192.0.2.1}\n")
	out := filepath.Join(t.TempDir(), "out")
	for _, args := range [][]string{
		{"plan", dir},
		{"plan", "--format", "json", dir},
		{"apply", "--yes", dir},
		{"import", "--dir", out},
	} {
		server, environ := serve(t, vpsorgtest.Options{Dialect: vpsorgtest.Dialect{Zones: vpsorgtest.EnvelopePaged}})
		live(t, server, "example.com", "www 300 A 192.0.2.9", "old 300 A 192.0.2.9")
		server.AddRule(rule)
		got := runs(t, environ, args...)
		secretFree(t, strings.Join(args[:1], " "), got.stdout+got.stderr)
	}
	files, err := filepath.Glob(filepath.Join(out, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		secretFree(t, file, string(text))
	}
}

// Nor is it where the settings are wrong and the token stands where it should not.
func TestTokenInWrongSettings(t *testing.T) {
	t.Parallel()
	file := filepath.Join(writeFiles(t, "token", testToken+"\nand more"), "token")
	for name, environ := range map[string][]string{
		"white space":   {"VPS_API_TOKEN=" + testToken + " x"},
		"control":       {"VPS_API_TOKEN=" + testToken + "\x01"},
		"two lines":     {"VPS_API_TOKEN_FILE=" + file},
		"both":          {"VPS_API_TOKEN=" + testToken, "VPS_API_TOKEN_FILE=" + file},
		"user":          {"VPS_API_TOKEN=" + testToken, "VPS_API_URL=https://" + testToken + "@api.example"},
		"password":      {"VPS_API_TOKEN=" + testToken, "VPS_API_URL=https://me:" + testToken + "@api.example"},
		"query":         {"VPS_API_TOKEN=" + testToken, "VPS_API_URL=https://api.example/?token=" + testToken},
		"fragment":      {"VPS_API_TOKEN=" + testToken, "VPS_API_URL=https://api.example/#" + testToken},
		"malformed URL": {"VPS_API_TOKEN=" + testToken, "VPS_API_URL=https://" + testToken + ":%zz/"},
		"as a URL":      {"VPS_API_TOKEN=" + testToken, "VPS_API_URL=" + testToken},
	} {
		t.Run(name, func(t *testing.T) {
			for _, args := range [][]string{{"plan", oneZone(t)}, {"apply", "--yes", oneZone(t)}, {"import", "--dir", t.TempDir()}} {
				got := runs(t, environ, args...)
				if got.code != exitFailed {
					t.Errorf("%s: got exit code %d, want %d", args[0], got.code, exitFailed)
				}
				secretFree(t, args[0], got.stdout+got.stderr)
			}
		})
	}
}
