package zonefile

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/schema"
)

// An octoReading is what octoDNS makes of one file.
type octoReading struct {
	Zone    string
	Records []struct {
		Name, Type string
		TTL        schema.TTL
		RDATA      []string
	}
}

// realZones gives the folders of zone files that organisations run in production,
// and skips the test where they are not at hand.
func realZones(t *testing.T) (files []string, root string) {
	t.Helper()
	root = filepath.Join("..", "..", "..", "shared", "real-zones")
	if _, err := os.Stat(root); err != nil {
		t.Skip("no real zone files here")
	}
	files, err := filepath.Glob(filepath.Join(root, "*", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	return files, root
}

// A comparison counts RRsets by how they were read.
type comparison struct {
	alike     int // word for word
	dots      int // but for final dots that the file leaves out and octoDNS does not add
	foreign   int // of types that the service does not have: left alone
	different []string
	missing   []string
}

func TestRealZonesAreReadAsOctoDNSReadsThem(t *testing.T) {
	files, root := realZones(t)
	var c comparison
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		rel, _ := filepath.Rel(root, file)
		reading := octoDNS(t, filepath.Join(root, "octodns-reading", strings.TrimSuffix(rel, ".yaml")+".json"))
		z, problems := realZone(t, filepath.Base(file), data)
		if z == nil {
			t.Errorf("refused: %v", problems.Errors())
			continue
		}
		c.zone(z, reading)
	}
	for _, l := range slices.Concat(c.different, c.missing) {
		t.Log(l)
	}
	// The one that differs has \"\" in a DKIM key: an escape here, while octoDNS
	// publishes the backslashes.
	got := []int{len(files), c.alike, c.dots, c.foreign, len(c.different), len(c.missing)}
	if diff := cmp.Diff([]int{149, 1412, 232, 84, 1, 0}, got); diff != "" {
		t.Errorf("files, RRsets alike, alike but for dots, foreign, different, missing (-want +got):\n%s", diff)
	}
}

// realZone reads one file as its organisation would, its foreign types left alone.
func realZone(t *testing.T, name string, data []byte) (*schema.Zone, schema.Problems) {
	t.Helper()
	f, problems, err := Open(fstest.MapFS{
		settingsFile: {Data: []byte("unsupported_types: warn\n")},
		name:         {Data: data},
	}, ".")
	if err != nil || len(problems) > 0 || len(f.Sources) != 1 {
		t.Fatal(name, err, problems)
	}
	return f.Zone(f.Sources[0])
}

func apexOr(name string) string {
	if name == "" {
		return "@"
	}
	return name
}

func octoDNS(t *testing.T, file string) (r octoReading) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (c *comparison) zone(z *schema.Zone, reading octoReading) {
	ours := make(map[string]schema.RRset)
	for _, s := range z.RRsets() {
		ours[s.Name.Relative(z.Name())+" "+string(s.Type)] = s
	}
	for _, r := range reading.Records {
		if !schema.Type(r.Type).Managed() {
			c.foreign++
			continue
		}
		key := apexOr(r.Name) + " " + r.Type
		s, ok := ours[key]
		if !ok {
			c.missing = append(c.missing, z.File()+" "+key)
			continue
		}
		delete(ours, key)
		c.rrset(z, key, s, r.TTL, r.RDATA)
	}
	for key := range ours {
		c.missing = append(c.missing, z.File()+" only ours: "+key)
	}
}

func (c *comparison) rrset(z *schema.Zone, key string, s schema.RRset, ttl schema.TTL, rdata []string) {
	var texts []string
	for _, v := range s.Values {
		texts = append(texts, v.Data.String())
	}
	slices.Sort(texts)
	slices.Sort(rdata)
	if ttl != s.TTL {
		c.different = append(c.different, fmt.Sprintf("%s %s TTL %d, octoDNS %d", z.File(), key, s.TTL, ttl))
		return
	}
	if slices.Equal(texts, rdata) {
		c.alike++
		return
	}
	for i, text := range rdata {
		if s.Type.HasHost() && !strings.HasSuffix(text, ".") {
			rdata[i] += "."
		}
	}
	slices.Sort(rdata)
	if slices.Equal(texts, rdata) {
		c.dots++
		return
	}
	c.different = append(c.different, fmt.Sprintf("%s %s\n   %q\n   %q", z.File(), key, texts, rdata))
}

// Zones that people run have few mistakes: what is found in them is to be worth
// reading. Every line here has been looked at, and is one. What they hold can be
// written anew in either form.
func TestRealZonesRaiseNoFalseAlarm(t *testing.T) {
	files, _ := realZones(t)
	var got []string
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		z, problems := realZone(t, filepath.Base(file), data)
		if z == nil {
			t.Errorf("refused: %v", problems.Errors())
			continue
		}
		checkRoundTrip(t, z)
		for _, p := range problems {
			switch p.Code {
			case codeHostNoDot, codeUnsupportedType:
			default:
				got = append(got, p.String())
			}
		}
	}
	slices.Sort(got)
	want := []string{
		"digital.justice.gov.uk.yaml:155:10: warning: TTL 5 of proxywaf.digital.justice.gov.uk. CNAME is very short, expected 60 to 604800 seconds",
		"grumpydude.com.yaml:101:10: warning: CNAME target dynamic-gwy-sv.grumpydude.com. does not exist in the zone, expected a record there",
		"grumpydude.com.yaml:33:10: warning: CNAME target dynamic-gwy-sv.grumpydude.com. does not exist in the zone, expected a record there",
		"justice.gov.uk.yaml:1008:10: warning: DKIM key at dkim2048._domainkey.people-development.justice.gov.uk.: quotes inside the text, expected one text without them",
		"justice.gov.uk.yaml:1131:12: warning: A of find-legal-advice.justice.gov.uk. is never served: find-legal-advice.justice.gov.uk. is delegated by NS (line 1135); expected it in the delegated zone",
		"justice.gov.uk.yaml:1146:10: warning: DKIM key at fmk7xlvhjfqqruhiytlb6434lcykrduv._domainkey.justice.gov.uk.: \"fmk7xlvhjfqqruhiytlb6434lcykrduv.dkim.amazonses.com\" is not a tag, expected one such as k=rsa with ; after it",
		"justice.gov.uk.yaml:1173:10: warning: DKIM key at google._domainkey.courtstore.justice.gov.uk.: quotes inside the text, expected one text without them",
		"justice.gov.uk.yaml:1177:10: warning: DKIM key at google._domainkey.courtstore.staging.justice.gov.uk.: quotes inside the text, expected one text without them",
		"justice.gov.uk.yaml:1243:12: warning: SPF of hmctssurvey.justice.gov.uk.: term \"nclude:spf.ssmx.net\": unknown mechanism, expected all, include, a, mx, ptr, ip4, ip6 or exists; did you mean include?",
		"justice.gov.uk.yaml:1363:10: warning: name legacy_cas_acp.justice.gov.uk. of A is not a host name, expected letters, digits and hyphens: BIND refuses the zone (check-names)",
		"justice.gov.uk.yaml:1367:10: warning: name legacy_cas_bpp.justice.gov.uk. of A is not a host name, expected letters, digits and hyphens: BIND refuses the zone (check-names)",
		"justice.gov.uk.yaml:1886:10: warning: DKIM key at s1._domainkey.cjsm.secure-email.ppud.justice.gov.uk.: quotes inside the text, expected one text without them",
		"justice.gov.uk.yaml:2040:12: warning: A of smtp.test.justice.gov.uk. is never served: test.justice.gov.uk. is delegated by NS (line 2113); expected it in the delegated zone",
		"justice.gov.uk.yaml:2145:10: warning: DKIM key at u4wwsopiajlepnevuytnwa3ob34xisjv._domainkey.justice.gov.uk.: \"u4wwsopiajlepnevuytnwa3ob34xisjv.dkim.amazonses.com\" is not a tag, expected one such as k=rsa with ; after it",
		"justice.gov.uk.yaml:2357:10: warning: DKIM key at zer52fvryrnfdepqqw2xl2huersvzctv._domainkey.justice.gov.uk.: \"zer52fvryrnfdepqqw2xl2huersvzctv.dkim.amazonses.com\" is not a tag, expected one such as k=rsa with ; after it",
		"justice.gov.uk.yaml:607:10: warning: DKIM key at adcourt._domainkey.administrativecourtoffice.justice.gov.uk.: quotes inside the text, expected one text without them",
		"justice.gov.uk.yaml:68:10: warning: name #civilmediation.justice.gov.uk. of A is not a host name, expected letters, digits and hyphens: BIND refuses the zone (check-names)",
		"justice.gov.uk.yaml:873:10: warning: DKIM key at crimcourt._domainkey.criminalappealoffice.justice.gov.uk.: quotes inside the text, expected one text without them",
		"justice.gov.uk.yaml:892:12: warning: TXT of criminal-justice-scorecard.justice.gov.uk. is never served: criminal-justice-scorecard.justice.gov.uk. is delegated by NS (line 886); expected it in the delegated zone",
		"justice.gov.uk.yaml:984:12: warning: TXT of devl.justice.gov.uk. is never served: devl.justice.gov.uk. is delegated by NS (line 979); expected it in the delegated zone",
	}
	if !slices.Equal(got, want) {
		t.Errorf("problems:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
