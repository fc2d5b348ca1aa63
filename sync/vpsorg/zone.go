package vpsorg

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// A rawZone is a zone as the service showed it.
type rawZone struct {
	ref      ZoneRef
	records  []wireRecord
	partial  string // why there may be more, "" for a whole read
	warnings []string
}

// Survey reads zones ahead, atOnce of them at the same time, and learns from them how the
// account spells. [Client.Zone] returns what was read here, or the error, when it is
// called for one of them for the first time. Done, where it is not nil, is called after each. After a refusal of the token no zone is
// begun: each that is left has that refusal.
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
	_ = g.Wait() // what went wrong is for the caller of Zone
	c.account.survey(zones, reads)
}

// Zone reads a zone with its records. Of a record that may be read in several ways, the
// one that declares reports to be desired is taken, else the documented one; nil declares
// nothing. A zone that does not exist, or is not this account's, is an [Error] for which
// NotFound holds, never an empty zone.
//
// A read is partial when a list says that more exists. When only record_count is above
// what arrived, which it may be for records that are hidden, the list of records is read
// as well: as many records as were counted are all of them, as many as before are taken
// for all of them, with a warning, and any other number makes the read partial.
func (c *Client) Zone(ctx context.Context, ref ZoneRef, declares func(schema.Record) bool) (diff.LiveZone, error) {
	read, ahead := c.account.take(ref)
	if !ahead {
		read.raw, read.err = c.readZone(ctx, ref)
	}
	if read.err != nil {
		return diff.LiveZone{}, read.err
	}
	return read.raw.interpret(c.account.learn(read.raw), declares), nil
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
			if asked[q].Records == 0 || o.Key.Compare(asked[q].Key) < 0 {
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
	first, count, err := c.readDetail(ctx, ref)
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

// readDetail reads a zone's detail. count is its record_count, -1 where there is none.
func (c *Client) readDetail(ctx context.Context, ref ZoneRef) (records list[wireRecord], count int, err error) {
	q := request{method: http.MethodGet, url: c.endpoint("dns-zones", ref.ID), label: "/dns-zones/{id}/", replay: true}
	a, err := c.do(ctx, q)
	if err != nil {
		return records, 0, err
	}
	zone, p, err := parseDetail(a.body)
	if err == nil {
		err = sameZone(zone, ref)
	}
	if err != nil {
		return records, 0, c.unusable(q, a, err)
	}
	records.add(p.items, map[string]bool{}, wireRecord.id)
	switch {
	case p.items == nil:
		records.partial = "the zone is shown without its records"
	case p.next.set && p.next.s != "":
		records.partial = "the zone is shown with a part of its records"
	default:
		records.partial = shortfall(p.count, len(records.items))
	}
	count = -1
	if zone.RecordCount.set && zone.RecordCount.bad == "" {
		count = int(zone.RecordCount.n)
	}
	return records, count, nil
}

// parseDetail reads the body of a zone's detail. The page's items are nil where it has
// no list of records.
func parseDetail(body []byte) (wireZone, page[wireRecord], error) {
	p := page[wireRecord]{count: -1}
	var detail wireZoneDetail
	if err := decodeJSON(body, &detail); err != nil {
		return wireZone{}, p, err
	}
	if bytes.TrimSpace(body)[0] != '{' {
		return wireZone{}, p, errors.New("answer is no zone")
	}
	if p.items = detail.Records; p.items != nil {
		return detail.wireZone, p, nil
	}
	var outer struct {
		Records json.RawMessage `json:"records"`
	}
	if err := decodeJSON(body, &outer); err != nil {
		return wireZone{}, p, err
	}
	if inner, err := parsePage[wireRecord](outer.Records); err == nil {
		p = inner
	}
	return detail.wireZone, p, nil
}

// sameZone refuses an answer that shows another zone than was asked for.
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

// readAgain settles by the list of records what the detail left open.
func (c *Client) readAgain(ctx context.Context, ref ZoneRef, first list[wireRecord], count int) (_ list[wireRecord], warning string, _ error) {
	second, err := c.readRecords(ctx, ref)
	if e, ok := asError(err); ok && e.NotFound() {
		// The zone itself was there a moment ago.
		first.partial = fmt.Sprintf("%d records arrived, and the list of records does not exist: %v", len(first.items), err)
		return first, "", nil
	}
	if err != nil || second.partial != "" {
		return second, "", err
	}
	if first.partial != "" {
		// The detail does not count as a read, so that the list is read twice if need be.
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
	case n == len(first.items):
		warning = fmt.Sprintf("record_count says %d records, %d arrived in each of two reads; the rest is taken to be hidden", count, n)
	default:
		second.partial = fmt.Sprintf("record_count says %d records, %d arrived in one read and %d in another", count, len(first.items), n)
	}
	return second, warning, nil
}

// readRecords reads the list of a zone's records.
func (c *Client) readRecords(ctx context.Context, ref ZoneRef) (list[wireRecord], error) {
	q := request{
		method: http.MethodGet, url: c.endpoint("dns-zones", ref.ID, "records"),
		label: "/dns-zones/{id}/records/", replay: true,
	}
	return gather(ctx, c, q, wireRecord.id)
}

// add takes the records of a zone in. One that has no type may be of any type, so that it
// is as good as missing.
func (z *rawZone) add(wire []wireRecord) {
	z.records = make([]wireRecord, 0, len(wire))
	noID := 0
	for _, w := range wire {
		if strings.TrimSpace(w.Type.s) == "" || w.Type.odd {
			z.partial = "the zone is shown with a record that has no type"
			continue
		}
		if w.id() == "" {
			noID++
		}
		z.records = append(z.records, w)
	}
	if noID > 0 {
		z.warnings = append(z.warnings, fmt.Sprintf("%d records are shown without an id and cannot be changed", noID))
	}
}
