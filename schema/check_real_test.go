package schema

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

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
		z, problems := realZone(t, filepath.Base(file), bytes.Replace(data, []byte(badRealName), []byte("mended:"), 1))
		if z == nil {
			t.Errorf("refused: %v", problems.Errors())
			continue
		}
		checkRoundTrip(t, z)
		for _, p := range problems {
			switch p.Rule {
			case ruleHostDot, ruleUnsupportedType:
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
		"justice.gov.uk.yaml:1131:12: warning: A of find-legal-advice.justice.gov.uk. is never served: find-legal-advice.justice.gov.uk. is delegated by NS (line 1135); expected it in the delegated zone",
		"justice.gov.uk.yaml:1243:12: warning: SPF of hmctssurvey.justice.gov.uk.: term \"nclude:spf.ssmx.net\": unknown mechanism, expected all, include, a, mx, ptr, ip4, ip6 or exists; did you mean include?",
		"justice.gov.uk.yaml:2040:12: warning: A of smtp.test.justice.gov.uk. is never served: test.justice.gov.uk. is delegated by NS (line 2113); expected it in the delegated zone",
		"justice.gov.uk.yaml:892:12: warning: TXT of criminal-justice-scorecard.justice.gov.uk. is never served: criminal-justice-scorecard.justice.gov.uk. is delegated by NS (line 886); expected it in the delegated zone",
		"justice.gov.uk.yaml:984:12: warning: TXT of devl.justice.gov.uk. is never served: devl.justice.gov.uk. is delegated by NS (line 979); expected it in the delegated zone",
	}
	if !slices.Equal(got, want) {
		t.Errorf("problems:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
