package masterfile

import (
	"bytes"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// cloudflareHead is how much of a file is searched for the comment that Cloudflare begins
// its exports with: ";; Domain:     example.com.".
const cloudflareHead = 4 << 10

const cloudflareDomain = ";; Domain:"

// automaticTTL is what Cloudflare serves where its export says 1, which means "Auto".
const automaticTTL schema.TTL = 300

func isCloudflare(data []byte) bool {
	head := data[:min(len(data), cloudflareHead)]
	return bytes.Contains(head, []byte(cloudflareDomain)) || bytes.Contains(head, []byte("dns.cloudflare.com"))
}

// cloudflareZone returns the zone that the comment names, the zero Name where there is none.
func cloudflareZone(data []byte) schema.Name {
	for line := range strings.Lines(string(data[:min(len(data), cloudflareHead)])) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), cloudflareDomain); ok {
			if n, err := nameOf(strings.TrimSpace(text)); err == nil && !n.IsRoot() {
				return n
			}
		}
	}
	return schema.Name{}
}

// corrected returns a record with what only Cloudflare means by it, and names it.
func (p *master) corrected(r schema.Record, e entry) schema.Record {
	if !p.cloudflare {
		return r
	}
	if strings.Contains(e.comment, "cf-proxied:true") {
		p.out.problem(schema.Warning, e.line, codeChanged, "%s is proxied by Cloudflare; resolvers will see this value, not Cloudflare's addresses", describe(r))
	}
	if r.TTL == 1 {
		r.TTL = automaticTTL
	}
	return r
}
