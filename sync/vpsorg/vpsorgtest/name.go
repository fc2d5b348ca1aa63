package vpsorgtest

import (
	"errors"
	"fmt"
	"strings"
)

// ownerName returns the absolute form of an owner name as a client writes it: "@", relative to the zone, or
// absolute, with or without a final dot. A name that ends in the zone's own domain is absolute.
func ownerName(name, domain string) (string, error) {
	lower := strings.ToLower(name)
	switch {
	case name == "":
		return "", errors.New("this field may not be blank; the apex is @")
	case name == "@":
		return domain, nil
	case strings.HasSuffix(lower, "."):
		lower = strings.TrimSuffix(lower, ".")
		if !inZone(lower, domain) {
			return "", fmt.Errorf("%q does not lie in the zone %s", name, domain)
		}
	case !inZone(lower, domain):
		lower += "." + domain
	}
	labels := lower
	if strings.HasPrefix(lower, "*.") && lower[2:] != "" {
		labels = lower[2:]
		if !inZone(labels, domain) {
			return "", fmt.Errorf("%q does not lie in the zone %s", name, domain)
		}
	}
	return lower, checkLabels(labels, len(lower))
}

func inZone(name, domain string) bool {
	return name == domain || strings.HasSuffix(name, "."+domain)
}

// checkLabels checks the syntax of an absolute name without a final dot. Underscores and slashes occur in real
// zones (RFC 8552, RFC 2317).
func checkLabels(name string, length int) error {
	if length > 253 {
		return errors.New("ensure this name has no more than 253 characters")
	}
	for label := range strings.SplitSeq(name, ".") {
		if len(label) == 0 || len(label) > 63 {
			return fmt.Errorf("%q has a label that is empty or longer than 63 characters", name)
		}
		for _, c := range label {
			if !letterOrDigit(c) && !strings.ContainsRune("-_/", c) {
				return fmt.Errorf("%q has the character %q, which no name has", name, c)
			}
		}
	}
	return nil
}

func letterOrDigit(c rune) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }

// zoneDomain returns the canonical form of the domain of a new zone.
func zoneDomain(domain string) (string, error) {
	lower := strings.ToLower(domain)
	switch {
	case lower == "":
		return "", errors.New("this field may not be blank")
	case strings.HasSuffix(lower, "."):
		return "", fmt.Errorf("%q ends with a dot", domain)
	case !strings.Contains(lower, "."):
		return "", fmt.Errorf("%q is not a domain name", domain)
	case !strings.ContainsFunc(lastLabel(lower), func(c rune) bool { return c < '0' || c > '9' }):
		return "", fmt.Errorf("%q is not a domain name", domain)
	case strings.Contains(lower, "_"):
		return "", fmt.Errorf("%q has the character '_', which no domain has", domain)
	}
	return lower, checkLabels(lower, len(lower))
}

func lastLabel(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }
