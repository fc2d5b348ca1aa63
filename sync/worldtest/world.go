// Package worldtest combines a folder of zone files with a simulated service, for tests of
// the pass and of the daemon.
package worldtest

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	gosync "sync"
	"testing"
	"testing/fstest"
	"testing/synctest"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/diff/render"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/vpsorg"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// A World is a folder of zone files and a simulated service.
//
// Tests write a record as one line, "www 300 A 192.0.2.1": owner name, TTL, type and
// data as in a zone file, a TXT as its plain text.
type World struct {
	T      testing.TB
	Server *vpsorgtest.Server
	Files  fstest.MapFS
	// Transport performs the calls to the service; a test may wrap it.
	Transport http.RoundTripper
	// Concurrency and Approve are those of each pass.
	Concurrency int
	Approve     []string
}

// New returns a world without zone files or zones.
func New(t testing.TB, o vpsorgtest.Options) *World {
	w := &World{T: t, Server: vpsorgtest.New(o), Files: fstest.MapFS{}}
	w.Transport = w.Server.Transport()
	return w
}

// Bubble runs a parallel subtest in a synctest bubble, where waits take no time and no
// goroutine may be left behind.
func Bubble(t *testing.T, name string, f func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, f)
	})
}

// Live adds a zone to the service, as a person at the dashboard would.
func (w *World) Live(domain string, lines ...string) {
	w.T.Helper()
	if _, err := w.Server.AddZone(domain, Stored(w.T, lines)...); err != nil {
		w.T.Fatal(err)
	}
}

// Stored parses lines into records of the simulator.
func Stored(t testing.TB, lines []string) []vpsorgtest.Record {
	t.Helper()
	var out []vpsorgtest.Record
	for _, line := range lines {
		f := strings.SplitN(line, " ", 4)
		ttl, err := strconv.Atoi(f[1])
		if err != nil || len(f) != 4 {
			t.Fatalf("line %q is not a record: %v", line, err)
		}
		typ := schema.Type(f[2])
		r := vpsorgtest.Record{Name: f[0], TTL: ttl, Type: f[2], Value: f[3]}
		switch {
		case !typ.Managed():
			r.Raw, r.Priority = true, vpsorgtest.NoPriority
		case typ.HasPriority():
			priority, rest, _ := strings.Cut(f[3], " ")
			if r.Priority, err = strconv.Atoi(priority); err != nil {
				t.Fatalf("line %q: %v", line, err)
			}
			r.Value = rest
		}
		if typ.HasHost() && !strings.HasSuffix(" "+r.Value, " .") {
			r.Value = strings.TrimSuffix(r.Value, ".")
		}
		out = append(out, r)
	}
	return out
}

// LineOf formats a record of the simulator as a line.
func LineOf(r vpsorgtest.Record, domain string) string {
	typ, value := schema.Type(r.Type), r.Value
	if typ.HasHost() && !strings.HasSuffix(value, ".") {
		value += "."
	}
	if typ.HasPriority() {
		value = fmt.Sprintf("%d %s", r.Priority, value)
	}
	name := cmp.Or(strings.TrimSuffix(strings.TrimSuffix(r.Name, domain), "."), "@")
	return fmt.Sprintf("%s %d %s %s", name, r.TTL, r.Type, value)
}

// File writes the file of a zone.
func (w *World) File(domain string, lines ...string) {
	w.Files[domain+".yaml"] = &fstest.MapFile{Data: []byte(ZoneFile(domain, lines))}
}

// Settings writes zonetender.yaml.
func (w *World) Settings(text string) {
	w.Files["zonetender.yaml"] = &fstest.MapFile{Data: []byte(text)}
}

// ZoneFile returns a zone file with the records of lines. Records of one name and type get
// the TTL of the first.
func ZoneFile(domain string, lines []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "zone: %s\nrecords:", domain)
	if len(lines) == 0 {
		b.WriteString(" {}\n")
		return b.String()
	}
	sorted := slices.Sorted(slices.Values(lines))
	name, typ := "", ""
	for _, line := range sorted {
		f := strings.SplitN(line, " ", 4)
		if f[0] != name {
			fmt.Fprintf(&b, "\n  '%s':", f[0])
			name, typ = f[0], ""
		}
		if f[2] != typ {
			fmt.Fprintf(&b, "\n    - ttl: %s\n      %s:", f[1], f[2])
			typ = f[2]
		}
		fmt.Fprintf(&b, "\n        - '%s'", strings.ReplaceAll(f[3], "'", "''"))
	}
	return b.String() + "\n"
}

// Client returns a new client, as a new process would have.
func (w *World) Client() *vpsorg.Client {
	w.T.Helper()
	c, err := vpsorg.New(vpsorg.Options{
		URL: "https://api.invalid/api/v1", Token: w.Server.Token(), Transport: w.Transport, Jitter: rand.NewPCG(1, 2),
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return c
}

// Folder opens the folder of zone files.
func (w *World) Folder() *zonefile.Folder {
	w.T.Helper()
	folder, problems, err := zonefile.Open(w.Files, ".")
	if err != nil || len(problems.Errors()) > 0 {
		w.T.Fatal(err, problems)
	}
	return folder
}

// Pass returns a new pass over the folder, and the client that it reads with.
func (w *World) Pass() (*sync.Pass, *vpsorg.Client) {
	w.T.Helper()
	c := w.Client()
	return &sync.Pass{Folder: w.Folder(), API: c, Concurrency: w.Concurrency, Approve: w.Approve}, c
}

// Plan plans a new pass.
func (w *World) Plan() *sync.Draft {
	w.T.Helper()
	c, _ := w.Pass()
	draft, err := c.Plan(w.T.Context())
	if err != nil {
		w.T.Fatal(err)
	}
	return draft
}

// Apply runs a new pass.
func (w *World) Apply() (*sync.Draft, *sync.Report) {
	w.T.Helper()
	c, api := w.Pass()
	draft, err := c.Plan(w.T.Context())
	if err != nil {
		w.T.Fatal(err)
	}
	return draft, c.Apply(w.T.Context(), draft, api)
}

// Try runs a new pass whose planning may fail.
func (w *World) Try(ctx context.Context) (*sync.Draft, *sync.Report, error) {
	w.T.Helper()
	c, api := w.Pass()
	draft, err := c.Plan(ctx)
	if err != nil {
		return nil, nil, err
	}
	return draft, c.Apply(ctx, draft, api), nil
}

// Records returns the records of a zone at the service, sorted.
func (w *World) Records(domain string) []string {
	lines := []string{}
	for _, r := range w.Server.Records(domain) {
		lines = append(lines, LineOf(r, domain))
	}
	slices.Sort(lines)
	return lines
}

// Declared returns the records that the zone's file declares, sorted.
func (w *World) Declared(domain string) []string {
	w.T.Helper()
	lines := []string{}
	for _, s := range w.Folder().Sources {
		if s.Zone.Undotted() == domain {
			z, problems := w.Folder().Zone(s)
			if z == nil {
				w.T.Fatal(problems)
			}
			lines = append(lines, ZoneLines(z)...)
		}
	}
	slices.Sort(lines)
	return lines
}

// ZoneLines returns the records of a zone as lines.
func ZoneLines(z *schema.Zone) []string {
	var lines []string
	for _, s := range z.RRsets() {
		for _, v := range s.Values {
			value := v.Data.String()
			if s.Type == schema.TXT {
				value = v.Data.TXT()
			}
			lines = append(lines, fmt.Sprintf("%s %d %s %s", s.Name.Relative(z.Name()), s.TTL, s.Type, value))
		}
	}
	return lines
}

// Holds fails the test unless the service holds exactly these records in a zone.
func (w *World) Holds(domain string, want ...string) {
	w.T.Helper()
	want = slices.Sorted(slices.Values(want))
	if d := gocmp.Diff(append([]string{}, want...), w.Records(domain)); d != "" {
		w.T.Errorf("%s holds (-want +got):\n%s", domain, d)
	}
}

// ID returns the service's id of the first record with a name and type.
func (w *World) ID(domain, name, typ string) string {
	w.T.Helper()
	for _, r := range w.Server.Records(domain) {
		if strings.HasPrefix(LineOf(r, domain), name+" ") && r.Type == typ {
			return r.ID
		}
	}
	w.T.Fatalf("%s has no %s %s", domain, name, typ)
	return ""
}

// Watch calls f before each call is performed, one call at a time.
func (w *World) Watch(f func(vpsorgtest.Call)) {
	var mu gosync.Mutex
	w.Server.OnCall(func(c vpsorgtest.Call) {
		mu.Lock()
		defer mu.Unlock()
		f(c)
	})
}

// Count returns the number of calls of these kinds that the service received.
func (w *World) Count(kinds ...vpsorgtest.Kind) int {
	n := 0
	for _, c := range w.Server.Calls() {
		if slices.Contains(kinds, c.Kind) {
			n++
		}
	}
	return n
}

// Writes returns the number of calls that would change something, failed ones included.
func (w *World) Writes() int {
	n := 0
	for _, c := range w.Server.Calls() {
		if c.Kind.Writes() {
			n++
		}
	}
	return n
}

// PlanText returns a plan as people see it.
func PlanText(t testing.TB, p *diff.Plan) string {
	t.Helper()
	var b strings.Builder
	if err := render.Text(&b, p, render.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// ReportText returns a report as people see it.
func ReportText(t testing.TB, r *sync.Report) string {
	t.Helper()
	var b strings.Builder
	if err := r.Text(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Shows fails the test unless text contains the phrases, in this order.
func Shows(t testing.TB, text string, phrases ...string) {
	t.Helper()
	rest := text
	for _, p := range phrases {
		_, after, found := strings.Cut(rest, p)
		if !found {
			t.Errorf("got:\n%s\nwant, in this order: %q; %q is missing", text, phrases, p)
			return
		}
		rest = after
	}
}

// Hides fails the test if text contains one of the phrases.
func Hides(t testing.TB, text string, phrases ...string) {
	t.Helper()
	for _, p := range phrases {
		if strings.Contains(text, p) {
			t.Errorf("got:\n%s\nwant it without %q", text, p)
		}
	}
}

// Tombstone returns the file that deletes a zone.
func Tombstone(domain string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("zone: " + domain + "\nstate: absent\n")}
}
