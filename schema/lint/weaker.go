package lint

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// SPFWeaker says how the SPF records among the texts of a name let more senders pass, or
// decide less, after an edit than before it; "" where they do not.
func SPFWeaker(before, after []string) string {
	was, is := onlySPF(before), onlySPF(after)
	switch {
	case len(was) == 0 && len(is) == 1 && strengthOf(is[0]).all == 0:
		return "SPF lets everybody pass: " + strengthOf(is[0]).words()
	case len(was) == 0:
		return ""
	case len(is) == 0:
		return "the SPF record goes: nothing says any more who may send mail for the name"
	case len(is) > 1 && len(was) == 1:
		return "a second SPF record comes: receivers reject both (RFC 7208 section 4.5)"
	case len(is) > 1 || len(was) > 1:
		return ""
	}
	from, to := strengthOf(was[0]), strengthOf(is[0])
	switch {
	case to.all < from.all:
		return fmt.Sprintf("SPF decides less: %s becomes %s", from.words(), to.words())
	case to.lookups > maxSPFLookups && from.lookups <= maxSPFLookups:
		return fmt.Sprintf("SPF needs %d DNS look-ups, and receivers stop at %d (RFC 7208 section 4.6.4)", to.lookups, maxSPFLookups)
	case to.wide != "" && to.wide != from.wide:
		return fmt.Sprintf("SPF lets a large part of the Internet pass: %s", schema.Clip(to.wide))
	}
	return ""
}

func onlySPF(texts []string) []string {
	return slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return !IsSPF(text) })
}

// spfStrength is how firmly an SPF record decides.
type spfStrength struct {
	// all is how it ends: 0 lets everybody pass, 1 says nothing (RFC 7208 section 2.6.2), 2 is
	// a soft failure, 3 another record's answer, 4 a failure.
	all     int
	term    string // the term that says so, "" where there is none
	lookups int
	wide    string // a term that passes a network no sender has
}

func strengthOf(text string) spfStrength {
	s := spfStrength{all: 1, lookups: len(parseSPF(text).terms)}
	_, rest, _ := strings.Cut(text, " ")
	ended := false
	for term := range strings.FieldsSeq(strings.ToLower(rest)) {
		if name, _, modifier := cutModifier(term); modifier {
			if name == "redirect" && !ended {
				s.all, s.term = 3, term
			}
			continue
		}
		if ended {
			continue
		}
		qualifier, mechanism := byte('+'), term
		if strings.IndexByte("+-?~", term[0]) >= 0 {
			qualifier, mechanism = term[0], term[1:]
		}
		switch {
		case mechanism == "all":
			s.all, s.term, ended = map[byte]int{'+': 0, '?': 1, '~': 2, '-': 4}[qualifier], term, true
		case qualifier != '-' && wideNetwork(mechanism):
			s.wide = term
		}
	}
	return s
}

// wideNetwork reports whether a mechanism names a network that is larger than any that one
// organisation has: a /7 of IPv4 or a /15 of IPv6. The mechanisms a and mx can widen the
// addresses they find, as in a/0 and mx:example.com/24//0 (RFC 7208 section 5.6).
func wideNetwork(mechanism string) bool {
	name, network, _ := strings.Cut(mechanism, ":")
	if name, _, _ := strings.Cut(name, "/"); name == "a" || name == "mx" {
		_, lengths, _ := strings.Cut(mechanism, "/")
		four, six, _ := strings.Cut("/"+lengths, "//")
		below := func(length string, least int) bool {
			n, err := strconv.Atoi(length)
			return err == nil && n < least
		}
		return below(strings.TrimPrefix(four, "/"), 8) || below(six, 16)
	}
	prefix, err := netip.ParsePrefix(network)
	return err == nil && (name == "ip4" && prefix.Bits() < 8 || name == "ip6" && prefix.Bits() < 16)
}

func (s spfStrength) words() string {
	if s.term == "" {
		return "no all"
	}
	return schema.Clip(s.term)
}

// DMARCWeaker says how the DMARC records among the texts of a name ask for less after an
// edit than before it; "" where they do not.
func DMARCWeaker(before, after []string) string {
	was, is := onlyDMARC(before), onlyDMARC(after)
	switch {
	case len(was) == 0:
		return ""
	case len(is) == 0:
		return "the DMARC record goes: receivers no longer act on forged mail"
	case len(is) > 1 && len(was) == 1:
		return "a second DMARC record comes: receivers use neither (RFC 7489 section 6.6.3)"
	case len(is) > 1 || len(was) > 1:
		return ""
	}
	from, to := tagsOnly(was[0]), tagsOnly(is[0])
	if dmarcPolicy(to, "p") < dmarcPolicy(from, "p") {
		return fmt.Sprintf("DMARC asks for less: %s becomes %s", tagWords(from, "p"), tagWords(to, "p"))
	}
	for _, tag := range []string{"sp", "np"} {
		if dmarcPolicy(to, tag) < dmarcPolicy(from, tag) {
			return fmt.Sprintf("DMARC asks for less below the name: %s becomes %s", tagWords(from, tag), tagWords(to, tag))
		}
	}
	switch {
	case dmarcShare(to) < dmarcShare(from):
		return fmt.Sprintf("DMARC holds for less mail: %s becomes %s", tagWords(from, "pct"), tagWords(to, "pct"))
	case strings.EqualFold(to["t"], "y") && !strings.EqualFold(from["t"], "y"):
		return "DMARC is put to the test: t=y"
	}
	for _, tag := range []string{"adkim", "aspf"} {
		if strings.EqualFold(from[tag], "s") && !strings.EqualFold(to[tag], "s") {
			return fmt.Sprintf("DMARC lets other names of the domain pass: %s becomes %s", tagWords(from, tag), tagWords(to, tag))
		}
	}
	return ""
}

// DMARCExempts says how the DMARC record among the texts of a name that had none asks for
// less than that of the domain, which held for the name before (RFC 7489 section 6.6.3); ""
// where it does not.
func DMARCExempts(domain, own []string) string {
	was, is := onlyDMARC(domain), onlyDMARC(own)
	if len(was) != 1 || len(is) != 1 {
		return ""
	}
	from, to := tagsOnly(was[0]), tagsOnly(is[0])
	if dmarcPolicy(to, "p") >= dmarcPolicy(from, "sp") {
		return ""
	}
	return fmt.Sprintf("DMARC asks for less at the name than at its domain: %s there, %s here", policyBelow(from), tagWords(to, "p"))
}

func policyBelow(tags map[string]string) string {
	if _, ok := tags["sp"]; ok {
		return tagWords(tags, "sp")
	}
	return tagWords(tags, "p")
}

func onlyDMARC(texts []string) []string {
	return slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return !IsDMARC(text) })
}

func tagsOnly(text string) map[string]string {
	tags, _ := tagList(text, "")
	return tags
}

// dmarcPolicy is how much a policy asks for. Without a tag of their own, subdomains have the
// policy of the domain, and those that do not exist have that of subdomains (RFC 9091). A
// policy that is none of the known ones asks for nothing.
func dmarcPolicy(tags map[string]string, tag string) int {
	value, ok := tags[tag]
	if inherits := map[string]string{"np": "sp", "sp": "p"}; !ok && inherits[tag] != "" {
		return dmarcPolicy(tags, inherits[tag])
	}
	return max(0, slices.Index([]string{"none", "quarantine", "reject"}, strings.ToLower(value)))
}

// dmarcShare is the share of mail in per cent that the policy holds for.
func dmarcShare(tags map[string]string) int {
	if n, err := strconv.Atoi(tags["pct"]); err == nil {
		return n
	}
	return 100
}

func tagWords(tags map[string]string, tag string) string {
	if value, ok := tags[tag]; ok {
		return schema.Clip(tag + "=" + value)
	}
	return "no " + tag + "="
}

// DKIMWeaker says how the keys among the texts of a name protect less after an edit than
// before it; "" where they do not.
func DKIMWeaker(before, after []string) string {
	was, is := dkimKeys(before), dkimKeys(after)
	if len(was) == 0 {
		return ""
	}
	if len(is) == 0 {
		if len(after) > 0 {
			return "the DKIM key is revoked or broken: mail signed with it fails"
		}
		return "the DKIM key goes: mail signed with it fails"
	}
	from, to := was[0], is[0]
	switch {
	case to.bits < from.bits && to.kind == from.kind:
		return fmt.Sprintf("the DKIM key gets shorter: %d bits become %d", from.bits, to.bits)
	case to.testing && !from.testing:
		return "the DKIM key is put to the test: t=y"
	}
	return ""
}

type dkimKey struct {
	kind    string
	bits    int // 0 where the key cannot be read
	testing bool
}

// dkimKeys returns the texts that hold a key (RFC 6376 section 3.6.1).
func dkimKeys(texts []string) []dkimKey {
	var out []dkimKey
	for _, text := range texts {
		tags, faults := tagList(text, "")
		p := strings.Join(strings.Fields(tags["p"]), "")
		if p == "" || len(faults) > 0 {
			continue
		}
		k := dkimKey{kind: "rsa", testing: slices.Contains(strings.Split(tags["t"], ":"), "y")}
		if kind, ok := tags["k"]; ok {
			k.kind = kind
		}
		if k.kind == "rsa" {
			if k.bits = rsaBits(p); k.bits == 0 {
				continue
			}
		}
		out = append(out, k)
	}
	return out
}

// rsaBits returns the length of a public key as DKIM writes it, 0 where it is none.
func rsaBits(text string) int {
	der, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return 0
	}
	if key, err := x509.ParsePKIXPublicKey(der); err == nil {
		if key, ok := key.(*rsa.PublicKey); ok {
			return key.N.BitLen()
		}
		return 0
	}
	if key, err := x509.ParsePKCS1PublicKey(der); err == nil {
		return key.N.BitLen()
	}
	return 0
}

// CAALooser says how the CAA records of a name let more authorities issue certificates after
// an edit than before it (RFC 8659 section 4); "" where they do not.
func CAALooser(before, after []schema.RDATA) string {
	if len(before) == 0 {
		return ""
	}
	if len(after) == 0 {
		return "the CAA records go: what a name above says holds, and without any every authority may issue certificates"
	}
	for _, tag := range []string{"issue", "issuewild"} {
		was, limited := issuers(before, tag)
		if !limited {
			continue
		}
		is, limits := issuers(after, tag)
		if !limits {
			return fmt.Sprintf("CAA no longer limits who may issue certificates: no %s is left", tag)
		}
		for _, i := range is {
			allowed := func(w issuer) bool { return w.name == i.name && (w.parameters == "" || w.parameters == i.parameters) }
			if !slices.ContainsFunc(was, allowed) {
				return fmt.Sprintf("CAA lets more certificates be issued: %s %s", tag, schema.Clip(i.name))
			}
		}
	}
	return ""
}

// An issuer is an authority that may issue, on the conditions that parameters name (RFC 8657).
type issuer struct{ name, parameters string }

// issuers returns the authorities that may issue. Limited is false where every one may.
// Without issuewild, issue holds for wildcards too.
func issuers(records []schema.RDATA, tag string) (who []issuer, limited bool) {
	for _, d := range records {
		_, t, value := d.CAA()
		if t != tag {
			continue
		}
		limited = true
		name, parameters, _ := strings.Cut(value, ";")
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" {
			who = append(who, issuer{name, strings.TrimSpace(parameters)})
		}
	}
	if !limited && tag == "issuewild" {
		return issuers(records, "issue")
	}
	return who, limited
}
