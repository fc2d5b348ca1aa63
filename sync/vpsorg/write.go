package vpsorg

import (
	"context"
	"fmt"
	"net/http"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// CreateRecord creates a record. A lost answer is settled by reading the zone: the record
// is sent again only where two reads a second apart show that it is absent, and where
// that cannot be told the error is one for which Unknown holds. A record that is found
// counts as created whatever its TTL, which the service may change.
func (c *Client) CreateRecord(ctx context.Context, ref ZoneRef, r schema.Record) error {
	return c.create(ctx, ref, r, request{})
}

// RestoreRecord is CreateRecord for a record without which its name would have no data. It
// is sent again as needed also after the client was told to stop.
func (c *Client) RestoreRecord(ctx context.Context, ref ZoneRef, r schema.Record) error {
	return c.create(ctx, ref, r, request{vital: true})
}

func (c *Client) create(ctx context.Context, ref ZoneRef, r schema.Record, q request) error {
	body, err := encodeCreate(r, ref.Name)
	if err == nil {
		err = checkID(ref.ID)
	}
	if err != nil {
		return fmt.Errorf("zone %s: create %s %s: %w", ref.Name, r.Name.Relative(ref.Name), r.Type, err)
	}
	q.method, q.url = http.MethodPost, c.endpoint("dns-zones", ref.ID, "records")
	q.label, q.body, q.bodiless = "/dns-zones/{id}/records/", body, true
	_, err = c.post(ctx, q, func(ctx context.Context) (bool, error) { return c.hasRecord(ctx, ref, r) })
	if err == nil {
		c.account.wrote(ref, r)
	}
	return err
}

// UpdateRecord turns a live record into after, sending only what differs in value, TTL and
// priority. Owner name and type must be equal. Nothing is sent where nothing differs.
func (c *Client) UpdateRecord(ctx context.Context, ref ZoneRef, live diff.Live, after schema.Record) error {
	body, err := encodeUpdate(live, after, ref.Name)
	if err == nil {
		err = checkID(live.ID)
	}
	if err != nil {
		return fmt.Errorf("zone %s: update %s %s: %w", ref.Name, after.Name.Relative(ref.Name), after.Type, err)
	}
	if body == nil {
		return nil
	}
	q := request{
		method: http.MethodPatch, url: c.endpoint("dns-records", live.ID),
		label: "/dns-records/{id}/", body: body, replay: true, bodiless: true,
	}
	a, err := c.do(ctx, q)
	if e, ok := asError(err); ok && e.NotFound() && a.again {
		// The attempt whose answer was lost may have given the record another id.
		if there, rerr := c.hasRecord(ctx, ref, after); rerr == nil && there {
			err = nil
		}
	}
	if err == nil {
		c.account.wrote(ref, after)
	}
	return err
}

// DeleteRecord deletes a live record. A record that is not found counts as deleted,
// although it may belong to another account: the caller reads the zone again.
func (c *Client) DeleteRecord(ctx context.Context, ref ZoneRef, live diff.Live) error {
	if err := checkID(live.ID); err != nil {
		return fmt.Errorf("zone %s: delete record: %w", ref.Name, err)
	}
	q := request{
		method: http.MethodDelete, url: c.endpoint("dns-records", live.ID),
		label: "/dns-records/{id}/", replay: true, bodiless: true,
	}
	_, err := c.do(ctx, q)
	if e, ok := asError(err); ok && e.NotFound() {
		return nil
	}
	return err
}

// hasRecord reads the zone and reports whether it holds r, its TTL apart. That it does
// not is said of a whole read only.
func (c *Client) hasRecord(ctx context.Context, ref ZoneRef, r schema.Record) (bool, error) {
	raw, err := c.readZone(ctx, ref)
	if err != nil {
		return false, err
	}
	for _, w := range raw.records {
		if w.mayMean(r, ref.Name) {
			return true, nil
		}
	}
	if raw.partial != "" {
		return false, fmt.Errorf("zone %s: read may be partial: %s", ref.Name, raw.partial)
	}
	return false, nil
}

// mayMean reports whether r is what the record means under some spelling, its TTL apart.
func (w wireRecord) mayMean(r schema.Record, zone schema.Name) bool {
	for _, reading := range w.readings(zone, spelling{}) {
		if got := reading.live; got.Unreadable == "" && got.Record.Key() == r.Key() && got.Record.Data == r.Data {
			return true
		}
	}
	return false
}
