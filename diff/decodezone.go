package diff

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// plan returns the plan of a zone as a file has it.
func (z *jsonZone) plan() (ZonePlan, error) {
	name, err := schema.ParseName(z.Zone)
	if err != nil {
		return ZonePlan{}, err
	}
	if !slices.Contains([]Action{None, Create, Update, Delete}, z.Action) {
		return ZonePlan{}, fmt.Errorf("action %s, expected none, create, update or delete", schema.Clip(string(z.Action)))
	}
	if z.Unchanged < 0 || z.Live < 0 || z.NotOurs < 0 {
		return ZonePlan{}, errors.New("a count below 0")
	}
	p := ZonePlan{
		Zone: name, ID: z.ZoneID, Action: z.Action, Unchanged: z.Unchanged, Live: z.Live, NotOurs: z.NotOurs, Partial: z.Partial,
		Blocked: refusalsOf(z.Blocked), Approval: z.Approval, Warnings: z.Warnings, Error: z.Error, Invalid: z.Invalid,
	}
	if p.Risk, err = z.Risk.read(); err != nil {
		return p, err
	}
	if p.Changes, err = readChanges(z.Changes, name); err != nil {
		return p, fmt.Errorf("changes%w", err)
	}
	if p.Gone, err = readChanges(z.Gone, name); err != nil {
		return p, fmt.Errorf("gone%w", err)
	}
	for i, c := range p.Gone {
		if c.Action != Delete {
			return p, fmt.Errorf("gone[%d]: action %s, expected delete", i, c.Action)
		}
	}
	return p, nil
}

// readChanges reads the changes of a zone. The error begins with the number of the change.
func readChanges(changes []ChangeJSON, zone schema.Name) ([]Change, error) {
	var out []Change
	for i := range changes {
		c, err := changes[i].read(zone)
		if err != nil {
			return nil, fmt.Errorf("[%d] %s %s: %w", i, schema.Clip(changes[i].Name), schema.Clip(string(changes[i].Type)), err)
		}
		out = append(out, c)
	}
	return out, nil
}

// read returns the change of a zone.
func (c *ChangeJSON) read(zone schema.Name) (Change, error) {
	out := Change{
		Action: c.Action, Type: c.Type, StaleFor: c.StaleFor, Origin: c.Origin, OverwritesDrift: c.OverwritesDrift,
		Commit: c.Commit, Author: c.Author, Pos: schema.Position{File: c.File, Line: c.Line}, Swap: c.Swap, spare: c.Spare,
	}
	var err error
	if out.Name, err = c.owner(zone); err != nil {
		return out, err
	}
	if out.Risk, err = c.Risk.read(); err != nil {
		return out, err
	}
	switch {
	case c.Origin != OriginChange && c.Origin != OriginDrift:
		return out, fmt.Errorf("origin %s, expected change or drift", schema.Clip(string(c.Origin)))
	case c.StaleFor > schema.MaxTTL:
		return out, fmt.Errorf("stale_for %d, expected at most %d", c.StaleFor, schema.MaxTTL)
	case c.Line < 0:
		return out, errors.New("expected a line from 0")
	}
	return out, c.sides(&out)
}

// sides reads the live and the desired record.
func (c *ChangeJSON) sides(out *Change) error {
	before, after := false, false
	switch c.Action {
	case Create:
		after = true
	case Update:
		before, after = true, true
	case Delete:
		before = true
	default:
		return fmt.Errorf("action %s, expected create, update or delete", schema.Clip(string(c.Action)))
	}
	if before != (c.Before != nil) || after != (c.After != nil) {
		return fmt.Errorf("%s: a side is missing, or one too many is there", c.Action)
	}
	var err error
	if before {
		if out.Before, err = c.live(out.Name); err != nil {
			return fmt.Errorf("before: %w", err)
		}
	} else if c.RecordID != "" {
		return errors.New("record_id: expected none of a record that is not live")
	}
	if !after {
		return nil
	}
	if out.Name.IsZero() {
		return errors.New("after: expected an owner name")
	}
	if out.After, err = c.After.record(out.Name, c.Type); err != nil {
		return fmt.Errorf("after: %w", err)
	}
	return nil
}

// owner reads the owner name. It is zero where the service shows none that can be read.
func (c *ChangeJSON) owner(zone schema.Name) (schema.Name, error) {
	if c.Name == "" && c.Action == Delete {
		return schema.Name{}, nil
	}
	if c.Owner != "" {
		return schema.Name{}, errors.New("owner: expected none beside a name")
	}
	return readRelative(c.Name, zone)
}

// readRelative reads a name as [schema.Name.Relative] writes it.
func readRelative(text string, zone schema.Name) (schema.Name, error) {
	switch {
	case text == "@":
		return zone, nil
	case text == "":
		return schema.Name{}, errors.New("empty name")
	case strings.HasSuffix(text, "."):
		return schema.ParseName(text)
	}
	return schema.ParseName(text + "." + strings.TrimSuffix(zone.String(), "."))
}

// live reads the live record of a change.
func (c *ChangeJSON) live(name schema.Name) (Live, error) {
	v := c.Before
	l := Live{ID: c.RecordID, Owner: c.Owner, Value: v.text(), Priority: v.Priority, Unreadable: v.Unreadable}
	l.Record = schema.Record{Name: name, Type: c.Type, TTL: v.TTL}
	switch {
	case v.TTL > schema.MaxTTL:
		return l, fmt.Errorf("TTL %d, expected at most %d", v.TTL, schema.MaxTTL)
	case c.Type == "":
		return l, errors.New("no type")
	case !c.Type.Managed():
		if l.Unreadable != "" {
			return l, errors.New("unreadable: expected nothing for a type that is not managed")
		}
		return l, nil
	case l.Unreadable != "":
		return l, nil
	case name.IsZero():
		return l, errors.New("no owner name")
	}
	var err error
	l.Record, err = v.record(name, c.Type)
	return l, err
}

// text is the value, whatever its octets.
func (v *ValueJSON) text() string {
	if len(v.Octets) > 0 {
		return string(v.Octets)
	}
	return v.Value
}

// record reads one side of a change.
func (v *ValueJSON) record(name schema.Name, t schema.Type) (schema.Record, error) {
	r := schema.Record{Name: name, Type: t, TTL: v.TTL}
	if v.TTL > schema.MaxTTL {
		return r, fmt.Errorf("TTL %d, expected at most %d", v.TTL, schema.MaxTTL)
	}
	if v.Unreadable != "" {
		return r, errors.New("unreadable: expected a value that can be read")
	}
	var priority uint16
	switch p := v.Priority; {
	case t.HasPriority() && (p == nil || *p < 0 || *p > 1<<16-1):
		return r, errors.New("expected a priority from 0 to 65535")
	case t.HasPriority():
		priority = uint16(*p)
	case p != nil:
		return r, fmt.Errorf("expected no priority of a record of the type %s", schema.Clip(string(t)))
	}
	var err error
	r.Data, err = uncarried(t, v.text(), priority)
	return r, err
}

// uncarried reads data as carried shows it.
func uncarried(t schema.Type, text string, priority uint16) (schema.RDATA, error) {
	switch t {
	case schema.TXT:
		return schema.NewTXT(text), nil
	case schema.A, schema.AAAA:
		addr, err := netip.ParseAddr(text)
		if err != nil {
			return schema.RDATA{}, fmt.Errorf("%s, expected an address", schema.Clip(text))
		}
		if t == schema.A {
			return schema.NewA(addr)
		}
		return schema.NewAAAA(addr)
	case schema.CAA:
		data, _, err := schema.ParseRDATA(t, text, schema.Origin{})
		return data, err
	case schema.SRV:
		return uncarriedSRV(text, priority)
	case schema.CNAME, schema.MX, schema.NS:
		host, err := schema.ParseName(text)
		switch {
		case err != nil:
			return schema.RDATA{}, fmt.Errorf("%s: %w", schema.Clip(text), err)
		case t == schema.MX:
			return schema.NewMX(priority, host), nil
		case t == schema.NS:
			return schema.NewNS(host), nil
		}
		return schema.NewCNAME(host), nil
	}
	return schema.RDATA{}, fmt.Errorf("type %s is not supported, expected one of %s", schema.Clip(string(t)), schema.TypeList())
}

func uncarriedSRV(text string, priority uint16) (schema.RDATA, error) {
	f := strings.SplitN(text, " ", 3)
	if len(f) != 3 {
		return schema.RDATA{}, fmt.Errorf("%s, expected weight, port and target", schema.Clip(text))
	}
	var n [2]uint16
	for i := range n {
		v, err := strconv.ParseUint(f[i], 10, 16)
		if err != nil {
			return schema.RDATA{}, fmt.Errorf("%s, expected weight, port and target", schema.Clip(text))
		}
		n[i] = uint16(v)
	}
	target, err := schema.ParseName(f[2])
	if err != nil {
		return schema.RDATA{}, fmt.Errorf("%s: %w", schema.Clip(text), err)
	}
	return schema.NewSRV(priority, n[0], n[1], target), nil
}
