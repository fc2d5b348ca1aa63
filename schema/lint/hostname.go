package lint

import (
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// checkHostnames warns of names that BIND's check-names refuses, and with them the whole
// zone: a name with an address or mail, or the host that an MX, NS or SRV points at, is
// made of letters, digits and hyphens (RFC 952, RFC 1123 section 2.1). Any other name with
// a character that is hardly ever meant is a warning as well.
func (c *checker) checkHostnames(node schema.Node) {
	owner := node[0].Name
	var bad []string
	at := node[0].Pos()
	for _, s := range node {
		if takesHostname(s.Type) && !ownsHost(owner, s.Type) {
			if len(bad) == 0 {
				at = s.Pos()
			}
			bad = append(bad, string(s.Type))
		}
		for _, v := range s.Values {
			c.checkHost(s, v)
		}
	}
	odd := owner.OddCharacters()
	switch {
	case len(bad) > 0:
		c.warn("check-names", at, "name %s of %s is not a host name, expected letters, digits and hyphens: BIND refuses the zone (check-names)",
			owner, schema.SentenceList(bad, "and"))
	case odd != "":
		c.warn("odd-characters", at, "name %s contains %q, expected letters, digits, hyphens and underscores", owner, odd)
	}
}

// checkHost looks at the host that a value points at.
func (c *checker) checkHost(s schema.RRset, v schema.Value) {
	host := v.Data.Host()
	if host.IsZero() {
		return
	}
	if odd := host.OddCharacters(); s.Type == schema.CNAME && odd != "" {
		c.warn("odd-characters", v.Pos, "CNAME target %s contains %q, expected letters, digits, hyphens and underscores", host, odd)
	}
	if s.Type != schema.CNAME && !isHostname(host) {
		c.warn("check-names", v.Pos, "%s target %s is not a host name, expected letters, digits and hyphens: BIND refuses the zone (check-names)",
			s.Type, host)
	}
}

// takesHostname reports whether records of the type are found under host names only.
func takesHostname(t schema.Type) bool {
	return t == schema.A || t == schema.AAAA || t == schema.MX
}

// ownsHost reports whether check-names lets the name have records of the type.
func ownsHost(n schema.Name, t schema.Type) bool {
	if n.IsWildcard() {
		return isHostname(n.Parent())
	}
	// Active Directory gives its global catalogues addresses at gc._msdcs.
	if rest, ok := strings.CutPrefix(n.String(), "gc._msdcs."); ok && t != schema.MX && rest != "" {
		return isHostname(schema.MustParseName(rest))
	}
	return isHostname(n)
}

// isHostname reports whether every label is of letters, digits and hyphens, and neither
// begins nor ends with a hyphen.
func isHostname(n schema.Name) bool {
	for label := range n.Labels() {
		for i := range len(label) {
			c := label[i]
			letter := 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
			inside := i > 0 && i < len(label)-1
			if !letter && !(c == '-' && inside) {
				return false
			}
		}
	}
	return true
}
