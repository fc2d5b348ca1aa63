package vpsorg

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// A createBody is the body of the call that creates a record.
type createBody struct {
	Type  schema.Type `json:"record_type"`
	Name  string      `json:"name"`
	Value string      `json:"value"`
	TTL   schema.TTL  `json:"ttl"`
	// Priority is sent for MX and SRV, even if it is 0, and for no other type.
	Priority *uint16 `json:"priority,omitempty"`
}

// An updateBody is the body of the call that changes a record. What does not change is
// omitted.
type updateBody struct {
	Value    *string     `json:"value,omitempty"`
	TTL      *schema.TTL `json:"ttl,omitempty"`
	Priority *uint16     `json:"priority,omitempty"`
}

// encodeCreate returns the body that creates r in zone.
func encodeCreate(r schema.Record, zone schema.Name) ([]byte, error) {
	if err := sendable(r, zone); err != nil {
		return nil, err
	}
	b := createBody{Type: r.Type, Name: ownerName(r.Name, zone), Value: carriedValue(r.Data), TTL: r.TTL}
	if r.Type.HasPriority() {
		b.Priority = new(r.Data.Priority())
	}
	return encodeJSON(b)
}

// ownerName returns an owner name as it is sent: "@" or relative to the zone. A relative name
// that ends in the labels of the zone looks absolute, as www.example.com does for
// www.example.com.example.com, and would create a record at another name. Such a name is
// sent in full.
func ownerName(n, zone schema.Name) string {
	relative := n.Relative(zone)
	if repeatsZone(relative, zone) {
		return n.Undotted()
	}
	return relative
}

// createZoneBody returns the body of the call that creates a zone.
func createZoneBody(name schema.Name) ([]byte, error) {
	return json.Marshal(struct {
		Domain string `json:"domain"`
	}{name.Undotted()})
}

// encodeUpdate returns the body that turns a live record into after, nil if they are equal.
// All of after is sent if the live record is unreadable, or if the service shows the
// priority inside the value: changing only one of the two would leave the other as it was.
func encodeUpdate(live diff.Live, after schema.Record, zone schema.Name) ([]byte, error) {
	if err := sendable(after, zone); err != nil {
		return nil, err
	}
	before := live.Record
	if before.Type != after.Type || before.Name != after.Name && !before.Name.IsZero() {
		return nil, fmt.Errorf("%s %s cannot become %s %s: an update keeps owner name and type", before.Name, before.Type, after.Name, after.Type)
	}
	all := before.Data.IsZero() || after.Type.HasPriority() && live.Priority == nil
	var b updateBody
	if all || after.Data.WithPriority(0) != before.Data.WithPriority(0) {
		b.Value = new(carriedValue(after.Data))
	}
	if all || after.TTL != before.TTL {
		b.TTL = &after.TTL
	}
	if p := after.Data.Priority(); after.Type.HasPriority() && (all || p != before.Data.Priority()) {
		b.Priority = &p
	}
	if b == (updateBody{}) {
		return nil, nil
	}
	return encodeJSON(b)
}

// carriedValue spells data, without its priority, as the documentation does: hosts without
// a final dot, a TXT as plain text, a CAA with its value in quotes.
func carriedValue(d schema.RDATA) string {
	switch d.Type() {
	case schema.TXT:
		return d.TXT()
	case schema.SRV:
		weight, port, target := d.SRV()
		return fmt.Sprintf("%d %d %s", weight, port, target.Undotted())
	case schema.CNAME, schema.NS, schema.MX:
		if host := d.Host(); !host.IsZero() {
			return host.Undotted()
		}
		return "."
	}
	return d.String()
}

// sendable refuses records that the API cannot carry.
func sendable(r schema.Record, zone schema.Name) error {
	switch {
	case !r.Type.Managed():
		return fmt.Errorf("the service has no type %s", r.Type)
	case r.Data.IsZero():
		return errors.New("record has no data")
	case r.Data.Type() != r.Type:
		return fmt.Errorf("%s record has data of type %s", r.Type, r.Data.Type())
	case r.Name.IsZero() || !r.Name.In(zone):
		return fmt.Errorf("name %s is outside the zone %s", r.Name, zone)
	case !utf8.ValidString(carriedValue(r.Data)):
		return errors.New("TXT is not valid UTF-8, so JSON cannot carry it")
	}
	return nil
}

// encodeJSON returns v as JSON without escaping <, > and &.
func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
