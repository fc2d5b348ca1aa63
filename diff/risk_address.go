package diff

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// An addressJudge knows which addresses do not belong into a zone.
type addressJudge struct{ networks []specialNetwork }

func newAddressJudge(zone schema.Name) addressJudge {
	if private(zone) {
		return addressJudge{}
	}
	networks := specialNetworks()
	if documents(zone) {
		networks = slices.DeleteFunc(networks, func(n specialNetwork) bool { return n.what == documentation })
	}
	return addressJudge{networks}
}

// unreachable says what keeps an address from being reached over the Internet, "" where
// nothing does, or where that is right for the zone.
func (j addressJudge) unreachable(addr netip.Addr) string {
	for _, n := range j.networks {
		if addr.IsValid() && n.prefix.Contains(addr) {
			return n.what
		}
	}
	return ""
}

const documentation = "for documentation"

type specialNetwork struct {
	prefix netip.Prefix
	what   string
}

// specialNetworks lists the networks of the IANA registries of special-purpose addresses
// (RFC 6890) that nobody reaches over the Internet.
func specialNetworks() []specialNetwork {
	network := func(what string, prefixes ...string) []specialNetwork {
		var out []specialNetwork
		for _, p := range prefixes {
			out = append(out, specialNetwork{netip.MustParsePrefix(p), what})
		}
		return out
	}
	return slices.Concat(
		network("private", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10"),
		network("loopback", "127.0.0.0/8", "::1/128", "::ffff:127.0.0.0/104"),
		network("link-local", "169.254.0.0/16", "fe80::/10"),
		network(documentation, "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"),
		network("no address of a host", "0.0.0.0/8", "::/128", "224.0.0.0/4", "ff00::/8", "240.0.0.0/4"),
		network("for tests of networks", "198.18.0.0/15", "2001:2::/48"),
		network("reserved", "192.0.0.0/24", "::ffff:0:0/96", "100::/64", "2001::/23"),
	)
}

// private reports whether nobody asks the public DNS for a zone's names: RFC 6762, RFC 8375,
// and the top-level domain that ICANN keeps for internal use.
func private(zone schema.Name) bool {
	name := "." + zone.Undotted()
	return slices.ContainsFunc([]string{".internal", ".local", ".home.arpa"}, func(s string) bool { return strings.HasSuffix(name, s) })
}

// documents reports whether a zone is itself for documentation or tests (RFC 2606).
func documents(zone schema.Name) bool {
	labels := slices.Collect(zone.Labels())
	n := len(labels)
	return n > 0 && (labels[n-1] == "example" || labels[n-1] == "test" || n > 1 && labels[n-2] == "example")
}
