package vpsorgtest

// conflict refuses a record that cannot stand beside the zone's others. old, where not nil, is the record whose
// place it takes. The caller holds the zone's lock.
func (s *Server) conflict(z *zone, old, r *stored) *refusal {
	same := z.same[r.key()]
	if old != nil && old.key() == r.key() {
		same--
	}
	if same > 0 && s.opts.Dialect.Duplicates != DuplicateCopied {
		return invalid("", "A record with this type, name and value already exists.")
	}
	if s.opts.Dialect.LaxConflicts {
		return nil
	}
	if r.Type == "CNAME" && r.Name == z.domain {
		return invalid("name", "CNAME is not allowed at the zone apex.")
	}
	for _, other := range z.names[r.Name] {
		switch {
		case other == old:
		case r.Type == "CNAME" && other.Type == "CNAME":
			return invalid("name", "A CNAME record with this name already exists.")
		case r.Type == "CNAME":
			return invalid("name", "A CNAME record can not stand beside other records of its name.")
		case other.Type == "CNAME":
			return invalid("name", "This name has a CNAME record and can have no other.")
		}
	}
	return nil
}
