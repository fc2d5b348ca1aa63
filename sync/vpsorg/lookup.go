package vpsorg

import (
	"context"
	"slices"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// lookUp looks zones up by name, one call each. It returns false where it takes the list of
// the account to tell: a lookup failed, or did not find the zone, which the service may keep
// under another spelling. A service that ignores the filter has listed the account with the
// first answer. The error is a denied call, or that of ctx.
func (c *Client) lookUp(ctx context.Context, names []schema.Name) (out ZoneList, ok bool, err error) {
	out.ByName = true
	for _, name := range names {
		list, err := c.listZones(ctx, name.Undotted())
		if err != nil {
			if e, is := asError(err); is && e.Denied() || ctx.Err() != nil {
				return ZoneList{}, false, err
			}
			return ZoneList{}, false, nil
		}
		if slices.ContainsFunc(list.Zones, func(z ZoneRef) bool { return !strings.Contains(z.Name.String(), name.String()) }) {
			c.listed(list)
			return list, true, nil
		}
		found := slices.DeleteFunc(list.Zones, func(z ZoneRef) bool { return z.Name != name })
		if len(found) == 0 {
			return ZoneList{}, false, nil
		}
		out.Zones = append(out.Zones, found...)
		out.Warnings = append(out.Warnings, list.Warnings...)
	}
	return out, true, nil
}
