package schema

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"
)

// RDATA is the typed data of one record in canonical form. Values compare with ==. The
// zero RDATA has no type and is the data of no record; an empty TXT is not zero.
type RDATA struct {
	kind  kind
	flags uint8 // of a CAA
	// priority is the preference of an MX and the priority of an SRV.
	priority, weight, port uint16
	// addr is the address of an A or AAAA.
	addr netip.Addr
	// text is the host of a CNAME, MX, NS or SRV with its final dot, the joined octets of
	// a TXT, or the value of a CAA.
	text string
	tag  string // of a CAA
}

// NewA returns the data of an A record; addr must be an IPv4 address.
func NewA(addr netip.Addr) (RDATA, error) {
	if !addr.Is4() {
		return RDATA{}, fmt.Errorf("%s is not an IPv4 address", addr)
	}
	return RDATA{kind: kindA, addr: addr}, nil
}

// NewAAAA returns the data of an AAAA record; addr must be an IPv6 address without a
// zone id.
func NewAAAA(addr netip.Addr) (RDATA, error) {
	if !addr.Is6() || addr.Zone() != "" {
		return RDATA{}, fmt.Errorf("%s is not an IPv6 address without a zone id", addr)
	}
	return RDATA{kind: kindAAAA, addr: addr}, nil
}

// NewCNAME returns the data of a CNAME record.
func NewCNAME(target Name) RDATA { return RDATA{kind: kindCNAME, text: target.s} }

// NewNS returns the data of an NS record.
func NewNS(server Name) RDATA { return RDATA{kind: kindNS, text: server.s} }

// NewMX returns the data of an MX record. A null MX has preference 0 and the root as its
// exchange (RFC 7505).
func NewMX(preference uint16, exchange Name) RDATA {
	return RDATA{kind: kindMX, priority: preference, text: exchange.s}
}

// NewSRV returns the data of an SRV record. The root as target says that the service is
// not available (RFC 2782).
func NewSRV(priority, weight, port uint16, target Name) RDATA {
	return RDATA{kind: kindSRV, priority: priority, weight: weight, port: port, text: target.s}
}

// NewTXT returns the data of a TXT record: text is its octets, joined.
func NewTXT(text string) RDATA { return RDATA{kind: kindTXT, text: text} }

// NewCAA returns the data of a CAA record (RFC 8659 section 4.1): flags 0 or 128, a tag
// of letters and digits, which is folded to lower case, and the value's octets.
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
			return RDATA{}, fmt.Errorf("CAA tag %s, expected letters and digits", Clip(tag))
		}
	}
	return RDATA{kind: kindCAA, flags: flags, tag: tag, text: value}, nil
}

// IsZero reports whether d is the zero RDATA.
func (d RDATA) IsZero() bool { return d.kind == 0 }

// Type returns the type that d is data of, "" for the zero RDATA.
func (d RDATA) Type() Type { return d.kind.typ() }

// Addr returns the address of an A or AAAA, else the zero Addr.
func (d RDATA) Addr() netip.Addr { return d.addr }

// Priority returns the preference of an MX or the priority of an SRV, else 0.
func (d RDATA) Priority() uint16 { return d.priority }

// WithPriority returns the same data with another priority.
func (d RDATA) WithPriority(p uint16) RDATA {
	d.priority = p
	return d
}

// Host returns the name that a CNAME, MX, NS or SRV points at. It is the zero Name for
// every other type, and for the "." of a null MX or SRV.
func (d RDATA) Host() Name {
	if !d.Type().HasHost() || d.text == "." {
		return Name{}
	}
	return Name{d.text}
}

// TXT returns the octets of a TXT, joined; "" for every other type.
func (d RDATA) TXT() string {
	if d.kind != kindTXT {
		return ""
	}
	return d.text
}

// CAA returns the parts of a CAA, empty for every other type.
func (d RDATA) CAA() (flags uint8, tag, value string) {
	if d.kind != kindCAA {
		return 0, "", ""
	}
	return d.flags, d.tag, d.text
}

// SRV returns the parts of an SRV besides its priority, empty for every other type.
// The target of "." is the root.
func (d RDATA) SRV() (weight, port uint16, target Name) {
	if d.kind != kindSRV {
		return 0, 0, Name{}
	}
	return d.weight, d.port, Name{d.text}
}

// String returns the data in zone-file presentation form (RFC 1035 section 5.1): hosts
// absolute, a TXT as quoted strings of at most 255 octets. It is "" for the zero RDATA.
func (d RDATA) String() string {
	switch d.Type() {
	case A, AAAA:
		return d.addr.String()
	case MX:
		return strconv.Itoa(int(d.priority)) + " " + d.text
	case SRV:
		return fmt.Sprintf("%d %d %d %s", d.priority, d.weight, d.port, d.text)
	case TXT:
		return quoteText(d.text)
	case CAA:
		return strconv.Itoa(int(d.flags)) + " " + d.tag + " " + Quote(d.text)
	}
	return d.text
}

// maxRDATA is how many octets the data of a record has at most (RFC 1035 section 3.2.1).
const maxRDATA = 1<<16 - 1

// Check returns an error for data that neither a zone file nor the service can carry: a
// line break or control character in a TXT, a CAA value outside printable ASCII, more than
// 65,535 octets, or a host with a character that has a meaning of its own in zone files.
// Data of live records may be so; that of a [Zone] never is.
func (d RDATA) Check() error {
	switch d.Type() {
	case TXT:
		return checkTXT(d.text)
	case CAA:
		return d.checkCAA()
	}
	if i := strings.IndexAny(d.text, hostSyntax); d.Type().HasHost() && i >= 0 {
		return fmt.Errorf("host %s contains %q, which zone files cannot express", Clip(d.text), d.text[i])
	}
	return nil
}

func checkTXT(text string) error {
	if !utf8.ValidString(text) {
		return errors.New("TXT has octets that are not UTF-8, expected UTF-8: the API carries text as JSON")
	}
	if i := strings.IndexFunc(text, isControl); i >= 0 {
		r, _ := utf8.DecodeRuneInString(text[i:])
		if r == '\n' || r == '\r' {
			return fmt.Errorf("TXT contains a line break at octet %d, expected one line; in YAML, >- joins lines and |- keeps them apart", i+1)
		}
		return fmt.Errorf("TXT contains the control character %q at octet %d, expected text", r, i+1)
	}
	// On the wire each string of up to 255 octets has its length before it.
	lengths := max(1, (len(text)+maxString-1)/maxString)
	if len(text)+lengths > maxRDATA {
		return fmt.Errorf("TXT of %d octets, expected at most %d", len(text), maxRDATA-maxRDATA/(maxString+1)-1)
	}
	return nil
}

func (d RDATA) checkCAA() error {
	if i := strings.IndexFunc(d.text, func(r rune) bool { return r < ' ' || r > '~' }); i >= 0 {
		r, _ := utf8.DecodeRuneInString(d.text[i:])
		return fmt.Errorf("CAA value contains %q at octet %d, expected printable ASCII (RFC 8659 section 4.2)", r, i+1)
	}
	if len(d.tag) > maxString {
		return fmt.Errorf("CAA tag of %d octets, expected at most %d", len(d.tag), maxString)
	}
	if n := 2 + len(d.tag) + len(d.text); n > maxRDATA {
		return fmt.Errorf("CAA of %d octets, expected at most %d", n, maxRDATA)
	}
	return nil
}

// Display is String with an internationalized host in Unicode as well; see [Display].
func (d RDATA) Display() string {
	text := d.String()
	if host := d.Host(); !host.IsZero() && host.Display() != host.s {
		return strings.TrimSuffix(text, host.s) + host.Display()
	}
	return text
}

// Compare orders data by type, priority and then by what follows it, addresses by
// number. Data compares as 0 only with itself.
func (d RDATA) Compare(e RDATA) int {
	switch {
	case d.kind != e.kind:
		return cmp.Compare(d.kind, e.kind)
	case d.kind == kindA || d.kind == kindAAAA:
		return d.addr.Compare(e.addr)
	case d.kind == kindTXT:
		return strings.Compare(d.text, e.text)
	}
	return cmp.Or(
		cmp.Compare(d.priority, e.priority), cmp.Compare(d.weight, e.weight), cmp.Compare(d.port, e.port),
		cmp.Compare(d.flags, e.flags), strings.Compare(d.tag, e.tag), strings.Compare(d.text, e.text))
}
