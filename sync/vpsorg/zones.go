package vpsorg

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// A ZoneRef is a zone by name and by the service's own id for it.
type ZoneRef = diff.ZoneRef

// A ZoneList is the zones of the account.
type ZoneList = diff.ZoneList

// Zones lists the zones of the account. Names are those that it is about: with some of them,
// it looks up each by its name, unless that is no longer to be had, and then lists the whole
// account.
func (c *Client) Zones(ctx context.Context, names ...schema.Name) (ZoneList, error) {
	if len(names) > 0 {
		if list, ok, err := c.lookUp(ctx, names); ok || err != nil {
			return list, err
		}
	}
	list, err := c.listZones(ctx, "")
	if err == nil {
		c.listed(list)
	}
	return list, err
}

// listZones lists the zones, or only those named domain if it is not "". The service may
// ignore that filter.
func (c *Client) listZones(ctx context.Context, domain string) (ZoneList, error) {
	u := c.endpoint("dns-zones")
	if domain != "" {
		u.RawQuery = url.Values{"domain": {domain}}.Encode()
	}
	q := request{method: http.MethodGet, url: u, label: zonesLabel, replay: true}
	wire, err := gather(ctx, c, q, listBounds(), readListedZone, wireZone.id)
	if err != nil {
		return ZoneList{}, err
	}
	out := ZoneList{Zones: make([]ZoneRef, 0, len(wire.items)), Partial: wire.partial}
	for _, w := range wire.items {
		if !w.Domain.set || w.Domain.odd {
			out.Partial = "the list has a zone without a name"
			continue
		}
		ref, err := w.ref()
		if err != nil {
			out.Warnings = append(out.Warnings, fmt.Sprintf("zone %q was skipped: %v", w.Domain.s, err))
			continue
		}
		if ref.ID == "" {
			out.Warnings = append(out.Warnings, fmt.Sprintf("zone %s has no id and cannot be read", ref.Name))
		}
		out.Zones = append(out.Zones, ref)
	}
	return out, nil
}

// ref returns the zone with its canonical name.
func (w wireZone) ref() (ZoneRef, error) {
	name, err := schema.ParseName(strings.TrimSpace(w.Domain.s))
	if err != nil {
		return ZoneRef{}, err
	}
	ref := ZoneRef{ID: w.ID, Name: name, RecordCount: -1}
	if w.RecordCount.set && w.RecordCount.bad == "" && w.RecordCount.n >= 0 {
		ref.RecordCount = int(w.RecordCount.n)
	}
	return ref, nil
}

// FindZone looks a zone up by name. It returns false only if the account does not have the
// zone. If that is not certain, as with a partial list, it returns an error.
func (c *Client) FindZone(ctx context.Context, name schema.Name) (ZoneRef, bool, error) {
	ref, ok, err := c.findZone(ctx, name, name.Undotted())
	if ok || err != nil || !strings.Contains(name.String(), "xn--") {
		return ref, ok, err
	}
	// A service that stores names in Unicode may not find the A-label form.
	return c.findZone(ctx, name, "")
}

func (c *Client) findZone(ctx context.Context, name schema.Name, filter string) (ZoneRef, bool, error) {
	list, err := c.listZones(ctx, filter)
	if err != nil {
		return ZoneRef{}, false, err
	}
	var found []ZoneRef
	for _, ref := range list.Zones {
		if ref.Name == name {
			found = append(found, ref)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], true, nil
	case len(found) > 1:
		return ZoneRef{}, false, fmt.Errorf("zone %s: find: listed %d times, as ids %s and %s", name, len(found), found[0].ID, found[1].ID)
	case list.Partial != "":
		return ZoneRef{}, false, fmt.Errorf("zone %s: find: not in the list of zones, which may be incomplete: %s", name, list.Partial)
	}
	return ZoneRef{}, false, nil
}

// errNoID is the error of a zone or record that cannot be addressed.
var errNoID = errors.New("the service shows no usable id")

// checkID refuses ids that would change the path that they become part of.
func checkID(id string) error {
	switch id {
	case "", ".", "..":
		return errNoID
	}
	return nil
}
