// Package lint has opinions on zones that are valid and probably not what was meant:
// warnings, each with a stable code. What no name server would load or serve is an error
// and package schema's concern.
//
// It knows zones only as [schema.Declaration], not the files that they come from, does no
// I/O and asks no resolver.
package lint
