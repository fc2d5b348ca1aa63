// Package lint has opinions on zones that are valid and probably not what was meant:
// warnings, each with a stable code. What no name server would load or serve is an error of
// package schema.
//
// [Zone] looks at one zone, [Delegations] at a zone and those below it. Zones are
// [schema.Declaration] values: lint does not know the files that they come from, does no I/O
// and asks no resolver.
package lint
