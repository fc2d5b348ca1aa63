package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// report shows what was measured in the ways that are asked for. A step that did not do its
// work is shown as such, and is an error only to -check.
func report(o *options, r *run, stdout io.Writer) error {
	var errs []error
	all := summarize(r.results)
	text := table(r.conditions, all)
	if o.table {
		fmt.Fprint(stdout, "\n", text)
	}
	if o.doc != "" {
		errs = append(errs, fillIn(o.doc, text))
	}
	if o.svg != "" {
		errs = append(errs, os.WriteFile(o.svg, []byte(chart(all)), 0o644))
	}
	if o.check != "" {
		errs = append(errs, checkFile(o.check, o.update, all))
	}
	return errors.Join(errs...)
}
