package diff

import (
	"strings"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/lint"
)

// weakens says how the RRset of a change protects less than before. It is said of the
// changes that touch the policy itself.
func (j *zoneJudge) weakens(c *Change) (Reason, bool) {
	text := c.Type == schema.TXT
	if !text && c.Type != schema.CAA && c.Type != schema.CNAME {
		return Reason{}, false
	}
	k := c.key()
	r, known := j.weaker[k]
	if !known {
		r = j.weakness(k)
		j.weaker[k] = r
	}
	if r.Code == "" || !c.takes() && !c.brings() {
		return Reason{}, false
	}
	touched := func(d schema.RDATA) bool { return r.Code != schema.RiskSPFWeaker || lint.IsSPF(d.TXT()) }
	if c.Action != Create && touched(c.Before.Record.Data) || c.Action != Delete && touched(c.After.Data) {
		return r, true
	}
	return Reason{}, false
}

func (j *zoneJudge) weakness(k schema.Key) Reason {
	before := j.liveData(k)
	var after []schema.RDATA
	s, _ := j.w.desired.RRset(k)
	for _, v := range s.Values {
		after = append(after, v.Data)
	}
	first, rest, _ := strings.Cut(k.Name.String(), ".")
	// A selector may have several labels (RFC 6376 section 3.1).
	dmarc, dkim := first == "_dmarc", strings.Contains("."+rest, "._domainkey.")
	switch {
	case k.Type == schema.CAA && len(before) == 0:
		return weakness(schema.RiskCAALooser, lint.CAALooser(j.caaAbove(k.Name), after))
	case k.Type == schema.CAA:
		return weakness(schema.RiskCAALooser, lint.CAALooser(before, after))
	case k.Type == schema.CNAME:
		return j.lostAlias(k.Name, dmarc, dkim)
	case dmarc && len(before) == 0 && k.Name.Parent() != j.zone:
		return weakness(schema.RiskDMARCWeaker, lint.DMARCExempts(texts(j.domainDMARC()), texts(after)))
	case dmarc:
		return weakness(schema.RiskDMARCWeaker, lint.DMARCWeaker(texts(before), texts(after)))
	case dkim:
		return weakness(schema.RiskDKIMWeaker, lint.DKIMWeaker(texts(before), texts(after)))
	}
	return weakness(schema.RiskSPFWeaker, lint.SPFWeaker(texts(before), texts(after)))
}

func (j *zoneJudge) liveData(k schema.Key) []schema.RDATA {
	var out []schema.RDATA
	for _, l := range j.w.haveOf(k) {
		out = append(out, l.Record.Data)
	}
	return out
}

// domainDMARC returns the live texts of the policy that holds for names of the zone without
// one of their own.
func (j *zoneJudge) domainDMARC() []schema.RDATA {
	n, err := schema.ParseName("_dmarc." + j.zone.String())
	if err != nil {
		return nil // the zone's name is too long to have one
	}
	return j.liveData(schema.Key{Name: n, Type: schema.TXT})
}

// caaAbove returns the live CAA records that hold for a name without any of its own: those
// of the closest name above it that has some (RFC 8659 section 3).
func (j *zoneJudge) caaAbove(n schema.Name) []schema.RDATA {
	for n != j.zone {
		n = n.Parent()
		if data := j.liveData(schema.Key{Name: n, Type: schema.CAA}); len(data) > 0 {
			return data
		}
	}
	return nil
}

// lostAlias speaks of keys and policies that somebody else publishes, behind a CNAME.
func (j *zoneJudge) lostAlias(n schema.Name, dmarc, dkim bool) Reason {
	for _, t := range []schema.Type{schema.CNAME, schema.TXT} {
		if j.w.wants(schema.Key{Name: n, Type: t}) {
			return Reason{}
		}
	}
	switch {
	case dmarc:
		return weakness(schema.RiskDMARCWeaker, "the CNAME to the DMARC record goes: receivers no longer act on forged mail")
	case dkim:
		return weakness(schema.RiskDKIMWeaker, "the CNAME to the DKIM key goes: mail signed with it fails")
	}
	return Reason{}
}

// weakness returns the zero Reason for no message.
func weakness(code, message string) Reason {
	if message == "" {
		return Reason{}
	}
	return reason(code, "%s", message)
}

func texts(data []schema.RDATA) []string {
	var out []string
	for _, d := range data {
		out = append(out, d.TXT())
	}
	return out
}
