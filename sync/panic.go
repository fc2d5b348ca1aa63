package sync

import (
	"fmt"
	"path"
	"runtime"
	"runtime/debug"
	"strings"
)

// A PanicError is a panic while working on one zone or in a cycle: a bug of this program,
// which must not stop the rest.
type PanicError struct {
	Value string // what was passed to panic
	Where string // function and line that panicked
	Stack string
}

// Error returns the value and the place of the panic.
func (e *PanicError) Error() string {
	return "internal error, please report it: panic in " + e.Where + ": " + e.Value
}

// Catch runs do. If it panics, Catch returns a [PanicError].
func Catch(do func()) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: fmt.Sprint(v), Where: origin(), Stack: string(debug.Stack())}
		}
	}()
	do()
	return nil
}

// origin returns the function that panicked. It must be called while the panic is being
// recovered.
func origin() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	for panicked := false; ; {
		f, more := frames.Next()
		inRuntime := strings.HasPrefix(f.Function, "runtime.")
		if panicked && !inRuntime {
			return fmt.Sprintf("%s:%d", path.Base(f.Function), f.Line)
		}
		panicked = panicked || f.Function == "runtime.gopanic"
		if !more {
			return "an unknown place"
		}
	}
}
