package diff

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"slices"
	"time"

	"github.com/zonetender/zonetender/schema"
)

// A SavedPlan is a plan with what carrying it out later needs. [ReadPlan] reads what
// [Plan.SaveJSON] wrote.
type SavedPlan struct {
	// Plan is the plan as it was made. Its refusals and approval codes are for people to see:
	// guards judge anew when a plan is carried out.
	Plan *Plan
	// Version is that of the zonetender that made the plan, "" for a plan that was only shown.
	Version string
	// Safety has the limits for the whole run.
	Safety schema.Safety
	// Desired are the zones as their files declared them, by name: those that could be
	// planned, whether or not anything changes in them.
	Desired map[schema.Name]Desired
}

// A Desired is a zone as its files declare it, with the RRsets that an earlier commit
// declared; see [Zone].
type Desired struct {
	Zone     *schema.Zone
	Declared []schema.Key
}

// jsonDesired is a Desired in a saved plan.
type jsonDesired struct {
	File     string        `json:"file"`
	Files    []string      `json:"files"`
	Absent   bool          `json:"absent,omitempty"`
	Manage   schema.Manage `json:"manage"`
	TTL      schema.TTL    `json:"ttl"`
	Safety   *jsonSafety   `json:"safety,omitempty"`
	Ignore   []jsonIgnore  `json:"ignore,omitempty"`
	Children []jsonChild   `json:"children,omitempty"`
	Declared []jsonKey     `json:"declared,omitempty"`
	RRsets   []jsonRRset   `json:"rrsets"`
	Expired  []jsonRRset   `json:"expired,omitempty"` // whose time was over
}

type jsonSafety struct {
	MaxDeletes      string `json:"max_deletes,omitempty"`
	MaxUpdates      string `json:"max_updates,omitempty"`
	MaxFleetDeletes string `json:"max_fleet_deletes,omitempty"`
	MaxFleetPercent string `json:"max_fleet_percent,omitempty"`
}

type jsonIgnore struct {
	Name  string        `json:"name,omitempty"`
	Types []schema.Type `json:"types,omitempty"`
	Value string        `json:"value,omitempty"`
	// Exact is true for a rule that names one RRset; its name is no glob.
	Exact bool `json:"exact,omitempty"`
}

type jsonChild struct {
	Zone string `json:"zone"`
	File string `json:"file"`
}

type jsonKey struct {
	Name string      `json:"name"`
	Type schema.Type `json:"type"`
}

type jsonRRset struct {
	Name    string         `json:"name"`
	Type    schema.Type    `json:"type"`
	TTL     schema.TTL     `json:"ttl"`
	Lenient bool           `json:"lenient,omitempty"`
	Expires time.Time      `json:"expires,omitzero"`
	Values  []jsonDeclared `json:"values"`
}

// jsonDeclared is a value in the form of a zone file, with where it was written.
type jsonDeclared struct {
	Value string `json:"value"`
	File  string `json:"file,omitempty"` // absent for the zone's own file
	Line  int    `json:"line"`
	Col   int    `json:"col"`
}

// SaveJSON writes the plan as [Plan.JSON] does, with what [ReadPlan] needs, and a digest that
// finds damage. A plan that is too large to be read is an error. Version is that of this
// zonetender, and safety has the limits for the whole run. Desired is asked for each zone in
// turn, so that no two of them have to be in memory; ok is false for one that could not be
// planned.
func (p *Plan) SaveJSON(w io.Writer, version string, safety schema.Safety, desired func(schema.Name) (d Desired, ok bool, err error)) error {
	out := &jsonWriter{w: bufio.NewWriter(w), sum: sha256.New()}
	head := p.head()
	head.Zonetender, head.Safety = version, safetyJSON(safety)
	out.head(head)
	out.array("zones", len(p.zones), func(i int) any {
		z := p.zones[i].json()
		d, ok, err := desired(p.zones[i].Zone)
		if ok && err == nil {
			z.Desired = d.json()
		}
		out.fail(err)
		return z
	})
	out.digest("digest")
	out.last("summary", jsonSummaryOf(p.Summary()))
	return out.flush()
}

func digestText(h hash.Hash) string { return "sha256:" + hex.EncodeToString(h.Sum(nil)) }

func (d Desired) json() *jsonDesired {
	z := d.Zone.Declaration()
	out := &jsonDesired{
		File: z.File, Files: slices.Clone(z.Files), Absent: z.Absent, Manage: z.Manage, TTL: z.TTL,
		Safety: safetyJSON(z.Safety), RRsets: make([]jsonRRset, 0, len(z.RRsets)),
	}
	if out.Files == nil {
		out.Files = []string{}
	}
	for _, r := range z.Ignore {
		name, types, value, exact := r.Parts()
		out.Ignore = append(out.Ignore, jsonIgnore{name, types, value, exact})
	}
	for _, c := range z.Children {
		out.Children = append(out.Children, jsonChild{c.Name.Undotted(), c.File})
	}
	for _, k := range d.Declared {
		out.Declared = append(out.Declared, jsonKey{k.Name.Relative(z.Name), k.Type})
	}
	for _, r := range z.RRsets {
		out.RRsets = append(out.RRsets, rrsetJSON(z, r))
	}
	for _, r := range z.Expired {
		out.Expired = append(out.Expired, rrsetJSON(z, r))
	}
	return out
}

func rrsetJSON(z schema.Declaration, r schema.RRset) jsonRRset {
	set := jsonRRset{
		Name: r.Name.Relative(z.Name), Type: r.Type, TTL: r.TTL, Lenient: r.Lenient, Expires: r.Expires,
		Values: make([]jsonDeclared, 0, len(r.Values)),
	}
	for _, v := range r.Values {
		at := jsonDeclared{Value: v.Data.String(), Line: v.Pos.Line, Col: v.Pos.Col}
		if v.Pos.File != z.File {
			at.File = v.Pos.File
		}
		set.Values = append(set.Values, at)
	}
	return set
}

// safetyJSON returns nil where no limit is set.
func safetyJSON(s schema.Safety) *jsonSafety {
	if s == (schema.Safety{}) {
		return nil
	}
	text := func(l schema.Limit) string {
		if l.IsZero() {
			return ""
		}
		return l.String()
	}
	return &jsonSafety{text(s.MaxDeletes), text(s.MaxUpdates), text(s.MaxFleetDeletes), text(s.MaxFleetPercent)}
}

// Zone returns the plan of a zone, nil where it has none.
func (s *SavedPlan) Zone(name schema.Name) *ZonePlan {
	i, found := slices.BinarySearchFunc(s.Plan.zones, name, func(z ZonePlan, n schema.Name) int { return z.Zone.Compare(n) })
	if !found {
		return nil
	}
	return &s.Plan.zones[i]
}
