package masterfile

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/schematest"
	"github.com/zonetender/zonetender/schema/zonefile"
)

func serviceOptions() Options {
	return Options{NameServers: []schema.Name{schema.MustParseName("ns1.vps.org"), schema.MustParseName("ns2.vps.org")}, Serial: 7}
}

// records are the RRsets of a declaration without apex NS, in order.
func records(d schema.Declaration) string {
	d, _ = d.Sorted()
	var lines []string
	for _, s := range d.RRsets {
		if s.Key() != (schema.Key{Name: d.Name, Type: schema.NS}) {
			lines = append(lines, s.String())
		}
	}
	return strings.Join(lines, "\n")
}

func TestFormat(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789", 30)
	z := schematest.Zone(t, `
@ 300 A 192.0.2.1
@ MX 10 mail.~
*.wild CNAME www.~
www A 192.0.2.2
long TXT `+long+`;"
sub NS ns1.example.net.
`)
	got := string(Format(z.Declaration(), serviceOptions()))
	want := strings.ReplaceAll(`$ORIGIN example.com.
$TTL 3600
@|3600|IN|SOA|ns1.vps.org. hostmaster.example.com. 7 10800 3600 604800 3600
@|3600|IN|NS|ns1.vps.org.
@|3600|IN|NS|ns2.vps.org.
@|300|IN|A|192.0.2.1
@|3600|IN|MX|10 mail.example.com.
long|3600|IN|TXT|"`+long[:255]+`" "`+long[255:]+`;\""
sub|3600|IN|NS|ns1.example.net.
*.wild|3600|IN|CNAME|www.example.com.
www|3600|IN|A|192.0.2.2
`, "|", "\t")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The name servers and the SOA are the zone's own where it declares NS at the apex, and
// what the options say of the SOA holds.
func TestFormatDeclaredNameServers(t *testing.T) {
	t.Parallel()
	z := schematest.Zone(t, "@ 60 NS ns.example.net.")
	o := serviceOptions()
	got := string(Format(z.Declaration(), o))
	if !strings.Contains(got, "SOA\tns.example.net. hostmaster.example.com.") || strings.Contains(got, "vps.org") || strings.Count(got, "NS\tns.example.net.") != 1 {
		t.Errorf("got\n%s", got)
	}
	o.MName, o.RName = schema.MustParseName("a.example.org"), schema.MustParseName("dns.example.org")
	if got := string(Format(z.Declaration(), o)); !strings.Contains(got, "SOA\ta.example.org. dns.example.org. 7 ") {
		t.Errorf("got\n%s", got)
	}
}

// Names with characters that mean something in master files come back as they were.
func TestFormatEscapes(t *testing.T) {
	t.Parallel()
	z := schematest.Zone(t, "a 300 A 192.0.2.1")
	d := z.Declaration()
	for i, name := range []string{"a;b", `q"uote`, "(paren)", "dollar$", "$INCLUDE", `back\slash`, "at@sign", "two words", "#", "*.x;y"} {
		owner, _, err := schema.ParseOwner(name, d.Name)
		if err != nil {
			t.Fatal(name, err)
		}
		text := schema.NewTXT(strings.Repeat(`"\;`, 200*i))
		d.RRsets = append(d.RRsets, schema.RRset{Name: owner, Type: schema.TXT, TTL: schema.TTL(i), Values: []schema.Value{{Data: text}}})
	}
	z = schematest.Valid(t, d)
	checkWrites(t, Zone{Name: z.Name(), Declaration: z.Declaration()})
	if len(z.RRsets()) != 11 {
		t.Errorf("got %d RRsets, want 11", len(z.RRsets()))
	}
}

// realZones reads the zone files that organisations run, and skips the test where they are
// not at hand.
func realZones(t *testing.T) []*schema.Zone {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "real-zones", "*", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Skip("no real zone files here")
	}
	var zones []*schema.Zone
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f, problems, err := zonefile.Open(fstest.MapFS{
			"zonetender.yaml":   {Data: []byte("unsupported_types: warn\n")},
			filepath.Base(file): {Data: data},
		}, ".")
		if err != nil || len(problems) > 0 || len(f.Sources) != 1 {
			t.Fatal(file, err, problems)
		}
		z, problems := f.Zone(f.Sources[0])
		if z == nil {
			t.Fatal(problems)
		}
		zones = append(zones, z)
	}
	return zones
}

// Zones that people run come back as they were.
func TestRealZonesReadBack(t *testing.T) {
	t.Parallel()
	for _, z := range realZones(t) {
		checkWrites(t, Zone{Name: z.Name(), Declaration: z.Declaration()})
	}
}

// named, a name server of others, makes of every written zone what the zone file says.
func TestNamedAgrees(t *testing.T) {
	t.Parallel()
	compile, err := exec.LookPath("named-compilezone")
	if err != nil {
		t.Skip("named-compilezone is not installed")
	}
	check, err := exec.LookPath("named-checkzone")
	if err != nil {
		t.Skip("named-checkzone is not installed")
	}
	dir := t.TempDir()
	for _, z := range realZones(t) {
		name := z.Name().Undotted()
		in, out := filepath.Join(dir, name), filepath.Join(dir, name+".canonical")
		if err := os.WriteFile(in, Format(z.Declaration(), serviceOptions()), 0o600); err != nil {
			t.Fatal(err)
		}
		if said, err := exec.Command(check, "-i", "local", name, in).CombinedOutput(); err != nil {
			t.Errorf("named-checkzone %s: %v\n%s", name, err, said)
			continue
		}
		if said, err := exec.Command(compile, "-i", "none", "-k", "ignore", "-s", "full", "-o", out, name, in).CombinedOutput(); err != nil {
			t.Errorf("named-compilezone %s: %v\n%s", name, err, said)
			continue
		}
		canonical, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := canonicalLines(string(canonical)), lines(z); !slices.Equal(got, want) {
			t.Errorf("%s: named reads\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// canonicalLines are the records of named-compilezone's output without SOA and apex NS of
// the service, one blank between fields.
func canonicalLines(text string) (out []string) {
	fields := regexp.MustCompile(`^(\S+)\s+(\d+)\s+IN\s+(\S+)\s+`)
	for line := range strings.Lines(text) {
		line = fields.ReplaceAllString(strings.TrimSpace(line), "$1 $2 IN $3 ")
		if !strings.Contains(line, " IN SOA ") && !strings.HasSuffix(line, ".vps.org.") {
			out = append(out, line)
		}
	}
	slices.Sort(out)
	return out
}

// lines are the records of a zone in the same form.
func lines(z *schema.Zone) (out []string) {
	for _, s := range z.RRsets() {
		for _, v := range s.Values {
			out = append(out, s.Record(v).String())
		}
	}
	slices.Sort(out)
	return out
}
