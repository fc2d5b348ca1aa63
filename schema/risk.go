package schema

import "slices"

// A RiskLevel says how much harm a change can do. Levels are ordered; the zero RiskLevel is
// no level.
type RiskLevel int

// The levels.
const (
	RiskOff    RiskLevel = iota // a reason that does not count
	RiskLow                     // the default of a change that no reason speaks of
	RiskMedium                  // worth a second look
	RiskHigh                    // can take something offline, or open a door
)

func riskWords() []string { return []string{"off", "low", "medium", "high"} }

// RiskLevels returns the words for the levels, from off to high.
func RiskLevels() []string { return riskWords() }

// ParseRiskLevel reads "off", "low", "medium" or "high".
func ParseRiskLevel(text string) (level RiskLevel, ok bool) {
	i := slices.Index(riskWords(), text)
	return RiskLevel(max(i, 0)), i >= 0
}

// String returns the word for the level.
func (l RiskLevel) String() string { return riskWords()[l] }

// A RiskReason is one kind of thing that makes a change risky.
type RiskReason struct {
	// Code is stable: "risk:" in zonetender.yaml, and scripts that read plans, rely on it.
	Code string
	// Level is what the reason makes of a change, where "risk:" does not say otherwise.
	Level RiskLevel
	// Help says in one sentence when the reason holds.
	Help string
}

// The codes of the reasons.
const (
	RiskApexMX         = "apex-mx"
	RiskApexNS         = "apex-ns"
	RiskCAALooser      = "caa-looser"
	RiskCNAMESwap      = "cname-swap"
	RiskDelegation     = "delegation"
	RiskDKIMWeaker     = "dkim-weaker"
	RiskDMARCWeaker    = "dmarc-weaker"
	RiskGlue           = "glue"
	RiskLastAddress    = "last-address"
	RiskLockout        = "lockout"
	RiskNameServer     = "name-server"
	RiskPrivateAddress = "private-address"
	RiskSameEdit       = "same-edit"
	RiskSettings       = "settings"
	RiskSPFWeaker      = "spf-weaker"
	RiskTargetMissing  = "target-missing"
	RiskTTLHigh        = "ttl-raised"
	RiskTTLLow         = "ttl-lowered"
	RiskWildcard       = "wildcard"
	RiskZoneDeleted    = "zone-deleted"
)

// RiskReasons returns all reasons, sorted by code.
func RiskReasons() []RiskReason {
	return []RiskReason{
		{RiskApexMX, RiskHigh, "An MX at the apex changes or goes: mail for the whole domain depends on it."},
		{RiskApexNS, RiskHigh, "An NS at the apex changes or goes: the whole zone depends on it."},
		{RiskCAALooser, RiskHigh, "A CAA record goes, or lets one more authority issue certificates."},
		{RiskCNAMESwap, RiskMedium, "A CNAME takes the place of other records, or they its place: the name does not answer in between."},
		{RiskDelegation, RiskHigh, "A delegation comes, changes or goes: everything below the name depends on it."},
		{RiskDKIMWeaker, RiskHigh, "A DKIM key goes, is revoked or shorter, or is put to the test (t=y)."},
		{RiskDMARCWeaker, RiskHigh, "A DMARC policy goes, or asks for less than before."},
		{RiskGlue, RiskHigh, "The address of a name server of a delegation changes or goes."},
		{RiskLastAddress, RiskHigh, "A name loses its last address while records of a managed zone point at it."},
		{RiskLockout, RiskHigh, "The name of the Git host or of the API is touched: a mistake would keep its own repair from arriving."},
		{RiskNameServer, RiskHigh, "The name of a name server of a managed zone is touched."},
		{RiskPrivateAddress, RiskMedium, "An address is private, loopback, for documentation, or otherwise not reachable from the Internet."},
		{RiskSameEdit, RiskMedium, "Most records of a zone, or most zones, get the same edit."},
		{RiskSettings, RiskHigh, "Settings change that say what is checked, refused or left alone."},
		{RiskSPFWeaker, RiskHigh, "An SPF record goes, lets more senders pass, or needs more than ten look-ups."},
		{RiskTargetMissing, RiskMedium, "A record points at a name of a managed zone that will not exist."},
		{RiskTTLLow, RiskLow, "A TTL is lowered below a minute: name servers are asked more often."},
		{RiskTTLHigh, RiskMedium, "A TTL is raised above a day: a mistake stays in caches for as long."},
		{RiskWildcard, RiskMedium, "A wildcard comes, changes or goes: it answers for every name without records."},
		{RiskZoneDeleted, RiskHigh, "A zone is deleted with all its records."},
	}
}
