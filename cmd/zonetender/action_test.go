package main

import (
	"regexp"
	"strings"
	"testing"
)

// act runs the action for a pull request with some files, and some inputs.
func act(t *testing.T, files map[string]string, inputs map[string]string) (*runner, int) {
	t.Helper()
	p := propose(t, files, gitHub)
	p.mergeCommit(t)
	r := newRunner(t, p, "refs/pull/1/merge")
	r.dir = p.checkout(t, r.ref)
	code := r.action(t, workflowStep{Uses: "zonetender/zonetender@v1.2.3", With: inputs, Env: map[string]string{"VPS_API_TOKEN": "${{ secrets.VPS_API_TOKEN }}"}})
	return r, code
}

const proposedZone = "zone: example.com\nttl: 300\nrecords:\n  www: {A: 192.0.2.1}\n  mail: {A: 192.0.2.2}\n  ftp: {A: 192.0.2.3}\n"

// What a guard refuses fails the step, with the code as an output.
func TestActionRefused(t *testing.T) {
	t.Parallel()
	empty := map[string]string{"zones/example.com.yaml": "zone: example.com\nrecords: {}\n"}
	p := propose(t, empty, gitHub)
	r := newRunner(t, p, "refs/pull/1/head") // the merge would conflict
	r.dir = p.checkout(t, r.ref)
	code := r.action(t, workflowStep{Uses: "zonetender/zonetender@v1.2.3", Env: map[string]string{"VPS_API_TOKEN": "${{ secrets.VPS_API_TOKEN }}"}})
	approval := r.outputs["approval-codes"]
	if code != exitRefused || !regexp.MustCompile(`^[0-9a-f]{12}$`).MatchString(approval) || r.outputs["changes"] != "4" {
		t.Errorf("got exit code %d and the outputs %q, want 4 changes and one code\n%s", code, r.outputs, r.output)
	}
	if body := p.hub.only(t).Body; !strings.Contains(body, "approve: ["+approval+"]") || !strings.Contains(body, "behind its base") {
		t.Errorf("got\n%s\nwant the code, and that the branch is behind", body)
	}
}

// A run of pull_request_target has the base checked out, or a fork's files beside secrets.
func TestActionRefusesTarget(t *testing.T) {
	t.Parallel()
	p := propose(t, nil, gitHub)
	p.mergeCommit(t)
	r := newRunner(t, p, "refs/pull/1/merge")
	r.dir = p.checkout(t, r.ref)
	p.environ = append(p.environ, "GITHUB_EVENT_NAME=pull_request_target")
	code := r.action(t, workflowStep{Uses: "zonetender/zonetender@v1.2.3", Env: map[string]string{"VPS_API_TOKEN": "${{ secrets.VPS_API_TOKEN }}"}})
	if code == 0 || len(p.hub.Calls()) != 0 || !strings.Contains(r.output, "::error::zonetender: pull_request_target: plan on pull_request") {
		t.Errorf("got exit code %d, %d calls and\n%s", code, len(p.hub.Calls()), r.output)
	}
}

// A switch that is neither on nor off is a mistake, and no comment is made by it.
func TestActionRefusesSwitches(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"comment", "strict"} {
		r, code := act(t, nil, map[string]string{name: "no"})
		if code == 0 || len(r.hub.Calls()) != 0 || !strings.Contains(r.output, "::error::zonetender: input "+name+": expected true or false") {
			t.Errorf("%s: got exit code %d, %d calls and\n%s", name, code, len(r.hub.Calls()), r.output)
		}
	}
}

// Mistakes fail the step: annotated by the check where there is a comment, else by the job.
func TestActionInvalid(t *testing.T) {
	t.Parallel()
	broken := map[string]string{"zones/example.org.yaml": "zone: example.org\nrecords:\n  www: {A: 192.0.2.300}\n"}
	r, code := act(t, broken, nil)
	if checks := r.hub.Checks(); code != exitInvalid || len(checks) != 1 || checks[0].Conclusion != "failure" ||
		len(checks[0].Annotations) != 1 || checks[0].Annotations[0].Path != "zones/example.org.yaml" || strings.Contains(r.output, "::error file") {
		t.Errorf("with a comment: got exit code %d and %+v\n%s", code, r.hub.Checks(), r.output)
	}
	r, code = act(t, broken, map[string]string{"comment": "false"})
	if code != exitInvalid || len(r.hub.Calls()) != 0 || !strings.Contains(r.output, "::error file=zones/example.org.yaml,line=3") {
		t.Errorf("without: got exit code %d, %d calls and\n%s", code, len(r.hub.Calls()), r.output)
	}
}

// With strict, warnings fail the step as well.
func TestActionStrict(t *testing.T) {
	t.Parallel()
	odd := map[string]string{"zones/example.com.yaml": strings.Replace(proposedZone, "www: {A: 192.0.2.1}", "www: {A: 192.0.2.9, ttl: 1}", 1)}
	if r, code := act(t, odd, nil); code != exitOK {
		t.Errorf("got exit code %d\n%s", code, r.output)
	}
	if r, code := act(t, odd, map[string]string{"strict": "true"}); code != exitInvalid {
		t.Errorf("strict: got exit code %d\n%s", code, r.output)
	}
}

// Inputs and values are data: no shell and no runner takes them for commands.
func TestActionInputsAreData(t *testing.T) {
	t.Parallel()
	forged := "records:\n  say: {TXT: '##[set-output name=risk]none'}\n"
	r, code := act(t, map[string]string{"zones/example.com.yaml": strings.Replace(proposedZone, "records:\n", forged, 1)},
		map[string]string{"base": "origin/main", "key": "a-b"})
	if code != exitOK || r.outputs["changes"] != "1" || r.outputs["risk"] != "low" {
		t.Fatalf("got exit code %d and %q\n%s", code, r.outputs, r.output)
	}
	// Between these two lines the runner takes no commands.
	stop := regexp.MustCompile(`(?s)::stop-commands::([0-9a-f]{32})\n(.*?)\n::([0-9a-f]{32})::\n`)
	if left := stop.ReplaceAllString(r.output, ""); strings.Contains(left, "##[") || !strings.Contains(r.output, "##[") {
		t.Errorf("got\n%s\nwant the value where no commands are taken", r.output)
	}
	for _, input := range []string{"directory", "base", "snapshot", "key", "version"} {
		const harm = "$(touch harm); `touch harm` \"; touch harm; \""
		r, code := act(t, nil, map[string]string{input: harm})
		if code == 0 {
			t.Errorf("%s: got exit code 0 for nonsense\n%s", input, r.output)
		}
		if _, out := r.shell(t, r.dir, "cat harm 2>&1 || true"); !strings.Contains(out, "No such file") {
			t.Errorf("%s was run as a command", input)
		}
	}
}
