package diff

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// A zoneJudge says what is risky in the plan of one zone, as far as the zone alone shows it.
type zoneJudge struct {
	w    *work
	zone schema.Name
	// isNew is true where the zone is not live yet.
	isNew bool
	// glue are the hosts that delegations name, live and desired.
	glue map[schema.Name]bool
	// apexNS are the hosts of the NS RRset at the apex.
	apexNS map[schema.Name]bool
	// negative is the zone's negative TTL, 0 where it is not known.
	negative schema.TTL
	index    *schema.Index // of the desired zone, made when first needed
	// addresses knows which addresses do not belong into the zone.
	addresses addressJudge
	// weaker holds what is said of an RRset as a whole.
	weaker map[schema.Key]Reason
}

// judge fills in what is risky, and for how long resolvers may answer the old.
func (p *ZonePlan) judge(w *work) {
	if p.Action == Delete {
		p.Risk = newRisk([]Reason{reason(schema.RiskZoneDeleted, "the zone goes, with all its records")})
	}
	if len(p.Changes)+len(p.Gone) == 0 {
		return
	}
	j := newZoneJudge(w)
	for i := range p.Gone {
		p.Gone[i].StaleFor = j.staleFor(&p.Gone[i])
	}
	j.isNew = p.Action == Create
	for i := range p.Changes {
		c := &p.Changes[i]
		c.Risk = Risk{Reasons: j.reasons(c)}
		c.StaleFor = j.staleFor(c)
		c.dark = j.losesAddress(c)
		c.edit = editOf(c, p.Zone)
	}
	sameEdit(p)
}

// reason makes a Reason of the level that its code has by default.
func reason(code, format string, args ...any) Reason {
	i := slices.IndexFunc(schema.RiskReasons(), func(r schema.RiskReason) bool { return r.Code == code })
	return Reason{Code: code, Level: schema.RiskReasons()[i].Level, Message: fmt.Sprintf(format, args...)}
}

func newZoneJudge(w *work) *zoneJudge {
	j := &zoneJudge{
		w: w, zone: w.desired.Name(), glue: make(map[schema.Name]bool), apexNS: make(map[schema.Name]bool), weaker: make(map[schema.Key]Reason),
		addresses: newAddressJudge(w.desired.Name()),
	}
	for k, ls := range w.have {
		for _, l := range ls {
			j.nameServer(k, l.Record.Data)
		}
	}
	for _, l := range w.kept {
		j.nameServer(l.Record.Key(), l.Record.Data)
		if l.Record.Type == schema.SOA {
			j.negative = negativeTTL(l)
		}
	}
	for k, s := range w.want {
		for _, v := range s.Values {
			j.nameServer(k, v.Data)
		}
	}
	return j
}

func (j *zoneJudge) nameServer(k schema.Key, d schema.RDATA) {
	if k.Type != schema.NS || d.IsZero() {
		return
	}
	if k.Name == j.zone {
		j.apexNS[d.Host()] = true
		return
	}
	j.glue[d.Host()] = true
}

// negativeTTL is for how long resolvers remember that there is nothing: the lesser of the
// SOA's TTL and its last field (RFC 2308 section 5). It is 0 where the SOA cannot be read.
func negativeTTL(soa Live) schema.TTL {
	fields := strings.Fields(soa.Value)
	if len(fields) != 7 {
		return 0
	}
	minimum, err := strconv.ParseUint(fields[6], 10, 31)
	if err != nil {
		return 0
	}
	return min(soa.Record.TTL, schema.TTL(minimum))
}

func (j *zoneJudge) staleFor(c *Change) schema.TTL {
	switch c.Action {
	case Update:
		return c.Before.Record.TTL
	case Delete:
		return max(c.Before.Record.TTL, j.negative)
	}
	if have := j.w.have[c.key()]; len(have) > 0 {
		stale := schema.TTL(0)
		for _, l := range have {
			stale = max(stale, l.Record.TTL)
		}
		return stale
	}
	return j.negative
}

func (c *Change) key() schema.Key { return schema.Key{Name: c.Name, Type: c.Type} }

// takes reports whether the change takes something away: what was answered is no longer.
func (c *Change) takes() bool { return c.Action == Delete && !c.spare || c.ValueChanges() }

// brings reports whether the change brings an answer that was not there.
func (c *Change) brings() bool { return c.Action == Create || c.ValueChanges() }

func (j *zoneJudge) reasons(c *Change) []Reason {
	var out []Reason
	add := func(code, format string, args ...any) { out = append(out, reason(code, format, args...)) }
	if c.takes() || c.brings() {
		j.structure(c, add)
	}
	if c.brings() {
		if why := j.addresses.unreachable(c.After.Data.Addr()); why != "" {
			add(schema.RiskPrivateAddress, "%s is %s", c.After.Data.Addr(), why)
		}
	}
	if c.Action == Update {
		from, to := c.Before.Record.TTL, c.After.TTL
		if to > from && to > day {
			add(schema.RiskTTLHigh, "the TTL rises from %d to %d seconds, above a day", from, to)
		}
		if to < from && to < minute && from >= minute {
			add(schema.RiskTTLLow, "the TTL falls from %d to %d seconds, below a minute", from, to)
		}
	}
	if r, ok := j.weakens(c); ok {
		out = append(out, r)
	}
	return out
}

const (
	minute schema.TTL = 60
	day    schema.TTL = 24 * 60 * 60
)

// structure looks for what much else hangs on.
func (j *zoneJudge) structure(c *Change, add func(code, format string, args ...any)) {
	gone := len(j.w.have[c.key()]) > 0
	whole := "changes"
	if _, wanted := j.w.want[c.key()]; !wanted {
		whole = "goes"
	}
	switch {
	case c.Name == j.zone && c.Type == schema.NS && gone:
		add(schema.RiskApexNS, "the NS of the zone itself %s", whole)
	case c.Name == j.zone && c.Type == schema.NS && !j.isNew:
		// The service may serve apex NS that it does not list.
		add(schema.RiskApexNS, "the NS of the zone itself comes, in place of what the service answers by itself")
	case c.Name == j.zone && c.Type == schema.MX && gone:
		add(schema.RiskApexMX, "the MX of the zone itself %s: mail for %s depends on it", whole, j.zone.Undotted())
	case c.Type == schema.NS && c.Name != j.zone:
		add(schema.RiskDelegation, "the delegation of %s %s: everything below it depends on it", c.Name.Undotted(), j.delegation(c, whole))
	}
	if c.Name.IsWildcard() {
		add(schema.RiskWildcard, "the wildcard answers for every name of %s that has no records", c.Name.Parent().Undotted())
	}
	if leadsToAddress(c.Type) {
		switch {
		case j.glue[c.Name]:
			add(schema.RiskGlue, "a delegation names this host as its name server")
		case j.apexNS[c.Name]:
			add(schema.RiskNameServer, "the zone names this host as its name server")
		}
	}
	if c.Swap {
		add(schema.RiskCNAMESwap, "a CNAME and other records change places: the name does not answer in between")
	}
}

func (j *zoneJudge) delegation(c *Change, whole string) string {
	if len(j.w.have[c.key()]) == 0 {
		return "comes"
	}
	return whole
}

// losesAddress reports whether the change takes the last address, or CNAME, off a name.
func (j *zoneJudge) losesAddress(c *Change) bool {
	if c.Action != Delete || c.spare || !leadsToAddress(c.Type) {
		return false
	}
	for _, t := range []schema.Type{schema.A, schema.AAAA, schema.CNAME} {
		if j.w.want[schema.Key{Name: c.Name, Type: t}] != nil {
			return false
		}
	}
	for _, l := range j.w.kept {
		// What a type that is not managed answers with, such as an ALIAS, is not known.
		if l.Record.Name == c.Name && (leadsToAddress(l.Record.Type) || !l.Record.Type.Managed()) {
			return false
		}
	}
	if j.index == nil {
		j.index = schema.NewIndex(j.w.desired.Declaration())
	}
	node, _, answer := j.index.Find(c.Name)
	return answer != schema.Found || !slices.ContainsFunc(node, func(s schema.RRset) bool { return leadsToAddress(s.Type) })
}

// sameEdit marks the edit that most records of the zone get.
func sameEdit(p *ZonePlan) {
	const fewest = 5
	if len(p.Changes) < fewest {
		return
	}
	count := make(map[uint64]int)
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Action == Update {
			count[c.edit]++
		}
	}
	var why Reason // at most one edit is that of most records
	for i := range p.Changes {
		c := &p.Changes[i]
		n := count[c.edit]
		if c.Action != Update || n < fewest || n*2 <= p.Live {
			continue
		}
		if why.Code == "" {
			why = reason(schema.RiskSameEdit, "%d of %s get the same edit", n, plural(p.Live, "record"))
		}
		c.Risk.Reasons = append(c.Risk.Reasons, why)
	}
}

// editOf is a hash of what a change does, the same for changes that do the same to different
// records: of an update what goes and what comes in its text and TTL, of the others the
// record, relative to its zone.
func editOf(c *Change, zone schema.Name) uint64 {
	h := fnv.New64a()
	if c.Action != Update {
		r := c.After
		if c.Action == Delete {
			r = c.Before.Record
		}
		fmt.Fprint(h, c.Action, c.Name.Relative(zone), c.Type, r.Data, r.TTL)
		return h.Sum64()
	}
	from, to := c.Before.text(), c.After.Data.String()
	before, after := 0, 0
	for before < min(len(from), len(to)) && from[before] == to[before] {
		before++
	}
	for after < min(len(from), len(to))-before && from[len(from)-1-after] == to[len(to)-1-after] {
		after++
	}
	h.Write([]byte(from[before:len(from)-after] + "\x00" + to[before:len(to)-after]))
	if c.Before.Record.TTL != c.After.TTL {
		fmt.Fprint(h, c.Before.Record.TTL, " ", c.After.TTL)
	}
	return h.Sum64()
}
