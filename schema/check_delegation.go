package schema

// checkHidden warns of an RRset that a delegation hides (RFC 1034 section 4.2.1)
// and reports whether it is one: asked for it, name servers point at the
// delegated zone instead. Addresses of name servers are glue and belong there.
func (c *checker) checkHidden(s RRset) bool {
	cut := c.names.cutOf(s.Name)
	switch {
	case cut.IsZero(), s.Name == cut && s.Type == NS:
		return false
	case s.Type == CNAME && s.Name == cut:
		return true // cname-beside says it already
	case (s.Type == A || s.Type == AAAA) && c.names.glue[s.Name]:
		return true
	}
	at := s.start()
	c.warn("below-delegation", at, "%s of %s is never served: %s is delegated by NS%s; expected it in the delegated zone",
		s.Type, s.Name, cut, c.names.cuts[cut].seenFrom(at))
	return true
}
