package query

import (
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// A Pointing finds what leads to a name: records whose host it is, SPF records that name it,
// and what leads to the CNAMEs among these, at any number of steps. Records are shown to
// Look in rounds, all of them in each, until a round finds no further name.
type Pointing struct {
	targets map[schema.Name]bool
	grown   bool
}

// PointingAt returns a Pointing at a name.
func PointingAt(n schema.Name) *Pointing {
	return &Pointing{targets: map[schema.Name]bool{n: true}}
}

// Look reports whether the record leads to the name, as far as is known in this round.
func (p *Pointing) Look(r schema.Record) bool {
	found := p.targets[r.Data.Host()] && r.Type.HasHost() || p.named(r.Data.TXT())
	if found && r.Type == schema.CNAME && !p.targets[r.Name] {
		p.targets[r.Name] = true
		p.grown = true
	}
	return found
}

// Again reports whether another round may find more, and begins it.
func (p *Pointing) Again() bool {
	again := p.grown
	p.grown = false
	return again
}

// named reports whether an SPF record has a term that names one of the targets.
func (p *Pointing) named(text string) bool {
	for _, term := range spfTerms(text) {
		mechanism, domain, ok := strings.Cut(term, ":")
		if !ok {
			mechanism, domain, ok = strings.Cut(term, "=")
		}
		domain, _, _ = strings.Cut(domain, "/")
		switch mechanism {
		case "include", "a", "mx", "redirect", "exists", "exp":
			if n, err := schema.ParseName(domain); ok && err == nil && p.targets[n] {
				return true
			}
		}
	}
	return false
}
