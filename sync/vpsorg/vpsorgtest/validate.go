package vpsorgtest

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

const (
	maxPriority = 65535
	maxTXT      = 65535 - 65535/256 - 1 // octets whose 255-octet strings fit the RDATA
)

func knownType(t string) bool {
	return slices.Contains([]string{"A", "AAAA", "CNAME", "MX", "TXT", "NS", "SRV", "CAA"}, t)
}

func unknownType(t string) *refusal { return invalid("record_type", `"`+t+`" is not a valid choice.`) }

func hasPriority(t string) bool { return t == "MX" || t == "SRV" }

// hasHost reports whether the last word of a value of this type is a host name.
func hasHost(t string) bool { return slices.Contains([]string{"CNAME", "MX", "NS", "SRV"}, t) }

// canonical returns a record as it is stored in a zone, without id and time of creation, or
// says what is wrong with it. Where r has no priority, that is NoPriority.
func canonical(r Record, domain string) (Record, *refusal) {
	name, err := ownerName(r.Name, domain)
	if err != nil {
		return r, invalid("name", err.Error())
	}
	value, err := canonicalValue(r.Type, r.Value)
	if err != nil {
		return r, invalid("value", err.Error())
	}
	switch {
	case hasPriority(r.Type) && r.Priority < 0:
		return r, invalid("priority", r.Type+" records require a priority value")
	case !hasPriority(r.Type) && r.Priority >= 0:
		return r, invalid("priority", r.Type+" records have no priority")
	}
	return Record{Type: r.Type, Name: name, Value: value, TTL: r.TTL, Priority: max(r.Priority, 0)}, nil
}

// ownerName returns the absolute form of an owner name as a client writes it: "@", relative
// to the zone, or absolute, with or without a final dot. A name that ends in the zone's own
// domain is absolute.
func ownerName(name, domain string) (string, error) {
	lower := strings.ToLower(name)
	switch {
	case name == "":
		return "", errors.New("this field may not be blank; the apex is @")
	case name == "@":
		return domain, nil
	case strings.HasSuffix(lower, "."):
		lower = strings.TrimSuffix(lower, ".")
	case !inZone(lower, domain):
		lower += "." + domain
	}
	labels := strings.TrimPrefix(lower, "*.")
	if !inZone(labels, domain) {
		return "", fmt.Errorf("%q is not in the zone %s", name, domain)
	}
	return lower, checkLabels(labels, len(lower))
}

func inZone(name, domain string) bool {
	return name == domain || strings.HasSuffix(name, "."+domain)
}

// checkLabels checks the syntax of an absolute name without a final dot. Any octet is legal
// in a label (RFC 2181 section 11); refused are those that a master file must escape, for
// which the API has no known spelling, and what is not ASCII.
func checkLabels(name string, length int) error {
	if length > 253 {
		return errors.New("ensure this name has no more than 253 characters")
	}
	for label := range strings.SplitSeq(name, ".") {
		if len(label) == 0 || len(label) > 63 {
			return fmt.Errorf("%q has a label that is empty or longer than 63 characters", name)
		}
		for _, c := range label {
			if c <= ' ' || c > '~' || strings.ContainsRune(`"'()*;@\`, c) {
				return fmt.Errorf("%q has the character %q, which is not allowed in names", name, c)
			}
		}
	}
	return nil
}

// zoneDomain returns the canonical form of the domain of a new zone; ok is false where it is
// not a domain name. A label may begin with an underscore, as in _msdcs.example.com.
func zoneDomain(domain string) (canonical string, ok bool) {
	lower := strings.ToLower(domain)
	for label := range strings.SplitSeq(lower, ".") {
		rest := strings.TrimPrefix(label, "_")
		if strings.ContainsFunc(rest, func(c rune) bool { return !letterOrDigit(c) && c != '-' && c != '/' }) {
			return "", false
		}
	}
	last := lower[strings.LastIndexByte(lower, '.')+1:]
	numeric := strings.Trim(last, "0123456789") == ""
	return lower, last != lower && !numeric && checkLabels(lower, len(lower)) == nil
}

func letterOrDigit(c rune) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }

// canonicalValue returns the canonical form of a value, or says why it is not one of its
// type.
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

// service reads the "weight port target" of an SRV record; its priority has its own field.
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
	flags, tag, quoted := cutCAA(value)
	if err := decimal(flags, 255); err != nil {
		return "", err
	}
	if tag = strings.ToLower(tag); tag == "" || strings.ContainsFunc(tag, func(c rune) bool { return !letterOrDigit(c) }) {
		return "", fmt.Errorf("%q is not a CAA tag", tag)
	}
	_, err := unquote(quoted)
	return flags + " " + tag + " " + quoted, err
}

func cutCAA(value string) (flags, tag, quoted string) {
	flags, rest, _ := strings.Cut(value, " ")
	tag, quoted, _ = strings.Cut(rest, " ")
	return flags, tag, quoted
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
