// Package diff compares a live zone with a desired one and says which calls close
// the difference, in which order, and which guards refuse them. It renders plans.
//
// Planning is pure: the same input, in any order, gives the same plan. The package
// does no I/O and knows no clock.
package diff
