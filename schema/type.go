package schema

import "strings"

// A Type is the mnemonic of a record type, in upper case (RFC 1035 section 3.2.2).
type Type string

// The types that VPS.org serves and zonetender manages.
const (
	A     Type = "A"     // RFC 1035
	AAAA  Type = "AAAA"  // RFC 3596
	CAA   Type = "CAA"   // RFC 8659
	CNAME Type = "CNAME" // RFC 1035
	MX    Type = "MX"    // RFC 1035, RFC 7505
	NS    Type = "NS"    // RFC 1035
	SRV   Type = "SRV"   // RFC 2782
	TXT   Type = "TXT"   // RFC 1035
)

// SOA is served for every zone, but it is the service's own: never managed.
const SOA Type = "SOA"

// Types lists the managed types in alphabetical order.
func Types() []Type { return []Type{A, AAAA, CAA, CNAME, MX, NS, SRV, TXT} }

// Managed reports whether t is one of Types. Records of any other type are
// foreign: seen, counted in conflicts, never changed.
func (t Type) Managed() bool {
	switch t {
	case A, AAAA, CAA, CNAME, MX, NS, SRV, TXT:
		return true
	}
	return false
}

// HasPriority reports whether RDATA of this type begins with a preference (MX) or
// a priority (SRV), which the API carries apart from the value.
func (t Type) HasPriority() bool { return t == MX || t == SRV }

// HasHost reports whether RDATA of this type ends in the name of a host.
func (t Type) HasHost() bool { return t == CNAME || t == MX || t == NS || t == SRV }

// TypeNames lists the mnemonics of the managed types in alphabetical order.
func TypeNames() []string {
	var names []string
	for _, t := range Types() {
		names = append(names, string(t))
	}
	return names
}

// TypeList lists the managed types for a message, as in "A, AAAA, ...".
func TypeList() string { return strings.Join(TypeNames(), ", ") }

// A kind is a managed type in one octet, in alphabetical order, 0 for none. There is data of
// every record in memory, and a Type would make each larger by a quarter.
type kind uint8

const (
	kindA kind = 1 + iota
	kindAAAA
	kindCAA
	kindCNAME
	kindMX
	kindNS
	kindSRV
	kindTXT
)

// typ returns the type, "" for no kind.
func (k kind) typ() Type {
	switch k {
	case kindA:
		return A
	case kindAAAA:
		return AAAA
	case kindCAA:
		return CAA
	case kindCNAME:
		return CNAME
	case kindMX:
		return MX
	case kindNS:
		return NS
	case kindSRV:
		return SRV
	case kindTXT:
		return TXT
	}
	return ""
}
