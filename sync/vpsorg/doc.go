// Package vpsorg is a client of the VPS.org DNS API: it reads zones as [diff.LiveZone],
// and creates, changes and deletes records and zones, one call each.
//
// It undoes the service's own spelling (priority apart from the value, hosts without a
// final dot, TXT without quotes, "@") on reading and redoes it on writing. Where a
// spelling has several readings it gives all of them, the likeliest first. What may be
// incomplete is said to be so: a read that fails or stops half way is never an empty
// zone.
//
// Retries live here and nowhere else: a call that was refused for its rate is repeated,
// reads and idempotent writes also after a lost answer. A POST whose answer was lost is
// settled by reading the zone. Records that were written are not compared with what was
// meant; that is the caller's.
//
// A [Client] is safe for concurrent use, but writes to one zone are to be made one after
// the other, since the API has no transactions.
package vpsorg
