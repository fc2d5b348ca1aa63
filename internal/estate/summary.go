package main

import "slices"

// A subject is what a summary is about.
type subject struct {
	size  size
	label string // of the contender; "" for a floor, which is no contender's
	step  string
}

// A summary is what several measures of a subject come to: the least of the times, which is
// the one that others on the machine disturbed least, and the most memory and calls.
type summary struct {
	about subject
	took  measure
}

// summarize returns a summary for each subject, in the order in which they were first
// measured. The ratios are those of the summarized times.
func summarize(results []result) []summary {
	var out []summary
	for _, r := range results {
		s := subject{r.size, r.label, r.step}
		if r.step == floorPlan || r.step == floorFiles {
			s.label = ""
		}
		i := slices.IndexFunc(out, func(o summary) bool { return o.about == s })
		if i < 0 {
			out = append(out, summary{s, r.took})
			continue
		}
		out[i].took = together(out[i].took, r.took)
	}
	for i, s := range out {
		out[i].took.ratio = 0
		floor := slices.IndexFunc(out, func(o summary) bool { return o.about == subject{s.about.size, "", floorOf(s.about.step)} })
		if floor >= 0 && out[floor].took.cpu > 0 && s.took.cpu >= 0 && s.took.failure == "" {
			out[i].took.ratio = s.took.cpu / out[floor].took.cpu
		}
	}
	return out
}

func together(a, b measure) measure {
	if a.failure != "" || b.failure != "" {
		if a.failure == "" {
			a = b
		}
		return a
	}
	return measure{
		wall: min(a.wall, b.wall), cpu: min(a.cpu, b.cpu), peak: max(a.peak, b.peak),
		calls: max(a.calls, b.calls), refused: max(a.refused, b.refused), service: min(a.service, b.service),
	}
}
