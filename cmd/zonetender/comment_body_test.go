package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/sync/forge/forgetest"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// A plan that a guard refuses says how to approve it in review, and fails the check.
func TestCommentRefusal(t *testing.T) {
	t.Parallel()
	server, environ := serve(t, vpsorgtest.Options{})
	var records []string
	for i := range 12 {
		records = append(records, fmt.Sprintf("h%d 300 A 192.0.2.%d", i, i))
	}
	live(t, server, "example.com", records...)
	plan := savePlan(t, environ, writeFiles(t, "example.com.yaml", "zone: example.com\nrecords: {h1: {A: 192.0.2.1, ttl: 300}}\n"))

	h := gitHub(t, forgetest.Options{})
	h.comments(t, plan)
	body := h.only(t).Body
	approve := regexp.MustCompile("`zonetender.yaml`, or the code to the `approve:` that it has:\n\n```yaml\napprove: \\[[0-9a-f]{12}\\]\n```\n")
	if !approve.MatchString(body) || !strings.Contains(body, "lapses with any other change") {
		t.Errorf("got\n%s\nwant the exact line for zonetender.yaml", body)
	}
	if got := h.verdicts(); len(got) != 1 || !strings.HasPrefix(got[0], "failure refused by a guard") {
		t.Errorf("got the verdicts %q, want a failure", got)
	}

	// One that was only uploaded has a neutral check, and no code.
	h = gitHub(t, forgetest.Options{})
	h.comments(t, plan, "--unverified")
	if body := h.only(t).Body; !strings.Contains(body, "Unverified") || strings.Contains(body, "approve: [") {
		t.Errorf("got\n%s\nwant it marked, without a code", body)
	}
	if got := h.verdicts(); len(got) != 1 || !strings.HasPrefix(got[0], "neutral unverified: ") {
		t.Errorf("got the verdicts %q, want a neutral one", got)
	}
}

// Mistakes and risky edits are annotated on their lines, with paths in the repository, the
// gravest first. Where there are no annotations, the comment links to the lines.
func TestCommentAnnotations(t *testing.T) {
	t.Parallel()
	server, environ := serve(t, vpsorgtest.Options{})
	live(t, server, "example.com", "@ 3600 A 192.0.2.1", "@ 3600 MX 10 mx1.example.com", "www 3600 A 192.0.2.2", "mx1 3600 A 192.0.2.4")
	repo := writeFiles(t, "dns/zones/example.com.yaml", changedZone,
		"dns/zones/example.org.yaml", "zone: example.org\nrecords:\n  www: {A: 192.0.2.300}\n  ftp: {A: [192.0.2.1, 192.0.2.1]}\n")
	gitIn(t, repo, "init", "-q", "-b", "main")
	gitIn(t, repo, "add", ".")
	gitIn(t, repo, "commit", "-q", "-m", "Zones")
	plan := savePlan(t, environ, filepath.Join(repo, "dns", "zones"))

	h := gitHub(t, forgetest.Options{})
	h.comments(t, plan)
	checks := h.Checks()
	if len(checks) != 1 || checks[0].Conclusion != "failure" || !strings.Contains(checks[0].Title, "1 error in zone files") {
		t.Fatalf("got %+v, want one failure that counts the errors", checks)
	}
	var got []string
	for _, a := range checks[0].Annotations {
		got = append(got, fmt.Sprintf("%s %s:%d", a.Level, a.Path, a.Start))
	}
	want := []string{"failure dns/zones/example.org.yaml:3", "warning dns/zones/example.com.yaml:3", "warning dns/zones/example.org.yaml:4"}
	if !slices.Equal(got, want) {
		t.Errorf("got the annotations %q, want %q", got, want)
	}
	for start, link := range map[string]string{
		"gitlab": "https://gitlab.example/acme/zones/-/blob/" + forgetest.DefaultCommit + "/dns/zones/example.org.yaml#L3",
		"gitea":  "/acme/zones/src/commit/" + forgetest.DefaultCommit + "/dns/zones/example.com.yaml#L3",
	} {
		h := map[string]func(*testing.T, forgetest.Options) *hub{"gitlab": gitLab, "gitea": gitea}[start](t, forgetest.Options{})
		h.comments(t, plan)
		if body := h.only(t).Body; !strings.Contains(body, link) {
			t.Errorf("%s: got\n%s\nwant a link to %s", start, body, link)
		}
	}
}

// What a value says is data: it mentions nobody, closes nothing and gives no orders.
func TestCommentIsNotMarkup(t *testing.T) {
	t.Parallel()
	server, environ := serve(t, vpsorgtest.Options{})
	live(t, server, "example.com", "www 300 A 192.0.2.1")
	forged := "  t: {TXT: [\"hello\\n/close\\n```\\n@everyone <img src=x onerror=alert(1)>\", \"```\", \"/merge\", \"| @acme/admins | </details>\", \"<!-- zonetender:plan -->\"]}\n"
	plan := savePlan(t, environ, writeFiles(t, "example.com.yaml", "zone: example.com\nrecords:\n  www: {A: 192.0.2.1, ttl: 300}\n"+forged))
	for name, start := range map[string]func(*testing.T, forgetest.Options) *hub{"github": gitHub, "gitlab": gitLab, "gitea": gitea} {
		h := start(t, forgetest.Options{})
		h.comments(t, plan)
		body := h.only(t).Body
		if orders := h.QuickActions(); len(orders) > 0 {
			t.Errorf("%s: the comment gave the orders %q", name, orders)
		}
		if outside := outsideCode(body); strings.ContainsAny(outside, "@") || strings.Contains(outside, "<img") || strings.Contains(outside, "/merge") {
			t.Errorf("%s: got outside of code\n%s", name, outside)
		}
		if strings.Count(body, "<details>") != strings.Count(outsideCode(body), "</details>") {
			t.Errorf("%s: got\n%s\nwant every section closed once", name, body)
		}
	}
}

// outsideCode returns markdown without its code blocks and spans.
func outsideCode(text string) string {
	var out strings.Builder
	end := ""
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		ticks := trimmed[:len(trimmed)-len(strings.TrimLeft(trimmed, "`"))]
		switch {
		case end != "":
			if trimmed == end {
				end = ""
			}
		case len(ticks) >= 3:
			end = ticks
		default:
			out.WriteString(regexp.MustCompile("`+[^`]*`+").ReplaceAllString(line, ""))
		}
	}
	return out.String()
}

// A plan of 20,000 changes is taken, cut where it is least risky.
func TestCommentOfManyChanges(t *testing.T) {
	t.Parallel()
	server, environ := serve(t, vpsorgtest.Options{})
	files := []string{}
	for z := range 20 {
		zone := fmt.Sprintf("zone%02d.example", z)
		live(t, server, zone, "@ 3600 MX 10 mx1.mail.test")
		var b strings.Builder
		fmt.Fprintf(&b, "zone: %s\nrecords:\n  '@': {MX: 10 mx2.mail.test.}\n", zone)
		for i := range 1000 {
			fmt.Fprintf(&b, "  host-%04d: {A: 198.51.100.%d}\n", i, i%250)
		}
		files = append(files, zone+".yaml", b.String())
	}
	plan := savePlan(t, environ, writeFiles(t, files...))
	for name, start := range map[string]func(*testing.T, forgetest.Options) *hub{"github": gitHub, "gitlab": gitLab, "gitea": gitea} {
		h := start(t, forgetest.Options{})
		h.comments(t, plan)
		body := h.only(t).Body
		for z := range 20 {
			if want := fmt.Sprintf("`zone%02d.example MX`", z); !strings.Contains(body, want) {
				t.Errorf("%s: the comment leaves %s out, which is risky", name, want)
			}
		}
		if run := "/actions/runs/"; name != "gitlab" && !strings.Contains(body, run) {
			t.Errorf("%s: the comment does not say where the whole is: %s", name, body[len(body)-1000:])
		}
	}
}

// Plans with different keys have a comment and a check each.
func TestCommentKeys(t *testing.T) {
	t.Parallel()
	plan := changedPlan(t)
	h := gitHub(t, forgetest.Options{})
	for _, key := range []string{"production", "staging", "production"} {
		h.comments(t, plan, "--key", key)
	}
	all := h.Comments(1)
	if len(all) != 2 || !strings.Contains(all[0].Body, "production") || !strings.Contains(all[1].Body, "staging") {
		t.Errorf("got the comments %v, want one for each key", all)
	}
	var names []string
	for _, c := range h.Checks() {
		names = append(names, c.Name)
	}
	if !slices.Equal(names, []string{"zonetender/production", "zonetender/staging"}) {
		t.Errorf("got the checks %q, want one for each key", names)
	}
}

// The summary of a step gets the plan after what stands there, within what GitHub takes.
func TestCommentStepSummary(t *testing.T) {
	t.Parallel()
	plan := changedPlan(t)
	h := gitHub(t, forgetest.Options{})
	for size, fits := range map[int]bool{10: true, 1<<20 - 1000: false} {
		file := filepath.Join(writeFiles(t, "summary", strings.Repeat("x", size)), "summary")
		h := &hub{h.Server, append(slices.Clone(h.environ), "GITHUB_STEP_SUMMARY="+file)}
		got := h.comments(t, plan)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if has := strings.Contains(string(text), "example.com MX"); has != fits || !strings.HasPrefix(string(text), "xxx") || len(text) > 1<<20 {
			t.Errorf("%d octets before: got %d octets, with the plan: %t, want %t", size, len(text), has, fits)
		}
		if !fits {
			got.says(t, "GITHUB_STEP_SUMMARY: it has no room left")
		}
	}
}

// A plan that somebody else has written leads nowhere but to its own repository.
func TestCommentOfHostilePlan(t *testing.T) {
	t.Parallel()
	server, environ := serve(t, vpsorgtest.Options{})
	live(t, server, "example.com", "@ 3600 A 192.0.2.1", "@ 3600 MX 10 mx1.example.com", "www 3600 A 192.0.2.2", "old 3600 A 192.0.2.4")
	shown := runs(t, environ, "plan", "--format", "json", writeFiles(t, "example.com.yaml", changedZone))
	if shown.code != exitOK {
		t.Fatal(shown.stderr)
	}
	targets := regexp.MustCompile(`\(https://github\.example/[^)]*\)`)
	for name, replace := range map[string][]string{
		"file":  {`"file": "example.com.yaml"`, `"file": "../../../../mallory/evil"`},
		"path":  {`"generated_at"`, `"path": "../../../mallory", "generated_at"`},
		"base":  {`"generated_at"`, `"base": "../../../../mallory/evil", "generated_at"`, `"line": 0`, `"line": 7`},
		"title": {`"file": "example.com.yaml"`, `"file": "a](https://evil.example) @acme/admins"`},
	} {
		text := strings.NewReplacer(replace...).Replace(shown.stdout)
		plan := filepath.Join(writeFiles(t, "plan.json", text), "plan.json")
		h := gitHub(t, forgetest.Options{})
		h.comments(t, plan, "--unverified")
		body := h.only(t).Body
		if leads := regexp.MustCompile(`\]\([^)]*(\.\.|mallory|//evil)[^)]*\)`).FindString(body); leads != "" || strings.Contains(targets.ReplaceAllString(outsideCode(body), ""), "@") {
			t.Errorf("%s: got the link %q in\n%s", name, leads, body)
		}
		for _, a := range h.Checks()[0].Annotations {
			if strings.Contains(a.Path, "..") {
				t.Errorf("%s: got an annotation of %s", name, a.Path)
			}
		}
	}
}
