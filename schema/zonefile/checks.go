package zonefile

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// A Check is one kind of problem that reading zone files can find.
type Check struct {
	// Code is what the problems carry as their code. It is stable: settings, and tools that
	// sort problems, rely on it.
	Code string
	// Help says in one sentence what is expected.
	Help string
	// Warns is true where the problem can be a warning. Only then does "checks:" in
	// zonetender.yaml or in the head of a zone decide what becomes of it.
	Warns bool
}

// A Level is what "checks:" makes of a warning.
type Level string

// The levels.
const (
	LevelOff   Level = "off"   // not reported
	LevelWarn  Level = "warn"  // the default
	LevelError Level = "error" // the zone is invalid, in every command
)

// The codes of this package. Package schema and package lint write their own as text.
const (
	codeAliasBudget     = "alias-budget"
	codeAliasLoop       = "alias-loop"
	codeAnchorTwice     = "anchor-twice"
	codeBOM             = "byte-order-mark"
	codeChecks          = "checks"
	codeConflict        = "merge-conflict"
	codeDuplicateKey    = "duplicate-key"
	codeEmpty           = "empty"
	codeEncoding        = "encoding"
	codeExclude         = "exclude"
	codeExpired         = "expired"
	codeExpires         = "expires"
	codeExpiresSoon     = "expires-soon"
	codeFormat          = "format"
	codeHead            = "head"
	codeHostAmbiguous   = "host-ambiguous"
	codeHostNoDot       = "host-no-dot"
	codeIgnore          = "ignore-rule"
	codeInclude         = "include"
	codeIncludeLoop     = "include-loop"
	codeKey             = "complex-key"
	codeLFS             = "lfs-pointer"
	codeLink            = "link"
	codeMerge           = "merge"
	codeNull            = "null"
	codeOwner           = "owner-name"
	codeRDATA           = "rdata"
	codeRepeatsZone     = "repeats-zone"
	codeRisk            = "risk"
	codeRRsetTwice      = "rrset-twice"
	codeSafety          = "safety"
	codeSecondDocument  = "second-document"
	codeSettings        = "settings"
	codeShape           = "shape"
	codeSkipped         = "skipped"
	codeStray           = "no-zone-file"
	codeSyntax          = "syntax"
	codeTag             = "yaml-tag"
	codeText            = "text-spelling"
	codeTooDeep         = "too-deep"
	codeTooLarge        = "too-large"
	codeTTL             = "ttl"
	codeTwoTTLs         = "two-ttls"
	codeType            = "type"
	codeUnknownKey      = "unknown-key"
	codeUnlisted        = "unlisted"
	codeUnreadable      = "unreadable"
	codeUnsupportedType = "unsupported-type"
	codeVariable        = "variable"
	codeYAML11          = "yaml-1.1"
	codeZoneName        = "zone-name"
	codeZoneTwice       = "zone-twice"
)

// Checks returns all checks, those of package schema and package lint among them, sorted
// by code.
func Checks() []Check {
	all := slices.Concat(warnings(), auditWarnings(), mistakes())
	slices.SortFunc(all, func(a, b Check) int { return cmp.Compare(a.Code, b.Code) })
	return all
}

// warnings are the checks whose problems can be warnings.
func warnings() []Check {
	return []Check{
		{"below-delegation", "Records below a delegation are never served, except glue.", true},
		{codeBOM, "A file has no byte order mark.", true},
		{"caa-issue", "CAA records say who may issue certificates.", true},
		{"caa-tag", "A CAA tag is one that authorities know (RFC 8659, RFC 8657, RFC 9495).", true},
		{"check-names", "A host name has letters, digits and hyphens, as BIND's check-names asks.", true},
		{"child-without-ns", "A managed zone has NS in the managed zone above it.", true},
		{"delegation-differs", "A delegation has the NS of the delegated zone (RFC 1034 section 4.2.2).", true},
		{"dkim-malformed", "A DKIM key is well formed and whole (RFC 6376 section 3.6.1).", true},
		{"dkim-twice", "A DKIM key is one text.", true},
		{"dmarc-malformed", "A DMARC record is well formed (RFC 7489 section 6.3).", true},
		{"dmarc-twice", "A name has one DMARC record.", true},
		{codeExpired, "A record whose time is over is removed from the file.", true},
		{codeExpiresSoon, "A record that is to stay does not expire within two weeks.", true},
		{CodeExpiryRefused, "No guard refuses to delete what expires.", true},
		{"glue-differs", "Glue has the addresses of the delegated zone.", true},
		{codeHostNoDot, "A host in RDATA ends in a dot.", true},
		{"label-typo", "Labels with an underscore are spelled as they are looked up.", true},
		{"mx-null", "A null MX is alone (RFC 7505 section 3).", true},
		{"mx-to-cname", "An MX names a host with an address, not a CNAME (RFC 2181 section 10.3).", true},
		{"ns-to-cname", "An NS names a host with an address, not a CNAME (RFC 2181 section 10.3).", true},
		{"ns-wildcard", "An NS is not at a wildcard (RFC 4592 section 4.2).", true},
		{"odd-characters", "A name has letters, digits, hyphens and underscores.", true},
		{codeRepeatsZone, "A relative name does not repeat the name of the zone.", true},
		{codeSkipped, "A file that is named after a zone is read.", true},
		{"spf-lookups", "SPF needs at most ten DNS look-ups (RFC 7208 section 4.6.4).", true},
		{"spf-malformed", "An SPF record is well formed (RFC 7208 section 12).", true},
		{"spf-twice", "A name has one SPF record (RFC 7208 section 3.2).", true},
		{"srv-name", "An SRV is at a name such as _sip._tcp (RFC 2782).", true},
		{"srv-to-cname", "An SRV names a host with an address, not a CNAME (RFC 2782).", true},
		{"target-missing", "What a record points at in its own zone exists.", true},
		{codeText, "A text is written as plainly as it can be.", true},
		{"ttl-high", "A TTL is at most a week.", true},
		{"ttl-low", "A TTL is at least a minute.", true},
		{codeUnknownKey, "Every key is known.", true},
		{codeUnlisted, "A zone has few enough problems to list them.", true},
		{codeUnsupportedType, "A type is one that the service has.", true},
		{"value-twice", "A value is listed once in its RRset.", true},
		{codeYAML11, "A name or value reads the same to octoDNS.", true},
	}
}

// mistakes are the checks whose problems are always errors.
func mistakes() []Check {
	return []Check{
		{codeAliasBudget, "Aliases and includes of a zone expand to at most a million nodes.", false},
		{codeAliasLoop, "A YAML alias is not inside what it names.", false},
		{codeAnchorTwice, "A file defines an anchor once.", false},
		{codeChecks, "checks: names the codes of warnings, each with off, warn or error.", false},
		{"cname-apex", "There is no CNAME at the apex (RFC 1034 section 3.6.2).", false},
		{"cname-beside", "A CNAME is alone at its name (RFC 2181 section 10.1).", false},
		{"cname-loop", "A chain of CNAMEs ends.", false},
		{"cname-twice", "A name has one CNAME.", false},
		{codeKey, "A key is text.", false},
		{codeDuplicateKey, "A key appears once in a mapping.", false},
		{codeEmpty, "That there are no records is said, never inferred.", false},
		{codeEncoding, "A file is UTF-8 text.", false},
		{codeExclude, "A glob under exclude can match a file.", false},
		{codeExpires, "The last day of a record is a date, or its end an RFC 3339 time.", false},
		{codeFormat, "A file can be laid out anew without changing what it says.", false},
		{codeHead, "The head of a zone is consistent.", false},
		{codeHostAmbiguous, "A host without a final dot is not the name of a record when read relative to the zone.", false},
		{codeIgnore, "An ignore rule can match a record.", false},
		{"ignored-declared", "A record is either declared or left to another tool.", false},
		{codeInclude, "An included file exists within the repository and fits its place.", false},
		{codeIncludeLoop, "Files do not include each other in a loop.", false},
		{codeLFS, "A zone file is the file itself, not a Git LFS pointer.", false},
		{codeLink, "A zone file is the file itself, not a symbolic link.", false},
		{codeMerge, "A merge means the same to YAML and to octoDNS.", false},
		{codeConflict, "A zone file has no merge conflict markers.", false},
		{codeStray, "A YAML file among the zone files is a zone file.", false},
		{codeNull, "Nothing at all is neither a name nor a value.", false},
		{codeOwner, "An owner name is a domain name in the zone.", false},
		{codeRDATA, "A value is RDATA of its type.", false},
		{codeRisk, "risk: names the codes of reasons, each with off, low, medium or high.", false},
		{codeRRsetTwice, "An RRset is declared in one place.", false},
		{codeSafety, "A limit is a share or a number of records.", false},
		{codeSecondDocument, "A file holds one YAML document and nothing after it.", false},
		{codeSettings, "A zone is read only where zonetender.yaml has no errors.", false},
		{codeShape, "A mapping, a list or text is where one is expected.", false},
		{codeSyntax, "A file is YAML.", false},
		{codeTooDeep, "Mappings, lists and includes are at most 100 deep.", false},
		{codeTooLarge, "Files, lists and texts are within the bounds.", false},
		{codeTTL, "A TTL is whole seconds in decimal digits.", false},
		{codeTwoTTLs, "An RRset has one TTL.", false},
		{codeType, "A type is a known mnemonic in upper case.", false},
		{codeUnreadable, "A file can be read.", false},
		{codeVariable, "A variable is defined.", false},
		{codeTag, "The only tag is !include.", false},
		{codeZoneName, "The file name and the key zone agree.", false},
		{codeZoneTwice, "A zone is declared in one file or one folder.", false},
	}
}

// CodeHelp returns the help of the check with a code, "" where there is none.
func CodeHelp(code string) string {
	for _, c := range Checks() {
		if c.Code == code {
			return c.Help
		}
	}
	return ""
}

// readChecks reads "checks:", a mapping from the code of a warning to its level.
func (t *tree) readChecks(n node) map[string]Level {
	levels := make(map[string]Level)
	if !t.isMapping(n, "checks", "a mapping from the code of a warning to off, warn or error") {
		return levels
	}
	warns := make(map[string]bool)
	for _, c := range Checks() {
		warns[c.Code] = c.Warns
	}
	for k, v := range t.fields(n) {
		settable, known := warns[k.yaml.Value]
		switch {
		case !known:
			codes := slices.Sorted(maps.Keys(warns))
			codes = slices.DeleteFunc(codes, func(code string) bool { return !warns[code] })
			t.errorf(k, codeChecks, "check %s is not known, expected the code of a warning%s", show(k), nearest(k.yaml.Value, codes))
		case !settable:
			t.errorf(k, codeChecks, "check %s is always an error, expected the code of a warning", show(k))
		default:
			levels[k.yaml.Value] = Level(t.oneOf(v, "check "+k.yaml.Value, string(LevelOff), string(LevelWarn), string(LevelError)))
		}
	}
	return levels
}

// nearest returns the code that was most likely meant: one that is spelled nearly alike,
// or shares the most words.
func nearest(text string, codes []string) string {
	if hint := schema.DidYouMean(text, codes...); hint != "" {
		return hint
	}
	best, most := "", 0
	words := strings.FieldsFunc(text, func(r rune) bool { return r == '-' || r == '_' || r == ' ' })
	for _, code := range codes {
		shared := 0
		for part := range strings.SplitSeq(code, "-") {
			if slices.Contains(words, part) {
				shared++
			}
		}
		if shared > most {
			best, most = code, shared
		}
	}
	if best == "" {
		return " such as " + codes[0]
	}
	return "; did you mean " + best + "?"
}

// atLevel returns the problems as the levels make them.
func atLevel(problems schema.Problems, levels map[string]Level) schema.Problems {
	if len(levels) == 0 {
		return problems
	}
	var out schema.Problems
	for _, p := range problems {
		if p.Severity == schema.Warning {
			switch levels[p.Code] {
			case LevelOff:
				continue
			case LevelError:
				p.Severity = schema.Error
			}
		}
		out = append(out, p)
	}
	return out
}
