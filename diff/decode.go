package diff

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/zonetender/zonetender/schema"
)

// The bounds of a plan that is saved or read.
const (
	// maxPlanSize is how many octets the JSON of a plan has at most.
	maxPlanSize = 256 << 20
	// maxPlanObjects is how many objects there are in it at most: objects that say nothing
	// take little room in a file, and much in memory.
	maxPlanObjects = 2 << 20
)

// planSize is how large the JSON of a plan is.
type planSize struct{ octets, objects int }

// add counts text, and returns an error once there is too much.
func (s *planSize) add(text []byte) error {
	s.octets += len(text)
	s.objects += bytes.Count(text, []byte("{"))
	switch {
	case s.octets > maxPlanSize:
		return fmt.Errorf("larger than %d MiB", maxPlanSize>>20)
	case s.objects > maxPlanObjects:
		return fmt.Errorf("more than %d objects", maxPlanObjects)
	}
	return nil
}

// ErrNotPlan is the error of JSON that is something other than a plan of zonetender.
var ErrNotPlan = errors.New("not a plan of zonetender")

// ReadPlan reads the JSON that [Plan.JSON] or [Plan.SaveJSON] wrote. All values have passed
// the constructors of package schema. What the plan says of guards, approvals and risks is
// taken from it for people to see, and proves nothing: the digest of a saved plan finds
// damage, not malice.
//
// The error names the line and what stands there. It wraps [ErrNotPlan] where the JSON is
// that of something else.
func ReadPlan(r io.Reader) (*SavedPlan, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxPlanSize+1))
	if err != nil {
		return nil, err
	}
	if err := new(planSize).add(data); err != nil {
		return nil, err
	}
	d := &planDecoder{data: data}
	if err := d.syntax(); err != nil {
		return nil, err
	}
	if err := d.read(); err != nil {
		return nil, err
	}
	return d.finish()
}

// A planDecoder reads the JSON of one plan, a zone at a time.
type planDecoder struct {
	data  []byte
	dec   *json.Decoder
	head  jsonHead
	saved SavedPlan
	zones []ZonePlan
	// sum is the digest of what stands before the one that the file has, which is digest.
	sum, digest string
	summary     jsonSummary
}

// syntax refuses what is not one JSON object.
func (d *planDecoder) syntax() error {
	var whole json.RawMessage
	if err := json.Unmarshal(d.data, &whole); err != nil {
		if len(bytes.TrimSpace(d.data)) == 0 {
			return errors.New("empty")
		}
		if bad, ok := errors.AsType[*json.SyntaxError](err); ok {
			return fmt.Errorf("%s: damaged, or not JSON: %w", d.place(bad.Offset), err)
		}
		return err
	}
	if whole[0] != '{' {
		return ErrNotPlan
	}
	return nil
}

// place names the line of an offset.
func (d *planDecoder) place(offset int64) string {
	offset = min(max(offset, 0), int64(len(d.data)))
	return fmt.Sprintf("line %d", 1+bytes.Count(d.data[:offset], []byte("\n")))
}

// at adds to an error where the decoder is.
func (d *planDecoder) at(offset int64, err error) error {
	// The library begins its own errors with its name, and may name types of this package.
	if bad, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		err = fmt.Errorf("%s: %s where something else is expected", bad.Field, bad.Value)
		if bad.Field == "" {
			err = fmt.Errorf("%s where something else is expected", bad.Value)
		}
	} else if text, found := strings.CutPrefix(err.Error(), "json: "); found {
		err = errors.New(text)
	}
	return fmt.Errorf("%s: %w", d.place(offset), err)
}

// fields returns where the values of the top-level fields go, apart from the zones.
func (d *planDecoder) fields() map[string]any {
	h := &d.head
	return map[string]any{
		"version": &h.Version, "commit": &h.Commit, "base": &h.Base, "path": &h.Path, "generated_at": &h.GeneratedAt, "live_from": &h.LiveFrom,
		"unmanaged_zones": &h.Unmanaged, "warnings": &h.Warnings, "problems": &h.Problems, "settings": &h.Settings,
		"blocked": &h.Blocked, "approval": &h.Approval, "zonetender": &h.Zonetender, "safety": &h.Safety,
		"digest": &d.digest, "summary": &d.summary,
	}
}

// read reads the fields, each of which may stand there once. The version comes first, as
// what follows depends on it.
func (d *planDecoder) read() error {
	d.dec = json.NewDecoder(bytes.NewReader(d.data))
	d.dec.DisallowUnknownFields()
	fields, seen := d.fields(), make(map[string]bool)
	if _, err := d.dec.Token(); err != nil {
		return err
	}
	for d.dec.More() {
		before := d.dec.InputOffset()
		token, err := d.dec.Token()
		if err != nil {
			return err
		}
		// The keys of an object are strings.
		key, _ := token.(string)
		switch to, known := fields[key]; {
		case len(seen) == 0 && key != "version":
			return fmt.Errorf("%w: it begins with %s, expected its version", ErrNotPlan, schema.Clip(key))
		case seen[key]:
			return d.at(before, fmt.Errorf("%s stands there twice", schema.Clip(key)))
		case key == "zones":
			err = d.readZones()
		case !known:
			return fmt.Errorf("%w, or one of a newer version: %w", ErrNotPlan, d.at(d.dec.InputOffset(), fmt.Errorf("unknown field %s", schema.Clip(key))))
		default:
			if key == "digest" {
				d.sum = sumText(d.data[:before])
			}
			if err = d.dec.Decode(to); err != nil {
				err = d.at(d.dec.InputOffset(), fmt.Errorf("%s: %w", key, err))
			}
		}
		if err != nil {
			return err
		}
		if seen[key] = true; key == "version" && d.head.Version != planVersion {
			return fmt.Errorf("a plan of the format %d, expected %d: it was made by another version of zonetender; plan again", d.head.Version, planVersion)
		}
	}
	for _, key := range []string{"version", "commit", "generated_at", "unmanaged_zones", "zones", "summary"} {
		if !seen[key] {
			return fmt.Errorf("%w: it has no %s", ErrNotPlan, key)
		}
	}
	return nil
}

func sumText(data []byte) string {
	h := sha256.New()
	h.Write(data)
	return digestText(h)
}

// readZones reads the array of zones.
func (d *planDecoder) readZones() error {
	token, err := d.dec.Token()
	if err != nil {
		return err
	}
	if token != json.Delim('[') {
		return d.at(d.dec.InputOffset(), errors.New("zones: expected a list"))
	}
	d.saved.Desired = make(map[schema.Name]Desired)
	for i := 0; d.dec.More(); i++ {
		var z jsonZone
		before := d.dec.InputOffset()
		err := d.dec.Decode(&z)
		if err != nil {
			// Where in the zone it stands is not known; the zone's name may be.
			return d.at(before, fmt.Errorf("zones[%d]: %w", i, err))
		}
		if err := d.addZone(&z); err != nil {
			return d.at(before+1, fmt.Errorf("zones[%d] %s: %w", i, schema.Clip(z.Zone), err))
		}
	}
	_, err = d.dec.Token()
	return err
}

func (d *planDecoder) addZone(z *jsonZone) error {
	plan, err := z.plan()
	if err != nil {
		return err
	}
	if n := len(d.zones); n > 0 && d.zones[n-1].Zone.Compare(plan.Zone) >= 0 {
		return errors.New("not in order of the names, or there twice")
	}
	d.zones = append(d.zones, plan)
	if z.Desired == nil {
		return nil
	}
	desired, err := z.Desired.read(plan.Zone)
	if err != nil {
		return fmt.Errorf("desired: %w", err)
	}
	d.saved.Desired[plan.Zone] = desired
	return nil
}

// finish makes a plan of what was read.
func (d *planDecoder) finish() (*SavedPlan, error) {
	h := &d.head
	generated, err := time.Parse(time.RFC3339, h.GeneratedAt)
	if generated = generated.UTC(); err != nil || generated.Year() < 1 || generated.Year() > 9999 {
		return nil, fmt.Errorf("generated_at: %s, expected a time such as 2026-11-21T22:34:00Z", schema.Clip(h.GeneratedAt))
	}
	p := &Plan{
		Commit: h.Commit, Base: h.Base, Path: clean(h.Path), GeneratedAt: generated, LiveFrom: h.LiveFrom, Warnings: h.Warnings,
		Blocked: refusalsOf(h.Blocked), Approval: h.Approval, zones: d.zones,
	}
	if p.Unmanaged, err = readNames(h.Unmanaged); err != nil {
		return nil, fmt.Errorf("unmanaged_zones: %w", err)
	}
	if p.Problems, err = readProblems(h.Problems); err != nil {
		return nil, err
	}
	if p.Settings, err = readSettings(h.Settings); err != nil {
		return nil, err
	}
	if got := jsonSummaryOf(p.Summary()); got != d.summary {
		return nil, errors.New("damaged: the summary does not count what is in the plan")
	}
	d.saved.Plan, d.saved.Version = p, h.Zonetender
	return &d.saved, d.checkSaved()
}

// checkSaved looks at what only saved plans have.
func (d *planDecoder) checkSaved() error {
	if d.head.Zonetender == "" {
		if d.digest != "" || d.head.Safety != nil || len(d.saved.Desired) > 0 {
			return errors.New("damaged: it does not say which zonetender made it")
		}
		return nil
	}
	if d.digest == "" || d.digest != d.sum {
		return errors.New("damaged or edited: its digest does not fit; plan again")
	}
	var err error
	if d.saved.Safety, err = d.head.Safety.read(); err != nil {
		return fmt.Errorf("safety: %w", err)
	}
	return nil
}

func refusalsOf(refusals []jsonRefusal) []Refusal {
	var out []Refusal
	for _, r := range refusals {
		out = append(out, Refusal(r))
	}
	return out
}

func readNames(texts []string) ([]schema.Name, error) {
	var out []schema.Name
	for _, text := range texts {
		n, err := schema.ParseName(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", schema.Clip(text), err)
		}
		out = append(out, n)
	}
	return out, nil
}

func readProblems(problems []jsonProblem) (schema.Problems, error) {
	var out schema.Problems
	for i, x := range problems {
		severity := schema.Error
		switch x.Severity {
		case schema.Error.String():
		case schema.Warning.String():
			severity = schema.Warning
		default:
			return nil, fmt.Errorf("problems[%d]: severity %s, expected error or warning", i, schema.Clip(x.Severity))
		}
		if x.Line < 0 || x.Column < 0 {
			return nil, fmt.Errorf("problems[%d]: expected a line and a column from 0", i)
		}
		out = append(out, schema.Problem{
			Pos: schema.Position{File: x.File, Line: x.Line, Col: x.Column}, Severity: severity, Code: x.Code, Message: x.Message,
		})
	}
	return out, nil
}

func readSettings(settings []jsonSettings) ([]SettingChange, error) {
	var out []SettingChange
	for i, x := range settings {
		s := SettingChange{Pos: schema.Position{File: x.File, Line: x.Line}, Key: x.Key, Before: x.Before, After: x.After}
		var err error
		if x.Zone != "" {
			s.Zone, err = schema.ParseName(x.Zone)
		}
		if err == nil && x.Line < 0 {
			err = errors.New("expected a line from 0")
		}
		if err == nil {
			s.Risk, err = x.Risk.read()
		}
		if err != nil {
			return nil, fmt.Errorf("settings[%d]: %w", i, err)
		}
		out = append(out, s)
	}
	return out, nil
}

// read returns the zero Risk for nil, which has not been judged.
func (r *RiskJSON) read() (Risk, error) {
	if r == nil {
		return Risk{}, nil
	}
	level, ok := schema.ParseRiskLevel(r.Level)
	if !ok || level == schema.RiskOff {
		return Risk{}, fmt.Errorf("risk %s, expected low, medium or high", schema.Clip(r.Level))
	}
	out := Risk{Level: level}
	for i, x := range r.Reasons {
		reason := Reason{Code: x.Code, Level: min(level, reasonLevel(x.Code)), Message: x.Message}
		if i == 0 {
			reason.Level = level // the gravest comes first
		}
		out.Reasons = append(out.Reasons, reason)
	}
	return out, nil
}

// reasonLevel is the level that a reason has by itself: plans do not say what "risk:" has
// made of it.
func reasonLevel(code string) schema.RiskLevel {
	all := schema.RiskReasons()
	if i := slices.IndexFunc(all, func(r schema.RiskReason) bool { return r.Code == code }); i >= 0 {
		return all[i].Level
	}
	return schema.RiskLow
}
