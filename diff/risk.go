package diff

import (
	"cmp"
	"slices"

	"github.com/zonetender/zonetender/schema"
)

// A Risk is how much harm a change can do, and why. The zero Risk has not been judged yet;
// every change of a [Plan] has a level.
type Risk struct {
	Level   schema.RiskLevel
	Reasons []Reason // the gravest first
}

// A Reason says why a change is risky.
type Reason struct {
	Code    string // see [schema.RiskReasons]
	Level   schema.RiskLevel
	Message string // a sentence without its full stop
}

// newRisk makes a risk of reasons in any order. Without one it is low.
func newRisk(reasons []Reason) Risk {
	slices.SortStableFunc(reasons, func(a, b Reason) int {
		return cmp.Or(-cmp.Compare(a.Level, b.Level), cmp.Compare(a.Code, b.Code))
	})
	level := schema.RiskLow
	if len(reasons) > 0 {
		level = max(level, reasons[0].Level)
	}
	return Risk{level, reasons}
}

// judge says of every change how risky it is.
func (p *Plan) judge() {
	for i := range p.zones {
		z := &p.zones[i]
		for j := range z.Changes {
			z.Changes[j].Risk = newRisk(nil)
		}
	}
}
