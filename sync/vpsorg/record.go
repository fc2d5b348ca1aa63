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

// decodeRecord reads a record of zone as an account with this spelling means it.
func decodeRecord(w wireRecord, zone schema.Name, s spelling) diff.Live {
	live := diff.Live{
		ID:       w.id(),
		Owner:    w.Name.s,
		Value:    w.Value.s,
		Priority: w.Priority.pointer(),
		Record: schema.Record{
			Type: typeOf(w.Type.s),
			TTL:  schema.DefaultTTL,
		},
	}
	typ := live.Record.Type
	name, err := readName(w.Name, zone, s[relativeNames])
	live.Record.Name = name
	ttl, ttlErr := readTTL(w.TTL)
	if ttlErr == nil {
		live.Record.TTL = ttl
	}
	if !typ.Managed() {
		return live
	}
	data, dataErr := readData(typ, w, zone, s)
	if err := errors.Join(err, ttlErr, dataErr); err != nil {
		live.Unreadable = strings.ReplaceAll(err.Error(), "\n", "; ")
		return live
	}
	live.Record.Data = data
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

// readName reads an owner name. One that ends in the zone's labels without a final dot is
// absolute as documented, unless such names are relative. Where the relative name would be
// too long it can only be absolute. The name is zero where it cannot be read.
func readName(t scalar, zone schema.Name, relative verdict) (schema.Name, error) {
	if !t.set || t.odd {
		return schema.Name{}, errors.New("record without a name")
	}
	s := strings.TrimSpace(t.s)
	inZone, _, err := schema.ParseOwner(s, zone)
	if s != "@" && !strings.HasSuffix(s, ".") && repeatsZone(s, zone) && (relative != yes || err != nil) {
		return schema.ParseName(s)
	}
	return inZone, err
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

// readData reads the data of a record of a managed type.
func readData(typ schema.Type, w wireRecord, zone schema.Name, sp spelling) (schema.RDATA, error) {
	if !w.Value.set || w.Value.odd {
		return schema.RDATA{}, errors.New("record without a value")
	}
	switch typ {
	case schema.TXT:
		return readTXT(w.Value.s, sp[quotedTXT], sp[escapedTXT]), nil
	case schema.CAA:
		return readCAA(w.Value.s, sp[bareCAA])
	}
	s := strings.TrimSpace(w.Value.s)
	hosts := hostReader{zone, sp[relativeHosts]}
	switch typ {
	case schema.A, schema.AAAA:
		return readAddress(typ, s)
	case schema.CNAME:
		host, err := hosts.read(s)
		return schema.NewCNAME(host), err
	case schema.NS:
		host, err := hosts.read(s)
		return schema.NewNS(host), err
	case schema.MX:
		return readMX(s, w.Priority, hosts)
	case schema.SRV:
		return readSRV(s, w.Priority, hosts)
	}
	return schema.RDATA{}, fmt.Errorf("type %s is not read", typ)
}

func readAddress(typ schema.Type, s string) (schema.RDATA, error) {
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return schema.RDATA{}, fmt.Errorf("%s value %q is not an address", typ, s)
	}
	if typ == schema.A {
		return schema.NewA(addr)
	}
	return schema.NewAAAA(addr)
}

// A hostReader reads hosts in the RDATA of a zone.
type hostReader struct {
	zone     schema.Name
	relative verdict // whether a host without a final dot is relative to the zone
}

// read reads a host: "@" is the zone, and a final dot makes it absolute. A relative host
// that is too long with its zone can only be absolute.
func (h hostReader) read(s string) (schema.Name, error) {
	if s == "@" {
		return h.zone, nil
	}
	if strings.ContainsAny(s, " \t") {
		return schema.Name{}, fmt.Errorf("host %q holds white space, expected one name", s)
	}
	absolute, err := schema.ParseName(s)
	if err != nil {
		return schema.Name{}, fmt.Errorf("host %q: %w", s, err)
	}
	if h.relative != yes || strings.HasSuffix(s, ".") {
		return absolute, nil
	}
	if relative, _, err := schema.ParseOwner(s, h.zone); err == nil {
		return relative, nil
	}
	return absolute, nil
}

// readMX reads an exchange, with the preference beside it or before it.
func readMX(s string, priority number, hosts hostReader) (schema.RDATA, error) {
	f := strings.Fields(s)
	if len(f) != 1 && len(f) != 2 {
		return schema.RDATA{}, fmt.Errorf("MX value %q, expected the name of a host", s)
	}
	p, err := readPriority(priority, f[:len(f)-1])
	if err != nil {
		return schema.RDATA{}, fmt.Errorf("MX value %q: %w", s, err)
	}
	host, err := hosts.read(f[len(f)-1])
	return schema.NewMX(p, host), err
}

// readSRV reads weight, port and target, with the priority beside them or before them.
func readSRV(s string, priority number, hosts hostReader) (schema.RDATA, error) {
	f := strings.Fields(s)
	if len(f) != 3 && len(f) != 4 {
		return schema.RDATA{}, fmt.Errorf("SRV value %q, expected weight, port and target", s)
	}
	lead, rest := f[:len(f)-3], f[len(f)-3:]
	p, err := readPriority(priority, lead)
	weight, weightErr := readUint16("weight", rest[0])
	port, portErr := readUint16("port", rest[1])
	if err := errors.Join(err, weightErr, portErr); err != nil {
		return schema.RDATA{}, fmt.Errorf("SRV value %q: %w", s, err)
	}
	host, err := hosts.read(rest[2])
	return schema.NewSRV(p, weight, port, host), err
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

// readCAA reads flags, tag and value. Quotes around the value are not part of it, unless
// the account shows values without them.
func readCAA(s string, bare verdict) (schema.RDATA, error) {
	trimmed := strings.TrimSpace(s)
	if len(strings.Fields(trimmed)) == 2 {
		trimmed += ` ""` // an empty value without its quotes
	}
	d, _, err := schema.ParseRDATA(schema.CAA, trimmed, schema.Origin{})
	if bare != yes && err == nil {
		return d, nil
	}
	first, rest, _ := strings.Cut(s, " ")
	tag, value, _ := strings.Cut(rest, " ")
	if flags, flagsErr := schema.ParseCAAFlags(first); flagsErr == nil {
		if literal, caaErr := schema.NewCAA(flags, tag, value); caaErr == nil {
			return literal, nil
		}
	}
	return d, err
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
