package schema

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode/utf8"
)

// ParseRDATA reads RDATA in zone-file presentation form (RFC 1035 section 5.1), as
// in "10 mail.example.com."; a TXT is read by ParseText. Hosts are read by
// ParseHost. The error says what was expected. What cannot be served is found by
// [RDATA.Check] only, because live records may have it.
func ParseRDATA(t Type, text string, o Origin) (data RDATA, warnings []string, err error) {
	if t != TXT {
		if i := strings.IndexFunc(text, func(r rune) bool { return r != '\t' && isControl(r) }); i >= 0 {
			r, _ := utf8.DecodeRuneInString(text[i:])
			return RDATA{}, nil, fmt.Errorf("%s value contains %q, expected one line of text", t, r)
		}
	}
	switch t {
	case A, AAAA:
		data, err = parseAddress(t, text)
		return data, nil, err
	case CNAME, NS:
		return parseTarget(t, text, o)
	case MX:
		return parseMX(text, o)
	case SRV:
		return parseSRV(text, o)
	case CAA:
		data, err = parseCAA(text)
		return data, nil, err
	case TXT:
		text, warnings = ParseText(text)
		return NewTXT(text), warnings, nil
	}
	return RDATA{}, nil, fmt.Errorf("type %s is not supported, expected one of %s", Clip(string(t)), TypeList())
}

func parseAddress(t Type, text string) (RDATA, error) {
	addr, err := netip.ParseAddr(text)
	if t == A {
		if err != nil || !addr.Is4() {
			return RDATA{}, fmt.Errorf("A value %s, expected an IPv4 address such as 192.0.2.1", Clip(text))
		}
		return NewA(addr)
	}
	if err != nil || !addr.Is6() || addr.Zone() != "" {
		return RDATA{}, fmt.Errorf("AAAA value %s, expected an IPv6 address such as 2001:db8::1", Clip(text))
	}
	return NewAAAA(addr)
}

func parseTarget(t Type, text string, o Origin) (RDATA, []string, error) {
	host, warning, err := ParseHost(text, o)
	if err != nil {
		return RDATA{}, nil, err
	}
	if host.IsRoot() {
		return RDATA{}, nil, fmt.Errorf("host %q is the root, expected the name of a host", text)
	}
	if t == NS {
		return NewNS(host), list(warning), nil
	}
	return NewCNAME(host), list(warning), nil
}

func parseMX(text string, o Origin) (RDATA, []string, error) {
	f := strings.Fields(text)
	if len(f) != 2 {
		return RDATA{}, nil, fmt.Errorf("MX value %s, expected a preference and an exchange such as 10 mail.example.com.", Clip(text))
	}
	p, err := ParseUint16("MX preference", f[0])
	if err != nil {
		return RDATA{}, nil, err
	}
	host, warning, err := ParseHost(f[1], o)
	if err != nil {
		return RDATA{}, nil, err
	}
	if err := CheckNullMX(p, host); err != nil {
		return RDATA{}, nil, err
	}
	return NewMX(p, host), list(warning), nil
}

// CheckNullMX returns an error for an exchange "." with a preference other than 0 (RFC
// 7505 section 3).
func CheckNullMX(preference uint16, exchange Name) error {
	if exchange.IsRoot() && preference != 0 {
		return fmt.Errorf("MX preference %d, expected 0 with the exchange \".\" (RFC 7505)", preference)
	}
	return nil
}

func parseSRV(text string, o Origin) (RDATA, []string, error) {
	f := strings.Fields(text)
	if len(f) != 4 {
		return RDATA{}, nil, fmt.Errorf("SRV value %s, expected priority, weight, port and target such as 10 5 5060 sip.example.com.", Clip(text))
	}
	var n [3]uint16
	for i, what := range []string{"SRV priority", "SRV weight", "SRV port"} {
		var err error
		if n[i], err = ParseUint16(what, f[i]); err != nil {
			return RDATA{}, nil, err
		}
	}
	host, warning, err := ParseHost(f[3], o)
	if err != nil {
		return RDATA{}, nil, err
	}
	return NewSRV(n[0], n[1], n[2], host), list(warning), nil
}

func parseCAA(text string) (RDATA, error) {
	want := `expected flags, tag and value such as 0 issue "letsencrypt.org"`
	f := strings.Fields(text)
	if len(f) < 3 {
		return RDATA{}, fmt.Errorf("CAA value %s, %s", Clip(text), want)
	}
	flags, err := ParseCAAFlags(f[0])
	if err != nil {
		return RDATA{}, err
	}
	// The value is what follows the tag, with the white space inside it.
	rest := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), f[0]))
	rest = strings.TrimSpace(strings.TrimPrefix(rest, f[1]))
	if strings.HasPrefix(rest, `"`) {
		if rest, err = Unquote(rest); err != nil {
			return RDATA{}, fmt.Errorf("CAA value %s: %w", Clip(text), err)
		}
	}
	return NewCAA(flags, f[1], rest)
}

// ParseUint16 reads a number from 0 to 65535; what names it in the error.
func ParseUint16(what, text string) (uint16, error) {
	n, err := parseUint(text, 1<<16-1)
	if err != nil {
		return 0, fmt.Errorf("%s %s, expected a number from 0 to 65535", what, Clip(text))
	}
	return uint16(n), nil
}

// ParseCAAFlags reads the flags of a CAA record: 0, or 128 for critical.
func ParseCAAFlags(text string) (uint8, error) {
	switch text {
	case "0":
		return 0, nil
	case "128":
		return 128, nil
	}
	return 0, fmt.Errorf("CAA flags %s, expected 0 or 128", Clip(text))
}

func list(warning string) []string {
	if warning == "" {
		return nil
	}
	return []string{warning}
}
