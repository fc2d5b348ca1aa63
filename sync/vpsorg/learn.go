package vpsorg

import (
	"slices"
	"sync"

	"github.com/zonetender/zonetender/schema"
)

// An account is what a client knows of how its account spells, from one run to the next.
// Within a run nothing of it changes after the survey.
type account struct {
	mu sync.Mutex
	// spelling is what the last survey proved, with what earlier runs have learned.
	spelling spelling
	// learned is what records that were written have shown when they were read back. It
	// counts from the next survey on, and is forgotten when that contradicts it.
	learned spelling
	// ahead are zones that the survey has read, by id.
	ahead map[string]zoneRead
	// written are records that were sent since their zone was last read, by the zone's id.
	written map[string][]schema.Record
}

// A zoneRead is a zone that was read, or why it could not be.
type zoneRead struct {
	raw rawZone
	err error
}

// survey decides how the account spells by the zones that were read ahead.
func (a *account) survey(zones []ZoneRef, reads []zoneRead) {
	var e evidence
	ahead := make(map[string]zoneRead, len(zones))
	for i, ref := range zones {
		ahead[ref.ID] = reads[i]
		if reads[i].err == nil {
			e.add(reads[i].raw)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ahead = ahead
	a.spelling = e.spelling()
	for q := range questions {
		switch {
		case e.contradicts(q, a.learned[q]):
			a.learned[q] = open
		case a.spelling[q] == open:
			a.spelling[q] = a.learned[q]
		}
	}
}

// take hands out what the survey has read of a zone, once.
func (a *account) take(ref ZoneRef) (zoneRead, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	read, ok := a.ahead[ref.ID]
	delete(a.ahead, ref.ID)
	return read, ok && read.raw.ref.Name == ref.Name || ok && read.err != nil
}

// wrote notes a record that was sent and taken.
func (a *account) wrote(ref ZoneRef, r schema.Record) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.written == nil {
		a.written = make(map[string][]schema.Record)
	}
	a.written[ref.ID] = append(a.written[ref.ID], r)
}

// learn looks at how the records that were written to a zone read now, and returns how
// the account spells as this run sees it.
func (a *account) learn(z rawZone) spelling {
	a.mu.Lock()
	written := a.written[z.ref.ID]
	delete(a.written, z.ref.ID)
	now := a.spelling
	a.mu.Unlock()
	if len(written) == 0 {
		return now
	}
	var e evidence
	e.add(z)
	shown := readBack(z, written)
	a.mu.Lock()
	defer a.mu.Unlock()
	for q, answer := range shown {
		if answer != open && !e.contradicts(question(q), answer) {
			a.learned[q] = answer
		}
	}
	return now
}

// readBack returns the answers that the records written to a zone give. A record tells
// something only where what was sent has one reading, and what is shown of it now is one
// spelling of it: exactly one record of the zone may mean it, and under one answer alone.
func readBack(z rawZone, written []schema.Record) spelling {
	var out, contrary spelling
	for _, r := range written {
		sent := wireRecord{
			Type:  scalar{s: string(r.Type), set: true},
			Name:  scalar{s: ownerName(r.Name, z.ref.Name), set: true},
			Value: scalar{s: carriedValue(r.Data), set: true},
		}
		var means []wireRecord
		for _, w := range z.records {
			if typeOf(w.Type.s) == r.Type && w.mayMean(r, z.ref.Name) {
				means = append(means, w)
			}
		}
		if len(means) != 1 {
			continue
		}
		asked := sent.depends(z.ref.Name)
		for q, answer := range means[0].answers(r, z.ref.Name) {
			switch {
			case answer == open || slices.Contains(asked, question(q)):
			case out[q] != open && out[q] != answer:
				contrary[q] = yes
			default:
				out[q] = answer
			}
		}
	}
	for q := range out {
		if contrary[q] == yes {
			out[q] = open
		}
	}
	return out
}

// answers returns the answers under all of which, and no others, the record means r.
func (w wireRecord) answers(r schema.Record, zone schema.Name) spelling {
	var out spelling
	for _, q := range w.depends(zone) {
		var under [yes + 1]bool
		for _, reading := range w.readings(zone, spelling{}) {
			if got := reading.live; got.Unreadable == "" && got.Record.Key() == r.Key() && got.Record.Data == r.Data {
				under[reading.under[q]] = true
			}
		}
		if under[no] != under[yes] {
			out[q] = no
			if under[yes] {
				out[q] = yes
			}
		}
	}
	return out
}
