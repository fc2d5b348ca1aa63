package vpsorgtest

import (
	"slices"
	"time"
)

// NoPriority in [Record.Priority] of a raw record stands for null.
const NoPriority = -1

// A Record is a DNS record as the simulator stores it. Records read from the server are canonical; those given
// to it may be written as a client would write them.
type Record struct {
	ID string `json:"id"`
	// Type is one of the documented eight (A, AAAA, CNAME, MX, TXT, NS, SRV, CAA), or anything where Raw.
	Type string `json:"type"`
	// Name is the owner name: absolute, in lower case, without a final dot. When given, it may be "@", relative
	// to the zone, or absolute with or without a final dot.
	Name string `json:"name"`
	// Value is the canonical value: RFC 5952 for AAAA, hosts in lower case without a final dot, TXT as bare
	// text, SRV as "weight port target", CAA as `flags tag "value"` with the tag in lower case.
	Value string `json:"value"`
	TTL   int    `json:"ttl"` // seconds, 0 to 2147483647
	// Priority is 0 to 65535 for MX and SRV, and 0 for the other types.
	Priority int `json:"priority"`
	// Raw marks a record that was stored without looking at it. It is echoed with the value as it is, whatever
	// the dialect; only its name is spelled. Its priority is echoed as null where negative.
	Raw bool `json:"raw,omitempty"`

	Created time.Time `json:"created"`
}

// key is what makes two records duplicates: all but TTL and id.
type key struct {
	typ, name, value string
	priority         int
}

// A stored record never changes: a write puts another in its place, so that readers need no lock on it.
type stored struct {
	Record
	sentName, sentValue string // as the client wrote them
	builtIn             bool   // a SOA or NS that came with the zone
	zone                *zone
	wire                []byte // as JSON in lists
}

func (r *stored) key() key { return key{r.Type, r.Name, r.Value, r.Priority} }

func recordTypes() []string {
	return []string{"A", "AAAA", "CNAME", "MX", "TXT", "NS", "SRV", "CAA"}
}

func knownType(t string) bool { return slices.Contains(recordTypes(), t) }

func hasPriority(t string) bool { return t == "MX" || t == "SRV" }

// hasHost tells whether the last word of a value of this type is a host name.
func hasHost(t string) bool {
	switch t {
	case "CNAME", "MX", "NS", "SRV":
		return true
	}
	return false
}
