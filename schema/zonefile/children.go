package zonefile

import (
	"slices"

	"github.com/zonetender/zonetender/schema"
)

// children returns the zones of the folder that are right below another one: of each what
// lint.Delegations asks for. A tombstone is on its way out, and hides nothing.
func (f *Folder) children(parent schema.Declaration, turn *turn) []schema.Declaration {
	i, found := slices.BinarySearchFunc(f.Sources, parent.Name, func(s Source, zone schema.Name) int { return s.Zone.Compare(zone) })
	if !found || parent.Absent {
		return nil
	}
	var servers map[schema.Name]bool
	var out []schema.Declaration
	for _, below := range f.Sources[i+1:] {
		if !below.Zone.In(parent.Name) {
			break // what is below a zone comes right after it
		}
		if n := len(out); n > 0 && below.Zone.In(out[n-1].Name) {
			continue
		}
		if servers == nil {
			servers = nameServers(parent)
		}
		if child := f.child(below, servers, turn); !child.Absent {
			out = append(out, child)
		}
	}
	return out
}

// nameServers returns the hosts that the NS of a zone point at.
func nameServers(d schema.Declaration) map[schema.Name]bool {
	servers := make(map[schema.Name]bool)
	for _, set := range d.RRsets {
		for _, v := range set.Values {
			if set.Type == schema.NS {
				servers[v.Data.Host()] = true
			}
		}
	}
	return servers
}

// child reads a zone for the one above it: its NS, and the addresses of some servers.
func (f *Folder) child(s Source, servers map[schema.Name]bool, turn *turn) schema.Declaration {
	b := f.builder(s, turn)
	if !b.read(s) || b.tree.failed() {
		return schema.Declaration{Name: s.Zone, File: b.zone.File, Manage: schema.ManageDeclared}
	}
	d := b.zone
	d.Ignore = slices.Concat(f.Settings.Ignore, d.Ignore)
	d.RRsets = slices.DeleteFunc(d.RRsets, func(set schema.RRset) bool {
		address := set.Type == schema.A || set.Type == schema.AAAA
		return !(address && servers[set.Name]) && !(set.Type == schema.NS && set.Name == s.Zone)
	})
	return d
}
