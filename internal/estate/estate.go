package main

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// A size is how large an estate is.
type size struct {
	zones   int // at least 1
	records int // in each zone, at least 1
}

func (s size) String() string { return fmt.Sprintf("%dx%d", s.zones, s.records) }

// total is the number of records of the estate.
func (s size) total() int { return s.zones * s.records }

// parseSize reads ZONESxRECORDS, such as 1000x50.
func parseSize(text string) (size, error) {
	zones, records, _ := strings.Cut(text, "x")
	z, err1 := strconv.Atoi(zones)
	r, err2 := strconv.Atoi(records)
	if err1 != nil || err2 != nil || z < 1 || r < 1 || z > 1_000_000 || r > 1_000_000 {
		return size{}, fmt.Errorf("size %q: expected ZONESxRECORDS, such as 1000x50", text)
	}
	return size{z, r}, nil
}

// An owner is a name of a zone with all that it owns.
type owner struct {
	name string // relative to the zone, "@" at the apex
	ttl  int    // seconds, of every RRset
	sets []rrset
}

// An rrset is the values of one type, as the API carries them: the priority apart, hosts
// absolute and without a final dot.
type rrset struct {
	kind   string
	values []value
}

type value struct {
	priority int // of MX and SRV, else 0
	text     string
}

// A zone is one zone of an estate. The same size and number make the same zone, on every
// machine.
type zone struct {
	name   string
	owners []owner
}

// estateZone returns zone number i of an estate. An edited zone differs in the first address
// of its apex, as by a commit.
func estateZone(s size, i int, edited bool) zone {
	m := &maker{
		rng:  rand.New(rand.NewPCG(uint64(i), uint64(s.records))),
		left: s.records, dense: s.records > denseAbove,
	}
	m.zone.name = zoneName(i)
	m.head(edited)
	for n := 1; m.left > 0; n++ {
		m.filler(n)
	}
	return m.zone
}

// denseAbove is the number of records from which a zone consists mostly of pools of
// addresses, as zones of that size do.
const denseAbove = 50_000

const defaultTTL = 3600 // seconds, of the owners whose files say nothing

func zoneName(i int) string {
	words := []string{"amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbor", "iris", "juniper", "kelp"}
	ends := []string{"example", "com.example", "net.example", "co.example"}
	return fmt.Sprintf("%s-%05d.%s", words[i%len(words)], i, ends[i%len(ends)])
}

// A maker fills a zone.
type maker struct {
	rng   *rand.Rand
	left  int // records
	dense bool
	zone  zone
	hosts []string // relative names that have an address
}

// add adds an owner, which has n records.
func (m *maker) add(name string, ttl int, sets ...rrset) {
	for _, s := range sets {
		m.left -= len(s.values)
	}
	m.zone.owners = append(m.zone.owners, owner{name, ttl, sets})
}

func (m *maker) host(name string, ttl int, sets ...rrset) {
	m.hosts = append(m.hosts, name)
	m.add(name, ttl, sets...)
}

func texts(kind string, values ...string) rrset {
	s := rrset{kind: kind}
	for _, v := range values {
		s.values = append(s.values, value{text: v})
	}
	return s
}

// ranked are values with priorities of 10, 20 and so on.
func ranked(kind string, values ...string) rrset {
	s := texts(kind, values...)
	for i := range s.values {
		s.values[i].priority = 10 * (i + 1)
	}
	return s
}

// headRecords is what head adds to a zone that has room for it.
const headRecords = 20

// head adds what most zones begin with: web, mail with its policies, and a delegation.
func (m *maker) head(edited bool) {
	first := m.address4()
	if edited {
		first = "203.0.113.250"
	}
	if m.left < headRecords {
		m.host("@", defaultTTL, texts("A", first))
		return
	}
	mail := "mail." + m.zone.name
	m.host("@", 300, texts("A", first, m.address4()), m.addresses6(2), ranked("MX", mail, "mail2."+m.zone.name),
		texts("TXT", "v=spf1 mx include:_spf.example.net -all", "site-verification="+m.token(32)),
		texts("CAA", `0 issue "letsencrypt.org"`, `0 iodef "mailto:security@`+m.zone.name+`"`))
	m.add("www", defaultTTL, texts("CNAME", m.zone.name))
	m.host("mail", defaultTTL, m.addresses4(1), m.addresses6(1))
	m.host("mail2", defaultTTL, m.addresses4(1))
	m.add("_dmarc", defaultTTL, texts("TXT", "v=DMARC1; p=reject; rua=mailto:dmarc@"+m.zone.name))
	m.add("s1._domainkey", defaultTTL, texts("TXT", "v=DKIM1; k=rsa; p="+m.rsaKey()))
	m.add("_imaps._tcp", defaultTTL, ranked("SRV", "5 993 "+mail))
	m.add("lab", 86400, texts("NS", "ns1.lab."+m.zone.name, "ns2.hosting.example"))
	m.host("ns1.lab", 86400, m.addresses4(1))
}

// filler adds one of the owners that a zone has many of.
func (m *maker) filler(n int) {
	roll := m.rng.IntN(100)
	if m.dense && roll >= 10 && m.left >= 16 {
		m.host(m.hostName("pool", n), 300, m.addresses4(8), m.addresses6(8))
		return
	}
	number := strconv.Itoa(n)
	switch {
	case roll < 30 || m.left < 2:
		m.host(m.hostName("web", n), m.ttl(), m.addresses4(1))
	case roll < 50:
		m.host(m.hostName("app", n), m.ttl(), m.addresses4(1), m.addresses6(1))
	case roll < 54 && m.left >= 4:
		m.host(m.hostName("pool", n), 60, m.addresses4(4))
	case roll < 72:
		m.add("service-"+number, m.ttl(), texts("CNAME", m.anyHost()))
	case roll < 80:
		m.add("customer-"+number, m.ttl(), texts("CNAME", "c-"+m.token(8)+".cdn.example.net"))
	case roll < 82:
		m.add("*.preview-"+number, 300, texts("CNAME", m.anyHost()))
	case roll < 88:
		m.add("verify-"+number, defaultTTL, texts("TXT", "site-verification="+m.token(43)))
	case roll < 91:
		m.add("news-"+number, defaultTTL, ranked("MX", "mx1.mailer.example.net", "mx2.mailer.example.net"))
	case roll < 94:
		m.add("_sip._tcp.voice-"+number, m.ttl(), ranked("SRV", "5 5060 "+m.anyHost()))
	case roll < 96:
		m.add("team-"+number, 86400, texts("NS", "ns1.hosting.example", "ns2.hosting.example"))
	case roll < 98:
		m.add("k"+number+"._domainkey", defaultTTL, texts("TXT", "v=DKIM1; k=rsa; p="+m.rsaKey()))
	default:
		m.add("shop-"+number, defaultTTL, texts("CAA", `0 issue "pki.example.net"`))
	}
}

// hostName returns one of the shapes that names of hosts have.
func (m *maker) hostName(role string, n int) string {
	return fmt.Sprintf([]string{"%s-%d", "%s-%d.prod", "%s-%d.eu-west-1.stage", "%s%d"}[m.rng.IntN(4)], role, n)
}

// anyHost is the absolute name of a host of the zone.
func (m *maker) anyHost() string {
	name := m.hosts[m.rng.IntN(len(m.hosts))]
	if name == "@" {
		return m.zone.name
	}
	return name + "." + m.zone.name
}

func (m *maker) ttl() int {
	return []int{defaultTTL, defaultTTL, defaultTTL, 300, 86400}[m.rng.IntN(5)]
}

func (m *maker) address4() string {
	return fmt.Sprintf("10.%d.%d.%d", m.rng.IntN(256), m.rng.IntN(256), 1+m.rng.IntN(250))
}

func (m *maker) address6() string {
	return fmt.Sprintf("2001:db8:%x:%x::%x", 1+m.rng.IntN(0xffff), 1+m.rng.IntN(0xffff), 1+m.rng.IntN(0xffff))
}

func (m *maker) addresses4(n int) rrset { return several("A", n, m.address4) }
func (m *maker) addresses6(n int) rrset { return several("AAAA", n, m.address6) }

// several are n values that differ.
func several(kind string, n int, next func() string) rrset {
	var values []string
	for len(values) < n {
		v := next()
		if !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return texts(kind, values...)
}

func (m *maker) token(n int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[m.rng.IntN(len(letters))]
	}
	return string(b)
}

// rsaKey is base64 with the length and the frame of an RSA key of 2,048 bits.
func (m *maker) rsaKey() string {
	frame, _ := base64.StdEncoding.DecodeString("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA")
	key := append([]byte{}, frame...)
	key = append(key, 0x80|byte(m.rng.IntN(128)))
	for len(key) < 289 {
		key = append(key, byte(m.rng.IntN(256)))
	}
	return base64.StdEncoding.EncodeToString(append(key, 0x02, 0x03, 0x01, 0x00, 0x01))
}
