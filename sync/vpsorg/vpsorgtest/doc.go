// Package vpsorgtest simulates the DNS API of VPS.org: an [http.Handler] that keeps zones and records as the
// public documentation says the service does, is stricter than the service about what it accepts, answers in
// every dialect the documentation leaves open, and fails on demand.
//
// It serves two readers. Tests point a client at [Server.Client], which calls the handler in the same process
// without a network, and so works inside a testing/synctest bubble. People point a client at an ordinary
// http.Server around it, and ask its zones over DNS through [Server.ListenDNS].
//
// # Behaviour
//
// The zero [Options] is the documented service: bare arrays, names as "@" or relative to the zone, hosts without
// a final dot, TXT without quotes, 201 with the whole object on POST, 204 on DELETE, a zone list filtered by
// ?domain=, and a new zone without visible records. What the service may accept silently is refused here: unknown
// JSON fields and query parameters, data after the body, another Content-Type than application/json, a path
// without its final slash, exact duplicates, CNAME beside other data or at the apex, a priority where the type
// has none, hosts with a final dot or a single label, and values that are no RDATA of their type.
//
// A [Dialect] changes how answers are spelled; [Dialects] lists one for every choice. A [Rule] makes chosen calls
// fail by an [Action]; constructors such as [LostReply], [Truncate] and [Hang] name the common ones.
//
// # State
//
// [Server.AddZone], [Server.AddRecord], [Server.ReplaceRecord] and [Server.RemoveRecord] change the state without
// a call, as another person with a dashboard would. [Server.Records] shows it in one canonical form, whatever
// the dialect. [Server.Calls] lists the requests received, never with a token in them. [Open] keeps the state in
// a file.
//
// # Limits
//
// The package knows nothing of the client it tests and shares no types with it. It has no dashboard, no
// accounts besides its own, no rate limit but what a rule imposes, and no DNSSEC. Propagation is immediate, over
// DNS as well; [Dialect.LagReads] and [Dialect.LagTime] delay API reads of record lists and the zone list only.
package vpsorgtest
