package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// checkDMARC looks at the texts of a name whose first label is _dmarc (RFC 7489
// section 6.3).
func (c *checker) checkDMARC(s schema.RRset) {
	if !strings.HasPrefix(s.Name.String(), "_dmarc.") {
		return
	}
	// Receivers skip what is not DMARC, so it does harm only where there is nothing else.
	some := slices.ContainsFunc(s.Values, func(v schema.Value) bool { return IsDMARC(v.Data.TXT()) })
	var first *schema.Value
	for _, v := range s.InFileOrder() {
		if some && !IsDMARC(v.Data.TXT()) {
			continue
		}
		for _, fault := range dmarcFaults(v.Data.TXT()) {
			c.warn("dmarc-malformed", v.Pos, "DMARC at %s: %s", s.Name, fault)
		}
		if !some {
			continue
		}
		if first != nil {
			c.warn("dmarc-twice", v.Pos, "second DMARC record at %s beside the first%s, expected one: receivers use neither (RFC 7489 section 6.6.3)",
				s.Name, first.Pos.Aside(v.Pos))
			continue
		}
		first = &v
	}
}

// IsDMARC reports whether the text begins with the version tag of DMARC.
func IsDMARC(text string) bool {
	version, _, _ := strings.Cut(text, ";")
	name, value, _ := strings.Cut(version, "=")
	return strings.TrimRight(name, " \t") == "v" && strings.Trim(value, " \t") == "DMARC1"
}

// dmarcFaults says what is wrong with a DMARC record.
func dmarcFaults(text string) []string {
	if !IsDMARC(text) {
		return []string{fmt.Sprintf("%s, expected it to begin with v=DMARC1;", schema.Clip(text))}
	}
	tags, faults := tagList(text, "p=reject")
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		if want := dmarcWant(name, tags[name]); want != "" {
			faults = append(faults, fmt.Sprintf("tag %s, expected %s", schema.Clip(name+"="+tags[name]), want))
		}
	}
	if _, ok := tags["p"]; !ok {
		faults = append(faults, "no policy, expected p=none, p=quarantine or p=reject")
	}
	return faults
}

func dmarcTags() []string {
	return []string{"v", "p", "sp", "np", "rua", "ruf", "adkim", "aspf", "pct", "fo", "rf", "ri", "psd", "t"}
}

// dmarcWant says what the tag was expected to be, "" where it is that. The tags are
// those of RFC 7489, RFC 9091 and the revision of DMARC that follows them.
func dmarcWant(name, value string) string {
	switch name {
	case "v":
		return ""
	case "p", "sp", "np":
		return oneOf(name, value, "none", "quarantine", "reject")
	case "adkim", "aspf":
		return oneOf(name, value, "r", "s")
	case "t":
		return oneOf(name, value, "y", "n")
	case "psd":
		return oneOf(name, value, "y", "n", "u")
	case "rf":
		return oneOf(name, value, "afrf")
	case "pct":
		if !isLength(value, 100) {
			return "pct= with a number from 0 to 100"
		}
		return ""
	case "ri":
		if !isLength(value, 1<<32-1) {
			return "ri= with a number of seconds"
		}
		return ""
	case "fo":
		for option := range strings.SplitSeq(value, ":") {
			if want := oneOf(name, strings.Trim(option, " \t"), "0", "1", "d", "s"); want != "" {
				return want
			}
		}
		return ""
	case "rua", "ruf":
		return dmarcReportWant(name, value)
	}
	return "one of " + schema.SentenceList(dmarcTags(), "or") + schema.DidYouMean(name, dmarcTags()...)
}

func oneOf(name, value string, allowed ...string) string {
	if slices.Contains(allowed, strings.ToLower(value)) {
		return ""
	}
	return name + "= with " + schema.SentenceList(allowed, "or")
}

// dmarcReportWant checks the addresses for reports: mail addresses, each with or without the
// largest size (RFC 7489 section 6.2).
func dmarcReportWant(name, value string) string {
	for uri := range strings.SplitSeq(value, ",") {
		uri = strings.Trim(uri, " \t")
		const scheme = "mailto:"
		if len(uri) < len(scheme) || !strings.EqualFold(uri[:len(scheme)], scheme) || !strings.Contains(uri, "@") || strings.ContainsAny(uri, " \t") {
			return name + "= with addresses such as mailto:dmarc@example.com, separated by commas"
		}
	}
	return ""
}

// DMARCReports returns the domains that a DMARC record has reports sent to, each once. They
// are as they are written, and perhaps malformed.
func DMARCReports(text string) []string {
	if !IsDMARC(text) {
		return nil
	}
	tags, _ := tagList(text, "p=reject")
	var out []string
	for _, name := range []string{"rua", "ruf"} {
		for uri := range strings.SplitSeq(tags[name], ",") {
			address, _, _ := strings.Cut(strings.Trim(uri, " \t"), "!") // the largest size follows
			if _, domain, ok := strings.Cut(address, "@"); ok && !slices.Contains(out, domain) {
				out = append(out, domain)
			}
		}
	}
	return out
}
