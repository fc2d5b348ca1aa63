package zonefile

import "github.com/zonetender/zonetender/schema"

// auditWarnings are the checks that need the DNS, which reading zone files does not ask:
// package lookup finds these problems. "checks:" decides what becomes of them all the same;
// see [Folder.ZoneLevels].
func auditWarnings() []Check {
	return []Check{
		{"audit-address", "The host of an MX, NS or SRV has an address (found by audit).", true},
		{"audit-dkim", "A name for a DKIM key leads to a key (found by audit).", true},
		{"audit-dkim-short", "An RSA key for DKIM has 2048 bits (RFC 8301 section 3.2; found by audit).", true},
		{"audit-dmarc-report", "A domain that is sent DMARC reports agrees to that (RFC 7489 section 7.1; found by audit).", true},
		{"audit-lame", "A name server answers for a zone that is delegated to it (found by audit).", true},
		{"audit-spf-include", "What SPF includes has one SPF record (RFC 7208 section 5.2; found by audit).", true},
		{"audit-spf-lookups", "SPF needs at most ten DNS look-ups with all that it includes (RFC 7208 section 4.6.4; found by audit).", true},
		{"audit-spf-void", "At most two look-ups of SPF find nothing (RFC 7208 section 4.6.4; found by audit).", true},
		{"audit-takeover", "A stranger cannot claim what a record points at (found by audit).", true},
		{"audit-target", "What a record points at exists (found by audit).", true},
		{"audit-unknown", "What a record leads to can be looked up (found by audit).", true},
	}
}

// Levels are what "checks:" of zonetender.yaml and of a zone's head make of warnings. The
// zero Levels leave them as they are.
type Levels struct{ levels map[string]Level }

// Apply returns the problems as the levels make them.
func (l Levels) Apply(problems schema.Problems) schema.Problems { return atLevel(problems, l.levels) }

// ZoneLevels is [Folder.Zone] for somebody who finds warnings besides: it also returns what
// becomes of those.
func (f *Folder) ZoneLevels(s Source) (*schema.Zone, Levels, schema.Problems) {
	zone, levels, problems := f.readZone(s)
	return zone, Levels{levels}, problems
}
