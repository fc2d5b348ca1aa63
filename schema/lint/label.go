package lint

import (
	"slices"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// underscored lists the names that a mistyped label is most likely meant to be: of
// the registry of RFC 8552, and those that services and mail rely on.
func underscored() []string {
	return []string{
		"_acme-challenge", "_atproto", "_autodiscover", "_caldav", "_caldavs", "_carddav", "_carddavs", "_dmarc", "_dnslink",
		"_domainconnect", "_domainkey", "_imap", "_imaps", "_jabber", "_kerberos", "_kpasswd",
		"_ldap", "_matrix", "_matrix-fed", "_minecraft", "_mta-sts", "_openpgpkey", "_pop3", "_pop3s", "_report",
		"_sctp", "_sip", "_sipfederationtls", "_sips", "_smimecert", "_smtp", "_spf", "_stun", "_stuns", "_submission",
		"_submissions", "_tcp", "_tls", "_turn", "_turns", "_udp", "_validation-contactemail", "_validation-contactphone",
		"_xmpp-client", "_xmpp-server", "_xmpps-client", "_xmpps-server",
	}
}

// checkLabels warns of a label of an owner name that is one slip away from a
// well-known one: whoever looks for the name finds nothing and says nothing.
func (c *checker) checkLabels(node schema.Node) {
	owner := node[0].Name
	if !c.index.Delegation(owner).IsZero() {
		return
	}
	at := node[0].Pos()
	for label := range strings.SplitSeq(owner.Relative(c.zone.Name), ".") {
		if !strings.HasPrefix(label, "_") {
			continue
		}
		meant, ok := c.labels[label]
		if !ok {
			meant = meantLabel(label)
			c.labels[label] = meant
		}
		if meant != "" {
			c.warn("label-typo", at, "label %s of %s looks mistyped, expected %s", label, owner, meant)
		}
	}
	if txt, ok := node.Type(schema.TXT); ok {
		c.checkTextName(txt)
	}
}

// meantLabel returns the well-known label that an underscored one is one slip away
// from, or "". Short ones are near to one another by chance: of those only two
// letters that changed places count.
func meantLabel(label string) string {
	const long = len("_dmarc")
	names := underscored()
	if slices.Contains(names, label) {
		return ""
	}
	for _, known := range names {
		if schema.EditDistance(label, known) != 1 || strings.ContainsAny(label, "0123456789") && !strings.ContainsAny(known, "0123456789") {
			continue
		}
		if swapped(label, known) || len(known) >= long && len(label) >= long-1 {
			return known
		}
	}
	return ""
}

// checkServiceName warns of an SRV whose owner does not begin with _service._protocol (RFC
// 2782): no client looks for it.
func (c *checker) checkServiceName(s schema.RRset) {
	service, rest, _ := strings.Cut(s.Name.String(), ".")
	protocol, _, _ := strings.Cut(rest, ".")
	switch {
	case slices.Contains([]string{"tcp", "udp", "tls", "sctp"}, protocol):
		c.warn("label-typo", s.Pos(), "label %s of the SRV at %s has no underscore, expected _%s", protocol, s.Name, protocol)
	case strings.HasPrefix(service, "_") && strings.HasPrefix(protocol, "_"), service == "*":
	case strings.HasPrefix(protocol, "_"):
		c.warn("label-typo", s.Pos(), "label %s of the SRV at %s has no underscore, expected _%s", service, s.Name, service)
	default:
		c.warn("srv-name", s.Pos(), "SRV at %s, expected a name that begins with its service and protocol, such as _sip._tcp", s.Name)
	}
}

// checkTextName finds a text that clients look for below a label with an underscore, and
// that is below the same label without it.
func (c *checker) checkTextName(s schema.RRset) {
	places := []struct{ begins, label string }{
		{"v=dmarc1", "_dmarc"}, {"v=dkim1", "_domainkey"}, {"v=stsv1", "_mta-sts"}, {"v=tlsrptv1", "_tls"}, {"v=bimi1", "_bimi"},
	}
	labels := strings.Split(s.Name.Relative(c.zone.Name), ".")
	for _, p := range places {
		if !slices.Contains(labels, p.label[1:]) || slices.Contains(labels, p.label) {
			continue
		}
		for _, v := range s.Values {
			if text := v.Data.TXT(); len(text) >= len(p.begins) && strings.EqualFold(text[:len(p.begins)], p.begins) {
				c.warn("label-typo", v.Pos, "label %s of %s has no underscore, expected %s", p.label[1:], s.Name, p.label)
			}
		}
	}
}

// swapped reports whether b is a with two neighbours changed.
func swapped(a, b string) bool {
	a, b = differing(a, b)
	return len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0]
}

// differing returns what is left of two texts without the beginning and the end that
// they share.
func differing(a, b string) (string, string) {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return a, b
}
