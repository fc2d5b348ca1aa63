package diff

import (
	"fmt"
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
	Warnings    []string      `json:"warnings,omitempty"`
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
	Changes  []ChangeJSON  `json:"changes"`
	Blocked  []jsonRefusal `json:"blocked"`
	Approval string        `json:"approval,omitempty"`
	Warnings []string      `json:"warnings"`
	Error    string        `json:"error"`
}

// A ChangeJSON is a change as plans, the history and the daemon's API encode it.
type ChangeJSON struct {
	Action   Action      `json:"action"`
	Name     string      `json:"name"` // relative to the zone, "@" at the apex
	Type     schema.Type `json:"type"`
	RecordID string      `json:"record_id"`
	Before   *ValueJSON  `json:"before"` // null on create
	After    *ValueJSON  `json:"after"`  // null on delete
	Origin   Origin      `json:"origin"`
	File     string      `json:"file"`
	Line     int         `json:"line"` // 0 on delete
}

// A ValueJSON is one side of a change: the data as the API carries it, with hosts without
// a final dot, a TXT as its text, and the priority of MX and SRV apart.
type ValueJSON struct {
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
		Blocked: jsonRefusals(p.Blocked), Approval: p.Approval, Warnings: p.Warnings,
		Unmanaged: make([]string, 0, len(p.Unmanaged)), Zones: make([]jsonZone, 0, len(p.zones)),
	}
	for _, n := range p.Unmanaged {
		out.Unmanaged = append(out.Unmanaged, n.Undotted())
	}
	for i := range p.zones {
		out.Zones = append(out.Zones, p.zones[i].json())
	}
	text, err := schema.IndentedJSON(out)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func (p *ZonePlan) json() jsonZone {
	z := jsonZone{
		Zone: p.Zone.Undotted(), ZoneID: p.ID, Action: p.Action, Approval: p.Approval, Error: p.Error,
		Changes: make([]ChangeJSON, 0, len(p.Changes)), Blocked: jsonRefusals(p.Blocked), Warnings: p.Warnings,
	}
	if z.Warnings == nil {
		z.Warnings = []string{}
	}
	for _, c := range p.Changes {
		z.Changes = append(z.Changes, c.JSON(p.Zone))
	}
	return z
}

// JSON returns the change of a zone as plans, the history and the API encode it.
func (c Change) JSON(zone schema.Name) ChangeJSON {
	out := ChangeJSON{
		Action: c.Action, Name: c.Name.Relative(zone), Type: c.Type, RecordID: c.Before.ID,
		Origin: c.Origin, File: c.Pos.File, Line: c.Pos.Line,
	}
	if c.Action != Create {
		out.Before = valueJSON(c.Before.Record)
		if c.Before.Record.Data.IsZero() {
			out.Before.Value, out.Before.Priority = c.Before.Value, c.Before.Priority
		}
	}
	if c.Action != Delete {
		out.After = valueJSON(c.After)
	}
	return out
}

func valueJSON(r schema.Record) *ValueJSON {
	v := &ValueJSON{Value: carried(r.Data), TTL: r.TTL}
	if r.Type.HasPriority() {
		p := int(r.Data.Priority())
		v.Priority = &p
	}
	return v
}

// carried is the data as a plan's JSON shows it, apart from the priority. That is a
// promise to the scripts of users; what goes to the service is the client's to spell.
func carried(d schema.RDATA) string {
	switch d.Type() {
	case schema.TXT:
		return d.TXT()
	case schema.SRV:
		weight, port, target := d.SRV()
		return fmt.Sprintf("%d %d %s", weight, port, target.Undotted())
	case schema.MX, schema.CNAME, schema.NS:
		if host := d.Host(); !host.IsZero() {
			return host.Undotted()
		}
		return "."
	}
	return d.String()
}

func jsonRefusals(refusals []Refusal) []jsonRefusal {
	out := make([]jsonRefusal, 0, len(refusals))
	for _, r := range refusals {
		out = append(out, jsonRefusal(r))
	}
	return out
}
