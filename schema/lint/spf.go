package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

const (
	// maxSPFLookups is how many terms that ask the DNS one check may meet, those of
	// included records among them (RFC 7208 section 4.6.4).
	maxSPFLookups = 10
	// endlessSPF is the cost of a record that includes itself; no other
	// count goes as far.
	endlessSPF = 1000
)

// checkSPF looks at the texts of a TXT RRset that are SPF records, or were meant as
// some (RFC 7208).
func (c *checker) checkSPF(s schema.RRset) {
	var records []schema.Value
	for _, v := range s.InFileOrder() {
		switch text := v.Data.TXT(); {
		case IsSPF(text):
			records = append(records, v)
		case nearlySPF(text):
			c.warn("spf-malformed", v.Pos, "TXT %s looks like SPF, but is not; expected it to begin with %q", schema.Clip(text), "v=spf1 ")
		}
	}
	for i, v := range records {
		if i > 0 {
			c.warn("spf-twice", v.Pos, "second SPF record of %s beside the first%s, expected one: receivers reject both (RFC 7208 section 4.5)",
				s.Name, records[0].Pos.Aside(v.Pos))
		}
		c.checkSPFRecord(s, v)
	}
}

func (c *checker) checkSPFRecord(s schema.RRset, v schema.Value) {
	spf := parseSPF(v.Data.TXT())
	for _, fault := range spf.faults {
		c.warn("spf-malformed", v.Pos, "SPF of %s: %s", s.Name, fault)
	}
	for _, target := range spf.follow {
		if why := c.noSPFAt(target); why != "" {
			c.warnWhole("spf-malformed", v.Pos, "SPF of %s: include or redirect of %s, which %s; expected one SPF record there", s.Name, target, why)
		}
	}
	switch cost := c.spfCost(spf); {
	case cost == endlessSPF:
		c.warn("spf-lookups", v.Pos, "SPF of %s includes itself, expected its includes to end after at most %d DNS look-ups", s.Name, maxSPFLookups)
	case cost > maxSPFLookups:
		c.warn("spf-lookups", v.Pos, "SPF of %s needs at least %d DNS look-ups, expected at most %d (RFC 7208 section 4.6.4)", s.Name, cost, maxSPFLookups)
	}
}

// spfCost counts the terms that ask the DNS, in the record and in those of the zone
// that it includes. Records of other zones count as the one term that names them.
func (c *checker) spfCost(r spf) int {
	cost := len(r.terms)
	for _, target := range r.follow {
		more := c.spfCostAt(target)
		if more == endlessSPF {
			return endlessSPF
		}
		cost = min(cost+more, endlessSPF-1)
	}
	return cost
}

// spfCostAt is spfCost of the record at a name, worked out once for each.
func (c *checker) spfCostAt(n schema.Name) int {
	if cost, ok := c.spfCosts[n]; ok {
		return cost
	}
	texts, _ := c.spfTexts(n)
	if len(texts) != 1 {
		return 0
	}
	c.spfCosts[n] = endlessSPF // what an include meets that comes back
	cost := c.spfCost(parseSPF(texts[0]))
	c.spfCosts[n] = cost
	return cost
}

// spfTexts returns the SPF records that the zone has at a name, or at the end of its
// CNAMEs. Known is false where the zone does not say.
func (c *checker) spfTexts(n schema.Name) (texts []string, known bool) {
	for range maxSPFLookups {
		node, owner, what := c.index.Find(n)
		if what == schema.Elsewhere {
			return nil, false
		}
		if alias, ok := node.Type(schema.CNAME); ok {
			n = alias.Values[0].Data.Host()
			continue
		}
		txt, _ := node.Type(schema.TXT)
		for _, v := range txt.Values {
			if IsSPF(v.Data.TXT()) {
				texts = append(texts, v.Data.TXT())
			}
		}
		return texts, !c.index.MayHoldMore(owner, schema.TXT)
	}
	return nil, false
}

// noSPFAt says why an include of n fails for good, "" where it does not or where
// the zone does not tell.
func (c *checker) noSPFAt(n schema.Name) string {
	texts, known := c.spfTexts(n)
	switch {
	case !known || len(texts) == 1:
		return ""
	case len(texts) == 0:
		return "has none"
	}
	return fmt.Sprintf("has %d", len(texts))
}

// IsSPF reports whether receivers take the text for an SPF record (RFC 7208
// section 4.5).
func IsSPF(text string) bool {
	version, _, _ := strings.Cut(text, " ")
	return strings.EqualFold(version, "v=spf1")
}

// nearlySPF reports whether the text begins with a mistyped version.
func nearlySPF(text string) bool {
	fields := strings.Fields(strings.ToLower(text[:min(len(text), 64)]))
	if len(fields) == 0 {
		return false
	}
	first := fields[0]
	if strings.HasPrefix(first, "v=spf") || first == "spf1" || len(first) <= len("v=spf1")+1 && schema.EditDistance(first, "v=spf1") == 1 {
		return true
	}
	// "v = spf1" and the like.
	return slices.Contains(fields, "spf1") && strings.HasPrefix(strings.Join(fields, ""), "v=spf1")
}
