//go:build !race

package state

// raceEnabled is true where the race detector makes SQLite some twenty times slower.
const raceEnabled = false
