package vpsorgtest

import (
	"net/netip"
	"strings"
	"time"
)

// Dialects returns the documented dialect, one dialect for every other choice, and a few that
// combine many. A client that passes its tests in all of them survives whatever the service
// does.
func Dialects() []Dialect {
	var all []Dialect
	for _, group := range [][]Dialect{
		{{Name: "documented"}}, envelopes(), names(), values(), contents(), answers(), storage(), combined(),
	} {
		all = append(all, group...)
	}
	return all
}

func envelopes() []Dialect {
	return []Dialect{
		{Name: "zones-count", Zones: EnvelopeCount},
		{Name: "zones-results", Zones: EnvelopeResults},
		{Name: "zones-paged", Zones: EnvelopePaged, PageSize: 2},
		{Name: "records-count", Records: EnvelopeCount},
		{Name: "records-results", Records: EnvelopeResults},
		{Name: "records-paged", Records: EnvelopePaged, PageSize: 2},
		{Name: "detail-truncated", DetailLimit: 2},
		{Name: "order-newest", Order: OrderNewest},
		{Name: "order-id", Order: OrderID},
	}
}

func names() []Dialect {
	return []Dialect{
		{Name: "names-empty-apex", Names: NameEmpty},
		{Name: "names-fqdn", Names: NameFQDN},
		{Name: "names-fqdn-dot", Names: NameFQDNDot},
		{Name: "names-upper", Names: NameUpper},
		{Name: "names-as-sent", Names: NameAsSent},
		{Name: "names-unicode", Unicode: true},
	}
}

func values() []Dialect {
	return []Dialect{
		{Name: "hosts-dot", Hosts: HostDot},
		{Name: "hosts-relative", Hosts: HostRelative},
		{Name: "hosts-upper", Hosts: HostUpper},
		{Name: "txt-quoted", TXT: TXTQuoted},
		{Name: "txt-split", TXT: TXTSplit},
		{Name: "txt-escaped", TXT: TXTEscaped},
		{Name: "ipv6-expanded", IPv6: IPv6Expanded},
		{Name: "ipv6-upper", IPv6: IPv6Upper},
		{Name: "ipv6-padded", IPv6: IPv6Padded},
		{Name: "caa-unquoted", CAA: CAAUnquoted},
		{Name: "caa-upper", CAA: CAAUpper},
		{Name: "priority-in-value", Priority: PriorityInValue},
		{Name: "priority-both", Priority: PriorityBoth},
		{Name: "priority-zero", Priority: PriorityZero},
		{Name: "priority-absent", Priority: PriorityAbsent},
		{Name: "values-as-sent", ValuesAsSent: true},
	}
}

func contents() []Dialect {
	return []Dialect{
		{Name: "apex-listed", Apex: ApexListed},
		{Name: "apex-forbidden", Apex: ApexForbidden},
		{Name: "count-hidden", CountHidden: true},
		{Name: "foreign-types", ForeignTypes: true},
		{Name: "record-zone", RecordZone: true},
		{Name: "numbers-as-strings", NumbersAsStrings: true},
		{Name: "times-fraction", Times: TimeFraction},
		{Name: "times-offset", Times: TimeOffset},
		{Name: "times-date", Times: TimeDate},
		{Name: "extra-fields", ExtraFields: true},
		{Name: "filters-ignored", IgnoreFilters: true},
	}
}

func answers() []Dialect {
	return []Dialect{
		{Name: "errors-detail", Errors: ErrorDetail},
		{Name: "errors-fields", Errors: ErrorFields},
		{Name: "errors-non-field", Errors: ErrorNonField},
		{Name: "errors-array", Errors: ErrorArray},
		{Name: "errors-empty", Errors: ErrorEmpty},
		{Name: "errors-html", Errors: ErrorHTML},
		{Name: "post-partial", Post: AnswerPartial},
		{Name: "post-empty", Post: AnswerEmpty},
		{Name: "post-id", Post: AnswerID},
		{Name: "post-no-content", Post: AnswerNoContent},
		{Name: "patch-partial", Patch: AnswerPartial},
		{Name: "patch-empty", Patch: AnswerEmpty},
		{Name: "patch-id", Patch: AnswerID},
		{Name: "patch-no-content", Patch: AnswerNoContent},
		{Name: "delete-body", Delete: DeleteBody},
		{Name: "slash-redirect", Slash: SlashRedirect},
	}
}

// storage returns the dialects that store something else than what was sent, or show it late.
func storage() []Dialect {
	return []Dialect{
		{Name: "patch-keys-refused", PatchKeys: PatchKeysRefuse},
		{Name: "patch-keys-ignored", PatchKeys: PatchKeysIgnore},
		{Name: "duplicates-copied", Duplicates: DuplicateCopied},
		{Name: "duplicates-existing", Duplicates: DuplicateExisting},
		{Name: "conflicts-accepted", LaxConflicts: true},
		{Name: "ids-churn", ChurnIDs: true},
		{Name: "ttl-floor", MinTTL: 300},
		{Name: "ttl-ceiling", MaxTTL: 86400},
		{Name: "rewrite", Rewrite: rewriteExample},
		{Name: "lag-reads", LagReads: 1},
		{Name: "lag-time", LagTime: time.Second},
	}
}

func combined() []Dialect {
	return []Dialect{
		{
			Name: "rest-framework", Zones: EnvelopePaged, Records: EnvelopePaged, PageSize: 2, Times: TimeFraction,
			Errors: ErrorFields, Slash: SlashRedirect, RecordZone: true,
		},
		{
			Name: "name-server", Names: NameFQDNDot, Hosts: HostDot, TXT: TXTSplit, IPv6: IPv6Expanded,
			Apex: ApexListed, Order: OrderID, CAA: CAAUpper,
		},
		{
			Name: "sloppy", Zones: EnvelopeCount, Records: EnvelopeResults, Names: NameUpper, Hosts: HostRelative,
			TXT: TXTQuoted, IPv6: IPv6Padded, CAA: CAAUnquoted, Priority: PriorityInValue, NumbersAsStrings: true,
			Times: TimeDate, ExtraFields: true, Post: AnswerEmpty, Patch: AnswerNoContent, Delete: DeleteBody,
			ForeignTypes: true, CountHidden: true, ChurnIDs: true, IgnoreFilters: true,
		},
	}
}

// rewriteExample stores what no client asked for, so that a client never reads back what it
// wrote: TXT with single spaces, and addresses of 192.0.2.0/24 moved to 198.51.100.0/24.
func rewriteExample(r Record) Record {
	switch r.Type {
	case "TXT":
		r.Value = strings.Join(strings.Fields(r.Value), " ")
	case "A":
		if a, err := netip.ParseAddr(r.Value); err == nil && a.Is4() {
			b := a.As4()
			if [3]byte(b[:3]) == [3]byte{192, 0, 2} {
				r.Value = netip.AddrFrom4([4]byte{198, 51, 100, b[3]}).String()
			}
		}
	}
	return r
}
