package lint

import (
	"cmp"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// checkDKIM looks at the texts of a name with the label _domainkey, where mail servers look
// for keys (RFC 6376 section 3.6.2.1).
func (c *checker) checkDKIM(s schema.RRset) {
	selector, rest, _ := strings.Cut(s.Name.String(), ".")
	if strings.HasPrefix(selector, "_") || !strings.HasPrefix(rest, "_domainkey.") {
		return // _domainkey and _adsp._domainkey hold policies that are obsolete
	}
	values := s.InFileOrder()
	if len(values) > 1 {
		c.warn("dkim-twice", values[1].Pos, "%d texts at %s, expected one key in one text: the parts of a long key are joined into one", len(values), s.Name)
		return
	}
	text := values[0].Data.TXT()
	if tags, faults := tagList(text, "k=rsa"); s.Name.IsWildcard() && tags["p"] == "" && len(faults) == 0 {
		return // the usual way to say that a domain signs no mail: no selector has a key
	}
	for _, fault := range dkimFaults(text) {
		c.warn("dkim-malformed", values[0].Pos, "DKIM key at %s: %s", s.Name, fault)
	}
}

// dkimFaults says what is wrong with a DKIM key record (RFC 6376 section 3.6.1).
func dkimFaults(text string) []string {
	switch quotes := strings.Count(text, `"`); {
	case strings.HasPrefix(text, "("), quotes > 0 && strings.ContainsAny(text, "()"):
		return []string{"parentheses, as master files have them around several lines, expected the text alone"}
	case quotes%2 != 0:
		return []string{"a quote that is not closed, expected the text without quotes"}
	case quotes > 0:
		return []string{"quotes inside the text, expected one text without them"}
	}
	tags, faults := tagList(text, "k=rsa")
	if len(tags) == 0 && len(faults) > 0 {
		return faults[:1]
	}
	if v, ok := tags["v"]; ok && (v != "DKIM1" || !strings.HasPrefix(strings.TrimLeft(text, " \t"), "v")) {
		faults = append(faults, fmt.Sprintf("tag %s, expected v=DKIM1 at the beginning", schema.Clip("v="+v)))
	}
	kind, ok := tags["k"]
	if !ok {
		kind = "rsa"
	}
	key, ok := tags["p"]
	switch {
	case kind != "rsa" && kind != "ed25519":
		return append(faults, fmt.Sprintf("tag %s, expected k= with rsa or ed25519", schema.Clip("k="+kind)))
	case !ok:
		return append(faults, "no key, expected p=")
	case key == "":
		return append(faults, "p= is empty, which revokes the key; expected a key, or no record")
	}
	if why := badKey(kind, key); why != "" {
		faults = append(faults, why)
	}
	return faults
}

// DKIMKey returns the key of a DKIM record: its kind, rsa or ed25519, and its octets, none
// where it is revoked. The fault says why there is no key, "" where there is one.
func DKIMKey(text string) (kind string, key []byte, fault string) {
	tags, _ := tagList(text, "k=rsa")
	if p, ok := tags["p"]; ok && p == "" {
		return "", nil, ""
	}
	if faults := dkimFaults(text); len(faults) > 0 {
		return "", nil, faults[0]
	}
	key, _ = decodeKey(tags["p"])
	return cmp.Or(tags["k"], "rsa"), key, ""
}

// decodeKey decodes the p= of a key.
func decodeKey(text string) ([]byte, error) {
	text = strings.Join(strings.Fields(text), "")
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		key, err = base64.RawStdEncoding.DecodeString(text)
	}
	return key, err
}

// badKey says what is wrong with the p= of a key, "" where nothing is.
func badKey(kind, text string) string {
	key, err := decodeKey(text)
	if err != nil {
		return fmt.Sprintf("p=%s is not Base64, expected the whole key", schema.Clip(strings.Join(strings.Fields(text), "")))
	}
	if kind == "ed25519" {
		if len(key) != 32 {
			return fmt.Sprintf("p= has %d octets, expected the 32 of an Ed25519 key (RFC 8463)", len(key))
		}
		return ""
	}
	var der asn1.RawValue
	if rest, err := asn1.Unmarshal(key, &der); err != nil || len(rest) > 0 || der.Tag != asn1.TagSequence {
		return "p= is not an RSA key, expected all of it: part of it may be missing"
	}
	return ""
}
