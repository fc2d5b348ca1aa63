package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// help replaces the library's command of that name, which accepts a command that does not
// exist.
func help() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Show help for a command",
		Example: "  zonetender help plan",
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil {
				return err
			}
			if err := noCommand(found, rest); err != nil {
				return &usageError{found.CommandPath(), err}
			}
			return found.Help()
		},
		Args: cobra.ArbitraryArgs,
	}
}

// addCompletion adds the library's command that writes completion scripts, with an
// example for each shell, and an error for a shell that it does not know.
func addCompletion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() != "completion" {
			continue
		}
		cmd.Args = noCommand
		cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		cmd.Example = "  zonetender completion bash > /etc/bash_completion.d/zonetender"
		for _, shell := range cmd.Commands() {
			shell.Args = noArgs
			shell.Example = "  zonetender completion " + shell.Name() + " > zonetender." + strings.ToLower(shell.Name())
		}
	}
}
