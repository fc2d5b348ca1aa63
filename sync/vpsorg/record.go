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
		ID:       w.ID,
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

// pointer returns the number for display, nil if there is none.
func (v number) pointer() *int {
	if !v.set || v.bad != "" {
		return nil
	}
	n := int(v.n)
	return &n
}

// readName parses an owner name. A name without a final dot that ends in the labels of the
// zone is absolute, as documented, unless relative is yes. It is absolute in any case if
// the relative name would be too long. The name is zero if it cannot be parsed.
func readName(t scalar, zone schema.Name, relative verdict) (schema.Name, error) {
	if !t.set || t.odd {
		return schema.Name{}, errors.New("record has no name")
	}
	s := strings.TrimSpace(t.s)
	inZone, _, err := schema.ParseOwner(s, zone)
	if s != "@" && !strings.HasSuffix(s, ".") && repeatsZone(s, zone) && (relative != yes || err != nil) {
		return schema.ParseName(s)
	}
	return inZone, err
}

// repeatsZone reports whether a name without a final dot ends in the labels of the zone, so
// that it could be absolute or relative.
func repeatsZone(s string, zone schema.Name) bool {
	n, err := schema.ParseName(s)
	return err == nil && n.In(zone)
}

// readTTL reads a TTL. If there is none it returns the service's default.
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

// readData parses the data of a record of a managed type.
func readData(typ schema.Type, w wireRecord, zone schema.Name, sp spelling) (schema.RDATA, error) {
	if !w.Value.set || w.Value.odd {
		return schema.RDATA{}, errors.New("record has no value")
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
	return schema.RDATA{}, fmt.Errorf("type %s is not supported", typ)
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

// A hostReader parses hosts in the RDATA of a zone.
type hostReader struct {
	zone     schema.Name
	relative verdict // whether a host without a final dot is relative to the zone
}

// read parses a host. "@" is the zone, and a host with a final dot is absolute, as is one
// that would be too long relative to the zone.
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

// readMX parses an exchange, with the preference in its own field or before it.
func readMX(s string, priority number, hosts hostReader) (schema.RDATA, error) {
	f := strings.Fields(s)
	if len(f) != 1 && len(f) != 2 {
		return schema.RDATA{}, fmt.Errorf("MX value %q, expected a host name", s)
	}
	p, err := readPriority(priority, f[:len(f)-1])
	if err != nil {
		return schema.RDATA{}, fmt.Errorf("MX value %q: %w", s, err)
	}
	host, err := hosts.read(f[len(f)-1])
	return schema.NewMX(p, host), err
}

// readSRV parses weight, port and target, with the priority in its own field or before them.
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

// readPriority returns the priority from its own field, from the first word of the value, or
// from both if they agree. If they differ nobody knows which one counts.
func readPriority(field number, lead []string) (uint16, error) {
	switch {
	case field.bad != "" || field.set && (field.n < 0 || field.n > math.MaxUint16):
		return 0, errors.New("priority is not a number from 0 to 65535")
	case len(lead) == 0 && !field.set:
		return 0, errors.New("no priority")
	case len(lead) == 0:
		return uint16(field.n), nil
	}
	p, err := readUint16("priority", lead[0])
	if err == nil && field.set && field.n != int64(p) {
		return 0, fmt.Errorf("priority is %d, but the value says %d", field.n, p)
	}
	return p, err
}

func readUint16(what, s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("%s %q is not a number from 0 to 65535", what, s)
	}
	return uint16(n), nil
}

// readCAA parses flags, tag and value. Quotes around the value are not part of it, unless
// the account shows values without quotes.
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

// typeOf parses the mnemonic of a type. Text that cannot be a mnemonic is quoted, as it is
// shown on terminals.
func typeOf(text string) schema.Type {
	text = strings.ToUpper(strings.TrimSpace(text))
	for _, r := range text {
		if (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_/.", r) {
			return schema.Type(strconv.QuoteToASCII(text))
		}
	}
	return schema.Type(text)
}

// readTXT returns the data of a TXT, unquoted and unescaped if the account quotes or escapes.
func readTXT(s string, quoted, escapes verdict) schema.RDATA {
	if quotedRun(s) && quoted == yes || !quotedRun(s) && escapes == yes && escaped(s) {
		octets, _ := schema.ParseText(s)
		return schema.NewTXT(octets)
	}
	return schema.NewTXT(s)
}

// unescaped reports whether s has a character that an account which escapes would have
// escaped: a bare semicolon or quote, or a backslash that does not begin an escape.
func unescaped(s string) bool { return strings.ContainsAny(s, `;"\`) && !escaped(s) }

// quotedRun reports whether s consists of strings in double quotes, separated by white space.
func quotedRun(s string) bool {
	rest := strings.TrimSpace(s)
	if rest == "" {
		return false
	}
	for rest != "" {
		end := -1
		for i := 1; i < len(rest) && end < 0; i++ {
			switch rest[i] {
			case '\\':
				i++
			case '"':
				end = i
			}
		}
		if rest[0] != '"' || end < 0 {
			return false
		}
		rest = strings.TrimLeft(rest[end+1:], " \t\r\n")
	}
	return true
}

// escaped reports whether s looks escaped: it has an escape, every backslash begins one, and
// there is no bare semicolon or quote.
func escaped(s string) bool {
	found := false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ';', '"':
			return false
		case '\\':
			n := escape(s[i+1:])
			if n == 0 {
				return false
			}
			found = true
			i += n
		}
	}
	return found
}

// escape returns the length of the escape that follows a backslash before s, 0 if none does.
func escape(s string) int {
	switch {
	case s == "":
		return 0
	case strings.IndexByte(`\";`, s[0]) >= 0:
		return 1
	case len(s) < 3:
		return 0
	}
	n := 0
	for _, c := range []byte(s[:3]) {
		if c < '0' || c > '9' {
			return 0
		}
		n = 10*n + int(c-'0')
	}
	if n > 255 {
		return 0
	}
	return 3
}
