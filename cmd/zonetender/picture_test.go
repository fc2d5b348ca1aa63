package main

import (
	"bytes"
	stdcmp "cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"html/template"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"

	"github.com/zonetender/zonetender/sync/forge/forgetest"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

const (
	pictureFile  = "../../docs/pull-request.png"
	pictureWidth = 1000 // CSS pixels
)

// readmeComment makes the comment for the edit of the README's example, as a pull request at
// GitHub has it. The time at which live zones were read is always the same.
func readmeComment(t *testing.T) string {
	t.Helper()
	server, environ := serve(t, vpsorgtest.Options{})
	repo := t.TempDir()
	if err := os.CopyFS(filepath.Join(repo, "zones.example"), os.DirFS("../../zones.example")); err != nil {
		t.Fatal(err)
	}
	commit := func(message string) string {
		gitIn(t, repo, "add", ".")
		gitIn(t, repo, "commit", "-q", "-m", message, "--author", "Ada Brook <ada@example.com>")
		return gitIn(t, repo, "rev-parse", "HEAD")
	}
	gitIn(t, repo, "init", "-q", "-b", "main")
	commit("Zones")
	zones := filepath.Join(repo, "zones.example")
	if got := runs(t, environ, "apply", "--yes", zones); got.code != exitOK {
		t.Fatalf("apply: %+v", got)
	}
	edits := 0
	for _, f := range fences(readme(t)) {
		if f[0] == "diff" {
			edits++
			patch(t, repo, f[1])
		}
	}
	if edits != 1 {
		t.Fatalf("README.md has %d edits, want the one of a pull request", edits)
	}
	gitIn(t, repo, "checkout", "-q", "-b", "change")
	head := commit("Move the website")
	before := writeLines(server)
	plan := savePlan(t, environ, zones, "--base", "main")
	if d := cmp.Diff(before, writeLines(server)); d != "" {
		t.Errorf("plan wrote:\n%s", d)
	}
	h := gitHub(t, forgetest.Options{PullRequests: []forgetest.PullRequest{{Number: 1, HeadBranch: "change", HeadCommit: head}}})
	h.at(t, head)
	h.comments(t, plan)
	_, body, _ := strings.Cut(h.only(t).Body, "-->\n")
	read := regexp.MustCompile(`live zones read on [-0-9]+ at [:0-9]+ UTC`)
	if !read.MatchString(body) {
		t.Fatalf("the comment does not say when live zones were read:\n%s", body)
	}
	return read.ReplaceAllString(body, "live zones read on 2026-11-21 at 22:34 UTC")
}

// The README shows the comment for its edit, as a picture and as markdown.
// "go test ./cmd/zonetender -run TestReadmePicture -update" writes both; it needs Chromium.
func TestReadmePicture(t *testing.T) {
	comment := readmeComment(t)
	page := picturePage(t, comment)
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(page)))
	chromium := findChromium()
	if *update {
		if chromium == "" {
			t.Fatal("chromium is not installed")
		}
		if err := os.WriteFile("../../README.md", []byte(withComment(t, readme(t), comment)), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(pictureFile, withDigest(t, encoded(t, picture(t, chromium, page)), digest), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(withComment(t, readme(t), comment), readme(t)); d != "" {
		t.Errorf("README.md, comment; want -, got +, write it with -update:\n%s", d)
	}
	data := []byte(readFile(t, pictureFile))
	if !bytes.Contains(data, []byte(digest)) {
		t.Errorf("%s shows another comment; write it with -update", pictureFile)
	}
	if most := 200 << 10; len(data) > most {
		t.Errorf("%s has %d octets, want at most %d", pictureFile, len(data), most)
	}
	shown, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	legible(t, shown)
	if chromium == "" {
		t.Log("chromium is not installed: the picture was not made anew")
		return
	}
	legible(t, picture(t, chromium, page))
}

// withComment returns the README with the comment in its block of markdown.
func withComment(t *testing.T, text, comment string) string {
	t.Helper()
	const begin, end = "\n`````markdown\n", "\n`````\n"
	before, rest, found := strings.Cut(text, begin)
	_, after, ends := strings.Cut(rest, end)
	if !found || !ends {
		t.Fatal("README.md has no block of markdown for the comment")
	}
	return before + begin + strings.TrimSuffix(comment, "\n") + end + after
}

// picturePage renders the comment as a forge does, with its sections open.
func picturePage(t *testing.T, comment string) string {
	t.Helper()
	var body, page bytes.Buffer
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))
	if err := md.Convert([]byte(comment), &body); err != nil {
		t.Fatal(err)
	}
	// Chromium alone has no pictures for these, and other machines other ones.
	text := strings.NewReplacer("<details>", "<details open>", "🔴", icon("high"), "🟠", icon("medium"), "✅", icon("good"), "❌", icon("bad")).Replace(body.String())
	// The lines of a diff are coloured, the first of which stands beside the block's begin.
	line := regexp.MustCompile(`(?m)^(<pre><code class="language-diff">)?([-+]) (.*)$`)
	text = line.ReplaceAllString(text, `$1<i class="line$2">$2 $3</i>`)
	text = strings.NewReplacer(`class="line-"`, `class="minus"`, `class="line+"`, `class="plus"`).Replace(text)
	text = strings.ReplaceAll(text, "</i>\n", "</i>")
	if err := template.Must(template.ParseFiles("testdata/picture/page.html")).Execute(&page, template.HTML(text)); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

func icon(class string) string { return `<span class="icon ` + class + `"></span>` }

func findChromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// picture is what Chromium shows of a page, without what is empty below it.
func picture(t *testing.T, chromium, page string) image.Image {
	t.Helper()
	dir := writeFiles(t, "page.html", page)
	shot := filepath.Join(dir, "shot.png")
	cmd := exec.CommandContext(t.Context(), chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
		"--force-device-scale-factor=2", "--user-data-dir="+filepath.Join(dir, "profile"), "--screenshot="+shot,
		fmt.Sprintf("--window-size=%d,2000", pictureWidth), "file://"+filepath.Join(dir, "page.html"))
	cmd.Env = append(processEnv(dir), "HOME="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("chromium: %v\n%s", err, out)
	}
	shown, err := png.Decode(strings.NewReader(readFile(t, shot)))
	if err != nil {
		t.Fatal(err)
	}
	const margin = 32
	bounds := shown.Bounds()
	for bounds.Max.Y > bounds.Min.Y+1 && blank(shown, bounds.Max.Y-1) {
		bounds.Max.Y--
	}
	bounds.Max.Y = min(bounds.Max.Y+margin, shown.Bounds().Max.Y)
	out := image.NewRGBA(bounds)
	draw.Draw(out, bounds, shown, bounds.Min, draw.Src)
	return out
}

func blank(of image.Image, y int) bool {
	for x := of.Bounds().Min.X; x < of.Bounds().Max.X; x++ {
		if of.At(x, y) != of.At(of.Bounds().Min.X, of.Bounds().Max.Y-1) {
			return false
		}
	}
	return true
}

// legible fails the test if the picture is not that of a page with text on it.
func legible(t *testing.T, of image.Image) {
	t.Helper()
	b, dark := of.Bounds(), 0
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if r, g, b, _ := of.At(x, y).RGBA(); r < 0x6000 && g < 0x6000 && b < 0x6000 {
				dark++
			}
		}
	}
	share := float64(dark) / float64(b.Dx()*b.Dy())
	if b.Dx() != 2*pictureWidth || b.Dy() < 400 || share < 0.005 || share > 0.3 {
		t.Errorf("got a picture of %d × %d pixels, %.1f %% of them dark, want a page with text", b.Dx(), b.Dy(), 100*share)
	}
}

// encoded returns a small PNG: the 256 colours that text and its edges need.
func encoded(t *testing.T, of image.Image) []byte {
	t.Helper()
	count := make(map[color.Color]int)
	b := of.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			count[of.At(x, y)]++
		}
	}
	out := image.NewPaletted(b, frequent(count, 256))
	draw.Draw(out, b, of, b.Min, draw.Src)
	var data bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&data, out); err != nil {
		t.Fatal(err)
	}
	return data.Bytes()
}

// withDigest puts the digest of what it shows into a PNG, as a text chunk before the end
// (PNG section 11.3.3).
func withDigest(t *testing.T, data []byte, digest string) []byte {
	t.Helper()
	const end = 12 // octets of the last chunk
	chunk := append([]byte("tEXtSource\x00"), digest...)
	var out bytes.Buffer
	out.Write(data[:len(data)-end])
	for _, part := range []any{uint32(len(chunk) - 4), chunk, crc32.ChecksumIEEE(chunk)} {
		if err := binary.Write(&out, binary.BigEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	out.Write(data[len(data)-end:])
	return out.Bytes()
}

// frequent returns the most frequent colours.
func frequent(count map[color.Color]int, most int) color.Palette {
	all := make(color.Palette, 0, len(count))
	for c := range count {
		all = append(all, c)
	}
	key := func(c color.Color) string { return fmt.Sprint(c) }
	slices.SortFunc(all, func(a, b color.Color) int {
		return stdcmp.Or(count[b]-count[a], strings.Compare(key(a), key(b)))
	})
	return all[:min(len(all), most)]
}
