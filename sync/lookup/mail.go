package lookup

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"slices"
	"strings"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/lint"
)

const (
	leastRSA = 1024 // bits; receivers take a shorter key for none (RFC 8301 section 3.2)
	goodRSA  = 2048 // bits; what signers should have (RFC 8301 section 3.2)
)

// isDKIM reports whether mail servers look for keys at a name (RFC 6376 section 3.6.2.1).
func isDKIM(n schema.Name) bool {
	selector, rest, _ := strings.Cut(n.String(), ".")
	return strings.HasPrefix(rest, "_domainkey.") && !strings.HasPrefix(selector, "_") && selector != "*"
}

// ownKey looks at a key in the zone.
func (v *view) ownKey(_ context.Context, s schema.RRset, value schema.Value) schema.Problems {
	return judgeKey(s, value, value.Data.TXT())
}

// foreignKey looks at the key that a CNAME leads to.
func (v *view) foreignKey(ctx context.Context, s schema.RRset, value schema.Value) schema.Problems {
	target := value.Data.Host()
	if v.own(target) {
		return nil // its own RRset is looked at
	}
	h, err := v.auditor.resolver.host(ctx, target)
	if err != nil || h.missing {
		return nil // target says so
	}
	texts, err := v.auditor.resolver.texts(ctx, target)
	switch {
	case err != nil:
		return unknown(s, value.Pos, target, err)
	case len(texts) == 0:
		return warn(codeDKIM, value.Pos, "%s leads to %s, which has no TXT; expected a DKIM key", s.Name, target)
	}
	return judgeKey(s, value, texts[0])
}

// judgeKey says what is wrong with a key record.
func judgeKey(s schema.RRset, value schema.Value, text string) schema.Problems {
	kind, key, fault := lint.DKIMKey(text)
	if fault != "" {
		return warn(codeDKIM, value.Pos, "DKIM key at %s: %s", s.Name, fault)
	}
	if kind != "rsa" || len(key) == 0 {
		return nil
	}
	public := rsaKey(key)
	switch {
	case public == nil:
		return warn(codeDKIM, value.Pos, "DKIM key at %s: p= is not an RSA key, expected the whole of one", s.Name)
	case public.N.BitLen() < leastRSA:
		return warn(codeDKIMShort, value.Pos, "high risk: DKIM key at %s has %d bits, with which receivers take mail for unsigned and others can sign; expected %d (RFC 8301 section 3.2)",
			s.Name, public.N.BitLen(), goodRSA)
	case public.N.BitLen() < goodRSA:
		return warn(codeDKIMShort, value.Pos, "DKIM key at %s has %d bits, expected %d (RFC 8301 section 3.2)", s.Name, public.N.BitLen(), goodRSA)
	}
	return nil
}

// rsaKey parses a key, in either of the forms that are in use (RFC 6376 section 3.6.1,
// erratum 3017); it is nil where it is none.
func rsaKey(der []byte) *rsa.PublicKey {
	if key, err := x509.ParsePKCS1PublicKey(der); err == nil {
		return key
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil
	}
	public, _ := key.(*rsa.PublicKey)
	return public
}

// reports looks whether other domains agree to be sent the reports of a DMARC record
// (RFC 7489 section 7.1).
func (v *view) reports(ctx context.Context, s schema.RRset, value schema.Value) schema.Problems {
	policy := s.Name.Parent()
	var out schema.Problems
	for _, text := range lint.DMARCReports(value.Data.TXT()) {
		domain, err := schema.ParseName(text)
		if err != nil || organization(domain) == organization(policy) {
			continue // package lint says what is malformed
		}
		consent, err := schema.ParseName(policy.Undotted() + "._report._dmarc." + domain.Undotted())
		if err != nil {
			continue // no name can be that long
		}
		texts, err := v.auditor.resolver.texts(ctx, consent)
		switch agrees := slices.ContainsFunc(texts, lint.IsDMARC); {
		case err != nil:
			out = append(out, unknown(s, value.Pos, consent, err)...)
		case !agrees:
			out = append(out, warn(codeDMARC, value.Pos, "DMARC of %s has reports sent to %s, which does not agree to that, so that they are not sent; expected the TXT v=DMARC1 at %s (RFC 7489 section 7.1)",
				policy, domain, consent)...)
		}
	}
	return out
}
