// Package sync makes live zones match zone files. A [Pass] reads both sides, plans the
// difference, applies the plan, and reads every changed zone once more to verify it.
//
// The package decides when to stop, what to hold back and what to put back. How a call
// looks on the wire and how often it is retried is up to the [API].
package sync
