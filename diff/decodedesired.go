package diff

import (
	"errors"
	"fmt"

	"github.com/zonetender/zonetender/schema"
)

// read returns the desired state of a zone. It is checked like that of a zone file.
func (j *jsonDesired) read(zone schema.Name) (Desired, error) {
	d := schema.Declaration{Name: zone, File: j.File, Files: j.Files, Absent: j.Absent, Manage: j.Manage, TTL: j.TTL}
	switch {
	case j.Manage != schema.ManageAll && j.Manage != schema.ManageDeclared:
		return Desired{}, fmt.Errorf("manage %s, expected all or declared", schema.Clip(string(j.Manage)))
	case j.TTL > schema.MaxTTL:
		return Desired{}, fmt.Errorf("TTL %d, expected at most %d", j.TTL, schema.MaxTTL)
	case j.Absent && len(j.RRsets) > 0:
		return Desired{}, errors.New("a tombstone with records")
	}
	var err error
	if d.Safety, err = j.Safety.read(); err != nil {
		return Desired{}, fmt.Errorf("safety: %w", err)
	}
	for i, r := range j.Ignore {
		rule, err := r.read(zone)
		if err != nil {
			return Desired{}, fmt.Errorf("ignore[%d]: %w", i, err)
		}
		d.Ignore = append(d.Ignore, rule)
	}
	for i, c := range j.Children {
		name, err := schema.ParseName(c.Zone)
		if err != nil || name == zone || !name.In(zone) {
			return Desired{}, fmt.Errorf("children[%d]: %s, expected a zone below this one", i, schema.Clip(c.Zone))
		}
		d.Children = append(d.Children, schema.Child{Name: name, File: c.File})
	}
	if d.RRsets, err = readRRsets("rrsets", j.RRsets, zone, j.File); err != nil {
		return Desired{}, err
	}
	if d.Expired, err = readRRsets("expired", j.Expired, zone, j.File); err != nil {
		return Desired{}, err
	}
	z, problems := schema.NewZone(d)
	if z == nil {
		return Desired{}, fmt.Errorf("no valid zone: %s", problems.Errors()[0].Message)
	}
	out := Desired{Zone: z}
	for i, k := range j.Declared {
		name, err := readRelative(k.Name, zone)
		if err != nil || k.Type == "" {
			return Desired{}, fmt.Errorf("declared[%d]: expected the name and the type of an RRset", i)
		}
		out.Declared = append(out.Declared, schema.Key{Name: name, Type: k.Type})
	}
	return out, nil
}

func readRRsets(what string, sets []jsonRRset, zone schema.Name, file string) ([]schema.RRset, error) {
	var out []schema.RRset
	for i, s := range sets {
		set, err := s.read(zone, file)
		if err != nil {
			return nil, fmt.Errorf("%s[%d] %s %s: %w", what, i, schema.Clip(s.Name), schema.Clip(string(s.Type)), err)
		}
		out = append(out, set)
	}
	return out, nil
}

func (j *jsonSafety) read() (schema.Safety, error) {
	var s schema.Safety
	if j == nil {
		return s, nil
	}
	for _, x := range []struct {
		to   *schema.Limit
		text string
	}{{&s.MaxDeletes, j.MaxDeletes}, {&s.MaxUpdates, j.MaxUpdates}, {&s.MaxFleetDeletes, j.MaxFleetDeletes}, {&s.MaxFleetPercent, j.MaxFleetPercent}} {
		if x.text == "" {
			continue
		}
		limit, err := schema.ParseLimit(x.text)
		if err != nil {
			return s, err
		}
		*x.to = limit
	}
	return s, nil
}

func (j jsonIgnore) read(zone schema.Name) (schema.IgnoreRule, error) {
	for _, t := range j.Types {
		if t == "" {
			return schema.IgnoreRule{}, errors.New("a type without a name")
		}
	}
	if !j.Exact {
		return schema.NewIgnoreRule(j.Name, j.Types, j.Value)
	}
	name, err := readRelative(j.Name, zone)
	if err == nil && (len(j.Types) != 1 || j.Value != "") {
		err = errors.New("expected a name and a type")
	}
	if err != nil {
		return schema.IgnoreRule{}, err
	}
	return schema.IgnoreRRset(zone, schema.Key{Name: name, Type: j.Types[0]}), nil
}

func (j jsonRRset) read(zone schema.Name, file string) (schema.RRset, error) {
	s := schema.RRset{Type: j.Type, TTL: j.TTL, Lenient: j.Lenient, Expires: j.Expires.UTC()}
	var err error
	if s.Name, err = readRelative(j.Name, zone); err != nil {
		return s, err
	}
	switch {
	case !s.Name.In(zone):
		return s, errors.New("expected a name of the zone")
	case j.TTL > schema.MaxTTL:
		return s, fmt.Errorf("TTL %d, expected at most %d", j.TTL, schema.MaxTTL)
	case len(j.Values) == 0:
		return s, errors.New("no values")
	}
	for _, v := range j.Values {
		data, _, err := schema.ParseRDATA(j.Type, v.Value, schema.Origin{Zone: zone})
		if err != nil {
			return s, err
		}
		if v.Line < 0 || v.Col < 0 {
			return s, errors.New("expected a line and a column from 0")
		}
		at := schema.Position{File: v.File, Line: v.Line, Col: v.Col}
		if at.File == "" {
			at.File = file
		}
		s.Values = append(s.Values, schema.Value{Data: data, Pos: at})
	}
	return s, nil
}
