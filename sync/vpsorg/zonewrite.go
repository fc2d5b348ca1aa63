package vpsorg

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/zonetender/zonetender/schema"
)

// CreateZone creates a zone, or finds it where the account has it already. A lost answer
// is settled as in [Client.CreateRecord]. Made is false where the zone may have been there
// before, with records that nobody has looked at.
func (c *Client) CreateZone(ctx context.Context, name schema.Name) (ref ZoneRef, made bool, err error) {
	body, err := createZoneBody(name)
	if err != nil {
		return ZoneRef{}, false, err
	}
	q := request{method: http.MethodPost, url: c.endpoint("dns-zones"), label: "/dns-zones/", body: body}
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

// existing looks for a zone whose creation was refused: that it exists is said by the
// same status as that its name is bad.
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
		return ZoneRef{}, fmt.Errorf("%w; whether the account has it already: %w", refusal, err)
	}
	return ZoneRef{}, fmt.Errorf("not among this account's zones, so another account may own it: %w", refusal)
}

// await finds a zone that was created by an answer that did not show it. The list may
// lag behind.
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

// DeleteZone deletes a zone with all its records, for ever. A zone that is not found is
// an [Error] for which NotFound holds, unless the list of zones agrees that it is gone.
func (c *Client) DeleteZone(ctx context.Context, ref ZoneRef) error {
	if err := checkID(ref.ID); err != nil {
		return fmt.Errorf("zone %s: delete: %w", ref.Name, err)
	}
	q := request{
		method: http.MethodDelete, url: c.endpoint("dns-zones", ref.ID),
		label: "/dns-zones/{id}/", replay: true, bodiless: true,
	}
	_, err := c.do(ctx, q)
	if e, ok := asError(err); ok && e.NotFound() {
		if _, there, ferr := c.FindZone(ctx, ref.Name); ferr == nil && !there {
			return nil
		}
	}
	return err
}
