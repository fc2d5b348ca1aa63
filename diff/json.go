package diff

import (
	"bufio"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/zonetender/zonetender/schema"
)

// planVersion is the version of the plan's JSON. It changes when a field changes
// its meaning or goes.
const planVersion = 1

// jsonHead is what a plan says of the run, before the zones.
type jsonHead struct {
	Version     int            `json:"version"`
	Commit      string         `json:"commit"`
	Base        string         `json:"base,omitempty"`
	Path        string         `json:"path,omitempty"`
	GeneratedAt string         `json:"generated_at"`
	LiveFrom    string         `json:"live_from,omitempty"`
	Unmanaged   []string       `json:"unmanaged_zones"`
	Warnings    []string       `json:"warnings,omitempty"`
	Problems    []jsonProblem  `json:"problems,omitempty"`
	Settings    []jsonSettings `json:"settings,omitempty"`
	Blocked     []jsonRefusal  `json:"blocked,omitempty"`
	Approval    string         `json:"approval,omitempty"`
	// Zonetender and Safety are those of a [SavedPlan].
	Zonetender string      `json:"zonetender,omitempty"`
	Safety     *jsonSafety `json:"safety,omitempty"`
}

type jsonProblem struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Message  string `json:"message"`
}

type jsonSettings struct {
	Zone   string   `json:"zone,omitempty"` // absent for zonetender.yaml
	File   string   `json:"file"`
	Line   int      `json:"line"`
	Key    string   `json:"key"`
	Before string   `json:"before"`
	After  string   `json:"after"`
	Risk   RiskJSON `json:"risk"`
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
	// Risk is the highest level of all changes, "" where there are none.
	Risk string `json:"risk"`
}

type jsonZone struct {
	Zone    string       `json:"zone"`
	ZoneID  string       `json:"zone_id"`
	Action  Action       `json:"action"`
	Risk    *RiskJSON    `json:"risk,omitempty"` // of what happens to the zone itself
	Changes []ChangeJSON `json:"changes"`
	Gone    []ChangeJSON `json:"gone,omitempty"` // records of a zone that is deleted
	// Unchanged and Live count records that are ours, NotOurs those of a zone that is deleted.
	Unchanged int           `json:"unchanged"`
	Live      int           `json:"live"`
	NotOurs   int           `json:"not_ours,omitempty"`
	Partial   string        `json:"partial,omitempty"` // why the live zone may hold more
	Blocked   []jsonRefusal `json:"blocked"`
	Approval  string        `json:"approval,omitempty"`
	Warnings  []string      `json:"warnings"`
	Error     string        `json:"error"`
	Invalid   bool          `json:"invalid,omitempty"` // the error is in the zone files
	Desired   *jsonDesired  `json:"desired,omitempty"` // of a [SavedPlan]
}

// A ChangeJSON is a change as plans, the history and the daemon's API encode it.
type ChangeJSON struct {
	Action Action `json:"action"`
	Name   string `json:"name"` // relative to the zone, "@" at the apex
	// Owner is what the service shows where that is no name; Name is "" then.
	Owner    string      `json:"owner,omitempty"`
	Type     schema.Type `json:"type"`
	RecordID string      `json:"record_id"`
	Before   *ValueJSON  `json:"before"` // null on create
	After    *ValueJSON  `json:"after"`  // null on delete
	Risk     *RiskJSON   `json:"risk,omitempty"`
	StaleFor schema.TTL  `json:"stale_for"` // seconds
	Origin   Origin      `json:"origin"`
	// OverwritesDrift is true where the branch changes what has drifted as well.
	OverwritesDrift bool   `json:"overwrites_drift,omitempty"`
	Commit          string `json:"commit,omitempty"` // that introduced the change
	Author          string `json:"author,omitempty"`
	File            string `json:"file"`
	Line            int    `json:"line"` // 0 on delete, unless the base declares the record
	// Swap marks the changes of a name where a CNAME takes the place of other records, or
	// they its place; Spare the deletion of a record of which a copy stays.
	Swap  bool `json:"swap,omitempty"`
	Spare bool `json:"spare,omitempty"`
}

// A RiskJSON is a [Risk] as plans encode it.
type RiskJSON struct {
	Level   string       `json:"level"`
	Reasons []ReasonJSON `json:"reasons"`
}

// A ReasonJSON is a [Reason] as plans encode it.
type ReasonJSON struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// A ValueJSON is one side of a change: the data as the API carries it, with hosts without
// a final dot, a TXT as its text, and the priority of MX and SRV apart.
type ValueJSON struct {
	Value    string     `json:"value"`
	TTL      schema.TTL `json:"ttl"`
	Priority *int       `json:"priority"`
	// Octets are the value where it is not UTF-8, in base64.
	Octets []byte `json:"octets,omitempty"`
	// Unreadable says why the value, which is as the service shows it, could not be read.
	Unreadable string `json:"unreadable,omitempty"`
}

type jsonRefusal struct {
	Guard   Guard  `json:"guard"`
	Message string `json:"message"`
}

// JSON writes the plan as JSON, indented, a zone at a time, with the summary last. The array
// "zones" is the same, byte for byte, for the same desired and live zones.
func (p *Plan) JSON(w io.Writer) error {
	out := &jsonWriter{w: bufio.NewWriter(w)}
	out.head(p.head())
	out.array("zones", len(p.zones), func(i int) any { return p.zones[i].json() })
	out.last("summary", jsonSummaryOf(p.Summary()))
	return out.flush()
}

func (p *Plan) head() jsonHead {
	head := jsonHead{
		Version: planVersion, Commit: p.Commit, Base: p.Base, Path: p.Path, GeneratedAt: p.GeneratedAt.UTC().Format(time.RFC3339),
		LiveFrom: p.LiveFrom, Unmanaged: make([]string, 0, len(p.Unmanaged)), Warnings: p.Warnings,
		Blocked: jsonRefusals(p.Blocked), Approval: p.Approval,
	}
	for _, n := range p.Unmanaged {
		head.Unmanaged = append(head.Unmanaged, n.Undotted())
	}
	for _, x := range p.Problems {
		head.Problems = append(head.Problems, jsonProblem{x.Pos.File, x.Pos.Line, x.Pos.Col, x.Severity.String(), x.Code, x.Message})
	}
	for _, x := range p.Settings {
		head.Settings = append(head.Settings, jsonSettings{
			x.Zone.Undotted(), x.Pos.File, x.Pos.Line, x.Key, x.Before, x.After, *riskJSON(x.Risk)})
	}
	return head
}

func (p *ZonePlan) json() jsonZone {
	z := jsonZone{
		Zone: p.Zone.Undotted(), ZoneID: p.ID, Action: p.Action, Approval: p.Approval, Error: p.Error,
		Risk: riskJSON(p.Risk), Changes: make([]ChangeJSON, 0, len(p.Changes)), Blocked: jsonRefusals(p.Blocked), Warnings: p.Warnings,
		Unchanged: p.Unchanged, Live: p.Live, NotOurs: p.NotOurs, Partial: p.Partial, Invalid: p.Invalid,
	}
	if z.Warnings == nil {
		z.Warnings = []string{}
	}
	for _, c := range p.Changes {
		z.Changes = append(z.Changes, c.JSON(p.Zone))
	}
	for _, c := range p.Gone {
		z.Gone = append(z.Gone, c.JSON(p.Zone))
	}
	return z
}

// JSON returns the change of a zone as plans, the history and the API encode it.
func (c Change) JSON(zone schema.Name) ChangeJSON {
	out := ChangeJSON{
		Action: c.Action, Name: c.Name.Relative(zone), Type: c.Type, RecordID: c.Before.ID,
		Risk: riskJSON(c.Risk), StaleFor: c.StaleFor, Origin: c.Origin, OverwritesDrift: c.OverwritesDrift,
		Commit: c.Commit, Author: c.Author, File: c.Pos.File, Line: c.Pos.Line, Swap: c.Swap, Spare: c.spare,
	}
	if c.Name.IsZero() {
		out.Owner = c.Before.Owner
	}
	if c.Action != Create {
		out.Before = c.Before.valueJSON()
	}
	if c.Action != Delete {
		out.After = valueJSON(c.After)
	}
	return out
}

// riskJSON returns nil for what has not been judged.
func riskJSON(r Risk) *RiskJSON {
	if r.Level == schema.RiskOff {
		return nil
	}
	out := &RiskJSON{Level: r.Level.String(), Reasons: make([]ReasonJSON, 0, len(r.Reasons))}
	for _, x := range r.Reasons {
		out.Reasons = append(out.Reasons, ReasonJSON{x.Code, x.Message})
	}
	return out
}

func jsonSummaryOf(s Summary) jsonSummary {
	out := jsonSummary{
		Zones: s.Zones, ZonesChanged: s.ZonesChanged, Create: s.Create, Update: s.Update, Delete: s.Delete,
		Unchanged: s.Unchanged, Blocked: s.Blocked, Errors: s.Errors,
	}
	if s.Risk != schema.RiskOff {
		out.Risk = s.Risk.String()
	}
	return out
}

// valueJSON is the live record as it was read, or as the API shows it where it was not.
func (l *Live) valueJSON() *ValueJSON {
	v := valueJSON(l.Record)
	if l.Record.Data.IsZero() {
		v.Priority, v.Unreadable = l.Priority, l.Unreadable
		v.set(l.Value)
	}
	return v
}

// set stores a value. JSON carries no octets that are not UTF-8.
func (v *ValueJSON) set(value string) {
	v.Value, v.Octets = value, nil
	if !utf8.ValidString(value) {
		v.Octets = []byte(value)
	}
}

func valueJSON(r schema.Record) *ValueJSON {
	v := &ValueJSON{TTL: r.TTL}
	v.set(carried(r.Data))
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
