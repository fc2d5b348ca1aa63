// Package masterfile reads zones from the files that other name servers and providers
// export, and writes RFC 1035 master files.
//
// [Read] takes a master file (BIND, NSD, Knot, Cloudflare's export), the JSON of "aws route53
// list-resource-record-sets" or that of "dnscontrol print-ir", told apart by their content;
// [FromTransfer] takes what a zone transfer has sent. What cannot come along, such as alias
// records, foreign types and weights, is named and never silently dropped: see [Zone].
// [Format] writes a zone as a master file that reads back to the same zone.
//
// The package does no I/O. What a file may ask for is bounded by a budget.
package masterfile
