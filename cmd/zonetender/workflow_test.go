package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/zonetender/zonetender/sync/forge/forgetest"
)

// A workflow is what these tests need of a workflow of GitHub, Gitea or Forgejo Actions, and
// of a composite action.
type workflow struct {
	Jobs map[string]struct {
		If    string
		Steps []workflowStep
	}
	Inputs map[string]struct{ Default string }
	Runs   struct{ Steps []workflowStep }
}

type workflowStep struct {
	ID, Name, Uses, Run, Shell string
	With, Env                  map[string]string
}

func parseWorkflow(t *testing.T, text string) workflow {
	t.Helper()
	var w workflow
	if err := yaml.Unmarshal([]byte(text), &w); err != nil {
		t.Fatal(err)
	}
	return w
}

// A runner runs the steps of a workflow one after the other.
type runner struct {
	*proposal
	dir         string // the work tree of the steps
	ref         string // that actions/checkout checks out
	expressions map[string]string
	output      string // of the steps
	outputs     map[string]string
	summary     string
}

// runs runs the workflow and returns the exit code of the step that failed, or 0.
func (r *runner) runs(t *testing.T, text string) int {
	t.Helper()
	w := parseWorkflow(t, text)
	r.dir = t.TempDir()
	for _, job := range w.Jobs {
		for _, s := range job.Steps {
			if code := r.step(t, s, nil); code != 0 {
				return code
			}
		}
	}
	return 0
}

func (r *runner) step(t *testing.T, s workflowStep, inputs map[string]string) int {
	t.Helper()
	switch {
	case strings.HasPrefix(s.Uses, "actions/checkout@"):
		r.dir = r.checkout(t, r.ref)
		return 0
	case strings.HasPrefix(s.Uses, "zonetender/zonetender@"):
		return r.action(t, s)
	case s.Uses != "":
		t.Fatalf("unknown action %s", s.Uses)
	}
	files := writeFiles(t, "output", "", "summary", "", "path", "")
	environ := append(r.env(t, s.Env, inputs), "RUNNER_TEMP="+t.TempDir(), "GITHUB_OUTPUT="+files+"/output",
		"GITHUB_STEP_SUMMARY="+files+"/summary", "GITHUB_PATH="+files+"/path")
	code, out := r.shell(t, r.dir, r.expand(t, s.Run, inputs), environ...)
	r.output += out
	for line := range strings.Lines(readFile(t, files+"/output")) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		r.outputs[name] = value
	}
	r.summary += readFile(t, files+"/summary")
	return code
}

// action runs this repository's action with the inputs of a step.
func (r *runner) action(t *testing.T, s workflowStep) int {
	t.Helper()
	w := parseWorkflow(t, readFile(t, "../../action.yml"))
	inputs := make(map[string]string)
	for name, in := range w.Inputs {
		inputs[name] = in.Default
	}
	for name, value := range s.With {
		if _, known := w.Inputs[name]; !known {
			t.Fatalf("action.yml has no input %s", name)
		}
		inputs[name] = r.expand(t, value, nil)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	r.expressions["github.action_path"] = root
	_, r.expressions["github.action_ref"], _ = strings.Cut(s.Uses, "@")
	outer := r.proposal.environ
	defer func() { r.proposal.environ = outer }()
	// The variables of the step that uses an action are those of the action's steps.
	r.proposal.environ = slices.Concat(outer, r.env(t, s.Env, nil))
	for _, inner := range w.Runs.Steps {
		if code := r.step(t, inner, inputs); code != 0 {
			return code
		}
	}
	return 0
}

func (r *runner) env(t *testing.T, env, inputs map[string]string) (out []string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(env)) {
		out = append(out, name+"="+r.expand(t, env[name], inputs))
	}
	return out
}

// expand replaces the expressions in a text, all of which must be known.
func (r *runner) expand(t *testing.T, text string, inputs map[string]string) string {
	t.Helper()
	return regexp.MustCompile(`\$\{\{ *(\S+) *\}\}`).ReplaceAllStringFunc(text, func(e string) string {
		name := strings.Trim(e, "${} ")
		if input, found := strings.CutPrefix(name, "inputs."); found {
			value, known := inputs[input]
			if !known {
				t.Fatalf("unknown input %s", input)
			}
			return value
		}
		value, known := r.expressions[name]
		if !known {
			t.Fatalf("unknown expression %s", name)
		}
		return value
	})
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// variable returns a variable of the environment that the proposal gives to a CI.
func (p *proposal) variable(name string) string {
	value := ""
	for _, v := range p.environ {
		if text, found := strings.CutPrefix(v, name+"="); found {
			value = text
		}
	}
	return value
}

// take removes variables from the environment, which a workflow must pass on itself.
func (p *proposal) take(names ...string) {
	p.environ = slices.DeleteFunc(p.environ, func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(names, name)
	})
}

// newRunner is a runner for a pull request. Secrets are in no variable that the workflow does
// not set.
func newRunner(t *testing.T, p *proposal, ref string) *runner {
	t.Helper()
	r := &runner{proposal: p, ref: ref, outputs: make(map[string]string), expressions: map[string]string{
		"github.token": forgeToken, "secrets.VPS_API_TOKEN": p.variable("VPS_API_TOKEN"), "secrets.DNS_BOT_TOKEN": forgeToken,
		"github.event.workflow_run.head_sha": "",
	}}
	p.take("VPS_API_TOKEN", "GITHUB_TOKEN", "GITEA_TOKEN", "GITLAB_TOKEN")
	p.environ = append(p.environ, "GITHUB_BASE_REF=main", "GITHUB_REF_NAME=1/merge")
	return r
}

// At GitHub the action does it, with the merge commit that GitHub makes.
func TestRecipeGitHub(t *testing.T) {
	t.Parallel()
	p := propose(t, nil, gitHub)
	p.mergeCommit(t)
	r := newRunner(t, p, "refs/pull/1/merge")
	if code := r.runs(t, recipe(t, "## GitHub Actions", "yaml")); code != 0 {
		t.Fatalf("got exit code %d:\n%s", code, r.output)
	}
	p.planned(t)
	for name, want := range map[string]string{"changes": "1", "risk": "low", "approval-codes": ""} {
		if got := r.outputs[name]; got != want {
			t.Errorf("output %s: got %q, want %q", name, got, want)
		}
	}
	if _, err := os.Stat(r.outputs["plan-file"]); err != nil || !strings.Contains(r.summary, "192.0.2.9") {
		t.Errorf("got %v for the plan file and the summary\n%s", err, r.summary)
	}
}

// mergeCommit makes the merge commit that GitHub keeps for a pull request.
func (p *proposal) mergeCommit(t *testing.T) {
	t.Helper()
	work := filepath.Join(t.TempDir(), "merge")
	gitIn(t, p.temp, "clone", "-q", p.origin, work)
	gitIn(t, work, "merge", "-q", "--no-edit", "origin/change")
	gitIn(t, work, "push", "-q", "origin", "HEAD:refs/pull/1/merge")
}

// Gitea's Actions check out the head, so the recipe merges.
func TestRecipeGitea(t *testing.T) {
	t.Parallel()
	p := propose(t, nil, gitea)
	r := newRunner(t, p, "refs/pull/1/head")
	if code := r.runs(t, recipe(t, "## Gitea and Forgejo Actions", "yaml")); code != 0 {
		t.Fatalf("got exit code %d:\n%s", code, r.output)
	}
	p.planned(t)
}

// GitLab runs the lines of a job in one shell.
func TestRecipeGitLab(t *testing.T) {
	t.Parallel()
	p := propose(t, nil, gitLab)
	var jobs map[string]struct{ Script []string }
	if err := yaml.Unmarshal([]byte(recipe(t, "## GitLab CI", "yaml")), &jobs); err != nil {
		t.Fatal(err)
	}
	code, out := p.shell(t, p.checkout(t, "refs/merge-requests/1/head"), strings.Join(jobs["dns"].Script, "\n"), "CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main")
	if code != 0 {
		t.Fatalf("got exit code %d:\n%s", code, out)
	}
	p.planned(t)
}

// Woodpecker takes "$$" for "$", and one step's commands are one script.
func TestRecipeWoodpecker(t *testing.T) {
	t.Parallel()
	p := propose(t, nil, gitea)
	var pipeline struct {
		Steps map[string]struct{ Commands []string }
	}
	if err := yaml.Unmarshal([]byte(recipe(t, "## Woodpecker", "yaml")), &pipeline); err != nil {
		t.Fatal(err)
	}
	url := p.variable("GITHUB_SERVER_URL")
	p.take("GITHUB_ACTIONS", "GITEA_ACTIONS", "GITHUB_EVENT_PATH")
	p.environ = append(p.environ, "CI=woodpecker", "CI_FORGE_TYPE=gitea", "CI_FORGE_URL="+url, "CI_REPO=acme/zones",
		"CI_COMMIT_PULL_REQUEST=1", "CI_COMMIT_SHA="+p.head, "CI_COMMIT_TARGET_BRANCH=main", "CI_PIPELINE_EVENT=pull_request")
	script := strings.ReplaceAll(strings.Join(pipeline.Steps["plan"].Commands, "\n"), "$$", "$")
	if code, out := p.shell(t, p.checkout(t, "refs/pull/1/head"), script); code != 0 {
		t.Fatalf("got exit code %d:\n%s", code, out)
	}
	p.planned(t)
}

// asFork turns the pull request into one from a fork, after which a trusted workflow runs.
func (p *proposal) asFork(t *testing.T, r *runner) {
	t.Helper()
	event := filepath.Join(writeFiles(t, "event.json", `{"workflow_run": {"head_branch": "change", "head_sha": "`+p.head+`",
		"head_repository": {"full_name": "guest/zones"}, "pull_requests": []}}`), "event.json")
	config := filepath.Join(writeFiles(t, "gitconfig", "[url \"file://"+p.origin+"\"]\n\tinsteadOf = https://github.example/acme/zones\n"), "gitconfig")
	p.take("GITHUB_BASE_REF")
	p.environ = append(p.environ, "GITHUB_EVENT_NAME=workflow_run", "GITHUB_EVENT_PATH="+event, "GITHUB_REF_NAME=main", "GIT_CONFIG_GLOBAL="+config)
	r.expressions["github.event.workflow_run.head_sha"] = p.head
}

// forkOf is a GitHub at which the pull request comes from a fork.
func forkOf(t *testing.T, o forgetest.Options) *hub {
	t.Helper()
	o.PullRequests[0].HeadRepository = "guest/zones"
	return gitHub(t, o)
}

// For a fork the first workflow has no secrets, and the second one runs nothing of the fork.
func TestRecipeForks(t *testing.T) {
	t.Parallel()
	p := propose(t, nil, forkOf)
	p.mergeCommit(t)
	snapshot := filepath.Join(t.TempDir(), "snapshot.json")
	got := runs(t, p.environ, "import", "--format", "json")
	if err := os.WriteFile(snapshot, []byte(got.stdout), 0o644); err != nil || got.code != exitOK {
		t.Fatal(err, got.stderr)
	}
	r := newRunner(t, p, "refs/pull/1/merge")
	r.expressions["github.token"] = ""
	job := strings.Replace(recipe(t, "### The fork's job at GitHub", "yaml"), "https://dns.example.org/api/v1/snapshot", snapshot, 1)
	if code := r.runs(t, job); code != 0 {
		t.Fatalf("the fork's job: got exit code %d:\n%s", code, r.output)
	}
	if !strings.Contains(r.summary, "192.0.2.9") || !strings.Contains(r.summary, "live zones as of the snapshot of") || len(p.hub.Calls()) != 0 {
		t.Errorf("the fork's job: got %d calls and the summary\n%s", len(p.hub.Calls()), r.summary)
	}

	p.asFork(t, r)
	r.expressions["github.token"] = forgeToken
	if code := r.runs(t, recipe(t, "### The trusted workflow at GitHub", "yaml")); code != 0 {
		t.Fatalf("the trusted workflow: got exit code %d:\n%s", code, r.output)
	}
	p.planned(t)
}

// By hand it works at every forge.
func TestRecipeForksElsewhere(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(*testing.T, forgetest.Options) *hub{"gitlab": gitLab, "gitea": gitea} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := propose(t, nil, start)
			p.take("GITHUB_EVENT_PATH", "CI_MERGE_REQUEST_IID", "CI_COMMIT_SHA")
			install, _, _ := strings.Cut(recipe(t, "## A plain shell", "sh"), "# Plan the merge result.")
			code, out := p.shell(t, p.temp, install+recipe(t, "### Forks elsewhere", "sh"),
				"BASE=main", "REF=refs/merge-requests/1/head", "PULL_REQUEST=1", "REPOSITORY_URL="+p.origin)
			if code != 0 {
				t.Fatalf("got exit code %d:\n%s", code, out)
			}
			p.planned(t)
		})
	}
}

// Nothing of what a fork brings along is run, and no file outside its tree is read.
func TestForkIsData(t *testing.T) {
	t.Parallel()
	trap := filepath.Join(t.TempDir(), "sprung")
	secret := filepath.Join(writeFiles(t, "secret.yaml", "zone: SECRET0\n"), "secret.yaml")
	p := propose(t, map[string]string{
		"zones/.gitattributes":      "*.yaml filter=trap text eol=crlf ident\n",
		".githooks/post-merge":      "#!/bin/sh\ntouch " + trap + "\n",
		".gitmodules":               "[submodule \"x\"]\n\tpath = x\n\turl = file:///nowhere\n",
		"zones/example.com.yaml":    "zone: example.com\nttl: 300\nrecords:\n  www: {A: 192.0.2.9}\n  mail: {A: 192.0.2.2}\n  ftp: {A: 192.0.2.3}\n",
		"zones/linked.example.yaml": "-> " + secret,
	}, forkOf)
	r := newRunner(t, p, "refs/pull/1/merge")
	p.asFork(t, r)
	config := p.variable("GIT_CONFIG_GLOBAL")
	text := readFile(t, config) + "[filter \"trap\"]\n\tsmudge = touch " + trap + "\n\tclean = touch " + trap + "\n[core]\n\thooksPath = .githooks\n"
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	code := r.runs(t, recipe(t, "### The trusted workflow at GitHub", "yaml"))
	if _, err := os.Stat(trap); err == nil {
		t.Error("a hook or a filter of the fork was run")
	}
	// The link is a zone file that makes no sense, and says so in the comment.
	if body := p.hub.only(t).Body; code != exitInvalid || strings.Contains(body+r.output, "SECRET") || !strings.Contains(body, "192.0.2.9") || !strings.Contains(body, "linked.example.yaml") {
		t.Errorf("got exit code %d, the comment\n%s\nand the output\n%s", code, body, r.output)
	}
}

// Without a version the program is built from the action's own files where there is Go.
func TestActionBuilds(t *testing.T) {
	t.Parallel()
	p := propose(t, nil, gitHub)
	p.mergeCommit(t)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// It takes a minute to build the program anew, which is what this would do.
	toolchain := writeFiles(t, "go", "#!/bin/sh\necho \"in $PWD: go $*\" >> \"$HOME/built\"\ncat '"+program+"' > \"$4\"\nchmod +x \"$4\"\n")
	if err := os.Chmod(filepath.Join(toolchain, "go"), 0o755); err != nil {
		t.Fatal(err)
	}
	p.path += string(os.PathListSeparator) + toolchain
	r := newRunner(t, p, "refs/pull/1/merge")
	if code := r.runs(t, recipe(t, "## GitHub Actions", "yaml")); code != 0 {
		t.Fatalf("got exit code %d:\n%s", code, r.output)
	}
	p.planned(t)
	if built := readFile(t, filepath.Join(p.home, "built")); !strings.Contains(built, "in "+r.expressions["github.action_path"]+": go build -trimpath -o ") {
		t.Errorf("got %q, want a build of the action's own files", built)
	}
}
