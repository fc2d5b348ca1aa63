package schema

import (
	"maps"
	"slices"
)

// The rules of reading zone files, by the names that Problem.Rule has. They are
// stable: tools sort by them. RuleHelp says what each is about.
const (
	ruleAliasBudget     = "alias-budget"
	ruleAliasLoop       = "alias-loop"
	ruleConflict        = "merge-conflict"
	ruleDuplicateKey    = "duplicate-key"
	ruleEmpty           = "empty"
	ruleEncoding        = "encoding"
	ruleHead            = "head"
	ruleHostDot         = "host-dot"
	ruleIgnore          = "ignore-rule"
	ruleIgnoredDeclared = "ignored-declared"
	ruleInclude         = "include"
	ruleIncludeLoop     = "include-loop"
	ruleKey             = "complex-key"
	ruleLFS             = "lfs-pointer"
	ruleLink            = "link"
	ruleMerge           = "merge"
	ruleNull            = "null"
	ruleOwner           = "owner-name"
	ruleRDATA           = "rdata"
	ruleRepeatsZone     = "repeats-zone"
	ruleRRsetTwice      = "rrset-twice"
	ruleSafety          = "safety"
	ruleSecondDocument  = "second-document"
	ruleShape           = "shape"
	ruleStray           = "no-zone-file"
	ruleSyntax          = "syntax"
	ruleTag             = "yaml-tag"
	ruleText            = "text-spelling"
	ruleTooDeep         = "too-deep"
	ruleTooLarge        = "too-large"
	ruleTTL             = "ttl"
	ruleTwoTTLs         = "two-ttls"
	ruleType            = "type"
	ruleUnknownKey      = "unknown-key"
	ruleUnreadable      = "unreadable"
	ruleUnsupportedType = "unsupported-type"
	ruleValueTwice      = "value-twice"
	ruleVariable        = "variable"
	ruleYAML11          = "yaml-1.1"
	ruleZoneName        = "zone-name"
	ruleZoneTwice       = "zone-twice"
)

// RuleHelp says in one sentence what a rule is about, or gives "" for a name that
// is none.
func RuleHelp(rule string) string { return ruleTable()[rule] }

// Rules lists the names of all rules, sorted.
func Rules() []string { return slices.Sorted(maps.Keys(ruleTable())) }

// ruleTable joins what is said about reading with what is said about whole zones.
func ruleTable() map[string]string {
	table := map[string]string{
		ruleAliasBudget:     "Aliases and includes of a zone expand to at most a million nodes.",
		ruleAliasLoop:       "A YAML alias does not stand inside what it names.",
		ruleConflict:        "A zone file has no merge conflict markers.",
		ruleDuplicateKey:    "A key stands once in a mapping.",
		ruleEmpty:           "That there are no records is said, never inferred.",
		ruleEncoding:        "A file is UTF-8 text without a byte order mark.",
		ruleHead:            "The head of a zone is consistent.",
		ruleHostDot:         "A host in RDATA ends in a dot.",
		ruleIgnore:          "An ignore rule says what it ignores.",
		ruleIgnoredDeclared: "A record is either declared or left to another tool.",
		ruleInclude:         "An included file exists within the repository and fits its place.",
		ruleIncludeLoop:     "Files do not include each other in a loop.",
		ruleKey:             "A key is text.",
		ruleLFS:             "A zone file is the file itself and no Git LFS pointer.",
		ruleLink:            "A zone file is the file itself and no symbolic link.",
		ruleMerge:           "A merge means the same to YAML and to octoDNS.",
		ruleNull:            "Nothing at all is no name and no value.",
		ruleOwner:           "An owner name is a domain name in the zone.",
		ruleRDATA:           "A value is RDATA of its type.",
		ruleRepeatsZone:     "A relative name does not repeat the name of the zone.",
		ruleRRsetTwice:      "An RRset is declared in one place.",
		ruleSafety:          "A limit is a share or a number of records.",
		ruleSecondDocument:  "A file holds one YAML document and nothing after it.",
		ruleShape:           "A mapping, a list or text stands where one is expected.",
		ruleStray:           "A YAML file among the zone files is a zone file.",
		ruleSyntax:          "A file is YAML.",
		ruleTag:             "The only tag is !include.",
		ruleText:            "A text is written as plainly as it can be.",
		ruleTooDeep:         "Mappings, lists and includes lie at most 100 deep.",
		ruleTooLarge:        "A file has at most 10 MiB.",
		ruleTTL:             "A TTL is whole seconds in decimal digits.",
		ruleTwoTTLs:         "An RRset has one TTL.",
		ruleType:            "A type is a known mnemonic in upper case.",
		ruleUnknownKey:      "Every key is known.",
		ruleUnreadable:      "A file can be read.",
		ruleUnsupportedType: "A type is one that the service has.",
		ruleValueTwice:      "A value stands once in its RRset.",
		ruleVariable:        "A variable is defined.",
		ruleYAML11:          "A name or value reads the same to octoDNS.",
		ruleZoneName:        "The file name and the key zone agree.",
		ruleZoneTwice:       "A zone is declared in one file or one folder.",
	}
	maps.Copy(table, checkRules())
	return table
}

// checkRules says what the checks of whole zones are about.
func checkRules() map[string]string {
	return map[string]string{
		"below-delegation": "Data below a delegation is never served, glue apart.",
		"caa-issue":        "CAA records say who may issue certificates.",
		"caa-tag":          "A CAA tag is one that authorities know (RFC 8659, RFC 8657, RFC 9495).",
		"cname-apex":       "No CNAME stands at the apex (RFC 1034 section 3.6.2).",
		"cname-beside":     "A CNAME stands alone at its name (RFC 2181 section 10.1).",
		"cname-loop":       "A chain of CNAMEs ends.",
		"cname-twice":      "A name has one CNAME.",
		"dmarc-malformed":  "A DMARC record is well formed (RFC 7489 section 6.3).",
		"dmarc-twice":      "A name has one DMARC record.",
		"label-typo":       "Labels with an underscore are spelled as others look them up.",
		"mx-null":          "A null MX stands alone (RFC 7505 section 3).",
		"mx-to-cname":      "An MX names a host with an address, not a CNAME (RFC 2181 section 10.3).",
		"ns-to-cname":      "An NS names a host with an address, not a CNAME (RFC 2181 section 10.3).",
		"spf-lookups":      "SPF needs at most ten DNS look-ups (RFC 7208 section 4.6.4).",
		"spf-malformed":    "An SPF record is well formed (RFC 7208 section 12).",
		"spf-twice":        "A name has one SPF record (RFC 7208 section 3.2).",
		"srv-to-cname":     "An SRV names a host with an address, not a CNAME (RFC 2782).",
		"target-missing":   "What a record points at in its own zone exists.",
		"ttl-high":         "A TTL is at most a week.",
		"ttl-low":          "A TTL is at least a minute.",
	}
}
