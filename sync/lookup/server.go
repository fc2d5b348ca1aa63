package lookup

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/miekg/dns"

	"github.com/zonetender/zonetender/schema"
)

// A Server is one address of a name server.
type Server struct {
	Host string // "" where only the address is known
	Addr netip.AddrPort
}

// ParseServer reads a name server or resolver as people write it: an address or a host, with
// or without a port, as in "192.0.2.53", "[2001:db8::53]:5353" or "ns1.example.net:5353".
// The system finds the addresses of a host.
func ParseServer(ctx context.Context, text string) ([]Server, error) {
	host, port, err := splitPort(text)
	if err != nil {
		return nil, err
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return []Server{{Addr: netip.AddrPortFrom(addr, port)}}, nil
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		var unknown *net.DNSError
		if errors.As(err, &unknown) {
			return nil, fmt.Errorf("server %s: %s", schema.Clip(host), unknown.Err)
		}
		return nil, fmt.Errorf("server %s: %w", schema.Clip(host), err)
	}
	var out []Server
	for _, addr := range addrs {
		out = append(out, Server{host, netip.AddrPortFrom(addr.Unmap(), port)})
	}
	return out, nil
}

// splitPort splits a server into host and port, which is 53 where none is given.
func splitPort(text string) (host string, port uint16, err error) {
	want := fmt.Errorf("server %s, expected an address or host such as 192.0.2.53, [2001:db8::53]:5353 or ns1.example.net", schema.Clip(text))
	address := text
	if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
		address = text[1 : len(text)-1]
	}
	if addr, err := netip.ParseAddr(address); err == nil {
		return addr.String(), dnsPort, nil
	}
	host, digits := text, "53"
	if strings.Contains(text, ":") {
		if host, digits, err = net.SplitHostPort(text); err != nil {
			return "", 0, want
		}
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	if err != nil || n == 0 {
		return "", 0, want
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return host, uint16(n), nil
	}
	name, err := schema.ParseName(host)
	switch {
	case err != nil || name.OddCharacters() != "":
		return "", 0, want
	case strings.HasSuffix(host, "."): // nothing is to be added to it
		return name.String(), uint16(n), nil
	}
	return name.Undotted(), uint16(n), nil
}

// SystemResolvers returns the resolvers of a file such as /etc/resolv.conf.
func SystemResolvers(file string) ([]netip.AddrPort, error) {
	conf, err := dns.ClientConfigFromFile(file)
	if err != nil {
		return nil, fmt.Errorf("resolver: %w", err)
	}
	var out []netip.AddrPort
	for _, text := range conf.Servers {
		if addr, err := netip.ParseAddr(text); err == nil {
			out = append(out, netip.AddrPortFrom(addr, dnsPort))
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("resolver: %s names none", file)
	}
	return out, nil
}
