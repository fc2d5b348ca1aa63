package diff

import (
	"fmt"

	"github.com/zonetender/zonetender/schema"
)

// A LiveJSON is a live record as snapshots encode it, without the service's id for it.
type LiveJSON struct {
	Name  string      `json:"name"`            // relative to the zone, "@" at the apex
	Owner string      `json:"owner,omitempty"` // as the service shows it, where Name is ""
	Type  schema.Type `json:"type"`
	Data  ValueJSON   `json:"data"`
	// Readings are all that the record may mean, the first one included, where it may mean
	// several things.
	Readings []ReadingJSON `json:"readings,omitempty"`
}

// A ReadingJSON is a [Reading] as snapshots encode it.
type ReadingJSON struct {
	Name string             `json:"name"`
	Data ValueJSON          `json:"data"`
	Open []OpenQuestionJSON `json:"open"`
}

// An OpenQuestionJSON is an [OpenQuestion] about one record as snapshots encode it.
type OpenQuestionJSON struct {
	About string `json:"about"`
	Name  string `json:"name"`
	Shown string `json:"shown"`
	Taken string `json:"taken"`
	Other string `json:"other"`
}

// RecordsJSON returns the records of a live zone as snapshots encode them. Where a record
// has several readings, it is shown by the first.
func (z LiveZone) RecordsJSON() []LiveJSON {
	out := make([]LiveJSON, 0, len(z.Records))
	for i, l := range z.Interpret(nil).Records {
		r := LiveJSON{Name: l.Record.Name.Relative(z.Name), Type: l.Record.Type, Data: *l.valueJSON()}
		if l.Record.Name.IsZero() {
			r.Owner = l.Owner
		}
		for _, reading := range z.Readings[i] {
			j := ReadingJSON{Name: reading.Live.Record.Name.Relative(z.Name), Data: *reading.Live.valueJSON(), Open: []OpenQuestionJSON{}}
			for _, o := range reading.Open {
				j.Open = append(j.Open, OpenQuestionJSON{o.About, o.Key.Name.Relative(z.Name), o.Shown, o.Taken, o.Other})
			}
			r.Readings = append(r.Readings, j)
		}
		out = append(out, r)
	}
	return out
}

// ReadRecords adds records to the zone as snapshots encode them. All values have passed the
// constructors of package schema.
func (z *LiveZone) ReadRecords(records []LiveJSON) error {
	for i := range records {
		r := &records[i]
		l, err := readLive(r.Name, r.Owner, r.Type, &r.Data, z.Name)
		if err == nil && len(r.Readings) > 0 {
			var readings []Reading
			if readings, err = r.readings(z.Name); err == nil {
				if z.Readings == nil {
					z.Readings = make(map[int][]Reading)
				}
				z.Readings[len(z.Records)] = readings
			}
		}
		if err != nil {
			return fmt.Errorf("records[%d] %s %s: %w", i, schema.Clip(r.Name), schema.Clip(string(r.Type)), err)
		}
		z.Records = append(z.Records, l)
	}
	return nil
}

func (r *LiveJSON) readings(zone schema.Name) ([]Reading, error) {
	var out []Reading
	for i := range r.Readings {
		j := &r.Readings[i]
		l, err := readLive(j.Name, r.Owner, r.Type, &j.Data, zone)
		if err != nil {
			return nil, fmt.Errorf("readings[%d]: %w", i, err)
		}
		reading := Reading{Live: l}
		for _, o := range j.Open {
			name, err := readOptional(o.Name, zone)
			if err != nil {
				return nil, fmt.Errorf("readings[%d]: open: %w", i, err)
			}
			reading.Open = append(reading.Open, OpenQuestion{
				About: o.About, Key: schema.Key{Name: name, Type: r.Type}, Shown: o.Shown, Taken: o.Taken, Other: o.Other, Records: 1,
			})
		}
		out = append(out, reading)
	}
	return out, nil
}

// readOptional reads a name as [schema.Name.Relative] writes it; "" is the zero Name.
func readOptional(text string, zone schema.Name) (schema.Name, error) {
	if text == "" {
		return schema.Name{}, nil
	}
	return readRelative(text, zone)
}

func readLive(name, owner string, t schema.Type, v *ValueJSON, zone schema.Name) (Live, error) {
	n, err := readOptional(name, zone)
	if err != nil {
		return Live{}, err
	}
	c := ChangeJSON{Owner: owner, Type: t, Before: v}
	return c.live(n)
}
