package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// tagList splits a text such as "v=DKIM1; k=rsa" into its tags (RFC 6376 section 3.2), which
// DKIM and DMARC share. Names of tags that appear twice, and what is not a tag, are faults;
// example is a tag to show then.
func tagList(text, example string) (tags map[string]string, faults []string) {
	tags = make(map[string]string)
	for tag := range strings.SplitSeq(text, ";") {
		tag = strings.Trim(tag, " \t\r\n")
		if tag == "" {
			continue
		}
		name, value, ok := strings.Cut(tag, "=")
		name, value = strings.TrimRight(name, " \t\r\n"), strings.TrimLeft(value, " \t\r\n")
		if !ok {
			faults = append(faults, fmt.Sprintf("%s is not a tag, expected one such as %s with ; after it", schema.Clip(tag), example))
			continue
		}
		if _, twice := tags[name]; twice {
			faults = append(faults, fmt.Sprintf("tag %s appears twice, expected it once", schema.Clip(name)))
		}
		tags[name] = value
	}
	slices.Sort(faults)
	return tags, faults
}
