package lookup

import (
	"net/netip"
	"time"

	"github.com/zonetender/zonetender/schema"
)

// A Result is what the name servers of one zone answer.
type Result struct {
	Zone schema.Name
	// Questions is how many each server was to be asked: RRsets and empty
	// non-terminals.
	Questions int
	Servers   []ServerResult
	// Differs are differences of the zone as a whole: serials, and the delegation by the
	// parent.
	Differs []Difference
	// Notes say what could not be compared, or was done for want of something better.
	Notes []string
	// Err is why no server of the zone could be asked at all.
	Err error

	delegation delegation
	looked     bool // up the delegation and the servers
}

// A ServerResult is what one address of a name server answers.
type ServerResult struct {
	// Host is the name of the server, "" where only an address was given.
	Host string
	// Addr is the address; it is invalid where none could be found.
	Addr netip.AddrPort
	// Serial is that of the SOA; it is known where Trouble is "".
	Serial uint32
	// Trouble is why the server could not be asked about the zone: nothing is known of its
	// records then.
	Trouble string
	// Skipped is true where this machine has no route to an address of its family, and the
	// server was asked at another one.
	Skipped bool
	Differs []Difference
	// Unknown are single names that the server could not be asked for.
	Unknown []Difference

	apexNS served
	again  []check // what is to be asked again, as it differs or is unknown
	asked  bool
}

// A Difference is a name at which a server does not answer what the file says.
type Difference struct {
	// Name is the zone's for a difference of the zone as a whole.
	Name schema.Name
	// Type is "" for a name that ought to exist without data.
	Type schema.Type
	// Want is what the file says, Got what the server answers, both as zone files have it.
	Want, Got []string
	// Message says what differs and what was expected.
	Message string
}

// A State sums a [Result] up.
type State string

// The states.
const (
	// Answers: every server answers what the file says.
	Answers State = "answers"
	// Differs: some server answers something else.
	Differs State = "differs"
	// Unknown: what could be asked agrees, but something could not be asked.
	Unknown State = "unknown"
)

// State returns the zone's state. A difference counts for more than what is unknown.
func (r *Result) State() State {
	unknown := r.Err != nil
	differs := len(r.Differs) > 0
	for i := range r.Servers {
		differs = differs || len(r.Servers[i].Differs) > 0
		unknown = unknown || r.Servers[i].Incomplete()
	}
	switch {
	case differs:
		return Differs
	case unknown:
		return Unknown
	}
	return Answers
}

// Incomplete reports whether something could not be asked, so that it is not known.
func (r *Result) Incomplete() bool {
	incomplete := r.Err != nil
	for i := range r.Servers {
		incomplete = incomplete || r.Servers[i].Incomplete()
	}
	return incomplete
}

// Incomplete reports whether something could not be asked of the server.
func (s *ServerResult) Incomplete() bool { return s.Trouble != "" || len(s.Unknown) > 0 }

// Name returns what to call the server, as in "ns1.vps.org (192.0.2.53)".
func (s *ServerResult) Name() string {
	addr := ""
	if s.Addr.IsValid() {
		addr = s.Addr.String()
		if s.Addr.Port() == dnsPort {
			addr = s.Addr.Addr().String()
		}
	}
	switch {
	case s.Host == "":
		return addr
	case addr == "":
		return schema.Display(s.Host)
	}
	return schema.Display(s.Host) + " (" + addr + ")"
}

// A Waited says how waiting for the servers went.
type Waited struct {
	Rounds int
	For    time.Duration // from the first question to the last answer
}
