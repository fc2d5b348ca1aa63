package schema

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// RDATA is the data of one record in canonical form. Values of one Type compare
// with ==. The zero RDATA is no valid data of any type.
type RDATA struct {
	// set tells the data of an empty TXT from no data at all.
	set bool
	// priority is the preference of an MX and the priority of an SRV, else 0.
	priority uint16
	// value is the rest in presentation form: hosts with their final dot, the text
	// of a TXT as its plain octets.
	value string
}

// NewA gives the data of an A record; addr must be an IPv4 address.
func NewA(addr netip.Addr) (RDATA, error) {
	if !addr.Is4() {
		return RDATA{}, fmt.Errorf("%s is no IPv4 address", addr)
	}
	return RDATA{set: true, value: addr.String()}, nil
}

// NewAAAA gives the data of an AAAA record in the text of RFC 5952; addr must be an
// IPv6 address without zone id.
func NewAAAA(addr netip.Addr) (RDATA, error) {
	if !addr.Is6() || addr.Zone() != "" {
		return RDATA{}, fmt.Errorf("%s is no plain IPv6 address", addr)
	}
	return RDATA{set: true, value: addr.String()}, nil
}

// NewHost gives the data of a CNAME or NS record.
func NewHost(host Name) RDATA { return RDATA{set: true, value: host.s} }

// NewMX gives the data of an MX record. A null MX has preference 0 and the root as
// its exchange (RFC 7505).
func NewMX(preference uint16, exchange Name) RDATA {
	return RDATA{set: true, priority: preference, value: exchange.s}
}

// NewSRV gives the data of an SRV record. The root as target says that the service
// is not to be had (RFC 2782).
func NewSRV(priority, weight, port uint16, target Name) RDATA {
	b := make([]byte, 0, 12+len(target.s))
	b = strconv.AppendUint(b, uint64(weight), 10)
	b = append(b, ' ')
	b = strconv.AppendUint(b, uint64(port), 10)
	b = append(b, ' ')
	b = append(b, target.s...)
	return RDATA{set: true, priority: priority, value: string(b)}
}

// NewTXT gives the data of a TXT record: text is its octets, joined.
func NewTXT(text string) RDATA { return RDATA{set: true, value: text} }

// NewCAA gives the data of a CAA record (RFC 8659 section 4.1): flags 0 or 128, a
// tag of letters and digits, which is folded to lower case, and the value's octets.
func NewCAA(flags uint8, tag, value string) (RDATA, error) {
	if flags != 0 && flags != 128 {
		return RDATA{}, fmt.Errorf("CAA flags %d, expected 0 or 128", flags)
	}
	if tag == "" {
		return RDATA{}, errors.New("empty CAA tag, expected one such as issue")
	}
	tag = strings.ToLower(tag)
	for _, r := range tag {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return RDATA{}, fmt.Errorf("CAA tag %s, expected letters and digits", clip(tag))
		}
	}
	return RDATA{set: true, value: strconv.Itoa(int(flags)) + " " + tag + " " + Quote(value)}, nil
}

// IsZero reports whether d is the zero RDATA.
func (d RDATA) IsZero() bool { return d == RDATA{} }

// Priority is the preference of an MX or the priority of an SRV, else 0.
func (d RDATA) Priority() uint16 { return d.priority }

// WithPriority gives the same data with another priority.
func (d RDATA) WithPriority(p uint16) RDATA { return RDATA{set: d.set, priority: p, value: d.value} }

// Value is the data as the API carries it, apart from the priority: hosts without
// their final dot, a TXT as its plain text, an SRV as "weight port target".
func (d RDATA) Value(t Type) string {
	if !t.HasHost() || d.value == "." || strings.HasSuffix(d.value, " .") {
		return d.value
	}
	return strings.TrimSuffix(d.value, ".")
}

// Host is the name that the data of a CNAME, MX, NS or SRV points at. It is the
// zero Name for every other type, and for the "." of a null MX or SRV.
func (d RDATA) Host(t Type) Name {
	if !t.HasHost() {
		return Name{}
	}
	host := d.value[strings.LastIndexByte(d.value, ' ')+1:]
	if host == "." {
		return Name{}
	}
	return Name{host}
}

// Text gives the data in zone-file presentation form (RFC 1035 section 5.1),
// absolute, a TXT as quoted strings of at most 255 octets.
func (d RDATA) Text(t Type) string {
	switch t {
	case MX, SRV:
		return strconv.Itoa(int(d.priority)) + " " + d.value
	case TXT:
		return quoteText(d.value)
	}
	return d.value
}

// CAA takes the data of a CAA record apart. It is for data of that type only.
func (d RDATA) CAA() (flags uint8, tag, value string) {
	f, rest, _ := strings.Cut(d.value, " ")
	tag, quoted, _ := strings.Cut(rest, " ")
	n, _ := strconv.ParseUint(f, 10, 8)
	value, _ = unquote(quoted)
	return uint8(n), tag, value
}

// SRV takes the data of an SRV record apart, its priority aside. It is for data of
// that type only.
func (d RDATA) SRV() (weight, port uint16, target Name) {
	f := strings.Fields(d.value)
	if len(f) != 3 {
		return 0, 0, Name{}
	}
	w, _ := strconv.ParseUint(f[0], 10, 16)
	p, _ := strconv.ParseUint(f[1], 10, 16)
	return uint16(w), uint16(p), Name{f[2]}
}

// Compare orders data of one type: by priority, then addresses by number before
// anything else, and then by text. Data compares as 0 only with itself.
func (d RDATA) Compare(e RDATA) int {
	if c := cmp.Compare(d.priority, e.priority); c != 0 {
		return c
	}
	a, errA := netip.ParseAddr(d.value)
	b, errB := netip.ParseAddr(e.value)
	switch {
	case errA == nil && errB == nil:
		if c := a.Compare(b); c != 0 {
			return c
		}
	case errA == nil:
		return -1
	case errB == nil:
		return 1
	}
	return strings.Compare(d.value, e.value)
}
