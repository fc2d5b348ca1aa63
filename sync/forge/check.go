package forge

import (
	"context"
	"errors"
	"fmt"
	"path"
	"unicode/utf8"
)

// A Conclusion is the verdict of a check.
type Conclusion string

// The conclusions. A forge without one that is neutral is given none; see [Client.SetCheck].
const (
	Success Conclusion = "success"
	Failure Conclusion = "failure"
	Neutral Conclusion = "neutral"
)

// A Level is how serious an annotation is.
type Level string

// The levels of annotations.
const (
	Notice  Level = "notice"
	Warning Level = "warning"
	Problem Level = "failure"
)

// A Check is a verdict on a commit.
type Check struct {
	// Name tells the check from others on the commit, as branch protection names it. ""
	// means "zonetender", followed by a slash and the client's key where that was chosen.
	Name       string
	Conclusion Conclusion
	// Title is one line, and all that a commit status shows of it.
	Title string
	// Summary and Text are Markdown, at most 65,535 characters each, for check runs. Text
	// may be "". Text from outside in them must be escaped already.
	Summary, Text string
	// Annotations are shown on the lines of files, by check runs alone. The first
	// [MaxAnnotations] are sent; a note of the result counts the others.
	Annotations []Annotation
	// URL is the page with more, "" for the CI run's.
	URL string
}

// An Annotation is a remark on lines of a file.
type Annotation struct {
	Path       string // relative to the repository, clean, with slashes
	Start, End int    // lines, counted from 1; End 0 means Start
	Level      Level
	Title      string // at most 255 characters of it are shown, "" for none
	Message    string // at most 64 KiB of it are shown
}

const (
	// MaxAnnotations is how many annotations a check run is given, ten calls' worth.
	MaxAnnotations = 500

	maxOutput            = 65_535   // characters of a summary or text
	maxTitle             = 255      // characters of a title
	maxMessage           = 64 << 10 // bytes of an annotation's message
	maxGitHubDescription = 140      // characters of a commit status
	maxDescription       = 255      // the same elsewhere
	maxBatch             = 50       // annotations in a call
	defaultCheck         = "zonetender"
)

// SetCheck puts a verdict on the head commit: at GitHub a check run, elsewhere, and for
// GitHub's personal tokens, a commit status of the same name. One that says so already is
// not written again.
//
// A commit status has no neutral state. At Gitea and Forgejo it is then "warning". At
// GitLab and GitHub none is set, as every other would look like a verdict.
func (c *Client) SetCheck(ctx context.Context, k Check) (Result, error) {
	k, err := k.complete(c.target, c.key)
	if err != nil {
		return Result{}, err
	}
	t := c.target
	if t.Commit == "" {
		if t.PullRequest == 0 {
			return Result{}, errors.New("check: neither a commit nor a pull request is known")
		}
		pull, err := c.finder.pull(ctx, t.PullRequest)
		if err != nil {
			return Result{}, err
		}
		if t.Commit = pull.Head.Commit; !objectID.MatchString(t.Commit) {
			return Result{}, fmt.Errorf("pull request %d: head commit %s: expected a hexadecimal object name", t.PullRequest, quote(t.Commit))
		}
	}
	var self account
	if c.target.Kind == GitHub {
		// Without a name no earlier check run is recognized, and a new one made.
		self, _ = c.identity(ctx)
	}
	return c.checker.set(ctx, t, k, self)
}

// complete fills in what follows and refuses what no forge takes.
func (k Check) complete(t Target, key string) (Check, error) {
	if k.Name == "" {
		k.Name = defaultCheck
		if key != defaultKey {
			k.Name += "/" + key
		}
	}
	if k.URL == "" {
		k.URL = t.Run
	}
	if k.Summary == "" {
		k.Summary = k.Title
	}
	k.Title = clip(oneLine(k.Title), maxTitle)
	switch {
	case k.Title == "":
		return k, errors.New("check: no title")
	case k.Conclusion != Success && k.Conclusion != Failure && k.Conclusion != Neutral:
		return k, fmt.Errorf("check: conclusion %s: expected success, failure or neutral", quote(string(k.Conclusion)))
	case utf8.RuneCountInString(k.Summary) > maxOutput || utf8.RuneCountInString(k.Text) > maxOutput:
		return k, fmt.Errorf("check: summary or text is too long, expected at most %d characters", maxOutput)
	}
	for _, a := range k.Annotations {
		if a.Path == "" || path.IsAbs(a.Path) || path.Clean(a.Path) != a.Path {
			return k, fmt.Errorf("check: annotation of %s: expected a clean path in the repository", quote(a.Path))
		}
	}
	return k, nil
}
