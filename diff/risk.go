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

// A Vital is a host without which a plan could not be made or taken back.
type Vital struct {
	Name schema.Name
	What string // as in "the Git host"
}

// A runJudge says what is risky as far as it takes more than one zone to see it.
type runJudge struct {
	reach  *Reach
	levels map[string]schema.RiskLevel // by code, where settings say otherwise
	vital  map[nameHash]Vital
	vitals []Vital
	// edits counts the zones in which an edit is made, and zones all of them.
	edits map[uint64]int
	zones int
}

// judge says of every change how risky it is.
func (p *Plan) judge(d PlanSpec) {
	j := &runJudge{reach: d.Reach, levels: d.Risk, vitals: d.Vital, vital: make(map[nameHash]Vital), edits: editsOf(p.zones), zones: len(p.zones)}
	if j.reach == nil {
		j.reach = NewReach(nil)
	}
	for _, v := range d.Vital {
		for _, h := range j.reach.followed(v.Name) {
			j.vital[h] = v
		}
	}
	for i := range p.Settings {
		p.Settings[i].Risk = settingRisk(p.Settings[i].Key, d.Risk)
	}
	for i := range p.zones {
		z := &p.zones[i]
		if z.Action == Delete {
			z.Risk = j.level(slices.Concat(z.Risk.Reasons, j.orphaned(z), j.lockedOut(z.Zone, z.Zone)))
		}
		for k := range z.Changes {
			c := &z.Changes[k]
			c.Risk = j.level(append(c.Risk.Reasons, j.reasons(z.Zone, c)...))
		}
	}
}

// level gives the reasons the levels that the settings ask for.
func (j *runJudge) level(reasons []Reason) Risk {
	reasons = slices.DeleteFunc(reasons, func(r Reason) bool {
		level, set := j.levels[r.Code]
		return set && level == schema.RiskOff
	})
	for i, r := range reasons {
		if level, set := j.levels[r.Code]; set {
			reasons[i].Level = level
		}
	}
	return newRisk(reasons)
}

// orphaned says what points at addresses that go with a deleted zone.
func (j *runJudge) orphaned(z *ZonePlan) []Reason {
	var pointers []pointer
	var first schema.Name
	counted := make(map[schema.Name]bool)
	for i := range z.Gone {
		c := &z.Gone[i]
		if c.Name.IsZero() || !leadsToAddress(c.Type) || counted[c.Name] {
			continue
		}
		counted[c.Name] = true
		if found := j.reach.pointing(c.Name); len(found) > 0 {
			first = cmp.Or(first, c.Name)
			pointers = append(pointers, found...)
		}
	}
	if len(pointers) == 0 {
		return nil
	}
	return []Reason{reason(schema.RiskLastAddress, "%s loses its last address with it, and %s points there", first.Undotted(), j.reach.words(pointers))}
}

func (j *runJudge) reasons(zone schema.Name, c *Change) []Reason {
	var out []Reason
	add := func(code, format string, args ...any) { out = append(out, reason(code, format, args...)) }
	const fewest = 3
	if n := j.edits[c.edit]; n >= fewest && n*2 > j.zones {
		add(schema.RiskSameEdit, "%d of %s get the same edit", n, plural(j.zones, "zone"))
	}
	if !c.takes() && !c.brings() {
		return out
	}
	pointers := j.reach.pointing(c.Name)
	switch {
	case c.dark && len(pointers) > 0:
		add(schema.RiskLastAddress, "the name loses its last address, and %s points at it", j.reach.words(pointers))
	case c.Action == Delete && slices.ContainsFunc(pointers, isCNAME):
		if _, gone := j.reach.missing(c.Name, schema.CNAME); gone {
			add(schema.RiskTargetMissing, "the name will not exist any more, and %s points at it", j.reach.words(pointers))
		}
	}
	if i := slices.IndexFunc(pointers, isNS); i >= 0 && !has(c.Risk.Reasons, schema.RiskGlue, schema.RiskNameServer) && leadsToAddress(c.Type) {
		add(schema.RiskNameServer, "%s names this host as its name server", j.reach.order[pointers[i].zone].Undotted())
	}
	if c.brings() && c.Type.HasHost() {
		if in, ok := j.reach.missing(c.After.Data.Host(), c.Type); ok {
			add(schema.RiskTargetMissing, "%s will not exist in %s", c.After.Data.Host().Undotted(), in.Undotted())
		}
	}
	return append(out, j.lockedOut(zone, c.Name, c.Type)...)
}

func isNS(p pointer) bool    { return pointerTypes()[p.typ] == schema.NS }
func isCNAME(p pointer) bool { return pointerTypes()[p.typ] == schema.CNAME }

func leadsToAddress(t schema.Type) bool {
	return t == schema.A || t == schema.AAAA || t == schema.CNAME
}

func has(reasons []Reason, codes ...string) bool {
	return slices.ContainsFunc(reasons, func(r Reason) bool { return slices.Contains(codes, r.Code) })
}

// lockedOut says which vital host a change at a name could take away: the host itself, what
// it is an alias of, or a delegation above it.
func (j *runJudge) lockedOut(zone, n schema.Name, types ...schema.Type) []Reason {
	if v, ok := j.vital[hashOf(n)]; ok && (len(types) == 0 || leadsToAddress(types[0])) {
		if v.Name != n {
			return []Reason{reason(schema.RiskLockout, "%s, %s, is an alias of %s: a mistake here would keep its own repair from arriving", v.Name.Undotted(), v.What, n.Undotted())}
		}
		return []Reason{reason(schema.RiskLockout, "%s is %s: a mistake here would keep its own repair from arriving", n.Undotted(), v.What)}
	}
	if n.IsWildcard() && len(types) > 0 && leadsToAddress(types[0]) {
		return j.answeredBy(n)
	}
	if len(types) > 0 && types[0] != schema.NS {
		return nil
	}
	for _, v := range j.vitals {
		if v.Name.In(n) {
			return []Reason{reason(schema.RiskLockout, "%s, %s, lies below: a mistake here would keep its own repair from arriving", v.Name.Undotted(), v.What)}
		}
	}
	return nil
}

// answeredBy says which vital host has no records of its own, so that a wildcard answers.
func (j *runJudge) answeredBy(wildcard schema.Name) []Reason {
	for _, v := range j.vitals {
		if _, own := j.reach.find(v.Name); !own && v.Name != wildcard.Parent() && v.Name.In(wildcard.Parent()) {
			return []Reason{reason(schema.RiskLockout, "the wildcard answers for %s, %s: a mistake here would keep its own repair from arriving", v.Name.Undotted(), v.What)}
		}
	}
	return nil
}

// editsOf counts the zones in which each edit is made.
func editsOf(zones []ZonePlan) map[uint64]int {
	count := make(map[uint64]int)
	here := make(map[uint64]bool)
	for i := range zones {
		clear(here)
		for k := range zones[i].Changes {
			here[zones[i].Changes[k].edit] = true
		}
		for e := range here {
			count[e]++
		}
	}
	return count
}
