package vpsorgtest

import (
	"maps"
	"slices"
	"sync"
)

// Kind is what a call asks of the API.
type Kind string

// Kinds of calls.
const (
	ListZones      Kind = "ListZones"      // GET dns-zones/
	CreateZone     Kind = "CreateZone"     // POST dns-zones/
	GetZone        Kind = "GetZone"        // GET dns-zones/{uuid}/
	DeleteZone     Kind = "DeleteZone"     // DELETE dns-zones/{uuid}/
	ListRecords    Kind = "ListRecords"    // GET dns-zones/{uuid}/records/
	CreateRecord   Kind = "CreateRecord"   // POST dns-zones/{uuid}/records/
	ListAllRecords Kind = "ListAllRecords" // GET dns-records/
	GetRecord      Kind = "GetRecord"      // GET dns-records/{uuid}/
	PutRecord      Kind = "PutRecord"      // PUT dns-records/{uuid}/
	PatchRecord    Kind = "PatchRecord"    // PATCH dns-records/{uuid}/
	DeleteRecord   Kind = "DeleteRecord"   // DELETE dns-records/{uuid}/
	Account        Kind = "Account"        // GET account/me/
	Other          Kind = "Other"          // anything else
)

// Writes tells whether calls of this kind change the state.
func (k Kind) Writes() bool {
	switch k {
	case CreateZone, DeleteZone, CreateRecord, PutRecord, PatchRecord, DeleteRecord:
		return true
	}
	return false
}

// permission returns what the token needs for such a call; empty means any active token will do.
func (k Kind) permission() string {
	switch k {
	case CreateZone, CreateRecord:
		return PermCreate
	case DeleteZone, DeleteRecord:
		return PermDelete
	case PutRecord, PatchRecord:
		return PermUpdate
	case Account, Other:
		return ""
	}
	return PermList
}

// Auth says what a call's Authorization header held. The header itself is not kept.
type Auth string

// What an Authorization header held.
const (
	AuthNone  Auth = "none"  // there was no header
	AuthOwn   Auth = "own"   // the server's token
	AuthOther Auth = "other" // something else
)

// A Call is one request the server received.
type Call struct {
	N      int    // 1 for the first since the server began, whatever ResetCalls does
	Method string // as sent
	Host   string // host asked for, with port where given
	Path   string // with the query
	Kind   Kind
	Auth   Auth

	ZoneID   string // from the path, the filter, or the record in the path; of the new zone after a CreateZone
	Domain   string // of that zone, or from the filter or body; lower case, without a final dot
	RecordID string // from the path; of the new record after a CreateRecord

	// RecordName and RecordType are those of the record the call is about: from the body of a CreateRecord,
	// else as stored before the call. The name is absolute, in lower case, without a final dot.
	RecordName, RecordType string

	// Body is the request's JSON object, nil where there was none; numbers are json.Number.
	Body map[string]any

	Status    int    // of the answer; 0 where none was sent
	Performed bool   // whether the call did its work; of a write: whether the state changed
	Rule      string // name of the rule that interfered, "rule N" where it has none
}

// A journal remembers calls.
type journal struct {
	mu     sync.Mutex
	keep   int
	n      int
	calls  []Call
	writes map[Kind]int
}

// next numbers a call when it arrives.
func (j *journal) next() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.n++
	return j.n
}

func (j *journal) add(c Call) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if c.Kind.Writes() && c.Performed {
		if j.writes == nil {
			j.writes = map[Kind]int{}
		}
		j.writes[c.Kind]++
	}
	if j.keep < 0 {
		return
	}
	if len(j.calls) >= 2*j.keep { // drops half at once, so that dropping costs nothing on average
		j.calls = slices.Clone(j.calls[len(j.calls)-j.keep:])
	}
	j.calls = append(j.calls, c)
}

// Calls returns the calls since the server began or [Server.ResetCalls], in the order in which they ended.
// A call is there before its answer arrives.
func (s *Server) Calls() []Call {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return slices.Clone(s.journal.calls)
}

// Writes counts, by kind, the writes that changed the state since the server began or [Server.ResetCalls].
func (s *Server) Writes() map[Kind]int {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	writes := map[Kind]int{}
	maps.Copy(writes, s.journal.writes)
	return writes
}

// ResetCalls forgets the calls and the counts of writes.
func (s *Server) ResetCalls() {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	s.journal.calls, s.journal.writes = nil, nil
}
