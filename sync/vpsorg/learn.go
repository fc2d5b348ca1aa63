package vpsorg

import (
	"slices"
	"sync"

	"github.com/zonetender/zonetender/schema"
)

// A learner knows how the account of a client spells, across runs. What it knows does not
// change within a run, from one survey to the next.
type learner struct {
	mu sync.Mutex
	// spelling is what the last survey proved, or else what earlier runs learned.
	spelling spelling
	// learned is what written records have shown when they were read back. It takes effect
	// at the next survey, and is forgotten if that contradicts it.
	learned spelling
	// ahead are the zones that the survey has read, by id.
	ahead map[string]zoneRead
	// written are the records that were sent since their zone was last read, by id of the
	// zone.
	written map[string][]schema.Record
}

// A zoneRead is the outcome of reading a zone.
type zoneRead struct {
	raw rawZone
	err error
}

// survey decides how the account spells from the zones that were read ahead.
func (l *learner) survey(zones []ZoneRef, reads []zoneRead) {
	var e evidence
	ahead := make(map[string]zoneRead, len(zones))
	for i, ref := range zones {
		ahead[ref.ID] = reads[i]
		if reads[i].err == nil {
			e.add(reads[i].raw)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ahead = ahead
	l.spelling = e.spelling()
	for q := range questions {
		switch {
		case e.contradicts(q, l.learned[q]):
			l.learned[q] = open
		case l.spelling[q] == open:
			l.spelling[q] = l.learned[q]
		}
	}
}

// take returns what the survey has read of a zone, once.
func (l *learner) take(ref ZoneRef) (zoneRead, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	read, ok := l.ahead[ref.ID]
	delete(l.ahead, ref.ID)
	return read, ok && read.raw.ref.Name == ref.Name || ok && read.err != nil
}

// wrote records that the service accepted a record.
func (l *learner) wrote(ref ZoneRef, r schema.Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.written == nil {
		l.written = make(map[string][]schema.Record)
	}
	l.written[ref.ID] = append(l.written[ref.ID], r)
}

// learn examines how the records that were written to a zone read back, and returns the
// spelling that holds in this run.
func (l *learner) learn(z rawZone) spelling {
	l.mu.Lock()
	written := l.written[z.ref.ID]
	delete(l.written, z.ref.ID)
	now := l.spelling
	l.mu.Unlock()
	if len(written) == 0 {
		return now
	}
	var e evidence
	e.add(z)
	shown := readBack(z, written)
	l.mu.Lock()
	defer l.mu.Unlock()
	for q, answer := range shown {
		if answer != open && !e.contradicts(question(q), answer) {
			l.learned[q] = answer
		}
	}
	return now
}

// readBack returns the answers that the records written to a zone prove. A record proves an
// answer only if what was sent has a single reading, exactly one record of the zone can
// mean it, and that record means it under this answer only.
func readBack(z rawZone, written []schema.Record) spelling {
	var out, contrary spelling
	byMeaning := z.meanings()
	for _, r := range written {
		sent := wireRecord{
			Type:  scalar{s: string(r.Type), set: true},
			Name:  scalar{s: ownerName(r.Name, z.ref.Name), set: true},
			Value: scalar{s: carriedValue(r.Data), set: true},
		}
		means := byMeaning[meaningOf(r)]
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

// A meaning is what a record says, apart from the TTL.
type meaning struct {
	key  schema.Key
	data schema.RDATA
}

func meaningOf(r schema.Record) meaning { return meaning{r.Key(), r.Data} }

// meanings returns the records of the zone by all that each may mean. A record is read
// once, however many were written: zones of thousands of records are created at once.
func (z rawZone) meanings() map[meaning][]wireRecord {
	out := make(map[meaning][]wireRecord, len(z.records))
	for _, w := range z.records {
		seen := make(map[meaning]bool)
		for _, reading := range w.readings(z.ref.Name, spelling{}) {
			m := meaningOf(reading.live.Record)
			if reading.live.Unreadable == "" && !seen[m] {
				seen[m] = true
				out[m] = append(out[m], w)
			}
		}
	}
	return out
}

// answers returns, for each question, the only answer under which the record can mean r.
func (w wireRecord) answers(r schema.Record, zone schema.Name) spelling {
	var out spelling
	for _, q := range w.depends(zone) {
		var under [yes + 1]bool
		for _, reading := range w.readings(zone, spelling{}) {
			if got := reading.live; got.Unreadable == "" && meaningOf(got.Record) == meaningOf(r) {
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
