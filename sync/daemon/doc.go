// Package daemon keeps live zones as a branch says: it pulls, decides which zones to look
// at, runs a [sync.Pass] over them, and remembers what came of it, until it is told to
// stop.
//
// It knows no Git, no database and no HTTP: the repository, the store and whoever is told
// of its cycles are interfaces and functions that the caller sets.
package daemon
