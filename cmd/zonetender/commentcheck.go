package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/diff/render"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/forge"
)

// A pullPlan is a plan as its pull request shows it.
type pullPlan struct {
	plan   *diff.Plan
	flags  commentFlags
	target forge.Target
}

// maxStepSummary is how many octets of summary GitHub takes from one step.
const maxStepSummary = 1 << 20

// markdown renders the plan within a limit in octets, 0 for that of a comment.
func (p *pullPlan) markdown(limit int, whole string) (string, error) {
	o := render.MarkdownOptions{Limit: limit, Unverified: p.flags.unverified, Whole: whole, Link: p.linkAt(p.target.Commit), BaseLink: p.linkAt(p.plan.Base)}
	if p.flags.key != "" {
		o.Title = "DNS plan: " + p.flags.key
	}
	var b bytes.Buffer
	if err := render.Markdown(&b, p.plan, o); err != nil {
		return "", err
	}
	return b.String(), nil
}

// linkAt returns the function that gives the page of a line at a commit. Commit and path are
// from the plan, and may be anything.
func (p *pullPlan) linkAt(commit string) func(file string, line int) string {
	at := p.target
	at.Commit = commit
	return func(file string, line int) string {
		if !fs.ValidPath(file) || strings.Trim(commit, "0123456789abcdef") != "" {
			return ""
		}
		return at.FileURL(file, line)
	}
}

// body is the comment, and the summary of the check.
func (p *pullPlan) body(whole string) (string, error) { return p.markdown(0, whole) }

// writeSummary adds the plan to the summary of the CI's step, where it has one.
func (p *pullPlan) writeSummary(a *app) error {
	const name = "GITHUB_STEP_SUMMARY"
	file := a.getenv(name)
	if file == "" {
		return nil
	}
	size := int64(0)
	if info, err := os.Stat(file); err == nil {
		size = info.Size()
	} else if !os.IsNotExist(err) {
		return fmt.Errorf("%s: %w", name, err)
	}
	room := maxStepSummary - size - 2
	if room < render.LeastLimit {
		fmt.Fprintf(a.stderr, "note: %s: it has no room left for the plan\n", name)
		return nil
	}
	text, err := p.markdown(int(room), "")
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return appendFile(name, file, "\n"+text+"\n")
}

func appendFile(what, file, text string) (err error) {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, fs.FileMode(0o644))
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if _, err = f.WriteString(text); err != nil {
		_ = f.Close()
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// check is the verdict, with remarks on the lines of the files.
func (p *pullPlan) check(summary string) forge.Check {
	k := forge.Check{Conclusion: forge.Failure, Title: render.Title(p.plan), Summary: summary, Annotations: p.annotations()}
	switch {
	case p.flags.unverified:
		k.Conclusion, k.Title = forge.Neutral, "unverified: "+k.Title
	case render.Verdict(p.plan).Success():
		k.Conclusion = forge.Success
	}
	return k
}

// A remark is an annotation with its rank: those that matter most come first, as there is
// a limit.
type remark struct {
	forge.Annotation
	rank int
}

// annotations are the problems in the files, and the risky edits, on the lines where they
// stand. Drift has no line that anybody has edited, and a deletion none that still exists.
func (p *pullPlan) annotations() []forge.Annotation {
	var out []remark
	for _, x := range p.plan.Problems {
		r := remark{rank: 0, Annotation: forge.Annotation{Level: forge.Problem, Title: "zonetender " + x.Code, Message: x.Message}}
		if x.Severity == schema.Warning {
			r.rank, r.Level = 2, forge.Warning
		}
		out = add(out, r, x.Pos)
	}
	for _, e := range p.riskyEdits() {
		out = add(out, e.remark(), e.at)
	}
	slices.SortStableFunc(out, func(a, b remark) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), strings.Compare(a.Path, b.Path), cmp.Compare(a.Start, b.Start))
	})
	annotations := make([]forge.Annotation, 0, len(out))
	for _, r := range out {
		annotations = append(annotations, r.Annotation)
	}
	return annotations
}

// add adds a remark, unless it stands on no line of the repository.
func add(to []remark, r remark, at schema.Position) []remark {
	if !fs.ValidPath(at.File) {
		return to
	}
	r.Path, r.Start = at.File, max(at.Line, 1)
	r.Title, r.Message = schema.Printable(r.Title), printableLines(r.Message)
	return append(to, r)
}

// printableLines escapes each line of a text by itself.
func printableLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = schema.Printable(l)
	}
	return strings.Join(lines, "\n")
}

// An edit is the risky changes that come from one line: of an include, in many zones.
type edit struct {
	at    schema.Position
	level schema.RiskLevel
	// lines say what is risky, a line each, and more counts those that are not among them.
	lines []string
	more  int
}

// mostLines is how many changes an annotation names.
const mostLines = 10

// riskyEdits returns the edits of settings and records above low risk, in the order of the
// plan.
func (p *pullPlan) riskyEdits() []*edit {
	var out []*edit
	at := make(map[schema.Position]*edit)
	note := func(pos schema.Position, risk diff.Risk, what string) {
		if risk.Level < schema.RiskMedium || pos.Line == 0 {
			return
		}
		pos.Col = 0
		e := at[pos]
		if e == nil {
			e = &edit{at: pos}
			at[pos], out = e, append(out, e)
		}
		e.level = max(e.level, risk.Level)
		if len(e.lines) == mostLines {
			e.more++
			return
		}
		for _, r := range risk.Reasons {
			what += "; " + r.Message
		}
		e.lines = append(e.lines, what)
	}
	for _, s := range p.plan.Settings {
		if s.After != "" {
			note(p.plan.InRepository(s.Pos), s.Risk, "settings: "+s.Key)
		}
	}
	for _, z := range p.plan.Zones() {
		for _, c := range z.Changes {
			if c.Action != diff.Delete && c.Origin != diff.OriginDrift {
				note(p.plan.InRepository(c.Pos), c.Risk, z.Zone.Undotted()+": "+c.Words(z.Zone))
			}
		}
	}
	return out
}

func (e *edit) remark() remark {
	r := remark{rank: 3, Annotation: forge.Annotation{Level: forge.Notice}}
	if e.level == schema.RiskHigh {
		r.rank, r.Level = 1, forge.Warning
	}
	r.Title = "zonetender: " + e.level.String() + " risk"
	lines := e.lines
	if e.more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", e.more))
	}
	r.Message = strings.Join(lines, "\n")
	return r
}
