package zonefile

import "github.com/zonetender/zonetender/schema"

// An undotted host has dots, but no final one.
type undotted struct {
	at      node
	host    schema.Name
	warning string
}

// noteHost keeps the warning that a host was read as absolute, until all names of the zone
// are known.
func (b *builder) noteHost(n node, host schema.Name, warning string) {
	switch {
	case warning == "":
	case b.bare:
		b.tree.warnf(n, codeHostNoDot, "%s", warning)
	default:
		b.undotted = append(b.undotted, undotted{n, host, warning})
	}
}

// checkUndotted refuses a host without a final dot that may be meant relative to the zone,
// because the zone has that name.
func (b *builder) checkUndotted() {
	if len(b.undotted) == 0 {
		return
	}
	names := make(map[schema.Name]bool)
	for k := range b.seen {
		names[k.Name] = true
	}
	for _, u := range b.undotted {
		relative, _, err := schema.ParseOwner(u.host.Undotted(), b.zone.Name)
		if err == nil && names[relative] {
			b.tree.errorf(u.at, codeHostAmbiguous, "host %s has no final dot, and %s is a name of this zone; expected %s or %s",
				schema.Display(u.host.Undotted()), relative, u.host.String(), relative.String())
			continue
		}
		b.tree.warnf(u.at, codeHostNoDot, "%s", u.warning)
	}
}
