// Package vpsorg is a client of the VPS.org DNS API. It reads zones as [diff.LiveZone] and
// creates, changes and deletes records and zones, one call each.
//
// It is the only package that knows how the service spells records: the priority apart from
// the value, hosts without a final dot, TXT without quotes, "@" for the apex. A record that
// can be read in several ways is read as the account is proven to spell, and reported as an
// open question if nothing proves it. A read that fails or stops half way is never an empty
// zone: it is an error, or partial.
//
// All retries are here. A call that was refused for its rate is repeated; reads and
// idempotent writes are also repeated after a lost answer. After a POST whose answer was
// lost, the client reads the zone to find out what happened. It does not check that a
// record reads back as it was written; that is up to the caller.
//
// A [Client] is safe for concurrent use, but writes to one zone should be made one at a
// time, as the API has no transactions.
package vpsorg
