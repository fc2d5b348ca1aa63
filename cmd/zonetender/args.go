package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// noArgs is for commands that take no arguments.
func noArgs(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("argument %q, expected none", args[0])
}

// oneDir is for commands that take one folder at most.
func oneDir(_ *cobra.Command, args []string) error {
	if len(args) <= 1 {
		return nil
	}
	return fmt.Errorf("argument %q, expected one folder at most", args[1])
}

// noCommand refuses what is no command, and says which one may be meant.
func noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = fmt.Sprintf("; did you mean %s?", near[0])
	}
	return fmt.Errorf("unknown command %q%s", args[0], hint)
}

// asUsage makes the refused arguments of a command, and of those below it, errors of
// usage.
func asUsage(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return &usageError{c.CommandPath(), err}
			}
			return nil
		}
	}
	for _, c := range cmd.Commands() {
		asUsage(c)
	}
}
