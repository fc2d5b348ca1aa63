package state

import (
	"io"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/daemon"
)

// historyVersion is the version of the history's JSON. It changes when a field changes
// its meaning or goes.
const historyVersion = 1

type jsonHistory struct {
	Version       int       `json:"version"`
	Runs          []jsonRun `json:"runs"`
	Unchanged     int64     `json:"unchanged_cycles"`
	LastUnchanged *string   `json:"last_unchanged"`
}

type jsonRun struct {
	Run           int64          `json:"run"`
	Kind          daemon.Kind    `json:"kind"`
	Mode          daemon.Mode    `json:"mode"`
	Zonetender    string         `json:"zonetender_version"`
	Started       *string        `json:"started"`
	Ended         *string        `json:"ended"`
	Outcome       daemon.Outcome `json:"outcome"`
	Error         string         `json:"error"`
	Commit        string         `json:"commit"`
	Author        string         `json:"author"`
	Subject       string         `json:"subject"`
	VerifiedZones int            `json:"verified_zones"`
	Answering     int            `json:"answering_zones"`
	Silent        int            `json:"silent_zones"`
	Repeats       int64          `json:"repeats"`
	LastEnded     *string        `json:"last_ended"`
	Warnings      []string       `json:"warnings"`
	CreatedZones  []string       `json:"created_zones"`
	DeletedZones  []string       `json:"deleted_zones"`
	Changes       []jsonChange   `json:"changes"`
	Refusals      []jsonRefusal  `json:"refusals"`
}

// jsonChange has the fields of a diff.ChangeJSON beside those of the history.
type jsonChange struct {
	At       *string         `json:"at"`
	Zone     string          `json:"zone"`
	Action   diff.Action     `json:"action"`
	Name     string          `json:"name"`
	Type     schema.Type     `json:"type"`
	RecordID string          `json:"record_id"`
	Before   *diff.ValueJSON `json:"before"`
	After    *diff.ValueJSON `json:"after"`
	Origin   diff.Origin     `json:"origin"`
	// OverwritesDrift is true where what the commit changed had drifted as well.
	OverwritesDrift bool   `json:"overwrites_drift,omitempty"`
	Commit          string `json:"commit,omitempty"` // that brought the change, "" for drift
	Author          string `json:"author,omitempty"`
	File            string `json:"file"`
	Line            int    `json:"line"`
	Error           string `json:"error"`
}

type jsonRefusal struct {
	Zone     string     `json:"zone"`
	Guard    diff.Guard `json:"guard"`
	Message  string     `json:"message"`
	Approval string     `json:"approval,omitempty"`
}

// JSON writes the history as JSON, indented. Changes have the fields of a plan's changes,
// and "zone", "at" (UTC) and "error" besides; the "zone" of a refusal is "" where it was the
// whole cycle's. Times are null where they are not known.
func (h *History) JSON(w io.Writer) error {
	out := jsonHistory{
		Version: historyVersion, Runs: make([]jsonRun, 0, len(h.Runs)),
		Unchanged: h.Unchanged, LastUnchanged: jsonTime(h.LastUnchanged),
	}
	for i := range h.Runs {
		out.Runs = append(out.Runs, h.Runs[i].json())
	}
	text, err := schema.IndentedJSON(out)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func (r *RunEntry) json() jsonRun {
	out := jsonRun{
		Run: r.Run, Kind: r.Kind, Mode: r.Mode, Zonetender: r.Version,
		Started: jsonTime(r.Started), Ended: jsonTime(r.Ended), Outcome: r.Outcome, Error: r.Error,
		Commit: r.Commit, Author: r.Author, Subject: r.Subject, VerifiedZones: r.VerifiedZones, Answering: r.AnsweringZones, Silent: r.SilentZones,
		Repeats: r.Repeats, LastEnded: jsonTime(r.LastEnded),
		Warnings: append([]string{}, r.Warnings...), CreatedZones: jsonNames(r.CreatedZones), DeletedZones: jsonNames(r.DeletedZones),
		Changes: make([]jsonChange, 0, len(r.Changes)), Refusals: make([]jsonRefusal, 0, len(r.Refusals)),
	}
	for i := range r.Changes {
		out.Changes = append(out.Changes, r.Changes[i].json())
	}
	for _, f := range r.Refusals {
		out.Refusals = append(out.Refusals, jsonRefusal{f.Zone.Undotted(), f.Guard, f.Message, f.Approval})
	}
	return out
}

func (e *Entry) json() jsonChange {
	c := &e.Change
	return jsonChange{
		At: jsonTime(e.At), Zone: e.Zone.Undotted(), Action: c.Action, Name: c.Name, Type: c.Type,
		RecordID: c.RecordID, Before: c.Before, After: c.After, Origin: c.Origin, OverwritesDrift: c.OverwritesDrift,
		Commit: c.Commit, Author: c.Author, File: c.File, Line: c.Line, Error: e.Error,
	}
}

func jsonTime(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.UTC().Format(time.RFC3339)
	return &text
}

func jsonNames(names []schema.Name) []string {
	out := make([]string, 0, len(names))
	for _, n := range names {
		out = append(out, n.Undotted())
	}
	return out
}
