package vpsorgtest

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// record returns a record as the dialect spells it.
func (d *Dialect) record(r *stored) object {
	o := object{
		{"uuid", r.rec.ID},
		{"record_type", r.rec.Type},
		{"name", d.spellName(r)},
		{"value", d.spellValue(r)},
		{"ttl", d.number(r.rec.TTL)},
	}
	if p, ok := d.spellPriority(r); ok {
		o = o.with("priority", p)
	}
	created := d.spellTime(r.rec.Created)
	o = o.with("created_at", created)
	if d.ExtraFields {
		o = o.with("updated_at", created).with("enabled", true).
			with("tags", []string{}).with("meta", object{{"source", "api"}, {"comment", nil}})
	}
	return o
}

// zone returns a zone's summary, with a count of its records.
func (d *Dialect) zone(z *zone, count int) object {
	o := object{
		{"uuid", z.id},
		{"domain", d.spellDomain(z.domain)},
		{"created_at", d.spellTime(z.created)},
		{"record_count", d.number(count)},
	}
	if d.ExtraFields {
		o = o.with("status", "active").with("dnssec", object{{"enabled", false}})
	}
	return o
}

func (d *Dialect) spellDomain(domain string) string {
	if !d.Unicode {
		return domain
	}
	if u, err := idna.Punycode.ToUnicode(domain); err == nil {
		return u
	}
	return domain
}

func (d *Dialect) spellName(r *stored) string {
	if d.Names == NameAsSent && r.sentName != "" {
		return r.sentName
	}
	domain := r.zone.domain
	relative, apex := strings.TrimSuffix(r.rec.Name, "."+domain), r.rec.Name == domain
	switch d.Names {
	case NameFQDN:
		return d.spellDomain(r.rec.Name)
	case NameFQDNDot:
		return d.spellDomain(r.rec.Name) + "."
	case NameUpper:
		relative = strings.ToUpper(relative)
	case NameEmpty:
		if apex {
			return ""
		}
	}
	if apex {
		return "@"
	}
	return d.spellDomain(relative)
}

// spellValue returns the value of a record, with the priority in front where the dialect has
// it there.
func (d *Dialect) spellValue(r *stored) string {
	if r.rec.Raw {
		return r.rec.Value
	}
	value := r.rec.Value
	if d.ValuesAsSent && r.sentValue != "" {
		value = r.sentValue
	} else {
		switch {
		case hasHost(r.rec.Type):
			rest, host := cutLast(value)
			value = rest + d.spellHost(host, r.zone.domain)
		case r.rec.Type == "TXT":
			value = d.spellText(value)
		case r.rec.Type == "AAAA":
			value = d.spellIPv6(value)
		case r.rec.Type == "CAA":
			value = d.spellCAA(value)
		}
	}
	if hasPriority(r.rec.Type) && (d.Priority == PriorityInValue || d.Priority == PriorityBoth) {
		value = strconv.Itoa(r.rec.Priority) + " " + value
	}
	return value
}

// cutLast splits off the last word; what comes before it keeps its space.
func cutLast(value string) (rest, last string) {
	i := strings.LastIndexByte(value, ' ') + 1
	return value[:i], value[i:]
}

func (d *Dialect) spellHost(host, domain string) string {
	if host == "." {
		return host
	}
	switch d.Hosts {
	case HostDot:
		return d.spellDomain(host) + "."
	case HostUpper:
		return strings.ToUpper(host)
	case HostRelative:
		if host == domain {
			return "@"
		}
		if relative, ok := strings.CutSuffix(host, "."+domain); ok {
			return d.spellDomain(relative)
		}
		return d.spellDomain(host) + "."
	}
	return d.spellDomain(host)
}

func (d *Dialect) spellText(text string) string {
	switch d.TXT {
	case TXTQuoted:
		return quote(text)
	case TXTEscaped:
		return strings.NewReplacer(`\`, `\\`, `"`, `\"`, `;`, `\;`).Replace(text)
	case TXTSplit:
		var parts []string
		for len(text) > 255 {
			n := 255
			for !utf8.RuneStart(text[n]) { // half a character does not survive JSON
				n--
			}
			parts, text = append(parts, quote(text[:n])), text[n:]
		}
		return strings.Join(append(parts, quote(text)), " ")
	}
	return text
}

func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

func (d *Dialect) spellIPv6(value string) string {
	a, err := netip.ParseAddr(value)
	if err != nil {
		return value
	}
	switch d.IPv6 {
	case IPv6Expanded:
		return a.StringExpanded()
	case IPv6Upper:
		return strings.ToUpper(a.String())
	case IPv6Padded:
		groups := strings.Split(a.String(), ":")
		for i, g := range groups {
			if g != "" && !strings.Contains(g, ".") {
				groups[i] = strings.Repeat("0", 4-len(g)) + g
			}
		}
		return strings.Join(groups, ":")
	}
	return value
}

func (d *Dialect) spellCAA(value string) string {
	flags, tag, quoted := cutCAA(value)
	switch d.CAA {
	case CAAUnquoted:
		if bare, err := unquote(quoted); err == nil {
			quoted = bare
		}
	case CAAUpper:
		tag = strings.ToUpper(tag)
	}
	return flags + " " + tag + " " + quoted
}

// spellPriority returns the priority field; ok is false where the dialect has none.
func (d *Dialect) spellPriority(r *stored) (value any, ok bool) {
	switch {
	case r.rec.Raw && r.rec.Priority < 0:
		return nil, true
	case hasPriority(r.rec.Type) && !r.rec.Raw && d.Priority == PriorityInValue:
		return nil, true
	case hasPriority(r.rec.Type):
		return d.number(r.rec.Priority), true
	case d.Priority == PriorityZero:
		return d.number(0), true
	}
	return nil, d.Priority != PriorityAbsent
}

func (d *Dialect) number(n int) any {
	if d.NumbersAsStrings {
		return strconv.Itoa(n)
	}
	return n
}

func (d *Dialect) spellTime(t time.Time) string {
	switch d.Times {
	case TimeFraction:
		return t.UTC().Format("2006-01-02T15:04:05.000000Z")
	case TimeOffset:
		return t.In(time.FixedZone("", 2*60*60)).Format("2006-01-02T15:04:05-07:00")
	case TimeDate:
		return t.UTC().Format(time.DateOnly)
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}
