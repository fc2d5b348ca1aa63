package forge

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A Kind is a make of forge.
type Kind string

// The kinds of forges. Forgejo speaks Gitea's API.
const (
	GitHub  Kind = "github"
	GitLab  Kind = "gitlab"
	Gitea   Kind = "gitea"
	Forgejo Kind = "forgejo"
)

// Kinds returns every kind.
func Kinds() []Kind { return []Kind{GitHub, GitLab, Gitea, Forgejo} }

// ParseKind returns the kind of a name such as "github", in any case.
func ParseKind(text string) (Kind, error) {
	k := Kind(strings.ToLower(strings.TrimSpace(text)))
	if !slices.Contains(Kinds(), k) {
		return "", fmt.Errorf("forge %s: expected github, gitlab, gitea or forgejo", quote(text))
	}
	return k, nil
}

// family returns the kind whose API a kind speaks.
func (k Kind) family() Kind {
	if k == Forgejo {
		return Gitea
	}
	return k
}

// A Target is a pull request, and the commit in it that a result belongs to. [Detect]
// returns one that is complete; the zero Target is not.
type Target struct {
	Kind Kind
	// URL is the base of the REST API, such as "https://gitea.example/api/v1". Detect adds
	// the path where only the forge's own address is given, and the public service where ""
	// is given for GitHub or GitLab.
	URL string
	// GraphQL is the address of GitHub's GraphQL API; "" means the one beside URL.
	GraphQL string
	// Repository is where the pull request is: "owner/name"; at GitLab also "group/sub/name"
	// or a project's number.
	Repository string
	// PullRequest is the number of the pull request, 0 if it must be found by Head.
	PullRequest int
	// Commit is the head commit of the pull request, 40 or 64 lower-case hexadecimal digits;
	// "" means that the forge is asked.
	Commit string
	// Head is the branch that a workflow_run event is about; zero elsewhere.
	Head Head
	// Pipeline is the GitLab pipeline whose commit Commit is, 0 for none.
	Pipeline int64
	// Web is the page of the repository that has Commit, "" if that is not known.
	Web string
	// Run is the page of the CI run, "" if that is not known.
	Run string
}

// A Head is where the commits of a pull request come from.
type Head struct {
	Repository string // as in Target
	Branch     string
	Commit     string // as in Target
}

// FileURL returns the page that shows a line of a file at the target's commit. The path is
// relative to the repository, with slashes; line 0 means the whole file. It returns "" if
// the page or the commit is not known.
func (t Target) FileURL(path string, line int) string {
	if t.Web == "" || t.Commit == "" {
		return ""
	}
	between := map[Kind]string{GitHub: "/blob/", GitLab: "/-/blob/", Gitea: "/src/commit/"}[t.Kind.family()]
	u := t.Web + between + t.Commit
	for _, part := range strings.Split(strings.TrimPrefix(path, "/"), "/") {
		u += "/" + url.PathEscape(part)
	}
	if line > 0 {
		u += "#L" + strconv.Itoa(line)
	}
	return u
}

var (
	ownerName = regexp.MustCompile(`^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$`)
	project   = regexp.MustCompile(`^([0-9]+|[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+)$`)
	objectID  = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)
)

// checkRepository returns an error for a repository that the kind of forge cannot have.
func (k Kind) checkRepository(name string) error {
	pattern, expected := ownerName, "owner/name"
	if k == GitLab {
		pattern, expected = project, "group/name or a project number"
	}
	dots := slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool { return part == "." || part == ".." })
	if !pattern.MatchString(name) || dots {
		return fmt.Errorf("repository %s: expected %s", quote(name), expected)
	}
	return nil
}

// complete fills in what follows from the rest and returns everything that is missing or
// wrong.
func (t Target) complete() (Target, error) {
	if t.Kind == "" {
		return t, errors.New("forge: not known: no CI's environment was recognized (GITHUB_ACTIONS, GITLAB_CI, CI=woodpecker): pass --forge github, gitlab, gitea or forgejo")
	}
	if !slices.Contains(Kinds(), t.Kind) {
		return t, fmt.Errorf("forge %s: expected github, gitlab, gitea or forgejo", quote(string(t.Kind)))
	}
	var problems []error
	api, err := apiURL(t.Kind, t.URL)
	if err != nil {
		problems = append(problems, err)
	} else {
		t.URL = api.String()
		t.GraphQL = cmp.Or(t.GraphQL, graphQL(t.Kind, t.URL))
	}
	if t.Kind.family() == GitHub && t.GraphQL != "" {
		if _, err := parseURL(t.GraphQL); err != nil {
			problems = append(problems, fmt.Errorf("GraphQL URL: %w", err))
		}
	}
	if t.Repository != "" {
		problems = append(problems, t.Kind.checkRepository(t.Repository))
	}
	if t.Commit != "" && !objectID.MatchString(t.Commit) {
		problems = append(problems, fmt.Errorf("commit %s: expected 40 or 64 lower-case hexadecimal digits", quote(t.Commit)))
	}
	if t.PullRequest < 0 {
		problems = append(problems, fmt.Errorf("pull request %d: expected a number above 0", t.PullRequest))
	}
	return t, errors.Join(problems...)
}
