// Package sync makes live zones what zone files say: it reads both sides, has the
// difference planned, writes it, and reads again what it wrote.
//
// A cycle is one such pass over a folder. The package decides when to stop, what to
// hold back and what to put back; what a call looks like on the wire and how often it
// is tried is the API's business.
package sync
