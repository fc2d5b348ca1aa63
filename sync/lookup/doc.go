// Package lookup asks the DNS: whether the name servers of a zone answer what its file says
// ([Verifier]), where the records of a zone lead ([Auditor]), and for a whole zone ([Transfer]).
//
// What it cannot find out is unknown, never absent: silence, SERVFAIL and REFUSED say
// nothing about a name. A [Client] asks one address, a [Resolver] asks for what the whole
// DNS knows and remembers it. The package knows the values of package schema and nothing of
// files, of the service's API or of the daemon.
package lookup
