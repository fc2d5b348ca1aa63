package snapshot

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// The bounds of a snapshot that is read.
const (
	// MaxSize is how many octets a snapshot has at most.
	MaxSize = 256 << 20
	// maxObjects is how many objects there are in it at most: objects that say nothing take
	// little room in a file, and much in memory.
	maxObjects = 4 << 20
)

// ErrNotSnapshot is the error of JSON that is something other than a snapshot.
var ErrNotSnapshot = errors.New("not a snapshot of zonetender")

// A Snapshot is live zones as they were at some time.
type Snapshot struct {
	Head
	zones []zone // sorted by name
}

type zone struct {
	live diff.LiveZone
	err  error // why it was not read
}

// Read reads a snapshot. All values have passed the constructors of package schema. The error
// wraps [ErrNotSnapshot] where the JSON is that of something else.
func Read(r io.Reader) (*Snapshot, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > MaxSize:
		return nil, fmt.Errorf("larger than %d MiB", MaxSize>>20)
	case bytes.Count(data, []byte("{")) > maxObjects:
		return nil, fmt.Errorf("more than %d objects", maxObjects)
	}
	d := &decoder{data: data}
	if err := d.syntax(); err != nil {
		return nil, err
	}
	if err := d.read(); err != nil {
		return nil, err
	}
	return d.finish()
}

type decoder struct {
	data        []byte
	dec         *json.Decoder
	head        jsonHead
	zones       []zone
	sum, digest string
}

// syntax refuses what is not one JSON object.
func (d *decoder) syntax() error {
	var whole json.RawMessage
	if err := json.Unmarshal(d.data, &whole); err != nil {
		if bad, ok := errors.AsType[*json.SyntaxError](err); ok {
			return fmt.Errorf("%s: damaged, or not JSON: %w", d.place(bad.Offset), err)
		}
		return err
	}
	if whole[0] != '{' {
		return ErrNotSnapshot
	}
	return nil
}

// place names the line of an offset.
func (d *decoder) place(offset int64) string {
	offset = min(max(offset, 0), int64(len(d.data)))
	return fmt.Sprintf("line %d", 1+bytes.Count(d.data[:offset], []byte("\n")))
}

// read reads the fields, each of which may stand there once, the version first.
func (d *decoder) read() error {
	d.dec = json.NewDecoder(bytes.NewReader(d.data))
	d.dec.DisallowUnknownFields()
	h := &d.head
	fields := map[string]any{
		"snapshot": &h.Snapshot, "generated_at": &h.GeneratedAt, "whole": &h.Whole, "partial": &h.Partial, "warnings": &h.Warnings, "digest": &d.digest,
	}
	if _, err := d.dec.Token(); err != nil {
		return err
	}
	seen := make(map[string]bool)
	for d.dec.More() {
		before := d.dec.InputOffset()
		token, err := d.dec.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string) // the keys of an object are strings
		to := fields[key]
		switch {
		case len(seen) == 0 && key != "snapshot":
			return fmt.Errorf("%w: it begins with %s, expected its version", ErrNotSnapshot, schema.Clip(key))
		case seen[key]:
			return fmt.Errorf("%s: %s stands there twice", d.place(before), schema.Clip(key))
		case key == "zones":
			err = d.readZones()
		case to == nil:
			return fmt.Errorf("%s: unknown field %s", d.place(d.dec.InputOffset()), schema.Clip(key))
		default:
			if key == "digest" {
				sum := sha256.New()
				sum.Write(d.data[:before])
				d.sum = digestText(sum)
			}
			if err = d.dec.Decode(to); err != nil {
				err = fmt.Errorf("%s: %s: %w", d.place(d.dec.InputOffset()), key, err)
			}
		}
		if err != nil {
			return err
		}
		if seen[key] = true; key == "snapshot" && h.Snapshot != formatVersion {
			return fmt.Errorf("a snapshot of the format %d, expected %d: it was made by another version of zonetender", h.Snapshot, formatVersion)
		}
	}
	if !seen["zones"] {
		return fmt.Errorf("%w: it has no zones", ErrNotSnapshot)
	}
	if d.digest == "" || d.digest != d.sum {
		return errors.New("damaged or edited: its digest does not fit")
	}
	return nil
}

func (d *decoder) readZones() error {
	token, err := d.dec.Token()
	if err != nil {
		return err
	}
	if token != json.Delim('[') {
		return fmt.Errorf("%s: zones: expected a list", d.place(d.dec.InputOffset()))
	}
	for i := 0; d.dec.More(); i++ {
		var j jsonZone
		err := d.dec.Decode(&j)
		var z zone
		if err == nil {
			z, err = j.zone()
		}
		if n := len(d.zones); err == nil && n > 0 && d.zones[n-1].live.Name.Compare(z.live.Name) > 0 {
			err = errors.New("not in order of the names")
		}
		if err != nil {
			return fmt.Errorf("%s: zones[%d] %s: %w", d.place(d.dec.InputOffset()), i, schema.Clip(j.Zone), err)
		}
		d.zones = append(d.zones, z)
	}
	_, err = d.dec.Token()
	return err
}

// zoneID stands for the ids of zones, which exist where it stands.
const zoneID = "snapshot"

func (j *jsonZone) zone() (zone, error) {
	name, err := schema.ParseName(j.Zone)
	if err != nil {
		return zone{}, err
	}
	z := zone{live: diff.LiveZone{ID: zoneID, Name: name, Partial: j.Partial, Warnings: j.Warnings}}
	if j.Error != "" {
		if len(j.Records) > 0 {
			return zone{}, errors.New("expected no records of a zone that was not read")
		}
		z.err = errors.New(j.Error)
		return z, nil
	}
	return z, z.live.ReadRecords(j.Records)
}

func (d *decoder) finish() (*Snapshot, error) {
	h := &d.head
	at, err := time.Parse(time.RFC3339, h.GeneratedAt)
	if at = at.UTC(); err != nil || at.Year() < 1 || at.Year() > 9999 {
		return nil, fmt.Errorf("generated_at: %s, expected a time such as 2026-11-21T22:34:00Z", schema.Clip(h.GeneratedAt))
	}
	if h.Whole != (h.Partial == "") {
		return nil, errors.New("whole and partial contradict each other")
	}
	return &Snapshot{Head: Head{Time: at, Partial: h.Partial, Warnings: slices.Clone(h.Warnings)}, zones: d.zones}, nil
}
