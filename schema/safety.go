package schema

import (
	"fmt"
	"strings"
)

// A Limit is what a guard lets pass: a share in per cent, or a number of records.
// The zero Limit is not set.
type Limit struct {
	n       int
	percent bool
	set     bool
}

// ParseLimit reads "30%" (0% to 100%) or a number of records ("50").
func ParseLimit(text string) (Limit, error) {
	digits, percent := strings.CutSuffix(text, "%")
	most := uint64(1 << 31)
	if percent {
		most = 100
	}
	n, err := parseUint(digits, most)
	if err != nil {
		return Limit{}, fmt.Errorf("limit %s, expected a share such as 30%% or a number such as 50", Clip(text))
	}
	return Limit{int(n), percent, true}, nil
}

// Percent returns the limit of n per cent.
func Percent(n int) Limit { return Limit{n, true, true} }

// Count returns the limit of n records.
func Count(n int) Limit { return Limit{n, false, true} }

// IsZero reports whether the limit is not set.
func (l Limit) IsZero() bool { return !l.set }

// IsPercent reports whether the limit is a share of the records.
func (l Limit) IsPercent() bool { return l.percent }

// N is the limit's number: per cent or records.
func (l Limit) N() int { return l.n }

// Exceeded reports whether n of total records are more than the limit lets pass.
// A limit that is not set lets everything pass.
func (l Limit) Exceeded(n, total int) bool {
	switch {
	case !l.set:
		return false
	case l.percent:
		return n*100 > l.n*total
	}
	return n > l.n
}

// Or returns l, or other where l is not set.
func (l Limit) Or(other Limit) Limit {
	if l.set {
		return l
	}
	return other
}

// String returns the limit as it is written.
func (l Limit) String() string {
	if l.percent {
		return fmt.Sprintf("%d%%", l.n)
	}
	return fmt.Sprint(l.n)
}

// Safety holds the limits that "safety:" raises, in a zone file or in
// zonetender.yaml. A limit that is not set leaves the guard's own.
type Safety struct {
	MaxDeletes Limit // records of one zone deleted in one run
	MaxUpdates Limit // records of one zone whose data changes in one run
	// The limits for a whole run are in zonetender.yaml only.
	MaxFleetDeletes Limit
	MaxFleetPercent Limit
}

// Or returns s with what it leaves open taken from other.
func (s Safety) Or(other Safety) Safety {
	return Safety{
		s.MaxDeletes.Or(other.MaxDeletes), s.MaxUpdates.Or(other.MaxUpdates),
		s.MaxFleetDeletes.Or(other.MaxFleetDeletes), s.MaxFleetPercent.Or(other.MaxFleetPercent),
	}
}
