// Package schema says what a zone is: names, RDATA, records and RRsets in canonical
// form, and the zone files that declare them.
//
// Its constructors are the only place where anything is normalized: what they
// return compares with ==. It reads zone files through an [io/fs.FS] that it is
// given and does no other I/O; it knows no clock, no API and no Git.
package schema
