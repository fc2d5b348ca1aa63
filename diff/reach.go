package diff

import (
	"cmp"
	"hash/fnv"
	"slices"

	"github.com/zonetender/zonetender/schema"
)

// A Reach knows, over all managed zones as they will be after the plan, which names exist
// and what points at them. It holds no names but those of zones: 8 bytes for each owner
// name, and 16 for each record that points at a host, 16 more if it is a CNAME, and 16 more if
// its target is no owner name, since a wildcard may answer for that. Two names
// that share a hash of 62 bits could be taken for each other, which costs a reason too many
// or too few, never a change.
//
// The zero Reach knows nothing, and has nothing to say.
type Reach struct {
	zones    map[schema.Name]reachedZone
	order    []schema.Name // of the zones that pointers count by
	names    []nameHash    // sorted
	pointers []pointer     // sorted by target
	aliases  []alias       // sorted by owner
}

// A nameHash is the hash of an owner name, with what it has in the two lowest bits.
type nameHash uint64

const (
	hasAddress nameHash = 1 << iota // an address, or a CNAME that may lead to one
	delegated                       // NS below the apex: what lies below is not of the zone
	flags      = hasAddress | delegated
)

func hashOf(n schema.Name) nameHash {
	h := fnv.New64a()
	h.Write([]byte(n.String()))
	return nameHash(h.Sum64()) &^ flags
}

// A pointer says that a record of a zone points at a name.
type pointer struct {
	target nameHash
	zone   int32 // its place in the order of zones
	typ    pointerType
}

// A pointerType is the type of a record that has a host: its place in pointerTypes.
type pointerType uint8

const isAlias pointerType = 0 // a CNAME

func pointerTypes() []schema.Type {
	return []schema.Type{schema.CNAME, schema.MX, schema.NS, schema.SRV}
}

type alias struct{ owner, target nameHash }

// reachedZone is what is known of one zone as a whole.
type reachedZone struct {
	name schema.Name
	// unknown is true where the zone may hold what is not declared: its files are not
	// valid, or were not read.
	unknown bool
	// more knows which names may have records that the file does not name; nil: none.
	more *schema.Index
}

// A ZoneReach is what one zone adds to a [Reach]: 8 bytes for each owner name, 16 for each
// record that points at a host, and 8 more if the host is no owner name of the zone.
type ZoneReach struct {
	zone     reachedZone
	names    []nameHash
	pointers []ownPointer
	// wildcards are, for each pointer that leads outside, the wildcard beside its target.
	wildcards []nameHash
}

// An ownPointer says that a record of the zone points at a name.
type ownPointer struct {
	target  nameHash
	owner   int32 // its place among the names
	typ     pointerType
	outside bool // the target is no owner name of the zone
}

// UnknownReach is the part of a zone whose records are not known.
func UnknownReach(zone schema.Name) ZoneReach {
	return ZoneReach{zone: reachedZone{name: zone, unknown: true}}
}

// ReachOf returns what a zone adds to a Reach.
func ReachOf(z *schema.Zone) ZoneReach {
	d := z.Declaration()
	r := ZoneReach{zone: reachedZone{name: d.Name}}
	if d.Manage == schema.ManageDeclared || len(d.Ignore) > 0 {
		rules := schema.Declaration{Name: d.Name, Manage: d.Manage, Ignore: d.Ignore}
		r.zone.more = schema.NewIndex(rules)
	}
	r.makeRoom(d)
	for _, c := range d.Children {
		r.names = append(r.names, hashOf(c.Name)|delegated)
	}
	var targets []schema.Name
	for node := range schema.Nodes(d.RRsets) {
		targets = r.add(d.Name, node, targets)
	}
	own := slices.Sorted(slices.Values(r.names))
	for i := range r.pointers {
		if p := &r.pointers[i]; !exists(own, p.target) {
			p.outside = true
			r.wildcards = append(r.wildcards, hashOf(targets[i].Parent().Wildcard()))
		}
	}
	return r
}

// makeRoom makes the room that a zone needs, and no more: a part waits for those of all other
// zones.
func (r *ZoneReach) makeRoom(d schema.Declaration) {
	names, pointers := len(d.Children), 0
	for i, s := range d.RRsets {
		if i == 0 || s.Name != d.RRsets[i-1].Name {
			names++
		}
		if s.Type.HasHost() {
			pointers += len(s.Values)
		}
	}
	r.names, r.pointers = make([]nameHash, 0, names), make([]ownPointer, 0, pointers)
}

// add takes in the records of an owner name, and adds the targets of its pointers.
func (r *ZoneReach) add(zone schema.Name, node schema.Node, targets []schema.Name) []schema.Name {
	owner := node[0].Name
	h := hashOf(owner)
	for _, s := range node {
		switch s.Type {
		case schema.A, schema.AAAA, schema.CNAME:
			h |= hasAddress
		case schema.NS:
			if owner != zone {
				h |= delegated
			}
		}
		typ := slices.Index(pointerTypes(), s.Type)
		if typ < 0 {
			continue
		}
		for _, v := range s.Values {
			host := v.Data.Host()
			r.pointers = append(r.pointers, ownPointer{target: hashOf(host), owner: int32(len(r.names)), typ: pointerType(typ)})
			targets = append(targets, host)
		}
	}
	r.names = append(r.names, h)
	return targets
}

// aliases counts the CNAMEs.
func (r *ZoneReach) aliases() int {
	n := 0
	for _, p := range r.pointers {
		if p.typ == isAlias {
			n++
		}
	}
	return n
}

// NewReach joins the parts of zones, each of which is there once. It takes the parts over, and
// frees each as soon as it has it, so that the largest estate is not in memory twice.
func NewReach(parts []ZoneReach) *Reach {
	slices.SortFunc(parts, func(a, b ZoneReach) int { return a.zone.name.Compare(b.zone.name) })
	names, aliases, pointers := 0, 0, 0
	for i := range parts {
		names, aliases, pointers = names+len(parts[i].names), aliases+parts[i].aliases(), pointers+len(parts[i].pointers)
	}
	r := &Reach{
		zones: make(map[schema.Name]reachedZone, len(parts)), order: make([]schema.Name, 0, len(parts)),
		names: make([]nameHash, 0, names), aliases: make([]alias, 0, aliases), pointers: make([]pointer, 0, pointers),
	}
	for i := range parts {
		part := &parts[i]
		r.order = append(r.order, part.zone.name)
		r.zones[part.zone.name] = part.zone
		r.names = append(r.names, part.names...)
		for _, p := range part.pointers {
			if p.typ == isAlias {
				r.aliases = append(r.aliases, alias{part.names[p.owner] &^ flags, p.target})
			}
		}
		part.names = nil
	}
	slices.Sort(r.names)
	for i := range parts {
		part := &parts[i]
		for _, p := range part.pointers {
			r.pointers = append(r.pointers, pointer{p.target, int32(i), p.typ})
			if !p.outside {
				continue
			}
			if !exists(r.names, p.target) {
				r.pointers = append(r.pointers, pointer{part.wildcards[0], int32(i), p.typ})
			}
			part.wildcards = part.wildcards[1:]
		}
		*part = ZoneReach{}
	}
	slices.SortFunc(r.aliases, func(a, b alias) int { return cmp.Compare(a.owner, b.owner) })
	slices.SortFunc(r.pointers, func(a, b pointer) int {
		return cmp.Or(cmp.Compare(a.target, b.target), cmp.Compare(a.zone, b.zone), cmp.Compare(a.typ, b.typ))
	})
	return r
}

// find returns what a name has, and whether it is an owner name of a managed zone.
func (r *Reach) find(n schema.Name) (has nameHash, ok bool) {
	h := hashOf(n)
	i, _ := slices.BinarySearch(r.names, h)
	for ; i < len(r.names) && r.names[i]&^flags == h; i++ {
		has, ok = has|r.names[i]&flags, true
	}
	return has, ok
}

// exists reports whether the name with a hash is among sorted names.
func exists(names []nameHash, h nameHash) bool {
	i, _ := slices.BinarySearch(names, h)
	return i < len(names) && names[i]&^flags == h
}

// zoneOf returns the managed zone that a name lies in. ok is false for a name outside.
func (r *Reach) zoneOf(n schema.Name) (z reachedZone, ok bool) {
	for ; ; n = n.Parent() {
		if z, ok = r.zones[n]; ok || n.IsRoot() {
			return z, ok
		}
	}
}

// missing returns the managed zone in which a target will not exist, or will have no address
// although the type of what points at it needs one. ok is false where it exists, lies outside
// of managed zones, or may exist without being declared.
func (r *Reach) missing(target schema.Name, pointing schema.Type) (zone schema.Name, ok bool) {
	z, ok := r.zoneOf(target)
	if !ok || z.unknown || target.IsRoot() {
		return schema.Name{}, false
	}
	fits := func(n schema.Name) bool {
		has, found := r.find(n)
		return found && (pointing == schema.CNAME || has&hasAddress != 0)
	}
	if fits(target) || r.mayExist(z, target) {
		return schema.Name{}, false
	}
	for n := target; n != z.name; n = n.Parent() {
		has, _ := r.find(n)
		wildcard := n.Parent().Wildcard()
		if has&delegated != 0 || fits(wildcard) || r.mayExist(z, wildcard) {
			return schema.Name{}, false
		}
	}
	return z.name, true
}

func (r *Reach) mayExist(z reachedZone, n schema.Name) bool {
	return z.more != nil && z.more.MayHoldMore(n, schema.Types()...)
}

// pointing returns what points at a name; at a wildcard, what points at a name right below its
// parent that has no records of its own.
func (r *Reach) pointing(target schema.Name) []pointer {
	h := hashOf(target)
	first, _ := slices.BinarySearchFunc(r.pointers, h, func(p pointer, h nameHash) int { return cmp.Compare(p.target, h) })
	end := first
	for end < len(r.pointers) && r.pointers[end].target == h {
		end++
	}
	return r.pointers[first:end]
}

// followed returns the hashes of a name and of what it is an alias of, at most a few steps
// on.
func (r *Reach) followed(n schema.Name) []nameHash {
	const most = 8
	h := hashOf(n)
	out := []nameHash{h}
	for range most {
		i, ok := slices.BinarySearchFunc(r.aliases, h, func(a alias, h nameHash) int { return cmp.Compare(a.owner, h) })
		if !ok || slices.Contains(out, r.aliases[i].target) {
			break
		}
		h = r.aliases[i].target
		out = append(out, h)
	}
	return out
}

// words says what the pointers are, as in "an MX of example.net and 2 more records".
func (r *Reach) words(pointers []pointer) string {
	first := pointers[0]
	typ := string(pointerTypes()[first.typ])
	text := article(typ) + " " + typ + " of " + r.order[first.zone].Undotted()
	if more := len(pointers) - 1; more > 0 {
		text += " and " + plural(more, "more record")
	}
	return text
}

func article(typ string) string {
	if typ == string(schema.CNAME) {
		return "a"
	}
	return "an" // MX, NS and SRV are spelled out
}
