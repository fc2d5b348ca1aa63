package main

import "errors"

// The exit codes. Where several hold, the first of 1, 3, 4, 2 is given.
const (
	exitOK      = 0 // done, or nothing to do
	exitFailed  = 1 // could not do the work: API, Git, I/O, usage, a record that did not converge
	exitDiffers = 2 // there are differences (plan --detailed-exitcode, fmt -l and -d, verify)
	exitInvalid = 3 // zone files do not validate
	exitRefused = 4 // a guard refused (apply, and plan --detailed-exitcode)
)

// These errors only carry an exit code: what there is to say has been written.
var (
	errFailed  = errors.New("failed")
	errDiffers = errors.New("there are differences")
	errInvalid = errors.New("zone files do not validate")
	errRefused = errors.New("refused")
)

// A usageError is a command line that does not make sense.
type usageError struct {
	command string
	err     error
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// exitCode is the one place in which an error becomes an exit code.
func exitCode(err error) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errFailed) || !quiet(err):
		return exitFailed
	case errors.Is(err, errInvalid):
		return exitInvalid
	case errors.Is(err, errRefused):
		return exitRefused
	}
	return exitDiffers
}

// quiet reports whether err says nothing that has not been written already.
func quiet(err error) bool {
	switch err {
	case nil, errFailed, errDiffers, errInvalid, errRefused:
		return true
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return false
	}
	for _, e := range joined.Unwrap() {
		if !quiet(e) {
			return false
		}
	}
	return true
}

// when returns err if holds is true, else nil.
func when(holds bool, err error) error {
	if holds {
		return err
	}
	return nil
}
