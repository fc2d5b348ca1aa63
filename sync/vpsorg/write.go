package vpsorg

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

const (
	settlePause = time.Second // between the two reads that look for what a POST created
	maxPosts    = 3           // times that a POST is sent whose answer is lost each time
)

// CreateRecord creates a record. If the answer is lost, it reads the zone to find out what
// happened: the record is sent again only if two reads a second apart do not show it, and
// if reading fails the error is one for which Unknown returns true. A record that is found
// counts as created whatever its TTL, which the service may change. Calls that wait for a
// read of the same zone share it.
func (c *Client) CreateRecord(ctx context.Context, ref ZoneRef, r schema.Record) error {
	return c.create(ctx, ref, r, request{zone: ref.ID})
}

// RestoreRecord is [Client.CreateRecord] for a record without which its name would have no
// data. It is sent again if necessary even after the client was told to stop.
func (c *Client) RestoreRecord(ctx context.Context, ref ZoneRef, r schema.Record) error {
	return c.create(ctx, ref, r, request{zone: ref.ID, vital: true})
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
	q.label, q.body, q.bodiless = zoneRecordsLabel, body, true
	_, err = c.post(ctx, q, func(ctx context.Context) (bool, error) { return c.hasRecord(ctx, ref, r) })
	if err == nil {
		c.learner.wrote(ref, r)
	}
	return err
}

// UpdateRecord turns a live record into after. It sends only what differs of value, TTL and
// priority, and nothing if nothing differs. Owner name and type must be equal.
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
		label: recordLabel, zone: ref.ID, body: body, replay: true, bodiless: true,
	}
	a, err := c.do(ctx, q)
	if e, ok := asError(err); ok && e.NotFound() && a.again {
		// The attempt whose answer was lost may have changed the id of the record.
		if there, rerr := c.hasRecord(ctx, ref, after); rerr == nil && there {
			err = nil
		}
	}
	if err == nil {
		c.learner.wrote(ref, after)
	}
	return err
}

// DeleteRecord deletes a live record. A record that is not found counts as deleted. As it
// could belong to another account, the caller has to read the zone again.
func (c *Client) DeleteRecord(ctx context.Context, ref ZoneRef, live diff.Live) error {
	if err := checkID(live.ID); err != nil {
		return fmt.Errorf("zone %s: delete record: %w", ref.Name, err)
	}
	q := request{
		method: http.MethodDelete, url: c.endpoint("dns-records", live.ID),
		label: recordLabel, zone: ref.ID, replay: true, bodiless: true,
	}
	_, err := c.do(ctx, q)
	if e, ok := asError(err); ok && e.NotFound() {
		return nil
	}
	return err
}

// hasRecord reads the zone and reports whether it has r, apart from the TTL. It returns an
// error, not false, if the read is partial.
func (c *Client) hasRecord(ctx context.Context, ref ZoneRef, r schema.Record) (bool, error) {
	raw, err := c.settling.read(ctx, ref.ID, func() (rawZone, error) { return c.readZone(ctx, ref) })
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

// mayMean reports whether the record means r under some spelling, apart from the TTL.
func (w wireRecord) mayMean(r schema.Record, zone schema.Name) bool {
	for _, reading := range w.readings(zone, spelling{}) {
		if got := reading.live; got.Unreadable == "" && meaningOf(got.Record) == meaningOf(r) {
			return true
		}
	}
	return false
}

// CreateZone creates a zone, or finds it if the account already has it. A lost answer is
// handled as in [Client.CreateRecord]. Made is false if the zone may have existed before,
// with records that nobody has looked at.
func (c *Client) CreateZone(ctx context.Context, name schema.Name) (ref ZoneRef, made bool, err error) {
	body, err := createZoneBody(name)
	if err != nil {
		return ZoneRef{}, false, err
	}
	q := request{method: http.MethodPost, url: c.endpoint("dns-zones"), label: zonesLabel, body: body}
	var found ZoneRef
	a, err := c.post(ctx, q, func(ctx context.Context) (bool, error) {
		ref, ok, err := c.FindZone(ctx, name)
		found = ref
		return ok, err
	})
	if err != nil {
		ref, err = c.existing(ctx, name, err)
		return ref, false, err
	}
	if found.ID != "" {
		return found, false, nil
	}
	var wire wireZone
	if decodeJSON(a.body, &wire) == nil {
		if ref, err := wire.ref(); err == nil && ref.ID != "" && ref.Name == name {
			return ref, true, nil
		}
	}
	ref, err = c.await(ctx, name)
	return ref, err == nil, err
}

// existing looks for a zone whose creation was refused. The service uses the same status
// for a zone that exists and for an invalid name.
func (c *Client) existing(ctx context.Context, name schema.Name, refusal error) (ZoneRef, error) {
	e, ok := asError(refusal)
	if !ok || e.Status != http.StatusBadRequest && e.Status != http.StatusConflict {
		return ZoneRef{}, refusal
	}
	ref, there, err := c.FindZone(ctx, name)
	switch {
	case there:
		return ref, nil
	case err != nil:
		return ZoneRef{}, fmt.Errorf("%w; check whether the account already has it: %w", refusal, err)
	}
	return ZoneRef{}, fmt.Errorf("not in this account, so another account may own it: %w", refusal)
}

// await looks for a zone whose creation was answered without showing it. The list may lag
// behind.
func (c *Client) await(ctx context.Context, name schema.Name) (ZoneRef, error) {
	for _, wait := range []time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second} {
		if err := sleep(ctx, wait); err != nil {
			return ZoneRef{}, fmt.Errorf("created, but not found: %w", err)
		}
		ref, ok, err := c.FindZone(ctx, name)
		switch {
		case ok:
			return ref, nil
		case err != nil:
			return ZoneRef{}, fmt.Errorf("created, but not found: %w", err)
		}
	}
	return ZoneRef{}, errors.New("created, but not listed yet")
}

// DeleteZone deletes a zone with all its records, irrevocably. A zone that is not found is
// an [Error] for which NotFound returns true, unless the list of zones does not have it
// either.
func (c *Client) DeleteZone(ctx context.Context, ref ZoneRef) error {
	if err := checkID(ref.ID); err != nil {
		return fmt.Errorf("zone %s: delete: %w", ref.Name, err)
	}
	q := request{
		method: http.MethodDelete, url: c.endpoint("dns-zones", ref.ID),
		label: zoneLabel, replay: true, bodiless: true,
	}
	_, err := c.do(ctx, q)
	if e, ok := asError(err); ok && e.NotFound() {
		if _, there, ferr := c.FindZone(ctx, ref.Name); ferr == nil && !there {
			return nil
		}
	}
	return err
}

// post sends a POST, which must not be performed twice. If the answer is lost, it calls
// present to find out whether the POST was performed, and sends it again only after two
// reads a second apart say that it was not, and after a stop only if it is vital. The answer
// is empty if a read was the proof.
func (c *Client) post(ctx context.Context, q request, present func(context.Context) (bool, error)) (answer, error) {
	for n := 1; ; n++ {
		a, err := c.do(ctx, q)
		e, ok := asError(err)
		if !ok {
			return a, err
		}
		// A repeated POST may be refused because the first one was performed late.
		late := n > 1 && (e.Status == http.StatusBadRequest || e.Status == http.StatusConflict)
		if !e.lost() && !late {
			return a, err
		}
		there, err := c.settle(ctx, present)
		switch {
		case err != nil:
			return answer{}, unknown(e, err)
		case there:
			return answer{}, nil
		case late || n == maxPosts || !c.stop.again(q):
			e.sent = false // two reads show that it was not performed
			return answer{}, e
		}
	}
}

// settle calls present until it returns true, at most twice.
func (c *Client) settle(ctx context.Context, present func(context.Context) (bool, error)) (bool, error) {
	ctx, cancel := until(ctx, c.stop.over)
	defer cancel()
	there, err := present(ctx)
	if there || err != nil {
		return there, err
	}
	if err := sleep(ctx, settlePause); err != nil {
		return false, err
	}
	return present(ctx)
}

// unknown returns the error for a POST whose outcome neither the answer nor a read shows.
func unknown(e *Error, read error) *Error {
	e.unsettled = true
	cause := e.Err
	e.Err = fmt.Errorf("outcome unknown: read back: %w", read)
	if cause != nil {
		e.Err = fmt.Errorf("%w; %w", cause, e.Err)
	}
	return e
}
