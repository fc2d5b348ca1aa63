package schema

// checkNullMX holds "0 ." to being alone (RFC 7505 section 3): it says that the
// name takes no mail, and any other MX says that it does.
func (c *checker) checkNullMX(s RRset) {
	if len(s.Values) < 2 {
		return
	}
	severity := Error
	if s.Lenient {
		severity = Warning
	}
	for _, v := range s.Values {
		if v.Data.Host(MX).IsZero() {
			c.add(severity, "mx-null", v.Pos, "null MX of %s stands beside %d other MX, expected it alone (RFC 7505)", s.Name, len(s.Values)-1)
		}
	}
}
