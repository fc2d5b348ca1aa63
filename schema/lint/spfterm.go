package lint

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// An spf is what one SPF record asks for.
type spf struct {
	terms  []SPFTerm     // of its own that ask the DNS
	follow []schema.Name // what it includes and redirects to, macros left out
	faults []string
}

// An SPFTerm is a term of an SPF record that asks the DNS (RFC 7208 section 4.6.4).
type SPFTerm struct {
	// Name is include, redirect, a, mx, ptr or exists.
	Name string
	// Domain is what is asked for, as it is written, perhaps with macros or malformed. It is
	// "" for the domain that has the record.
	Domain string
}

// SPFTerms returns the terms of an SPF record that ask the DNS, in the order in which
// receivers meet them. ok is false where the text is no SPF record.
func SPFTerms(text string) (terms []SPFTerm, ok bool) {
	if !IsSPF(text) {
		return nil, false
	}
	return parseSPF(text).terms, true
}

// parseSPF reads a text that IsSPF reports true for. What it does not understand it
// names as a fault, and goes on.
func parseSPF(text string) spf {
	var (
		r        spf
		all      bool
		redirect string
		seen     = map[string]bool{}
	)
	_, rest, _ := strings.Cut(text, " ")
	for term := range strings.SplitSeq(rest, " ") {
		if term == "" {
			continue
		}
		name, arg, modifier := cutModifier(term)
		if modifier {
			if (name == "redirect" || name == "exp") && seen[name] {
				r.fault("%s= appears twice, expected it once", name)
			}
			seen[name] = true
			if name == "redirect" {
				redirect = arg
			}
			r.checkModifier(term, name, arg)
			continue
		}
		if all {
			r.fault("term %s is after all, which ends the check; expected it before", schema.Clip(term))
			continue
		}
		all = r.mechanism(term)
	}
	switch {
	case !seen["redirect"]:
	case all:
		r.fault("redirect= has no effect beside all, expected one of them")
	default:
		r.terms = append(r.terms, SPFTerm{"redirect", redirect})
		r.followTo(redirect)
	}
	return r
}

func (r *spf) fault(format string, args ...any) {
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
}

// followTo notes a record that this one goes on in.
func (r *spf) followTo(domain string) {
	if strings.Contains(domain, "%") {
		return
	}
	if n, err := schema.ParseName(domain); err == nil && !n.IsRoot() {
		r.follow = append(r.follow, n)
	}
}

// cutModifier splits a modifier such as redirect=_spf.example.com (RFC 7208
// section 4.6.1): a name, and = before any other punctuation that names lack.
func cutModifier(term string) (name, arg string, ok bool) {
	name, arg, ok = strings.Cut(term, "=")
	if !ok || name == "" || strings.ContainsAny(name, ":/%+?~") || name[0] == '-' {
		return "", "", false
	}
	return strings.ToLower(name), arg, true
}

// checkModifier finds mechanisms that were written with = for :. Other unknown
// modifiers are allowed (RFC 7208 section 6).
func (r *spf) checkModifier(term, name, arg string) {
	switch {
	case slices.Contains(spfMechanisms(), name) || name == "ipv4" || name == "ipv6":
		r.fault("term %s has no effect, expected %s", schema.Clip(term), schema.Clip(strings.Replace(name, "ipv", "ip", 1)+":"+arg))
	case name == "redirect" || name == "exp":
		if why := badDomain(arg); why != "" {
			r.fault("term %s: %s", schema.Clip(term), why)
		}
	}
}

// mechanism reads one mechanism and reports whether it is all.
func (r *spf) mechanism(term string) (all bool) {
	body := strings.TrimLeft(term[:1], "+-?~") + term[1:]
	end := len(body)
	if i := strings.IndexAny(body, ":/"); i >= 0 {
		end = i
	}
	name, arg := strings.ToLower(body[:end]), body[end:]
	why := ""
	switch name {
	case "all":
		if arg != "" {
			why = "expected all alone"
		}
		all = true
	case "include", "exists":
		domain, ok := strings.CutPrefix(arg, ":")
		r.terms = append(r.terms, SPFTerm{name, domain})
		if why = badDomain(domain); !ok {
			why = fmt.Sprintf("expected a domain, as in %s:_spf.example.com", name)
		}
		if name == "include" && why == "" {
			r.followTo(domain)
		}
	case "a", "mx", "ptr":
		domain, _ := cutLengths(arg)
		r.terms = append(r.terms, SPFTerm{name, strings.TrimPrefix(domain, ":")})
		why = badHostTerm(name, arg)
	case "ip4", "ip6":
		why = badNetwork(name, arg)
	default:
		why = unknownMechanism(name, body)
	}
	if why != "" {
		r.fault("term %s: %s", schema.Clip(term), why)
	}
	return all
}

func spfMechanisms() []string {
	return []string{"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"}
}

func unknownMechanism(name, body string) string {
	if addr, err := netip.ParsePrefix(body); err == nil && addr.IsValid() {
		return "expected it as " + networkTerm(addr.Addr()) + ":" + body
	}
	if addr, err := netip.ParseAddr(body); err == nil {
		return "expected it as " + networkTerm(addr) + ":" + body
	}
	if fixed := strings.Replace(name, "ipv", "ip", 1); fixed == "ip4" || fixed == "ip6" {
		return "unknown mechanism, expected " + fixed
	}
	return "unknown mechanism, expected " + schema.SentenceList(spfMechanisms(), "or") + schema.DidYouMean(name, spfMechanisms()...)
}

func networkTerm(addr netip.Addr) string {
	if addr.Is4() {
		return "ip4"
	}
	return "ip6"
}

// badHostTerm says what is wrong with what follows a, mx or ptr: a domain, prefix lengths
// for IPv4 and IPv6, or both (RFC 7208 section 5.6).
func badHostTerm(name, arg string) string {
	text, lengths := cutLengths(arg)
	if domain, ok := strings.CutPrefix(text, ":"); ok {
		if why := badDomain(domain); why != "" {
			return why
		}
	} else {
		lengths = arg
	}
	if lengths == "" {
		return ""
	}
	four, six, both := strings.Cut(lengths, "//")
	if name == "ptr" {
		return "expected ptr or ptr:mail.example.com"
	}
	if four != "" && !isLength(four[1:], 32) || both && !isLength(six, 128) {
		return fmt.Sprintf("expected %s, %s:mail.example.com or a prefix length as in %s/24//64", name, name, name)
	}
	return ""
}

// cutLengths splits what follows a, mx or ptr before the prefix lengths. A macro may have a
// slash of its own.
func cutLengths(arg string) (domain, lengths string) {
	after := strings.LastIndexByte(arg, '}') + 1
	slash := strings.IndexByte(arg[after:], '/')
	if slash < 0 {
		return arg, ""
	}
	return arg[:after+slash], arg[after+slash:]
}

// isLength reports whether text is a number in decimal digits of at most most.
func isLength(text string, most uint64) bool {
	n, err := strconv.ParseUint(text, 10, 64)
	return err == nil && n <= most && text == strconv.FormatUint(n, 10)
}

func badNetwork(name, arg string) string {
	want := "expected an IPv4 network such as ip4:192.0.2.0/24"
	if name == "ip6" {
		want = "expected an IPv6 network such as ip6:2001:db8::/32"
	}
	text, ok := strings.CutPrefix(arg, ":")
	if !ok {
		return want
	}
	address, length, sized := strings.Cut(text, "/")
	addr, err := netip.ParseAddr(address)
	if err != nil || networkTerm(addr) != name || addr.Zone() != "" || sized && !isLength(length, uint64(addr.BitLen())) {
		return want
	}
	return ""
}

// spfMacro is one macro of a domain (RFC 7208 section 7.1).
var spfMacro = regexp.MustCompile(`%(?:%|_|-|\{[slodiphcrtvSLODIPHCRTV][0-9]*[rR]?[-.+,/_=]*\})`)

// badDomain says what is wrong with a domain of a term, "" where nothing is.
func badDomain(text string) string {
	const want = "expected a domain such as _spf.example.com"
	if strings.Contains(text, "%") {
		if strings.Contains(spfMacro.ReplaceAllString(text, ""), "%") {
			return "expected a macro such as %{i} in place of %"
		}
		return ""
	}
	if text == "" {
		return want
	}
	if _, err := netip.ParseAddr(text); err == nil {
		return "an address, expected it with ip4: or ip6:"
	}
	if n, err := schema.ParseName(text); err != nil || !strings.Contains(n.Undotted(), ".") || strings.Contains(text, "/") {
		return want
	}
	return ""
}
