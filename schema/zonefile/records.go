package zonefile

import (
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/zonetender/zonetender/schema"
)

// buildRecords reads a mapping from owner name to records: a file in the bare form,
// "records:" of the zone form, or a file that several zones include.
func (b *builder) buildRecords(n node) {
	b.expect(len(n.yaml.Content) / 2)
	for k, v := range b.tree.fields(n) {
		if b.tree.broken {
			return
		}
		name, ok := b.owner(k)
		if !ok {
			continue
		}
		if v.yaml.Kind == yaml.SequenceNode {
			b.buildList(name, k, v)
			continue
		}
		b.buildRecord(name, k, v)
	}
}

// buildList reads several records of one owner name.
func (b *builder) buildList(name schema.Name, k, list node) {
	if isList(list) && len(list.yaml.Content) == 0 {
		b.tree.errorf(list, codeEmpty, "%s has an empty list of records, expected a record, or no such name", show(k))
	}
	for item := range b.tree.items(list) {
		b.buildRecord(name, k, item)
	}
}

// buildRecord reads one record, in the long spelling where it has a type, else in
// the short one, which the bare form does not have.
func (b *builder) buildRecord(name schema.Name, k, n node) {
	if n.yaml.Kind != yaml.MappingNode {
		b.noRecord(k, n)
		return
	}
	if _, long := b.tree.get(n, "type"); long || b.bare {
		b.buildLong(name, n)
		return
	}
	b.buildShort(name, n)
}

// noRecord says what was expected, with the head key that was probably meant.
func (b *builder) noRecord(k, n node) {
	expected := "a mapping with type and value, or a list of them"
	if !b.bare {
		expected = "a mapping such as {A: 192.0.2.1}"
	}
	switch {
	case b.tree.isMissing(n):
	case n.isNull():
		b.tree.errorf(n, codeNull, "%s has no record, expected %s", show(k), expected)
	default:
		hint := ""
		switch {
		case b.bare && slices.Contains(headKeys(), k.yaml.Value):
			hint = "; " + k.yaml.Value + " in the head of a zone needs zone: NAME beside it"
		case b.bare:
			hint = schema.DidYouMean(k.yaml.Value, "zone")
		}
		b.tree.errorf(n, codeShape, "%s has %s, expected %s%s", show(k), kindName(n), expected, hint)
	}
}

// buildShort reads a mapping from type to value or values, as in {A: 192.0.2.1}.
// "ttl" beside the types covers all of them.
func (b *builder) buildShort(name schema.Name, n node) {
	ttl, hasTTL := b.zone.TTL, false
	if v, ok := b.tree.get(n, "ttl"); ok {
		if t, ok := b.recordTTL(v); ok {
			ttl, hasTTL = t, true
		}
	}
	var expires time.Time
	if v, ok := b.tree.get(n, "expires"); ok {
		expires = b.readExpires(v, name, "data")
	}
	types := 0
	for k, v := range b.tree.fields(n) {
		if k.yaml.Value == "ttl" || k.yaml.Value == "expires" {
			continue
		}
		types++
		typ := schema.Type(k.yaml.Value)
		d := declared{at: k, name: name, typ: typ, ttl: ttl, hasTTL: hasTTL, expires: expires}
		switch {
		case typ.Managed():
			d.values = b.shortValues(typ, v)
			b.add(d)
		case isTypeLike(k.yaml.Value):
			b.unsupported(d)
		default:
			b.unknownType(k)
		}
	}
	if types == 0 {
		b.tree.errorf(n, codeEmpty, "%s has no record, expected a type such as A", name.DisplayIn(b.zone.Name))
	}
}

// unknownType refuses a key of the short spelling.
func (b *builder) unknownType(k node) {
	if typ := schema.Type(strings.ToUpper(k.yaml.Value)); typ.Managed() {
		b.tree.errorf(k, codeType, "type %s, expected %s", show(k), typ)
		return
	}
	b.tree.errorf(k, codeUnknownKey, "key %s is not known in a record, expected type, ttl, expires or one of %s%s",
		show(k), schema.TypeList(), schema.DidYouMean(k.yaml.Value, append(schema.TypeNames(), "type", "ttl", "expires")...))
}

// shortValues reads a value or a list of them, in presentation form.
func (b *builder) shortValues(typ schema.Type, n node) []schema.Value {
	if isList(n) && len(n.yaml.Content) == 0 {
		b.tree.errorf(n, codeEmpty, "%s has an empty list of values, expected a value", typ)
	}
	var out []schema.Value
	for item := range b.tree.items(n) {
		if !b.hasRoom(item) {
			break
		}
		if item.yaml.Kind == yaml.MappingNode {
			b.tree.errorf(item, codeShape, "%s value is a mapping, expected text such as %s", typ, example(typ))
			continue
		}
		text, ok := b.scalar(item, string(typ)+" value")
		if !ok {
			continue
		}
		if v, ok := b.data(typ, item, text); ok {
			out = append(out, v)
		}
	}
	return out
}

// example is a value of the type in presentation form.
func example(t schema.Type) string {
	switch t {
	case schema.A:
		return "192.0.2.1"
	case schema.AAAA:
		return "2001:db8::1"
	case schema.CAA:
		return `0 issue "letsencrypt.org"`
	case schema.MX:
		return "10 mail.example.com."
	case schema.SRV:
		return "10 5 5060 sip.example.com."
	case schema.TXT:
		return "v=spf1 -all"
	}
	return "host.example.com."
}

// unsupported deals with an RRset of a type that the service does not have. Only a
// type that exists may be left alone: CNMAE would otherwise take a CNAME out of the
// file and so out of the live zone.
func (b *builder) unsupported(d declared) {
	switch {
	case !isForeignType(string(d.typ)):
		b.tree.errorf(d.at, codeType, "type %s is not known, expected one of %s%s", schema.Clip(string(d.typ)), schema.TypeList(), schema.DidYouMean(string(d.typ), schema.TypeNames()...))
	case b.settings.UnsupportedTypes != UnsupportedWarn:
		b.tree.errorf(d.at, codeUnsupportedType, "type %s is not served, expected one of %s; unsupported_types: warn in %s leaves such RRsets alone",
			d.typ, schema.TypeList(), settingsFile)
	case b.claim(d):
		b.tree.warnf(d.at, codeUnsupportedType, "type %s is not served: %s %s is neither written nor deleted",
			d.typ, d.name.DisplayIn(b.zone.Name), d.typ)
		b.zone.Ignore = append(b.zone.Ignore, schema.IgnoreRRset(b.zone.Name, schema.Key{Name: d.name, Type: d.typ}))
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
	if slices.Contains(foreignTypes(), text) {
		return true
	}
	digits, ok := strings.CutPrefix(text, "TYPE")
	_, err := schema.ParseUint16("type", digits)
	return ok && err == nil
}

// foreignTypes are the types of the registry that are not among Types.
func foreignTypes() []string {
	return []string{
		"AFSDB", "ALIAS", "AMTRELAY", "ANAME", "APL", "ATMA", "AVC", "CDNSKEY", "CDS", "CERT", "CSYNC", "DHCID",
		"DLV", "DNAME", "DNSKEY", "DOA", "DS", "DSYNC", "EID", "EUI48", "EUI64", "GPOS", "HHIT", "HINFO", "HIP",
		"HTTPS", "IPN", "IPSECKEY", "ISDN", "KEY", "KX", "L32", "L64", "LOC", "LP", "MB", "MG", "MINFO", "MR",
		"NAPTR", "NID", "NIMLOC", "NINFO", "NSAP", "NSEC", "NSEC3", "NSEC3PARAM", "NXT", "OPENPGPKEY", "PTR", "PX",
		"RESINFO", "RKEY", "RP", "RRSIG", "RT", "SIG", "SINK", "SMIMEA", "SOA", "SPF", "SSHFP", "SVCB", "TA",
		"TALINK", "TLSA", "URI", "URLFWD", "WALLET", "WKS", "X25", "ZONEMD",
	}
}
