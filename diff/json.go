package diff

import (
	"encoding/json"
	"io"
	"time"

	"github.com/zonetender/zonetender/schema"
)

// planVersion is the version of the plan's JSON. It changes when a field changes
// its meaning or goes.
const planVersion = 1

type jsonPlan struct {
	Version     int           `json:"version"`
	Commit      string        `json:"commit"`
	GeneratedAt string        `json:"generated_at"`
	Summary     jsonSummary   `json:"summary"`
	Unmanaged   []string      `json:"unmanaged_zones"`
	Blocked     []jsonRefusal `json:"blocked,omitempty"`
	Approval    string        `json:"approval,omitempty"`
	Zones       []jsonZone    `json:"zones"`
}

type jsonSummary struct {
	Zones        int `json:"zones"`
	ZonesChanged int `json:"zones_changed"`
	Create       int `json:"create"`
	Update       int `json:"update"`
	Delete       int `json:"delete"`
	Unchanged    int `json:"unchanged"`
	Blocked      int `json:"blocked"`
	Errors       int `json:"errors"`
}

type jsonZone struct {
	Zone     string        `json:"zone"`
	ZoneID   string        `json:"zone_id"`
	Action   Action        `json:"action"`
	Changes  []jsonChange  `json:"changes"`
	Blocked  []jsonRefusal `json:"blocked"`
	Approval string        `json:"approval,omitempty"`
	Warnings []string      `json:"warnings"`
	Error    string        `json:"error"`
}

type jsonChange struct {
	Action   Action      `json:"action"`
	Name     string      `json:"name"`
	Type     schema.Type `json:"type"`
	RecordID string      `json:"record_id"`
	Before   *jsonValue  `json:"before"`
	After    *jsonValue  `json:"after"`
	Origin   Origin      `json:"origin"`
	File     string      `json:"file"`
	Line     int         `json:"line"`
}

type jsonValue struct {
	Value    string     `json:"value"`
	TTL      schema.TTL `json:"ttl"`
	Priority *int       `json:"priority"`
}

type jsonRefusal struct {
	Guard   Guard  `json:"guard"`
	Message string `json:"message"`
}

// JSON writes the plan as JSON, indented. The array "zones" is the same, byte for
// byte, for the same desired and live zones.
func (p *Plan) JSON(w io.Writer) error {
	out := jsonPlan{
		Version: planVersion, Commit: p.Commit, GeneratedAt: p.GeneratedAt.UTC().Format(time.RFC3339),
		Summary: jsonSummary(p.Summary()),
		Blocked: jsonRefusals(p.Blocked), Approval: p.Approval,
		Unmanaged: make([]string, 0, len(p.Unmanaged)), Zones: make([]jsonZone, 0, len(p.Zones)),
	}
	for _, n := range p.Unmanaged {
		out.Unmanaged = append(out.Unmanaged, n.Undotted())
	}
	for i := range p.Zones {
		out.Zones = append(out.Zones, p.Zones[i].json())
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

func (p *ZonePlan) json() jsonZone {
	z := jsonZone{
		Zone: p.Zone.Undotted(), ZoneID: p.ID, Action: p.Action, Approval: p.Approval, Error: p.Error,
		Changes: make([]jsonChange, 0, len(p.Changes)), Blocked: jsonRefusals(p.Blocked), Warnings: p.Warnings,
	}
	if z.Warnings == nil {
		z.Warnings = []string{}
	}
	for _, c := range p.Changes {
		z.Changes = append(z.Changes, c.json(p.Zone))
	}
	return z
}

func (c Change) json(zone schema.Name) jsonChange {
	out := jsonChange{
		Action: c.Action, Name: c.Name.Relative(zone), Type: c.Type, RecordID: c.ID,
		Origin: c.Origin, File: c.Pos.File, Line: c.Pos.Line,
	}
	if c.Action != Create {
		out.Before = jsonRecord(c.Before)
		if c.Before.Data.IsZero() {
			out.Before.Value, out.Before.Priority = c.Raw.Value, c.Raw.Priority
		}
	}
	if c.Action != Delete {
		out.After = jsonRecord(c.After)
	}
	return out
}

func jsonRecord(r schema.Record) *jsonValue {
	v := &jsonValue{Value: r.Value(), TTL: r.TTL}
	if r.Type.HasPriority() {
		p := int(r.Data.Priority())
		v.Priority = &p
	}
	return v
}

func jsonRefusals(refusals []Refusal) []jsonRefusal {
	out := make([]jsonRefusal, 0, len(refusals))
	for _, r := range refusals {
		out = append(out, jsonRefusal(r))
	}
	return out
}
