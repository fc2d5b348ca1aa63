package vpsorg

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// A rawZone is a zone as the service shows it.
type rawZone struct {
	ref      ZoneRef
	records  []wireRecord
	partial  string // why records may be missing, "" for a complete read
	warnings []string
}

// Survey reads zones ahead, up to atOnce of them concurrently, and learns from them how the
// account spells. The first call of [Client.Zone] for one of them returns what was read
// here, or its error. Done, if not nil, is called after each zone. Once a call is denied no
// other zone is read, and all that are left get the same error.
func (c *Client) Survey(ctx context.Context, zones []ZoneRef, atOnce int, done func()) {
	if done == nil {
		done = func() {}
	}
	reads := make([]zoneRead, len(zones))
	var denial atomic.Pointer[error]
	var g errgroup.Group
	g.SetLimit(max(1, atOnce))
	for i, ref := range zones {
		g.Go(func() error {
			defer done()
			if err := denial.Load(); err != nil {
				reads[i].err = *err
				return nil
			}
			reads[i].raw, reads[i].err = c.readZone(ctx, ref)
			if e, ok := asError(reads[i].err); ok && e.Denied() {
				denial.Store(&reads[i].err)
			}
			return nil
		})
	}
	_ = g.Wait() // Zone returns the errors
	c.learner.survey(zones, reads)
}

// Zone reads a zone with its records. A record that can be read in several ways is read in
// the way for which declares returns true, or else as documented. A nil declares declares
// nothing. A zone that does not exist, or belongs to another account, is an [Error] for
// which NotFound returns true, never an empty zone.
//
// A read is partial if a list says that there is more. If only record_count is higher than
// the number of records, which it may be because of hidden records, the list of records is
// read as well. The read is complete if that has as many records as record_count says, or,
// with a warning, as many as before. Any other number makes it partial, and so does no
// record at all.
func (c *Client) Zone(ctx context.Context, ref ZoneRef, declares func(schema.Record) bool) (diff.LiveZone, error) {
	read, ahead := c.learner.take(ref)
	if !ahead {
		read.raw, read.err = c.readZone(ctx, ref)
	}
	if read.err != nil {
		return diff.LiveZone{}, read.err
	}
	spelling := c.learner.learn(read.raw)
	live := read.raw.interpret(spelling, declares)
	if c.readings {
		live.Readings = read.raw.allReadings(spelling)
	}
	c.read(live)
	return live, nil
}

// allReadings returns all that the records may mean that may mean several things.
func (z rawZone) allReadings(s spelling) map[int][]diff.Reading {
	var out map[int][]diff.Reading
	for i, w := range z.records {
		all := w.readings(z.ref.Name, s)
		if len(all) == 1 {
			continue
		}
		for _, r := range all {
			reading := diff.Reading{Live: r.live}
			found := w.stillOpen(all, r, s)
			for q := range questions {
				if o, ok := found[q]; ok {
					reading.Open = append(reading.Open, o)
				}
			}
			if out == nil {
				out = make(map[int][]diff.Reading)
			}
			out[i] = append(out[i], reading)
		}
	}
	return out
}

// interpret reads the records of a zone as an account with this spelling means them.
func (z rawZone) interpret(s spelling, declares func(schema.Record) bool) diff.LiveZone {
	live := diff.LiveZone{
		ID: z.ref.ID, Name: z.ref.Name, Partial: z.partial, Warnings: z.warnings,
		Records: make([]diff.Live, 0, len(z.records)),
	}
	var asked [questions]diff.OpenQuestion
	for _, w := range z.records {
		r, found := w.interpret(z.ref.Name, s, declares)
		live.Records = append(live.Records, r)
		for q, o := range found {
			if asked[q].Records == 0 || o.Compare(asked[q]) < 0 {
				o.Records = asked[q].Records
				asked[q] = o
			}
			asked[q].Records++
		}
	}
	for _, o := range asked {
		if o.Records > 0 {
			live.Open = append(live.Open, o)
		}
	}
	return live
}

// readZone reads a zone as the service shows it.
func (c *Client) readZone(ctx context.Context, ref ZoneRef) (rawZone, error) {
	if err := checkID(ref.ID); err != nil {
		return rawZone{}, fmt.Errorf("zone %s: read: %w", ref.Name, err)
	}
	first, count, err := c.showZone(ctx, ref)
	if err != nil {
		return rawZone{}, err
	}
	wire, warning := first, ""
	if first.partial != "" || count > len(first.items) {
		wire, warning, err = c.readAgain(ctx, ref, first, count)
		if err != nil {
			return rawZone{}, err
		}
	}
	raw := rawZone{ref: ref, partial: wire.partial}
	if warning != "" {
		raw.warnings = append(raw.warnings, warning)
	}
	raw.add(wire.items)
	return raw, nil
}

// showZone reads the detail of a zone. count is its record_count, -1 if there is none.
func (c *Client) showZone(ctx context.Context, ref ZoneRef) (records list[wireRecord], count int, err error) {
	var zone wireZone
	var p page[wireRecord]
	b := c.zoneBounds()
	q := request{method: http.MethodGet, url: c.endpoint("dns-zones", ref.ID), label: zoneLabel, replay: true, limit: b.page, raise: b.raise}
	q.read = func(r *jsonReader) (err error) {
		if zone, p, err = readDetail(r, b); err == nil {
			err = sameZone(zone, ref)
		}
		return err
	}
	if _, err := c.do(ctx, q); err != nil {
		return records, 0, err
	}
	records.add(p.items, map[string]bool{}, wireRecord.id)
	switch {
	case p.items == nil:
		records.partial = "the zone is shown without its records"
	case p.next.set && p.next.s != "":
		records.partial = "the zone is shown with some of its records only"
	default:
		records.partial = shortfall(p.count, len(records.items))
	}
	count = -1
	if zone.RecordCount.set && zone.RecordCount.bad == "" {
		count = int(zone.RecordCount.n)
	}
	return records, count, nil
}

// readDetail reads the detail of a zone. The items of the page are nil if it has no list of
// records.
func readDetail(r *jsonReader, b bounds) (zone wireZone, p page[wireRecord], err error) {
	none := page[wireRecord]{count: -1}
	p = none
	err = r.whole(func(begin byte) (err error) {
		zone, err = readWireZone(r, func() (err error) {
			if p, err = readEnvelope(r, b, readRecord); p.items == nil {
				p = none
			}
			return err
		})
		if err == nil && begin != '{' {
			err = errors.New("answer is not a zone")
		}
		return err
	})
	return zone, p, err
}

// sameZone returns an error if an answer shows another zone than the one asked for.
func sameZone(w wireZone, ref ZoneRef) error {
	if !w.Domain.set || w.Domain.s == "" {
		return nil
	}
	name, err := schema.ParseName(strings.TrimSpace(w.Domain.s))
	if err != nil {
		return fmt.Errorf("answer shows the zone %q: %w", w.Domain.s, err)
	}
	if name != ref.Name {
		return fmt.Errorf("answer shows the zone %s, expected %s", name, ref.Name)
	}
	return nil
}

// readAgain reads the list of records to complete what the detail left open.
func (c *Client) readAgain(ctx context.Context, ref ZoneRef, first list[wireRecord], count int) (_ list[wireRecord], warning string, _ error) {
	second, err := c.readRecords(ctx, ref)
	if e, ok := asError(err); ok && e.NotFound() {
		// The zone itself was there a moment ago.
		first.partial = fmt.Sprintf("got %d records, and there is no list of records to compare: %v", len(first.items), err)
		return first, "", nil
	}
	if err != nil || second.partial != "" {
		return second, "", err
	}
	if first.partial != "" {
		// The detail does not count as a read, so the list is read twice if necessary.
		if count <= len(second.items) {
			return second, "", nil
		}
		first = second
		if second, err = c.readRecords(ctx, ref); err != nil || second.partial != "" {
			return second, "", err
		}
	}
	switch n := len(second.items); {
	case n >= count:
	case n == 0:
		// Taken for complete, an empty read would have every record created again.
		second.partial = fmt.Sprintf("record_count is %d, but no record is shown", count)
	case n == len(first.items):
		warning = fmt.Sprintf("record_count is %d, but two reads show %d records each; assuming that the others are hidden", count, n)
	default:
		second.partial = fmt.Sprintf("record_count is %d, but two reads show %d and %d records", count, len(first.items), n)
	}
	return second, warning, nil
}

// readRecords reads the list of a zone's records.
func (c *Client) readRecords(ctx context.Context, ref ZoneRef) (list[wireRecord], error) {
	q := request{
		method: http.MethodGet, url: c.endpoint("dns-zones", ref.ID, "records"),
		label: zoneRecordsLabel, replay: true,
	}
	return gather(ctx, c, q, c.zoneBounds(), readRecord, wireRecord.id)
}

// add adds records to a zone. A record without a type could be any record, so it counts as
// missing.
func (z *rawZone) add(wire []wireRecord) {
	z.records = wire[:0]
	noID := 0
	for _, w := range wire {
		if strings.TrimSpace(w.Type.s) == "" || w.Type.odd {
			z.partial = "the zone has a record without a type"
			continue
		}
		if w.ID == "" {
			noID++
		}
		z.records = append(z.records, w)
	}
	if noID > 0 {
		z.warnings = append(z.warnings, fmt.Sprintf("%d records have no id and cannot be changed", noID))
	}
}
