package schema

// A Zone is what the zone files say of one zone: the desired side.
type Zone struct {
	Name Name
	// File is where the zone is declared: its file, or the first file of its folder,
	// by slashes, relative to the zones folder.
	File string
	// Absent is the tombstone: the zone is to be deleted. It has no RRsets then.
	Absent bool
	Manage Manage
	// TTL is the zone's default, which every RRset already has where it needed it.
	TTL TTL
	// RRsets is sorted by key, each with at least one value. No two share a key.
	RRsets []RRset
	// Ignore holds the rules of the zone and of the repository together, and one for
	// each RRset that its file says to leave alone.
	Ignore []IgnoreRule
	// Declared are RRsets that an earlier commit declared and that are ours to delete
	// although this one does not name them. It matters with ManageDeclared only, and is
	// nil where no earlier commit is known.
	Declared []Key
	// Safety holds the zone's limits laid over the repository's.
	Safety Safety
	// Files lists every file that was read for the zone, sorted, includes among them.
	Files []string
	// Warnings are the problems of the zone that are no errors.
	Warnings Problems
}

// Manage says how much of the live zone the file speaks for.
type Manage string

const (
	// ManageAll is the default: the file is the whole zone.
	ManageAll Manage = "all"
	// ManageDeclared leaves every RRset alone that the file does not name.
	ManageDeclared Manage = "declared"
)

// An RRset is the records of one owner name and type, which share a TTL.
type RRset struct {
	Key
	TTL TTL
	// Values is sorted by RDATA.Compare, without duplicates.
	Values []Value
	// Lenient is true where the file says that mistakes that can be lived with are
	// warnings for this RRset (octoDNS's "lenient").
	Lenient bool
}

// A Value is the data of one record and where it was written.
type Value struct {
	Data RDATA
	Pos  Position
}

// A Position is a place in a zone file. Line and Col begin at 1; 0 is unknown.
type Position struct {
	File      string // by slashes, relative to the zones folder
	Line, Col int
}

// Record gives the record of value v of the RRset.
func (s RRset) Record(v Value) Record { return Record{s.Name, s.Type, s.TTL, v.Data} }

// DeclaresApexNS reports whether the file speaks for the NS RRset at the apex,
// which is the service's own otherwise.
func (z *Zone) DeclaresApexNS() bool {
	for _, s := range z.RRsets {
		if s.Name == z.Name && s.Type == NS {
			return true
		}
	}
	return false
}

// Ignored reports whether a rule says that other tools own the record.
func (z *Zone) Ignored(r Record) bool {
	for _, rule := range z.Ignore {
		if rule.Match(z.Name, r) {
			return true
		}
	}
	return false
}
