package sync

import (
	"fmt"
	"path"
	"runtime"
	"runtime/debug"
	"strings"
)

// A PanicError is a panic in the work on one zone, or in a cycle: a mistake of this
// program, which must not stop the rest.
type PanicError struct {
	Value string
	// Where is the function that panicked, with its line.
	Where string
	Stack string
}

// Error gives the panic's value and place.
func (e *PanicError) Error() string {
	return "internal error, please report it: panic in " + e.Where + ": " + e.Value
}

// caught runs do and gives its panic as an error.
func caught(do func()) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: fmt.Sprint(v), Where: origin(), Stack: string(debug.Stack())}
		}
	}()
	do()
	return nil
}

// origin names the function that panicked, while its panic is recovered.
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
