package schema

// checkZone gives what is wrong, or probably wrong, with a zone as a whole.
func checkZone(z *Zone) Problems { return nil }
