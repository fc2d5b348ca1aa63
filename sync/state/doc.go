// Package state keeps what the daemon remembers from cycle to cycle, and the history of
// what it changed, in one SQLite database in the state directory.
//
// It is built so that losing it is harmless: what cannot be read is left out, set aside
// or begun afresh, and the next cycle then sweeps what is not remembered. It never guesses,
// because a wrong memory of what a commit declared would delete records of others.
//
// The package decides nothing: what follows from a memory is the daemon's business.
package state
