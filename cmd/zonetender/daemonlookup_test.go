package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// The daemon asks real name servers about what it wrote, audits on its schedule, and says
// both in its status, its metrics and the history.
func TestDaemonAsksNameServers(t *testing.T) {
	t.Parallel()
	sandbox := startSandbox(t, filepath.Join(t.TempDir(), "zones.json"))
	c := newClone(t)
	first := c.push("zones/example.com.yaml", "zone: example.com\nrecords:\n  www: {A: 192.0.2.1}\n  away: {CNAME: www.example.net.}\n")
	state := t.TempDir()
	environ := append([]string{
		"ZONETENDER_VERIFY=true", "ZONETENDER_NAMESERVER=" + sandbox.dns,
		"ZONETENDER_AUDIT=@every 1s", "ZONETENDER_RESOLVER=" + sandbox.dns, "ZONETENDER_STATE_DIR=" + state,
	}, sandbox.environ...)
	d := startDaemon(t, c.dir, environ)
	// Both go on beside the cycles, in either order. The sandbox refuses what it does not
	// have, which says nothing about www.example.net.
	answering, found := false, false
	d.await(func(l map[string]any) bool {
		answering = answering || l["msg"] == "name servers" && l["answering"] == "yes" && l["zone"] == "example.com"
		found = found || l["msg"] == "audit" && l["code"] == "audit-unknown"
		return answering && found
	})
	if !answering || !found {
		t.Errorf("got name servers %t, audit %t, want both", answering, found)
	}
	for path, wants := range map[string][]string{
		"/api/v1/status": {`"answering":"yes"`, `"audit":{"commit":"` + first, `"audit-unknown":1`, `"next_audit":"`},
		"/metrics":       {`zonetender_answering_zones{answering="yes"} 1`, `zonetender_audit_findings{code="audit-unknown"} 1`},
	} {
		code, text := d.get(path)
		for _, want := range wants {
			if code != http.StatusOK || !strings.Contains(text, want) {
				t.Errorf("%s: got %d %s, want %q", path, code, text, want)
			}
		}
	}
	d.finish()
	got := runs(t, []string{"ZONETENDER_STATE_DIR=" + state}, "history")
	if !strings.Contains(got.stdout, "\n  verified 1 zone; name servers: 1 answering, 0 not in time\n") {
		t.Errorf("history: got\n%s", got.stdout)
	}
	sandbox.stop(t)
}

// Mistakes in what the daemon is to ask come up when it starts.
func TestDaemonLookupSettings(t *testing.T) {
	t.Parallel()
	for environ, want := range map[string]string{
		"ZONETENDER_NAMESERVER=192.0.2.1:x": `ZONETENDER_VERIFY: ZONETENDER_NAMESERVER: server "192.0.2.1:x", expected an address`,
		"ZONETENDER_NAMESERVER=a,,b":        `ZONETENDER_NAMESERVER: "a,,b", expected servers separated by commas`,
		"ZONETENDER_RESOLVER=192.0.2.1:0":   `ZONETENDER_VERIFY: --resolver: server "192.0.2.1:0", expected`,
		"ZONETENDER_AUDIT=often":            `ZONETENDER_AUDIT: schedule "often"`,
	} {
		got := runs(t, []string{"ZONETENDER_VERIFY=true", environ, "XDG_STATE_HOME=" + t.TempDir()}, "daemon", "--check", "--sandbox", "--repo", newClone(t).dir)
		if got.code != exitFailed {
			t.Errorf("%s: got exit code %d, want 1", environ, got.code)
		}
		got.says(t, want)
	}
}
