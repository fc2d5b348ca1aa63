package render_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
	"golang.org/x/net/html"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/diff/render"
	"github.com/zonetender/zonetender/schema"
)

// planWith has a text of somebody's choice in every place where a plan may have one.
func planWith(t testing.TB, evil string) *diff.Plan {
	t.Helper()
	owner := name("www.example.com")
	if n, err := schema.ParseName("w" + evil + ".example.com."); err == nil && n.In(name("example.com")) {
		owner = n
	}
	old := schema.Record{Name: owner, Type: schema.TXT, TTL: 60, Data: schema.NewTXT("a" + evil)}
	caa, err := schema.NewCAA(0, "issue", "a"+evil)
	if err != nil {
		t.Fatal(err)
	}
	risk := because(schema.RiskHigh, schema.RiskApexMX, "because "+evil)
	at := schema.Position{File: "a" + evil, Line: 3}
	zone := planned(t, "example.com", "www TXT a", "www TXT b")
	zone.Changes = []diff.Change{
		{Action: diff.Update, Name: owner, Type: schema.TXT, Before: diff.Live{Record: old}, After: schema.Record{Name: owner, Type: schema.TXT, TTL: 60, Data: schema.NewTXT(evil + "b")},
			Risk: risk, Pos: at, Commit: "a" + evil, Author: evil, Origin: diff.OriginDrift},
		{Action: diff.Delete, Name: owner, Type: schema.SRV, Before: diff.Live{Record: schema.Record{Name: owner, Type: schema.SRV}, Value: evil}, Risk: risk, Pos: at},
		{Action: diff.Create, Name: owner, Type: schema.CAA, After: schema.Record{Name: owner, Type: schema.CAA, Data: caa}, Risk: risk, Pos: at},
	}
	zone.Warnings = []string{"w " + evil}
	zone.Blocked = []diff.Refusal{{Guard: diff.GuardDeletes, Message: "m " + evil}}
	zone.Approval = "9f3c2ab41e07"
	return diff.NewPlan(diff.PlanSpec{
		Commit: "c" + evil, Base: "b" + evil, LiveFrom: "l " + evil,
		Warnings: []string{"w " + evil},
		Problems: schema.Problems{{Pos: at, Code: "c" + evil, Message: "p " + evil}, {Pos: at, Severity: schema.Warning, Code: "c", Message: "p " + evil}},
		Settings: []diff.SettingChange{{Pos: at, Key: "k" + evil, Before: "b" + evil, After: "a" + evil, Risk: risk}},
		Zones:    []diff.ZonePlan{zone, {Zone: name("example.org"), Error: "e " + evil}},
	})
}

func commentWith(t testing.TB, evil string) string {
	t.Helper()
	p := planWith(t, evil)
	p.Zones()[0].Changes[0].Risk = because(schema.RiskHigh, schema.RiskApexMX, "because "+evil)
	return markdown(t, p, render.MarkdownOptions{
		Title: "t " + evil, Whole: "w " + evil,
		Link: func(path string, line int) string { return fmt.Sprintf("https://git.example.org/%s#L%d", path, line) },
	})
}

// ourHTML is all that a comment has of HTML.
var ourHTML = regexp.MustCompile(`^(<br>|</?sub>|</details>\n?|<details>\n<summary>(<code>[^<>]*</code>: )?[^<>]*</summary>\n?)$`)

// autolink is what forges make links, mentions and references of outside code.
var autolink = regexp.MustCompile(`[@#!~%$&]\w|://|www\.\w|\bGH-[0-9]|\b[0-9a-f]{7,}\b|:\w+:|\w@\w`)

// skeleton reads a comment as a forge does, and returns its blocks and markup without the
// text and code within. It fails the test where a text means more than itself.
func skeleton(t *testing.T, comment string) []string {
	t.Helper()
	source := []byte(comment)
	var out []string
	root := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList)).Parser().Parse(text.NewReader(source))
	err := ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.CodeSpan:
			return ast.WalkSkipChildren, nil
		case *ast.Text:
			if s := strings.ReplaceAll(string(n.Segment.Value(source)), "&#124;", "|"); autolink.MatchString(s) && n.Parent().Kind() != ast.KindLink {
				t.Errorf("outside code: %q", s)
			}
			return ast.WalkContinue, nil
		case *ast.Link:
			if d := string(n.Destination); !strings.HasPrefix(d, "https://git.example.org/") {
				t.Errorf("link to %q", d)
			}
			return ast.WalkContinue, nil // an address that cannot be one is left out
		case *ast.FencedCodeBlock:
			out = append(out, fmt.Sprintf("block %s of %d lines", n.Language(source), n.Lines().Len()))
			return ast.WalkContinue, nil
		case *ast.RawHTML:
			out = append(out, ours(t, string(n.Segments.Value(source))))
			return ast.WalkContinue, nil
		case *ast.HTMLBlock:
			out = append(out, ours(t, string(n.Lines().Value(source))))
			return ast.WalkContinue, nil
		case *ast.AutoLink, *ast.Image:
			t.Errorf("an address or picture became markup: %s", n.Kind())
		}
		out = append(out, n.Kind().String())
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func ours(t *testing.T, markup string) string {
	t.Helper()
	if !ourHTML.MatchString(markup) {
		t.Errorf("HTML that is not ours: %q", markup)
	}
	return markup[:strings.Index(markup+">", ">")]
}

// Whatever a plan holds, a comment has the same blocks, rows and cells as with harmless text.
func FuzzMarkdownHoldsData(f *testing.F) {
	for _, s := range []string{
		"@everyone", "#1 GH-12 group/project#2 !3 ~bug %4 $5", "\n/close\n", "/close", "```\n# head\n```", "`````", "|", `\|`, `a\`, "``|`` |",
		"<script>alert(1)</script>", "</details></summary>", "<!-- -->", "[x](javascript:alert(1))", "![x](http://evil.example/p.png)",
		"http://evil.example www.evil.example me@evil.example", "\u202egnp.exe\u2066", "\x1b[2J\x00", "**b** _i_ ~~s~~ &lt; &#124;", ":smile: [ ] - [x] 1. + -",
		"\r\n| --- | --- |", "$`x`$ $$y$$", "[^1]: note", "4b825dc642cb6eb9a060e54bf8d69288fbee4904", ") ](", "\xff\xfe", "a  b\tc", "'\"", "x\n: y",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, evil string) {
		if len(evil) > 100 {
			return
		}
		want := skeleton(t, commentWith(t, "x"))
		comment := commentWith(t, evil)
		if d := cmp.Diff(want, skeleton(t, comment)); d != "" {
			t.Errorf("%q changes what the comment is made of (-want +got):\n%s\n%s", evil, d, comment)
		}
		if s := schema.Printable(strings.ReplaceAll(comment, "\n", "")); s != strings.ReplaceAll(comment, "\n", "") && !strings.Contains(s, `\u`) {
			t.Errorf("the comment has characters that cannot be seen: %q", comment)
		}
		for line := range strings.Lines(comment) {
			if strings.HasPrefix(line, "/") {
				t.Errorf("a line is an order to GitLab: %q", line)
			}
		}
	})
}

// A page has the same elements and attributes, whatever the plan holds.
func TestPageHoldsData(t *testing.T) {
	t.Parallel()
	escaped := func(path string, line int) string { return inLine(url.PathEscape(path), line) }
	want := elements(t, page(t, planWith(t, "x"), render.HTMLOptions{Title: "x", Link: escaped}))
	for _, evil := range []string{
		"<script>alert(1)</script>", "</style><b>", "\"onload='x'", "<!--", "{{.}}", "javascript:alert(1)", "&lt;", "\u202e\x00", "a\nb", "</title>", "]]>",
	} {
		got := page(t, planWith(t, evil), render.HTMLOptions{Title: evil, Link: escaped})
		if d := cmp.Diff(want, elements(t, got)); d != "" {
			t.Errorf("%q changes what the page is made of (-want +got):\n%s", evil, d)
		}
		if strings.ContainsAny(got, "\u202e\x00") {
			t.Errorf("%q: the page has characters that cannot be seen", evil)
		}
	}
}

// elements returns the tags of a page with the names of their attributes. What is marked as
// different within a value depends on the value.
func elements(t *testing.T, page string) []string {
	t.Helper()
	var out []string
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		kind := z.Next()
		token := z.Token()
		switch {
		case kind == html.ErrorToken:
			return out
		case kind == html.TextToken || token.Data == "mark":
			continue
		}
		tag := kind.String() + " " + token.Data
		for _, a := range token.Attr {
			tag += " " + a.Key
			if a.Key == "href" && !strings.HasPrefix(a.Val, "https://git.example.org/") {
				t.Errorf("link to %q", a.Val)
			}
		}
		out = append(out, tag)
	}
}

func TestLinksLeadToTheWebOnly(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://git.example.org/a b(c)|`<d>#L1":    "](https://git.example.org/a%20b%28c%29%7C%60%3Cd%3E#L1)",
		"http://git.example.org/" + "x\"onload=\"1": "](http://git.example.org/x%22onload=%221)",
		"javascript:alert(1)":                       "",
		"JavaScript://x/%0a":                        "",
		"data:text/html,x":                          "",
		"//git.example.org/x":                       "",
		"/etc/passwd":                               "",
		"https://":                                  "",
		"":                                          "",
	} {
		o := render.MarkdownOptions{Link: func(string, int) string { return address }, Whole: "whole"}
		got := markdown(t, sample(t), o)
		if want != "" && !strings.Contains(got, want) {
			t.Errorf("%s: the comment does not contain %s", address, want)
		}
		if want == "" && strings.Contains(got, "](") {
			t.Errorf("%s: the comment has a link", address)
		}
		if got := page(t, sample(t), render.HTMLOptions{Link: o.Link}); (want != "") != strings.Contains(got, "href=") {
			t.Errorf("%s: the page has a link: %v", address, want == "")
		}
	}
}
