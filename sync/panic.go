package sync

import (
	"fmt"
	"runtime/debug"
)

// A PanicError is a panic in the work on one zone, or in a cycle: a mistake of this
// program, which must not stop the rest.
type PanicError struct {
	Value string
	Stack string
}

// Error gives the panic's value.
func (e *PanicError) Error() string {
	return "internal error, please report it: panic: " + e.Value
}

// caught runs do and gives its panic as an error.
func caught(do func()) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: fmt.Sprint(v), Stack: string(debug.Stack())}
		}
	}()
	do()
	return nil
}
