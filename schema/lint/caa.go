package lint

import (
	"slices"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// caaTags lists the property tags of the IANA registry that authorities know (RFC
// 8659, RFC 9495, and the CA/Browser Forum's own).
func caaTags() []string {
	return []string{"contactemail", "contactphone", "iodef", "issue", "issuemail", "issuevmc", "issuewild"}
}

func (c *checker) checkCAA(s schema.RRset) {
	limits := false
	for _, v := range s.Values {
		flags, tag, _ := v.Data.CAA()
		limits = limits || tag == "issue" || tag == "issuewild"
		if slices.Contains(caaTags(), tag) {
			continue
		}
		effect := "it has no effect"
		if flags == 128 {
			effect = "critical as it is, no authority may issue a certificate"
		}
		c.warn("caa-tag", v.Pos, "CAA tag %s is unknown: %s; expected %s%s", schema.Clip(tag), effect, schema.SentenceList(caaTags(), "or"), schema.DidYouMean(tag, caaTags()...))
	}
	if !limits {
		c.warnWhole("caa-issue", s.Pos(), "CAA of %s lets every authority issue certificates: it has only %s; expected issue or issuewild as well",
			s.Name, strings.Join(tagsOf(s), ", "))
	}
}

// tagsOf lists the tags of a CAA RRset, each once.
func tagsOf(s schema.RRset) []string {
	var tags []string
	for _, v := range s.Values {
		_, tag, _ := v.Data.CAA()
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}
