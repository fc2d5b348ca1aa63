package schema

const (
	lowTTL  TTL = 60     // below, resolvers ask all the time, and some raise it on their own
	highTTL TTL = 604800 // a week; above, a mistake cannot be taken back for as long
)

// checkTTL warns of an RRset with an odd TTL of its own.
func (c *checker) checkTTL(s RRset) {
	if s.TTL != c.zone.TTL {
		c.oddTTL(s, "TTL")
	}
}

// checkDefaultTTL warns of an odd default once, not at every RRset that has it.
func (c *checker) checkDefaultTTL() {
	for _, s := range c.zone.RRsets {
		if s.TTL == c.zone.TTL {
			c.oddTTL(s, "default TTL")
			return
		}
	}
}

func (c *checker) oddTTL(s RRset, what string) {
	switch {
	case s.TTL < lowTTL:
		c.warn("ttl-low", s.start(), "%s %d of %s %s is very short, expected %d to %d seconds", what, s.TTL, s.Name, s.Type, lowTTL, highTTL)
	case s.TTL > highTTL:
		c.warn("ttl-high", s.start(), "%s %d of %s %s is longer than a week, expected %d to %d seconds", what, s.TTL, s.Name, s.Type, lowTTL, highTTL)
	}
}
