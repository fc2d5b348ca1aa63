package vpsorgtest

import (
	"net/http"
	"strconv"
	"time"
)

// An Action is what a [Rule] does to a call. The zero value does nothing. The fields may be combined; the
// functions of this file that return an Action name the common ones.
type Action struct {
	// Latency passes before the call is performed; it ends early, the call undone, with the request's context.
	Latency time.Duration
	// Perform does the work of the call even though Status, Cut or Hang then hide its answer.
	Perform bool

	Cut  bool // ends the connection without an answer
	Hang bool // never answers: waits until the request's context ends

	Status int         // where not 0, answers this instead
	Header http.Header // added to the answer
	Body   string      // of an answer with Status

	List ListFault // how a list in the answer is falsified

	// Alter, where not nil, turns the body of the answer into the one sent.
	Alter func(body []byte) []byte
	// PadTo is the size in bytes to which spaces after the body fill the answer; zero means no filling.
	PadTo int64
	// Drip sends the body in pieces of DripBytes (zero means 1) with this pause before each.
	Drip      time.Duration
	DripBytes int
}

func (a Action) hidesAnswer() bool { return a.Cut || a.Hang || a.Status != 0 }

// A ListFault falsifies a list: of zones, of records, or the records in a zone's detail. Where a bare array has
// no place for what it says, the answer takes an envelope that has.
type ListFault struct {
	Drop     int    // so many items are missing at the end; negative means all
	Told     bool   // count (in a zone's detail record_count) still counts the missing ones
	Extra    int    // count (or record_count) is so much above what exists
	Loop     bool   // next points to the page that was asked for
	NextHost string // next points to this host
}

// Answer replies with a status and a body, without performing the call. A body that begins with "<" is sent as
// text/html, any other as JSON.
func Answer(status int, body string) Action { return Action{Status: status, Body: body} }

// RetryAfter replies with a status, such as 429, and a Retry-After header: seconds or an HTTP date; empty leaves
// the header out.
func RetryAfter(status int, after string) Action {
	a := Answer(status, `{"detail": "Request was throttled."}`)
	if after != "" {
		a.Header = http.Header{"Retry-After": {after}}
	}
	return a
}

// HTMLPage replies with a status and a page, as a proxy in front of the service would.
func HTMLPage(status int) Action {
	title := strconv.Itoa(status) + " " + http.StatusText(status)
	return Answer(status, "<html><head><title>"+title+"</title></head><body><h1>"+title+"</h1></body></html>")
}

// LostReply performs the call, then ends the connection without an answer.
func LostReply() Action { return Action{Cut: true, Perform: true} }

// PerformThen performs the call, then answers with another status, such as 502.
func PerformThen(status int) Action {
	a := HTMLPage(status)
	a.Perform = true
	return a
}

// CutBefore ends the connection without performing the call.
func CutBefore() Action { return Action{Cut: true} }

// HangBefore never answers and does not perform the call.
func HangBefore() Action { return Action{Hang: true} }

// HangAfter performs the call and never answers.
func HangAfter() Action { return Action{Hang: true, Perform: true} }

// Latency lets time pass before the call is performed.
func Latency(d time.Duration) Action { return Action{Latency: d} }

// Drip sends the answer's body in pieces of so many bytes, with a pause before each.
func Drip(size int, pause time.Duration) Action { return Action{Drip: pause, DripBytes: size} }

// Truncate leaves out the last n items of a list; told says whether its count still counts them.
func Truncate(n int, told bool) Action { return Action{List: ListFault{Drop: n, Told: told}} }

// WrongCount gives a count that is so much above what exists.
func WrongCount(extra int) Action { return Action{List: ListFault{Extra: extra}} }

// PageLoop makes next point to the page that was asked for, for ever.
func PageLoop() Action { return Action{List: ListFault{Loop: true}} }

// NextHost makes next point to another host.
func NextHost(host string) Action { return Action{List: ListFault{NextHost: host}} }

// EmptyList answers 200 and a list without items, and a count of 0.
func EmptyList() Action { return Action{List: ListFault{Drop: -1}} }

// Redirect answers with a status, such as 302, and a Location, without performing the call.
func Redirect(status int, location string) Action {
	return Action{Status: status, Header: http.Header{"Location": {location}}}
}

// Oversize performs the call and fills its answer with spaces up to n bytes. The JSON stays valid.
func Oversize(n int64) Action { return Action{PadTo: n} }

// InvalidJSON performs the call and sends the first half of its answer as if it were whole.
func InvalidJSON() Action {
	return Action{Alter: func(body []byte) []byte { return body[:len(body)/2] }}
}
