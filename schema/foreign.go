package schema

import "strings"

// unsupported deals with an RRset of a type that the service does not have. Only a
// type that exists may be left alone: CNMAE would otherwise take a CNAME out of the
// file and so out of the live zone.
func (b *builder) unsupported(d declared) {
	switch {
	case !isForeignType(string(d.typ)):
		b.errorf(d.at, ruleType, "type %s is not known, expected one of %s%s", clip(string(d.typ)), typeList(), didYouMean(string(d.typ), typeNames()...))
	case b.settings.UnsupportedTypes != UnsupportedWarn:
		b.errorf(d.at, ruleUnsupportedType, "type %s is not served, expected one of %s; unsupported_types: warn in %s leaves such RRsets alone",
			d.typ, typeList(), settingsFile)
	case b.claim(d):
		b.warnf(d.at, ruleUnsupportedType, "type %s is not served: %s %s is neither written nor deleted",
			d.typ, d.name.Relative(b.zone.Name), d.typ)
		b.zone.Ignore = append(b.zone.Ignore, IgnoreRRset(b.zone.Name, Key{d.name, d.typ}))
	}
}

// isTypeLike reports whether text looks like the mnemonic of a record type, as
// "PTR" or octoDNS's "Route53Provider/ALIAS".
func isTypeLike(text string) bool {
	mnemonic := text[strings.LastIndexByte(text, '/')+1:]
	for i := range len(mnemonic) {
		if c := mnemonic[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return mnemonic != ""
}

// isForeignType reports whether text is a type that exists, but not among Types: one
// of the registry (RFC 6895 section 3.1), TYPE123 (RFC 3597 section 5), or one of a
// provider, which octoDNS writes with the provider's name before it.
func isForeignType(text string) bool {
	if provider, mnemonic, ok := strings.Cut(text, "/"); ok {
		return provider != "" && mnemonic != ""
	}
	switch text {
	case "AFSDB", "ALIAS", "AMTRELAY", "ANAME", "APL", "ATMA", "AVC", "CDNSKEY", "CDS", "CERT", "CSYNC",
		"DHCID", "DLV", "DNAME", "DNSKEY", "DOA", "DS", "DSYNC", "EID", "EUI48", "EUI64", "GPOS", "HHIT",
		"HINFO", "HIP", "HTTPS", "IPN", "IPSECKEY", "ISDN", "KEY", "KX", "L32", "L64", "LOC", "LP", "MB",
		"MG", "MINFO", "MR", "NAPTR", "NID", "NIMLOC", "NINFO", "NSAP", "NSEC", "NSEC3", "NSEC3PARAM",
		"NXT", "OPENPGPKEY", "PTR", "PX", "RESINFO", "RKEY", "RP", "RRSIG", "RT", "SIG", "SINK", "SMIMEA",
		"SOA", "SPF", "SSHFP", "SVCB", "TA", "TALINK", "TLSA", "URI", "URLFWD", "WALLET", "WKS", "X25", "ZONEMD":
		return true
	}
	digits, ok := strings.CutPrefix(text, "TYPE")
	_, err := parseUint(digits, 1<<16-1)
	return ok && err == nil
}
