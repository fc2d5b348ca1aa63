package sync_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log"
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
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/vpsorg"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// A world is a folder of zone files and a simulated service.
//
// Tests write a record as one line, "www 300 A 192.0.2.1": owner name, TTL, type and
// data as in a zone file, a TXT as its plain text.
type world struct {
	testing.TB
	*vpsorgtest.Server
	files fstest.MapFS
	// transport leads to the service; a test may put something in between.
	transport http.RoundTripper
	// concurrency is the cycle's; 0 is its default.
	concurrency int
	approve     []string
}

func newWorld(t testing.TB, o vpsorgtest.Options) *world {
	w := &world{TB: t, Server: vpsorgtest.New(o), files: fstest.MapFS{}}
	w.transport = w.Server.Transport()
	return w
}

// bubble runs a test in a bubble, where waits take no time and no goroutine may be
// left behind.
func bubble(t *testing.T, name string, f func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, f)
	})
}

// live puts a zone into the service, as a person with a dashboard would.
func (w *world) live(domain string, lines ...string) {
	w.Helper()
	if _, err := w.AddZone(domain, stored(w, lines)...); err != nil {
		w.Fatal(err)
	}
}

// stored reads lines as the simulator takes records.
func stored(t testing.TB, lines []string) []vpsorgtest.Record {
	t.Helper()
	var out []vpsorgtest.Record
	for _, line := range lines {
		f := strings.SplitN(line, " ", 4)
		ttl, err := strconv.Atoi(f[1])
		if err != nil || len(f) != 4 {
			t.Fatalf("line %q is no record: %v", line, err)
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

// lineOf writes a record of the simulator as a line.
func lineOf(r vpsorgtest.Record, domain string) string {
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

// file puts a zone file into the folder.
func (w *world) file(domain string, lines ...string) {
	w.files[domain+".yaml"] = &fstest.MapFile{Data: []byte(zoneFile(domain, lines))}
}

// settings writes zonetender.yaml.
func (w *world) settings(text string) {
	w.files["zonetender.yaml"] = &fstest.MapFile{Data: []byte(text)}
}

// zoneFile writes lines as a zone file. Records of one name and type share the TTL of
// the first.
func zoneFile(domain string, lines []string) string {
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

// client is a fresh client, as a fresh process has it.
func (w *world) client() *vpsorg.Client {
	w.Helper()
	c, err := vpsorg.New(vpsorg.Options{
		URL: "https://api.invalid/api/v1", Token: w.Token(), Transport: w.transport, Jitter: rand.NewPCG(1, 2),
	})
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// folder reads the zone files.
func (w *world) folder() *schema.Folder {
	w.Helper()
	folder, problems, err := schema.Open(w.files, ".")
	if err != nil || len(problems.Errors()) > 0 {
		w.Fatal(err, problems)
	}
	return folder
}

// cycle is a fresh cycle over the folder, with the client that it plans with.
func (w *world) cycle() (*sync.Cycle, *vpsorg.Client) {
	w.Helper()
	c := w.client()
	return &sync.Cycle{Folder: w.folder(), API: c, Concurrency: w.concurrency, Approve: w.approve}, c
}

func (w *world) plan() *sync.Draft {
	w.Helper()
	c, _ := w.cycle()
	draft, err := c.Plan(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	return draft
}

// apply runs a whole cycle.
func (w *world) apply() (*sync.Draft, *sync.Report) {
	w.Helper()
	c, api := w.cycle()
	draft, err := c.Plan(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	return draft, c.Apply(w.Context(), draft, api)
}

// try runs a whole cycle, of which the planning may fail.
func (w *world) try(ctx context.Context) (*sync.Draft, *sync.Report, error) {
	w.Helper()
	c, api := w.cycle()
	draft, err := c.Plan(ctx)
	if err != nil {
		return nil, nil, err
	}
	return draft, c.Apply(ctx, draft, api), nil
}

// records gives what the service holds of a zone, sorted.
func (w *world) records(domain string) []string {
	lines := []string{}
	for _, r := range w.Records(domain) {
		lines = append(lines, lineOf(r, domain))
	}
	slices.Sort(lines)
	return lines
}

// declared gives what the zone's file says, sorted.
func (w *world) declared(domain string) []string {
	w.Helper()
	lines := []string{}
	for _, s := range w.folder().Sources {
		if s.Zone.Undotted() == domain {
			z, problems := w.folder().Zone(s)
			if z == nil {
				w.Fatal(problems)
			}
			lines = append(lines, zoneLines(z)...)
		}
	}
	slices.Sort(lines)
	return lines
}

// zoneLines writes a desired zone as lines.
func zoneLines(z *schema.Zone) []string {
	var lines []string
	for _, s := range z.RRsets {
		for _, v := range s.Values {
			value := v.Data.Text(s.Type)
			if s.Type == schema.TXT {
				value = v.Data.Value(s.Type)
			}
			lines = append(lines, fmt.Sprintf("%s %d %s %s", s.Name.Relative(z.Name), s.TTL, s.Type, value))
		}
	}
	return lines
}

// holds fails the test unless the zone holds these records and no other.
func (w *world) holds(domain string, want ...string) {
	w.Helper()
	want = slices.Sorted(slices.Values(want))
	if d := gocmp.Diff(w.records(domain), append([]string{}, want...)); d != "" {
		w.Errorf("%s holds (-got +want):\n%s", domain, d)
	}
}

// id gives the service's id of the record with a name and type.
func (w *world) id(domain, name, typ string) string {
	w.Helper()
	for _, r := range w.Records(domain) {
		if strings.HasPrefix(lineOf(r, domain), name+" ") && r.Type == typ {
			return r.ID
		}
	}
	w.Fatalf("%s has no %s %s", domain, name, typ)
	return ""
}

// watch has f see each call before it is performed, one after the other.
func (w *world) watch(f func(vpsorgtest.Call)) {
	var mu gosync.Mutex
	w.OnCall(func(c vpsorgtest.Call) {
		mu.Lock()
		defer mu.Unlock()
		f(c)
	})
}

// count gives how many calls of a kind the service received.
func (w *world) count(kinds ...vpsorgtest.Kind) int {
	n := 0
	for _, c := range w.Calls() {
		if slices.Contains(kinds, c.Kind) {
			n++
		}
	}
	return n
}

// writes counts the calls that were to change something, whatever came of them.
func (w *world) writes() int {
	n := 0
	for _, c := range w.Calls() {
		if c.Kind.Writes() {
			n++
		}
	}
	return n
}

func planText(t testing.TB, p *diff.Plan) string {
	t.Helper()
	var b strings.Builder
	if err := p.Text(&b, diff.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func reportText(t testing.TB, r *sync.Report) string {
	t.Helper()
	var b strings.Builder
	if err := r.Text(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// shows fails the test unless text holds the phrases, one after the other.
func shows(t testing.TB, text string, phrases ...string) {
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

// hides fails the test where text holds one of the phrases.
func hides(t testing.TB, text string, phrases ...string) {
	t.Helper()
	for _, p := range phrases {
		if strings.Contains(text, p) {
			t.Errorf("got:\n%s\nwant it without %q", text, p)
		}
	}
}

// tombstone is the file of a zone that is to be deleted.
func tombstone(domain string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("zone: " + domain + "\nstate: absent\n")}
}

// redirected sends every call to one address.
type redirected struct {
	next http.RoundTripper
	addr string
}

func (d redirected) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Host = d.addr
	return d.next.RoundTrip(r)
}

// silent is a log for what a server says of clients that leave.
func silent() *log.Logger { return log.New(io.Discard, "", 0) }
