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
	// Priority is sent for MX and SRV, 0 too, and for no other type.
	Priority *uint16 `json:"priority,omitempty"`
}

// An updateBody is the body of the call that changes a record: what does not change is
// left out.
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

// ownerName gives an owner name as it is sent: "@" or relative. Relative to its zone, a
// name that repeats the zone's labels looks absolute, as www.example.com does for
// www.example.com.example.com, and would make a record at quite another name; such a
// name is sent whole.
func ownerName(n, zone schema.Name) string {
	relative := n.Relative(zone)
	if repeatsZone(relative, zone) {
		return n.Undotted()
	}
	return relative
}

// encodeUpdate returns the body that turns a live record into after, nil where they are
// equal. All of after is sent where the live record could not be read, and where the
// service shows the priority inside the value: a change of one alone would leave the
// other as it was.
func encodeUpdate(live diff.Live, after schema.Record, zone schema.Name) ([]byte, error) {
	if err := sendable(after, zone); err != nil {
		return nil, err
	}
	before := live.Record
	if before.Type != after.Type || before.Name != after.Name && !before.Name.IsZero() {
		return nil, fmt.Errorf("%s %s would become %s %s, expected the same owner name and type", before.Name, before.Type, after.Name, after.Type)
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

// carriedValue spells data as the documentation does, apart from the priority: hosts
// without their final dot, a TXT as its plain text, a CAA with its value in quotes.
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
		return fmt.Errorf("type %s is not one that the service has", r.Type)
	case r.Data.IsZero():
		return errors.New("record without data")
	case r.Data.Type() != r.Type:
		return fmt.Errorf("%s record with data of the type %s", r.Type, r.Data.Type())
	case r.Name.IsZero() || !r.Name.In(zone):
		return fmt.Errorf("name %s lies outside the zone %s", r.Name, zone)
	case !utf8.ValidString(carriedValue(r.Data)):
		return errors.New("TXT holds octets that are not UTF-8, which the API's JSON cannot carry")
	}
	return nil
}

// encodeJSON gives v as JSON, with <, > and & as they are.
func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
