package lint

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/schema/schematest"
)

func TestFaultA6CheckNames(t *testing.T) {
	runCheckCases(t, []checkCase{
		{"owners", `
my_host A 192.0.2.1
my_host AAAA 2001:db8::1
my_host TXT text
-a A 192.0.2.1
*.a_b MX 10 mail.example.net.
*.apps A 192.0.2.1
gc._msdcs A 192.0.2.1
_sip A 192.0.2.1
0/25 A 192.0.2.1`, []string{
			"1:1: warning: name my_host.example.com. of A and AAAA is not a host name, expected letters, digits and hyphens: BIND refuses the zone (check-names) [check-names]",
			"4:1: warning: name -a.example.com. of A is not a host name, expected letters, digits and hyphens: BIND refuses the zone (check-names) [check-names]",
			"5:1: warning: name *.a_b.example.com. of MX is not a host name, expected letters, digits and hyphens: BIND refuses the zone (check-names) [check-names]",
			"8:1: warning: name _sip.example.com. of A is not a host name, expected letters, digits and hyphens: BIND refuses the zone (check-names) [check-names]",
			"9:1: warning: name 0/25.example.com. of A is not a host name, expected letters, digits and hyphens: BIND refuses the zone (check-names) [check-names]",
		}},
		{"targets", `
a MX 10 my_mail.example.net.
b NS ns_1.example.net.
_sip._tcp SRV 1 1 1 *.example.net.
c CNAME x_y.example.net.
d MX 0 .`, []string{
			"1:1: warning: MX target my_mail.example.net. is not a host name, expected letters, digits and hyphens: BIND refuses the zone (check-names) [check-names]",
			"2:1: warning: NS target ns_1.example.net. is not a host name, expected letters, digits and hyphens: BIND refuses the zone (check-names) [check-names]",
			"3:1: warning: SRV target *.example.net. is not a host name, expected letters, digits and hyphens: BIND refuses the zone (check-names) [check-names]",
		}},
	})
}

func TestFaultD2OddCharactersAreWarnedOf(t *testing.T) {
	runCheckCases(t, []checkCase{
		{"names", "#civ TXT text\n#civ A 192.0.2.1\n#b TXT text\na%b CNAME c$d.example.net.", []string{
			"2:1: warning: name #civ.example.com. of A is not a host name, expected letters, digits and hyphens: BIND refuses the zone (check-names) [check-names]",
			"3:1: warning: name #b.example.com. contains \"#\", expected letters, digits, hyphens and underscores [odd-characters]",
			"4:1: warning: CNAME target c$d.example.net. contains \"$\", expected letters, digits, hyphens and underscores [odd-characters]",
			"4:1: warning: name a%b.example.com. contains \"%\", expected letters, digits, hyphens and underscores [odd-characters]",
		}},
	})
}

func TestFaultA6WildcardNSAndSRVNames(t *testing.T) {
	runCheckCases(t, []checkCase{
		{"wildcard NS", "*.a NS ns.example.net.", []string{
			"1:1: warning: NS at the wildcard *.a.example.com. has no defined meaning, expected a name: BIND refuses the zone (RFC 4592 section 4.2) [ns-wildcard]",
		}},
		{"SRV", "sip SRV 1 1 1 a.example.net.\n_sip SRV 1 1 1 a.example.net.\n@ SRV 1 1 1 a.example.net.\n_sip._x SRV 1 1 1 a.example.net.\n*._tcp SRV 1 1 1 a.example.net.", []string{
			"1:1: warning: SRV at sip.example.com., expected a name that begins with its service and protocol, such as _sip._tcp [srv-name]",
			"2:1: warning: SRV at _sip.example.com., expected a name that begins with its service and protocol, such as _sip._tcp [srv-name]",
			"3:1: warning: SRV at example.com., expected a name that begins with its service and protocol, such as _sip._tcp [srv-name]",
		}},
	})
}

// TestFaultA6CheckNamesAgreesWithBIND asks BIND's own checker about names of many kinds.
func TestFaultA6CheckNamesAgreesWithBIND(t *testing.T) {
	checker, err := exec.LookPath("named-checkzone")
	if err != nil {
		t.Skip("named-checkzone is not installed")
	}
	var lines []string
	for _, name := range []string{"a", "a-b", "-a", "a-", "a--b", "_a", "a_b", "*", "*.a", "*.a_b", "0", "0/25", "x.-y", "x.y-", "gc._msdcs", "gc._msdcs.a_b", "x.gc._msdcs", "*.gc._msdcs"} {
		for _, record := range []string{"A 192.0.2.1", "AAAA 2001:db8::1", "MX 10 a", "TXT x", "SRV 1 1 1 a"} {
			lines = append(lines, name+" "+record)
		}
		if !strings.HasPrefix(name, "*") {
			lines = append(lines, "ns-of."+name+" NS "+name+".~")
		}
		lines = append(lines, fmt.Sprintf("t%d MX 10 %s.~", len(lines), name), fmt.Sprintf("t%d SRV 1 1 1 %s.~", len(lines), name), fmt.Sprintf("t%d CNAME %s.~", len(lines), name))
	}
	text := "$ORIGIN example.com.\n@ 1 SOA a.example.net. b.example.net. 1 1 1 1 1\n@ 1 NS a.example.net.\n"
	const head = 3
	for _, l := range lines {
		name, rest, _ := strings.Cut(strings.ReplaceAll(l, ".~", ".example.com."), " ")
		text += name + " 1 " + rest + "\n"
	}
	file := filepath.Join(t.TempDir(), "zone")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := exec.Command(checker, "-i", "none", "example.com", file).CombinedOutput()
	var want []int
	for _, m := range regexp.MustCompile(`:(\d+): .*\(check-names\)`).FindAllStringSubmatch(string(out), -1) {
		n, _ := strconv.Atoi(m[1])
		want = append(want, n-head)
	}
	if len(want) < 20 {
		t.Fatalf("BIND says:\n%s", out)
	}
	var got []int
	for i, l := range lines {
		for _, p := range Zone(schematest.Declaration(t, l)) {
			if p.Code == "check-names" {
				got = append(got, i+1)
			}
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(slices.Compact(want), got); diff != "" {
		t.Errorf("lines (-want +got):\n%s\nof\n%s", diff, strings.Join(lines, "\n"))
	}
}
