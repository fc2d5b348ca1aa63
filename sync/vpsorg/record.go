package vpsorg

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// decodeRecord reads a record of zone in every way that its spelling allows.
func decodeRecord(w wireRecord, zone schema.Name) diff.Live {
	live := diff.Live{
		ID:       w.id(),
		Value:    w.Value.s,
		Priority: w.Priority.pointer(),
		Record: schema.Record{
			Type: typeOf(w.Type.s),
			TTL:  schema.DefaultTTL,
		},
	}
	typ := live.Record.Type
	names, err := readName(w.Name, zone)
	if err == nil {
		live.Record.Name = names[0]
	}
	ttl, ttlErr := readTTL(w.TTL)
	if ttlErr == nil {
		live.Record.TTL = ttl
	}
	if !typ.Managed() {
		return live
	}
	data, dataErr := readData(typ, w, zone)
	if err := errors.Join(err, ttlErr, dataErr); err != nil {
		live.Unreadable = strings.ReplaceAll(err.Error(), "\n", "; ")
		return live
	}
	for i, n := range names {
		for j, d := range data {
			if r := (schema.Record{Name: n, Type: typ, TTL: ttl, Data: d}); i == 0 && j == 0 {
				live.Record = r
			} else {
				live.Readings = append(live.Readings, r)
			}
		}
	}
	return live
}

// pointer gives the number for people to see, nil where there is none.
func (v number) pointer() *int {
	if !v.set || v.bad != "" {
		return nil
	}
	n := int(v.n)
	return &n
}

// readName reads an owner name, the likeliest reading first.
func readName(t scalar, zone schema.Name) ([]schema.Name, error) {
	if !t.set || t.odd {
		return nil, errors.New("record without a name")
	}
	s := strings.TrimSpace(t.s)
	relative, _, err := schema.ParseOwner(s, zone)
	if s == "@" || strings.HasSuffix(s, ".") || !repeatsZone(s, zone) {
		return []schema.Name{relative}, err
	}
	// Documented as absolute, but a server that takes it for relative shows a doubled name
	// like this. Where the doubled name is too long it can only be absolute.
	absolute, absErr := schema.ParseName(s)
	if err != nil {
		return []schema.Name{absolute}, absErr
	}
	return []schema.Name{absolute, relative}, absErr
}

// repeatsZone reports whether a name without a final dot ends in the zone's labels, so
// that it may be absolute or relative.
func repeatsZone(s string, zone schema.Name) bool {
	n, err := schema.ParseName(s)
	return err == nil && n.In(zone)
}

// readTTL reads a TTL. The service's default holds where none is shown.
func readTTL(v number) (schema.TTL, error) {
	switch {
	case !v.set:
		return schema.DefaultTTL, nil
	case v.bad != "":
		return 0, fmt.Errorf("TTL %s, expected whole seconds", v.bad)
	case v.n < 0 || v.n > int64(schema.MaxTTL):
		return 0, fmt.Errorf("TTL %d, expected 0 to %d seconds", v.n, schema.MaxTTL)
	}
	return schema.TTL(v.n), nil
}

// readData reads the data of a record of a managed type, the likeliest reading first.
func readData(typ schema.Type, w wireRecord, zone schema.Name) ([]schema.RDATA, error) {
	if !w.Value.set || w.Value.odd {
		return nil, errors.New("record without a value")
	}
	switch typ {
	case schema.TXT:
		return readTXT(w.Value.s), nil
	case schema.CAA:
		return readCAA(w.Value.s)
	}
	s := strings.TrimSpace(w.Value.s)
	switch typ {
	case schema.A, schema.AAAA:
		return readAddress(typ, s)
	case schema.CNAME, schema.NS:
		return overHosts(s, zone, schema.NewHost)
	case schema.MX:
		return readMX(s, w.Priority, zone)
	case schema.SRV:
		return readSRV(s, w.Priority, zone)
	}
	return nil, fmt.Errorf("type %s is not read", typ)
}

func readAddress(typ schema.Type, s string) ([]schema.RDATA, error) {
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return nil, fmt.Errorf("%s value %q is no address", typ, s)
	}
	build := schema.NewA
	if typ == schema.AAAA {
		build = schema.NewAAAA
	}
	d, err := build(addr)
	return []schema.RDATA{d}, err
}

// overHosts builds data from every reading of a host.
func overHosts(s string, zone schema.Name, build func(schema.Name) schema.RDATA) ([]schema.RDATA, error) {
	hosts, err := readHost(s, zone)
	if err != nil {
		return nil, err
	}
	out := make([]schema.RDATA, len(hosts))
	for i, h := range hosts {
		out[i] = build(h)
	}
	return out, nil
}

// readHost reads a host in RDATA. With a final dot it is absolute. Without, dots inside
// make it absolute as documented, and a single label makes it relative as BIND would
// have it; the other reading comes second.
func readHost(s string, zone schema.Name) ([]schema.Name, error) {
	if s == "@" {
		return []schema.Name{zone}, nil
	}
	absolute, err := schema.ParseName(s)
	if err != nil {
		return nil, fmt.Errorf("host %q: %w", s, err)
	}
	if strings.HasSuffix(s, ".") {
		return []schema.Name{absolute}, nil
	}
	relative, _, err := schema.ParseOwner(s, zone)
	switch {
	case err != nil: // too long with the zone
		return []schema.Name{absolute}, nil
	case strings.Contains(absolute.Undotted(), "."):
		return []schema.Name{absolute, relative}, nil
	}
	return []schema.Name{relative, absolute}, nil
}

// readMX reads an exchange, with the preference beside it or before it.
func readMX(s string, priority number, zone schema.Name) ([]schema.RDATA, error) {
	f := strings.Fields(s)
	if len(f) != 1 && len(f) != 2 {
		return nil, fmt.Errorf("MX value %q, expected the name of a host", s)
	}
	p, err := readPriority(priority, f[:len(f)-1])
	if err != nil {
		return nil, fmt.Errorf("MX value %q: %w", s, err)
	}
	return overHosts(f[len(f)-1], zone, func(h schema.Name) schema.RDATA { return schema.NewMX(p, h) })
}

// readSRV reads weight, port and target, with the priority beside them or before them.
func readSRV(s string, priority number, zone schema.Name) ([]schema.RDATA, error) {
	f := strings.Fields(s)
	if len(f) != 3 && len(f) != 4 {
		return nil, fmt.Errorf("SRV value %q, expected weight, port and target", s)
	}
	lead, rest := f[:len(f)-3], f[len(f)-3:]
	p, err := readPriority(priority, lead)
	weight, weightErr := readUint16("weight", rest[0])
	port, portErr := readUint16("port", rest[1])
	if err := errors.Join(err, weightErr, portErr); err != nil {
		return nil, fmt.Errorf("SRV value %q: %w", s, err)
	}
	return overHosts(rest[2], zone, func(h schema.Name) schema.RDATA { return schema.NewSRV(p, weight, port, h) })
}

// readPriority reads the priority from its field, from the value's first word, or from
// both where they agree. Two that differ are not merged: nobody knows which one holds.
func readPriority(field number, lead []string) (uint16, error) {
	switch {
	case field.bad != "" || field.set && (field.n < 0 || field.n > math.MaxUint16):
		return 0, errors.New("priority is no number from 0 to 65535")
	case len(lead) == 0 && !field.set:
		return 0, errors.New("no priority")
	case len(lead) == 0:
		return uint16(field.n), nil
	}
	p, err := readUint16("priority", lead[0])
	if err == nil && field.set && field.n != int64(p) {
		return 0, fmt.Errorf("priority is %d, but %d in the value", field.n, p)
	}
	return p, err
}

func readUint16(what, s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("%s %q is no number from 0 to 65535", what, s)
	}
	return uint16(n), nil
}

// readCAA reads flags, tag and value. Quotes around the value are the service's, or else
// part of the value.
func readCAA(s string) ([]schema.RDATA, error) {
	trimmed := strings.TrimSpace(s)
	if len(strings.Fields(trimmed)) == 2 {
		trimmed += ` ""` // an empty value without its quotes
	}
	var out []schema.RDATA
	d, _, err := schema.ParseRDATA(schema.CAA, trimmed, schema.Origin{})
	if err == nil {
		out = append(out, d)
	}
	first, rest, _ := strings.Cut(s, " ")
	tag, value, _ := strings.Cut(rest, " ")
	if flags, err := schema.ParseCAAFlags(first); err == nil {
		if bare, err := schema.NewCAA(flags, tag, value); err == nil && bare != d {
			out = append(out, bare)
		}
	}
	if len(out) == 0 {
		return nil, err
	}
	return out, nil
}

// typeOf reads the mnemonic of a type. One that no type has is quoted, as it is shown to
// people on terminals.
func typeOf(text string) schema.Type {
	text = strings.ToUpper(strings.TrimSpace(text))
	for _, r := range text {
		if (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_/.", r) {
			return schema.Type(strconv.QuoteToASCII(text))
		}
	}
	return schema.Type(text)
}
