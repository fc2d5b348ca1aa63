package vpsorgtest

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
)

// maxTXT is the longest text whose 255-octet strings fit the 65,535 octets of RDATA.
const maxTXT = 65535 - 65535/256 - 1

// canonicalValue returns the canonical form of a value, or says why it is none of its type.
func canonicalValue(typ, value string) (string, error) {
	if value == "" {
		return "", errors.New("this field may not be blank")
	}
	switch typ {
	case "A":
		return address(value, "an IPv4 address", netip.Addr.Is4)
	case "AAAA":
		return address(value, "an IPv6 address", func(a netip.Addr) bool { return a.Is6() && a.Zone() == "" })
	case "CNAME", "NS":
		return host(value)
	case "MX":
		if value == "." { // null MX, RFC 7505
			return value, nil
		}
		return host(value)
	case "SRV":
		return service(value)
	case "CAA":
		return authorization(value)
	case "TXT":
		return text(value)
	}
	return "", fmt.Errorf("%q is not a valid choice", typ)
}

func address(value, want string, ok func(netip.Addr) bool) (string, error) {
	a, err := netip.ParseAddr(value)
	if err != nil || !ok(a) {
		return "", fmt.Errorf("%q is not %s", value, want)
	}
	return a.String(), nil
}

func host(value string) (string, error) {
	lower := strings.ToLower(value)
	if strings.HasSuffix(lower, ".") {
		return "", fmt.Errorf("%q ends with a dot, which host names of this API do not", value)
	}
	if !strings.Contains(lower, ".") {
		return "", fmt.Errorf("%q is not a full host name", value)
	}
	if _, err := netip.ParseAddr(lower); err == nil {
		return "", fmt.Errorf("%q is an address, not a host name", value)
	}
	return lower, checkLabels(lower, len(lower))
}

// service reads the "weight port target" of a SRV record; its priority has a field of its own.
func service(value string) (string, error) {
	parts := strings.Split(value, " ")
	if len(parts) != 3 {
		return "", fmt.Errorf("%q is not weight, port and target", value)
	}
	for _, number := range parts[:2] {
		if err := decimal(number, 65535); err != nil {
			return "", err
		}
	}
	if parts[2] == "." { // the service is not available, RFC 2782
		return value, nil
	}
	target, err := host(parts[2])
	return parts[0] + " " + parts[1] + " " + target, err
}

func authorization(value string) (string, error) {
	flags, rest, _ := strings.Cut(value, " ")
	tag, quoted, found := strings.Cut(rest, " ")
	if !found || tag == "" {
		return "", fmt.Errorf(`%q is not flags, tag and "value"`, value)
	}
	if err := decimal(flags, 255); err != nil {
		return "", err
	}
	tag = strings.ToLower(tag)
	for _, c := range tag {
		if !letterOrDigit(c) {
			return "", fmt.Errorf("%q is not a CAA tag", tag)
		}
	}
	if _, err := unquote(quoted); err != nil {
		return "", err
	}
	return flags + " " + tag + " " + quoted, nil
}

// unquote reads one quoted string, with \" and \\ inside.
func unquote(quoted string) (string, error) {
	var b strings.Builder
	inner, ok := strings.CutPrefix(quoted, `"`)
	for i := 0; ok && i < len(inner); i++ {
		switch c := inner[i]; {
		case c == '"' && i == len(inner)-1:
			return b.String(), nil
		case c == '"', c < ' ', c > '~':
			ok = false
		case c == '\\' && i+1 < len(inner):
			i++
			b.WriteByte(inner[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", fmt.Errorf("%s is not a quoted string", quoted)
}

func text(value string) (string, error) {
	if strings.ContainsFunc(value, unicode.IsControl) {
		return "", errors.New("control characters are not allowed")
	}
	if len(value) > maxTXT {
		return "", fmt.Errorf("ensure this field has no more than %d characters", maxTXT)
	}
	return value, nil
}

// decimal accepts digits without a sign, a space or leading zeros.
func decimal(s string, most int) error {
	n, err := strconv.Atoi(s)
	if err != nil || strconv.Itoa(n) != s || n < 0 || n > most {
		return fmt.Errorf("%q is not a number from 0 to %d", s, most)
	}
	return nil
}
