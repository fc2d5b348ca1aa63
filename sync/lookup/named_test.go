package lookup

import (
	"bufio"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/schematest"
	"github.com/zonetender/zonetender/schema/zonefile"
)

// named runs BIND's name server on loopback with zones, until the test ends.
func named(t testing.TB, zones ...*schema.Zone) netip.AddrPort {
	t.Helper()
	program, err := exec.LookPath("named")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/named"); err != nil {
			t.Skip("there is no named (Debian's bind9) on this machine")
		}
	}
	dir := t.TempDir()
	var conf strings.Builder
	for i, z := range zones {
		file := filepath.Join(dir, fmt.Sprintf("%d.zone", i))
		if err := os.WriteFile(file, []byte(masterFile(z)), 0o600); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&conf, "zone %q { type primary; file %q; };\n", z.Name().Undotted(), file)
	}
	for range 5 { // another process may take the port first
		packet, stream := listen(t, "127.0.0.1", 0)
		addr := netip.MustParseAddrPort(packet.LocalAddr().String())
		packet.Close()
		stream.Close()
		options := fmt.Sprintf(`options { directory %q; listen-on port %d { 127.0.0.1; }; listen-on-v6 { none; }; recursion no;
pid-file none; session-keyfile none; managed-keys-directory %q; check-names primary ignore; check-integrity no; check-mx-cname ignore; check-srv-cname ignore; check-sibling no; dnssec-validation no; };
controls { };
`, dir, addr.Port(), dir)
		file := filepath.Join(dir, "named.conf")
		if err := os.WriteFile(file, []byte(options+conf.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		if startNamed(t, program, file) {
			return addr
		}
	}
	t.Fatal("named does not start")
	return netip.AddrPort{}
}

// startNamed reports whether named runs and has loaded its zones.
func startNamed(t testing.TB, program, conf string) bool {
	t.Helper()
	cmd := exec.Command(program, "-g", "-n", "2", "-c", conf)
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		switch line := lines.Text(); {
		case strings.HasSuffix(line, " all zones loaded"):
			go func() { // it must not wait for a reader
				for lines.Scan() {
				}
			}()
			t.Cleanup(func() {
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
			})
			return true
		case strings.Contains(line, "not loaded due to errors"), strings.Contains(line, "loading from master file"), strings.Contains(line, "loading configuration: "):
			t.Error(line)
		}
	}
	_ = cmd.Wait()
	return false
}

// masterFile writes a zone as RFC 1035 section 5 has it, with the SOA and the NS that the
// service adds.
func masterFile(z *schema.Zone) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s 3600 IN SOA ns1.vps.org. hostmaster.vps.org. 1 10800 3600 604800 3600\n", z.Name())
	if !z.DeclaresApexNS() {
		fmt.Fprintf(&b, "%s 3600 IN NS ns1.vps.org.\n", z.Name())
	}
	for _, set := range z.RRsets() {
		for _, v := range set.Values {
			fmt.Fprintf(&b, "%s %d IN %s %s\n", masterName(set.Name), set.TTL, set.Type, v.Data)
		}
	}
	return b.String()
}

// masterName escapes what has a meaning in master files.
func masterName(n schema.Name) string {
	var b strings.Builder
	for _, c := range []byte(n.String()) {
		if strings.IndexByte(`"();@$\ `, c) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}

// A real name server answers each thing as expected, and one with another zone does not.
func TestNamedAnswers(t *testing.T) {
	t.Parallel()
	z := everythingZone(t)
	d := z.Declaration()
	d.RRsets = nil
	for _, set := range z.RRsets() {
		set.TTL++
		d.RRsets = append(d.RRsets, set)
	}
	good, broken := named(t, z), named(t, schematest.Valid(t, d))
	r, lines := verify(t, patient(), z, good, broken)
	for _, l := range lines {
		if !strings.HasPrefix(l, "s2: ") {
			t.Errorf("got %q of the good server", l)
		}
	}
	// Of each RRset that is asked for; the addresses that a referral has at sub and other
	// come on top, those of ns.other twice.
	if got, want := len(r.Servers[1].Differs), len(z.RRsets())-1; got < want || r.Servers[1].Incomplete() {
		t.Errorf("got %d differences %q, want at least %d", got, lines, want)
	}
}

// Law: named that serves a real zone answers what its file says.
func TestNamedServesRealZones(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob("../../../shared/real-zones/*")
	if err != nil || len(folders) == 0 {
		t.Skip("there is no folder ../shared/real-zones")
	}
	var zones []*schema.Zone
	for _, folder := range folders {
		if info, err := os.Stat(folder); err == nil && info.IsDir() && filepath.Base(folder) != "octodns-reading" {
			zones = append(zones, realZones(t, folder)...)
		}
	}
	if len(zones) < 100 {
		t.Fatalf("got %d valid zones, want most of them", len(zones))
	}
	server := named(t, zones...)
	v := NewVerifier(patient(), VerifyOptions{Servers: []Server{{Addr: server}}})
	questions := 0
	for _, z := range zones {
		r := v.Zone(t.Context(), z, nil)
		questions += r.Questions
		if r.State() != Answers {
			t.Errorf("%s: got %s %q, want that it answers", z.Name(), r.State(), r.lines())
		}
	}
	if questions < 1000 {
		t.Errorf("got %d questions, want those of all zones", questions)
	}
}

// realZones reads the valid zones of a folder.
func realZones(t *testing.T, folder string) []*schema.Zone {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "zonetender.yaml"), []byte("unsupported_types: warn\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, _, err := zonefile.Open(os.DirFS(dir), ".")
	if err != nil {
		t.Fatal(err)
	}
	var out []*schema.Zone
	for _, s := range f.Sources {
		if z, _ := f.Zone(s); z != nil && !z.Absent() {
			out = append(out, z)
		}
	}
	return out
}

// A thousand zones of fifty records are asked about in the time that the rate gives, and
// little memory.
func BenchmarkVerifyThousandZones(b *testing.B) {
	const rate, records = 4000, 50
	var zones []*schema.Zone
	var names []schema.Name
	for i := range 1000 {
		d := schema.Declaration{Name: schema.MustParseName(fmt.Sprintf("zone%d.example", i)), TTL: schema.DefaultTTL, Manage: schema.ManageAll}
		for j := range records {
			addr, _ := schema.NewA(netip.AddrFrom4([4]byte{192, 0, 2, byte(j)}))
			name, _, _ := schema.ParseOwner(fmt.Sprintf("host%d", j), d.Name)
			d.RRsets = append(d.RRsets, schema.RRset{Name: name, Type: schema.A, TTL: 3600, Values: []schema.Value{{Data: addr}}})
		}
		zones, names = append(zones, schematest.Valid(b, d)), append(names, d.Name)
	}
	server := named(b, zones...)
	byName := make(map[schema.Name]*schema.Zone)
	for _, z := range zones {
		byName[z.Name()] = z
	}
	var base, now runtime.MemStats
	runtime.ReadMemStats(&base)
	for b.Loop() {
		v := NewVerifier(NewClient(Options{Rate: rate}), VerifyOptions{Servers: []Server{{Addr: server}}})
		start := time.Now()
		results, _ := v.All(b.Context(), names, Run{Concurrency: 8, Zone: func(n schema.Name) *schema.Zone { return byName[n] }})
		for _, r := range results {
			if r.State() != Answers {
				b.Fatalf("%s: %q", r.Zone, r.lines())
			}
		}
		bound := time.Duration(len(names)*(records+1)) * time.Second / rate
		if took := time.Since(start); took > bound*3/2 {
			b.Errorf("took %s, want about %s", took, bound)
		}
	}
	runtime.ReadMemStats(&now)
	b.ReportMetric(float64(now.Sys)/(1<<20), "MiB-total")
	b.ReportMetric(float64(now.HeapInuse-base.HeapInuse)/(1<<20), "MiB-heap")
}
