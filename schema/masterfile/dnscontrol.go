package masterfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// dnscontrolTTL is the TTL of a record that DNSControl prints without one.
const dnscontrolTTL = 300

// An irZone is a zone as "dnscontrol print-ir" prints it (models.DomainConfig and
// models.RecordConfig of DNSControl).
type irZone struct {
	Name        string            `json:"name"`
	Tag         string            `json:"tag"`
	Records     []irRecord        `json:"records"`
	Absent      []irRecord        `json:"recordsabsent"`
	KeepUnknown bool              `json:"keepunknown"`
	Unmanaged   []json.RawMessage `json:"unmanaged"`
	ExternalDNS bool              `json:"ignore_external_dns"`
	AutoDNSSEC  string            `json:"auto_dnssec"`
}

type irRecord struct {
	Type     string            `json:"type"`
	Name     string            `json:"name"`
	Target   string            `json:"target"`
	TTL      *int64            `json:"ttl"`
	Meta     map[string]string `json:"meta"`
	Strings  []string          `json:"txtstrings"` // before DNSControl 4
	MX       uint16            `json:"mxpreference"`
	Priority uint16            `json:"srvpriority"`
	Weight   uint16            `json:"srvweight"`
	Port     uint16            `json:"srvport"`
	CAATag   string            `json:"caatag"`
	CAAFlag  uint8             `json:"caaflag"`
}

// parseIR reads the zones of a DNSControl configuration.
func parseIR(file string, data []byte) ([]Zone, error) {
	var ir struct {
		Domains []irZone `json:"domains"`
	}
	if err := json.Unmarshal(data, &ir); err != nil {
		return nil, jsonError(data, err)
	}
	if len(ir.Domains) == 0 {
		return nil, errors.New("no domains, expected at least one")
	}
	var zones []Zone
	seen := make(map[schema.Name]bool)
	for _, d := range ir.Domains {
		name, err := nameOf(d.Name)
		if err != nil || name.IsRoot() {
			return nil, fmt.Errorf("domain %s: not the name of a zone", schema.Clip(d.Name))
		}
		b := &irReader{out: builder{file: file}, zone: name}
		if seen[name] || d.Tag != "" {
			b.out.errorf(0, "zone %s is there more than once or has the tag %s: the service has no split horizon; expected one zone of this name", name, schema.Clip(d.Tag))
		}
		seen[name] = true
		b.read(d)
		zones = append(zones, b.out.build(name))
	}
	return zones, nil
}

// An irReader reads the records of one zone.
type irReader struct {
	out  builder
	zone schema.Name
}

func (b *irReader) read(d irZone) {
	zone := b.zone.Display()
	if d.KeepUnknown {
		b.out.manage = schema.ManageDeclared
		b.out.problem(schema.Warning, 0, codeChanged, "%s NO_PURGE is written as manage: declared", zone)
	}
	if len(d.Unmanaged) > 0 || d.ExternalDNS {
		b.out.leaveOut(0, zone+" IGNORE", "its patterns are others; write rules under ignore")
	}
	if len(d.Absent) > 0 {
		b.out.leaveOut(0, zone+" ENSURE_ABSENT", "a zone file says what is there; records that no file has are deleted, or left with manage: declared")
	}
	if d.AutoDNSSEC == "on" {
		b.out.leaveOut(0, zone+" AUTODNSSEC_ON", "the service does not sign from here")
	}
	for _, r := range d.Records {
		if !b.record(r) {
			return
		}
	}
}

// record reads one record, and reports whether the budget has room for it.
func (b *irReader) record(r irRecord) bool {
	name, err := b.owner(r.Name)
	if err != nil {
		b.out.errorf(0, "%s %s: %v", schema.Clip(r.Name), r.Type, err)
		return true
	}
	t := schema.Type(r.Type)
	if !t.Managed() {
		return b.out.addForeign(name, r.Type, 0)
	}
	ttl := int64(dnscontrolTTL)
	if r.TTL != nil {
		ttl = *r.TTL
	}
	data, err := r.data(b.zone)
	if err == nil && (ttl < 0 || ttl > int64(schema.MaxTTL)) {
		err = fmt.Errorf("TTL %d, expected 0 to %d seconds", ttl, schema.MaxTTL)
	}
	if err != nil {
		b.out.errorf(0, "%s %s: %v", name, t, err)
		return true
	}
	record := schema.Record{Name: name, Type: t, TTL: schema.TTL(ttl), Data: data}
	if proxy := r.Meta["cloudflare_proxy"]; proxy == "on" || proxy == "full" {
		b.out.problem(schema.Warning, 0, codeChanged, "%s is proxied by Cloudflare; resolvers will see this value, not Cloudflare's addresses", describe(record))
	}
	return b.out.add(record, 0)
}

func (b *irReader) owner(text string) (schema.Name, error) {
	switch {
	case text == "@" || text == "":
		return b.zone, nil
	case strings.HasSuffix(text, "."):
		return nameOf(text)
	}
	return nameOf(text + "." + b.zone.String())
}

// data returns the RDATA, which must be the whole of what the type has.
func (r irRecord) data(zone schema.Name) (schema.RDATA, error) {
	switch t := schema.Type(r.Type); t {
	case schema.A, schema.AAAA:
		addr, err := netip.ParseAddr(r.Target)
		if err != nil {
			return schema.RDATA{}, fmt.Errorf("target %s, expected an address", schema.Clip(r.Target))
		}
		if t == schema.A {
			return schema.NewA(addr)
		}
		return schema.NewAAAA(addr)
	case schema.TXT:
		if len(r.Strings) > 0 {
			return schema.NewTXT(strings.Join(r.Strings, "")), nil
		}
		return schema.NewTXT(r.Target), nil
	case schema.CAA:
		return schema.NewCAA(r.CAAFlag, r.CAATag, r.Target)
	}
	return r.hostData(zone)
}

// hostData returns the data of the types that end in the name of a host. One without a dot
// is relative to the zone.
func (r irRecord) hostData(zone schema.Name) (schema.RDATA, error) {
	target := r.Target
	if target == "@" {
		target = zone.String()
	} else if !strings.Contains(target, ".") {
		target += "." + zone.String()
	}
	host, err := nameOf(target)
	if err != nil {
		return schema.RDATA{}, err
	}
	switch t := schema.Type(r.Type); {
	case t == schema.MX:
		return schema.NewMX(r.MX, host), schema.CheckNullMX(r.MX, host)
	case t == schema.SRV:
		return schema.NewSRV(r.Priority, r.Weight, r.Port, host), nil
	case host.IsRoot():
		return schema.RDATA{}, errors.New("it points at the root, expected the name of a host")
	case t == schema.NS:
		return schema.NewNS(host), nil
	}
	return schema.NewCNAME(host), nil
}
