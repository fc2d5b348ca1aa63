// Package git reads one branch of a Git repository: its newest commit as an
// fs.FS, straight from the object store and without a checkout. A remote
// repository is mirrored, bare, below a state directory; a local one is opened
// in place and never written to.
//
// A reader can count on this: what Pull returns was listed by the remote and is
// whole, down to the last blob of its tree; and when Pull returns an error, the
// commit it returned before can still be read. What holds a caller back has a
// sentinel of its own, so that nobody reads "gone" as "empty".
//
// The package does not know what the files mean, keeps no schedule, never
// pushes, and does not lock the state directory: whoever owns that directory
// sees to it that one process uses it. A Repo may be read from many goroutines,
// but Pull is called by one at a time.
package git
