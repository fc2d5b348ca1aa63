// Package schema says what a zone is: names, typed RDATA, records, RRsets and zones in
// canonical form, and the rules that make a zone invalid.
//
// Its constructors are the only place where anything is normalized: what they return
// compares with ==. A [Zone] is always valid, because [NewZone] is the only way to make one.
// What is wrong with a zone is a list of [Problems], each with a place and a stable code.
//
// Zone files are read and written by package zonefile, opinions on valid zones are in package
// lint. Schema does no I/O and knows no clock, no API and no Git.
package schema
