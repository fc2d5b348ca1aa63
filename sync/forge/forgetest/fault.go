package forgetest

import (
	"net/http"
	"strings"
)

// A Fault makes calls fail.
type Fault struct {
	// Method and Path choose calls; "" chooses all. Path is a part of the path below the
	// prefix.
	Method, Path string
	// Times is how many calls fail; 0 means one.
	Times int
	// Perform is true if the call takes effect all the same, so that only its answer is lost.
	Perform bool
	// Cut is true if the connection ends without an answer.
	Cut bool
	// Status, Header and Body are the answer otherwise. $TOKEN in Body becomes the token of
	// the request, as a careless proxy would repeat it.
	Status int
	Header http.Header
	Body   string
}

// Fail makes calls fail from now on. Of several faults that choose a call, the first applies.
func (s *Server) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Times == 0 {
		f.Times = 1
	}
	s.faults = append(s.faults, &f)
}

// LostAnswer is a fault by which a call takes effect and its answer is lost.
func LostAnswer(method, path string) Fault {
	return Fault{Method: method, Path: path, Perform: true, Cut: true}
}

// BadGateway is a fault by which a proxy answers with a page of its own, having passed the
// call on if perform is true.
func BadGateway(method, path string, perform bool) Fault {
	return Fault{Method: method, Path: path, Perform: perform, Status: http.StatusBadGateway,
		Header: http.Header{"Content-Type": {"text/html"}},
		Body:   "<html><head><title>502 Bad Gateway</title></head><body>Unicorn! $TOKEN</body></html>"}
}

// SecondaryLimit is GitHub's answer to calls that come too fast. With after "" it does not
// say how long to wait.
func SecondaryLimit(method, path, after string) Fault {
	f := Fault{Method: method, Path: path, Status: http.StatusForbidden, Header: http.Header{},
		Body: `{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again.","documentation_url":"https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}`}
	if after != "" {
		f.Header.Set("Retry-After", after)
	}
	return f
}

// fault returns the fault for a call, nil if it goes well.
func (s *Server) fault(method, path string) *Fault {
	for _, f := range s.faults {
		if f.Times != 0 && (f.Method == "" || f.Method == method) && strings.Contains(path, f.Path) {
			f.Times--
			return f
		}
	}
	return nil
}
