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
	body, err := encodeCreate(r, ref.Name)
	if err == nil {
		err = checkID(ref.ID)
	}
	if err != nil {
		return fmt.Errorf("zone %s: create %s %s: %w", ref.Name, r.Name.Relative(ref.Name), r.Type, err)
	}
	q := request{
		method: http.MethodPost, url: c.endpoint("dns-zones", ref.ID, "records"),
		label: "/dns-zones/{id}/records/", body: body, bodiless: true,
	}
	_, err = c.post(ctx, q, func(ctx context.Context) (bool, error) { return c.hasRecord(ctx, ref, r) })
	return err
}

// UpdateRecord turns the record with an id from before into after, sending only what
// differs in value, TTL and priority. Owner name and type must be equal. Where before has
// no data, as a record that could not be read, all three are sent; so they should be for
// an MX or SRV whose priority the service shows inside the value. Nothing is sent where
// nothing differs.
func (c *Client) UpdateRecord(ctx context.Context, ref ZoneRef, id string, before, after schema.Record) error {
	body, err := encodeUpdate(before, after, ref.Name)
	if err == nil {
		err = checkID(id)
	}
	if err != nil {
		return fmt.Errorf("zone %s: update %s %s: %w", ref.Name, after.Name.Relative(ref.Name), after.Type, err)
	}
	if body == nil {
		return nil
	}
	q := request{
		method: http.MethodPatch, url: c.endpoint("dns-records", id),
		label: "/dns-records/{id}/", body: body, replay: true, bodiless: true,
	}
	a, err := c.do(ctx, q)
	if e, ok := asError(err); ok && e.NotFound() && a.again {
		// The attempt whose answer was lost may have given the record another id.
		if there, rerr := c.hasRecord(ctx, ref, after); rerr == nil && there {
			return nil
		}
	}
	return err
}

// DeleteRecord deletes the record with an id. A record that is not found counts as
// deleted, although it may belong to another account: the caller reads the zone again.
func (c *Client) DeleteRecord(ctx context.Context, ref ZoneRef, id string) error {
	if err := checkID(id); err != nil {
		return fmt.Errorf("zone %s: delete record: %w", ref.Name, err)
	}
	q := request{
		method: http.MethodDelete, url: c.endpoint("dns-records", id),
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
	live, err := c.Zone(ctx, ref)
	if err != nil {
		return false, err
	}
	for _, l := range live.Records {
		if means(l, r) {
			return true, nil
		}
	}
	if live.Partial != "" {
		return false, fmt.Errorf("zone %s: read may be partial: %s", ref.Name, live.Partial)
	}
	return false, nil
}

// means reports whether r is a reading of l, its TTL apart.
func means(l diff.Live, r schema.Record) bool {
	if l.Unreadable != "" {
		return false
	}
	same := func(s schema.Record) bool { return s.Key() == r.Key() && s.Data == r.Data }
	if same(l.Record) {
		return true
	}
	for _, s := range l.Readings {
		if same(s) {
			return true
		}
	}
	return false
}
